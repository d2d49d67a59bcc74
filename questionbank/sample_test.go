package questionbank

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// sampleBank is the bank in testdata that the demo sits.
func sampleBank(t testing.TB) *Bank {
	t.Helper()
	b, faults := Parse(os.DirFS("../testdata/bank"), "twk.bank", "tiu.bank", "tkp.bank")
	for _, f := range faults {
		t.Error(f)
	}
	if b == nil {
		t.FailNow()
	}
	return b
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// skd is what the SKD rule set accepts in its sections.
var skd = []SectionRule{
	{ID: "TWK", Values: []int{0, 5}, OneKey: true},
	{ID: "TIU", Values: []int{0, 5}, OneKey: true},
	{ID: "TKP", Values: []int{1, 2, 3, 4, 5}},
}

func TestSampleBankIsWithoutFault(t *testing.T) {
	b := sampleBank(t)
	for _, f := range Check(b, skd) {
		t.Error(f)
	}
	for _, f := range Advice(b) {
		t.Log(f)
	}
}

func sampleBlueprint(t testing.TB) *Blueprint {
	t.Helper()
	bp, err := ParseBlueprint(readFile(t, "../testdata/exam/blueprint-skd.json"))
	if err != nil {
		t.Fatal(err)
	}
	return bp
}

func TestSampleBankReadsBackTheSame(t *testing.T) {
	checkRoundTrips(t, sampleBank(t))
}

// TestSampleExamAssembles draws 1,000 forms of the sample exam: none fails, all have the
// sections of the SKD, and no letter is the right one more often than chance allows.
func TestSampleExamAssembles(t *testing.T) {
	b := sampleBank(t)
	p, err := Compile(b, sampleBlueprint(t), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	key := b.Key()
	var letters [5]int // position of the key among the options of free items
	var graded [5][5]int
	for n := range 1000 {
		f, err := p.Assemble(make([]byte, SeedBytes), fmt.Sprintf("SKD/%04d", n), nil)
		if err != nil {
			t.Fatal(err)
		}
		if f.Len() != 110 || f.Sections[0].To != 30 || f.Sections[1].To != 65 || f.Sections[2].To != 110 {
			t.Fatalf("form of %d places with sections %v", f.Len(), f.Sections)
		}
		for _, place := range f.Places() {
			q, _ := b.Question(place.Item.ID)
			if q.Rule != Free || len(q.Options) != 5 {
				continue
			}
			for c := range 5 {
				id, _ := place.Option(string(rune('a' + c)))
				switch value := key[q.ID][id]; {
				case q.Section == "TKP":
					graded[value-1][c]++
				case value == 5:
					letters[c]++
				}
			}
		}
	}
	expectUniform(t, "keys", letters)
	for v := range graded {
		expectUniform(t, fmt.Sprint("TKP value ", v+1), graded[v])
	}
}

// expectUniform fails beyond the .001 point of chi-square with four degrees of freedom,
// 18.467, in integers: the sum of (5n - total)² / (5 total).
func expectUniform(t *testing.T, what string, counts [5]int) {
	t.Helper()
	total, sum := 0, 0
	for _, n := range counts {
		total += n
	}
	if total == 0 {
		t.Errorf("%s: nothing was counted", what)
		return
	}
	for _, n := range counts {
		sum += (5*n - total) * (5*n - total)
	}
	if chi := 1000 * sum / (5 * total); chi > 18467 {
		t.Errorf("%s stand at the letters %v times, chi-square %d.%03d", what, counts, chi/1000, chi%1000)
	}
}
