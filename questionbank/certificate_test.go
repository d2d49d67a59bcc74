package questionbank

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"runtime"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// goldenPlan has all that a plan can have: units, enemies, thinning, three abilities.
func goldenPlan(t testing.TB) (*Plan, *Bank) {
	t.Helper()
	qs := madeUp(t, 2, 8, func(i int, q *Question) {
		if i%9 == 0 {
			q.Enemies = "g"
		}
		if i%7 == 0 {
			q.Rule = LastFixed
		}
	}).Questions()
	all, units := withUnits(append([]Question(nil), qs...), 12, 2, func(u int) string { return []string{"g", "", ""}[u%3] })
	b, faults := NewBank(all, units...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	stats := &Statistics{items: make(map[string]Count), hash: strings.Repeat("0", 64)}
	for i, q := range b.Questions() {
		at := func(points int) Sum { return Sum{1000, int64(points + 37*i%700)} }
		stats.items[q.ID] = Count{Version: 1, All: Sum{3000, int64(6000 + 111*i%2100)}, At: [abilities]Sum{at(1000), at(2000), at(3000)}}
	}
	bp := oneSection(Cell{Topic: "t0", Count: 5}, Cell{Topic: "u", Count: 4, Unit: 2}, Cell{Topic: "t1", Band: Hard, Count: 1})
	bp.Previous, bp.MaxExposure = 1, 250
	p, err := Compile(b, bp, Knowledge{Statistics: stats})
	if err != nil {
		t.Fatal(err)
	}
	return p, b
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want := readFile(t, file); !bytes.Equal(got, want) {
		t.Errorf("%s\n got:\n%s\nwant:\n%s", file, got, want)
	}
}

// TestCertificateIsTheSameEverywhere compares with a file, on one processor and on many:
// an auditor who has the plan prints the same figures.
func TestCertificateIsTheSameEverywhere(t *testing.T) {
	p, b := goldenPlan(t)
	for _, processors := range []int{1, 3} {
		before := runtime.GOMAXPROCS(processors)
		c := p.Certify(b, 2000)
		runtime.GOMAXPROCS(before)
		c.Candidates = 480
		var text bytes.Buffer
		if err := c.Print(&text); err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/certificate.txt", text.Bytes())
		body, err := json.MarshalIndent(c, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/certificate.json", append(body, '\n'))
	}
}

// TestReleasedDrawOfVersion2NeverChanges holds a plan of loft/v2 in full. If it fails, the
// change needs a new assembly version, and this file stays.
func TestReleasedDrawOfVersion2NeverChanges(t *testing.T) {
	p, b := goldenPlan(t)
	golden(t, "testdata/plan-loft-v2.json", p.Encode())
	if _, err := DecodePlan(readFile(t, "testdata/plan-loft-v2.json"), b); err != nil {
		t.Error(err)
	}
	f, err := p.Assemble(bytes.Repeat([]byte{1}, SeedBytes), "EXAM/0001", []string{"S-00-E-000"})
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	got.WriteString(f.ETag + "\n")
	for _, place := range f.Places() {
		got.WriteString(place.Item.ID)
		for _, o := range place.Order {
			got.WriteByte(' ')
			got.WriteByte('a' + o)
		}
		got.WriteByte('\n')
	}
	golden(t, "testdata/form-loft-v2.txt", got.Bytes())
}

func TestCertificateSaysWhenNothingIsKnown(t *testing.T) {
	b := madeUp(t, 1, 6, nil)
	p, err := Compile(b, oneSection(Cell{Topic: "t0", Count: 6}), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := p.Certify(b, 100).Print(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FORM SD UNKNOWN, EXPECTED ABOUT 2 POINTS", "18 of 18 items have no response yet", "balanced on the mean"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the certificate does not say %q:\n%s", want, &text)
		}
	}
}

// TestCertificateOfTheSampleIsSound holds for whatever the sample bank grows to.
func TestCertificateOfTheSampleIsSound(t *testing.T) {
	b := sampleBank(t)
	p, err := Compile(b, sampleBlueprint(t), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	c := p.Certify(b, 2000)
	total := c.Spreads[len(c.Spreads)-1]
	if !c.Sound() || c.Places != 110 || len(c.Spreads) != 4 || total.At[0].SD >= total.At[0].PlainSD {
		t.Errorf("certificate %+v", c)
	}
	for _, k := range c.Keys {
		if !k.Even() {
			t.Errorf("the best option of %s is not even over the letters: %v", k.Section, k)
		}
	}
}

func TestThinningKeepsTheLimit(t *testing.T) {
	b := madeUp(t, 1, 12, nil)
	stats := &Statistics{items: make(map[string]Count), hash: "x"}
	for i, q := range b.Questions() {
		stats.items[q.ID] = Count{Version: 1, All: Sum{1_000_000, int64(1_000_000 + 100_000*(i*i%23))}}
	}
	bp := oneSection(Cell{Topic: "t0", Count: 6})
	bp.Sections[0].Tolerance = 100
	most := func(limit int) int {
		bp.MaxExposure = limit
		p, err := Compile(b, bp, Knowledge{Statistics: stats})
		if err != nil {
			t.Fatal(err)
		}
		return p.Certify(b, 20_000).Exposure.Most
	}
	// Six slots of six items: no plan can stay below 1667.
	if free, kept := most(0), most(180); free < 1900 || kept > 1860 {
		t.Errorf("most seen on %d of 10,000 forms without a limit and on %d with one of 1800", free, kept)
	}
}

func TestOverexposureNamesTheCellAndWhatIsMissing(t *testing.T) {
	p, err := Compile(madeUp(t, 1, 4, nil), oneSection(Cell{Topic: "t0", Count: 3}), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	p.file.MaxExposure = 250
	count := make([]int64, 12)
	for i := range count {
		count[i] = thinForms / 4
	}
	if err := p.overexposed(count); err != nil {
		t.Errorf("forms at the limit are refused: %v", err)
	}
	count[2] = thinForms / 2
	err = p.overexposed(count)
	var over *ExposureError
	if !errors.As(err, &over) || len(over.Over) != 1 || over.Over[0].Missing != 12 {
		t.Fatalf("error %v, want one that names the cell", err)
	}
	if want := "items would stand on more than 25.0 % of forms; write items, or raise max_exposure:\n  cell S t0: item S-00-H-002 would stand on 50.00 % of forms, about 12 items are missing"; !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %q", err, want)
	}
}
