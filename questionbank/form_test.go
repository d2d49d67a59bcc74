package questionbank

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

func ids(f *engine.Form) []string {
	var out []string
	for _, p := range f.Places() {
		out = append(out, p.Item.ID)
	}
	return out
}

func checkForm(t *rapid.T, b *Bank, f *engine.Form, bp *Blueprint, seen []string) {
	var count []int
	for range bp.Sections[0].Cells {
		count = append(count, 0)
	}
	met, groups := map[string]bool{}, map[string]bool{}
	for _, id := range seen {
		met[id] = true
	}
	for n, place := range f.Places() {
		q, _ := b.Question(place.Item.ID)
		if place.Item != b.Item(q.ID) {
			t.Fatalf("%s is a copy, not the shared item", q.ID)
		}
		if met[q.ID] {
			t.Fatalf("%s stands twice, or was seen before", q.ID)
		}
		enemies := q.Enemies
		if q.Unit != "" {
			u := b.Units()[slices.IndexFunc(b.Units(), func(u Unit) bool { return u.ID == q.Unit })]
			if at := strings.TrimPrefix(q.ID, q.Unit); at == "-0" {
				enemies = u.Enemies
			} else if before, _ := f.Place(n - 1); before.Item.ID != q.Unit+"-0" {
				t.Fatalf("%s does not follow its neighbour", q.ID)
			}
		}
		if enemies != "" && groups[enemies] {
			t.Fatalf("two of enemy group %s", enemies)
		}
		met[q.ID], groups[enemies] = true, true
		for i, c := range bp.Sections[0].Cells {
			if q.Topic == c.Topic && (c.Band == "" || q.Band == c.Band) && (c.Unit > 0) == (q.Unit != "") {
				count[i]++
			}
		}
		sorted := slices.Sorted(slices.Values(place.Order))
		if !slices.Equal(sorted, []uint8{0, 1, 2, 3, 4}) {
			t.Fatalf("%s: the order %v is no permutation", q.ID, place.Order)
		}
	}
	for i, c := range bp.Sections[0].Cells {
		if count[i] != c.Count {
			t.Fatalf("cell %s has %d items, the blueprint wants %d", c, count[i], c.Count)
		}
	}
}

func TestAssembleRepeatsItselfAndTellsCandidatesApart(t *testing.T) {
	p := manyItems(t)
	seed := bytes.Repeat([]byte{7}, SeedBytes)
	tags := map[string]string{}
	for i := range 200 {
		name := fmt.Sprint("E/", i)
		f, err := p.Assemble(seed, name, nil)
		if err != nil {
			t.Fatal(err)
		}
		g, _ := p.Assemble(seed, name, []string{"UNKNOWN-1"})
		if g.ETag != f.ETag || !slices.Equal(ids(f), ids(g)) {
			t.Fatalf("%s: two draws differ", name)
		}
		if len(f.ETag) != 32 {
			t.Fatalf("ETag %q", f.ETag)
		}
		if other, twice := tags[f.ETag]; twice {
			t.Fatalf("%s and %s have the same form", name, other)
		}
		tags[f.ETag] = name
	}
	f, _ := p.Assemble(seed, "E/1", nil)
	g, _ := p.Assemble(bytes.Repeat([]byte{8}, SeedBytes), "E/1", nil)
	if f.ETag == g.ETag {
		t.Error("the seed changes nothing")
	}
}

// TestReleasedDrawOfVersion1NeverChanges holds one form of loft/v1 in full: items, orders, bank
// and plan encoding. If it fails, forms that were given can no longer be drawn again; the
// change needs a new assembly version.
func TestReleasedDrawOfVersion1NeverChanges(t *testing.T) {
	// Written by the program of that version.
	p, err := DecodePlan(readFile(t, "testdata/plan-loft-v1.json"), madeUp(t, 2, 4, nil))
	if err != nil {
		t.Fatal(err)
	}
	f, err := p.Assemble(bytes.Repeat([]byte{1}, SeedBytes), "EXAM/0001", []string{"S-00-E-000"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, place := range f.Places() {
		got = append(got, fmt.Sprint(place.Item.ID, place.Order))
	}
	want := []string{
		"S-01-H-000[3 0 4 2 1]", "S-00-E-001[2 1 4 3 0]", "S-00-M-002[3 0 2 4 1]",
		"S-00-H-000[0 1 4 3 2]", "S-00-M-001[4 1 0 3 2]", "S-01-H-003[1 0 3 2 4]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("places\n got %q\nwant %q", got, want)
	}
	if want := "56b5fec5c0401e34f47ec024d3c6aeb0"; f.ETag != want {
		t.Errorf("ETag %s, want %s", f.ETag, want)
	}
}

func TestSeenHashNamesTheSet(t *testing.T) {
	a, b := SeenHash([]string{"X", "Y", "X"}), SeenHash([]string{"Y", "X"})
	if a != b || a == SeenHash(nil) || a == SeenHash([]string{"X"}) {
		t.Error("the hash depends on order or repetition, or does not depend on the items")
	}
}

func TestAssembleRefusesWhatCannotBeReplayed(t *testing.T) {
	p := manyItems(t)
	good := make([]byte, SeedBytes)
	for name, call := range map[string]func() (*engine.Form, error){
		"short seed":   func() (*engine.Form, error) { return p.Assemble(good[:31], "E/1", nil) },
		"no candidate": func() (*engine.Form, error) { return p.Assemble(good, "", nil) },
		"zero byte":    func() (*engine.Form, error) { return p.Assemble(good, "E\x001", nil) },
	} {
		if f, err := call(); err == nil || f != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAssembleNamesTheCellThatIsUsedUp(t *testing.T) {
	b := madeUp(t, 1, 3, nil)
	p, err := Compile(b, oneSection(Cell{Topic: "t0", Band: Easy, Count: 1}, Cell{Topic: "t0", Band: Hard, Count: 1}), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Assemble(make([]byte, SeedBytes), "E/1", []string{"S-00-H-000", "S-00-H-001", "S-00-H-002"})
	var used *CellError
	if !errors.As(err, &used) || used.Section != "S" || used.Cell.Topic != "t0" || used.Cell.Band != Hard {
		t.Errorf("error %v, want a CellError for S t0/hard", err)
	}
}

// Who has met all of a cell meets what is longest ago again, no more of it than the form needs, and
// a unit whole; who has met less meets nothing.
func TestAFormLeavesOutAsMuchAsCanBe(t *testing.T) {
	qs, units := withUnits(slices.Clone(madeUp(t, 1, 3, nil).Questions()), 2, 2, func(int) string { return "" })
	b, faults := NewBank(qs, units...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	p, err := Compile(b, oneSection(Cell{Topic: "t0", Band: Easy, Count: 1}, Cell{Topic: "t0", Band: Hard, Count: 2}, Cell{Topic: "u", Count: 2, Unit: 2}), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ seen, left []string }{
		{nil, nil},
		{[]string{"S-00-H-001", "UNKNOWN-1", "U-01-1"}, []string{"S-00-H-001", "UNKNOWN-1", "U-01-1"}},
		{[]string{"S-00-E-000", "S-00-H-001", "S-00-H-002", "S-00-H-000"}, []string{"S-00-E-000", "S-00-H-000"}},
		{[]string{"U-01-0", "U-00-1", "UNKNOWN-1", "U-01-1"}, []string{"U-00-1", "UNKNOWN-1"}},
	} {
		for n := range 50 {
			name := fmt.Sprint("E/", n)
			left, err := p.Avoidable(make([]byte, SeedBytes), name, tt.seen)
			if err != nil || !slices.Equal(left, tt.left) {
				t.Fatalf("of %v it leaves out %v, %v, want %v", tt.seen, left, err, tt.left)
			}
			f, err := p.Assemble(make([]byte, SeedBytes), name, left)
			if err != nil || slices.ContainsFunc(ids(f), func(id string) bool { return slices.Contains(left, id) }) {
				t.Fatalf("%v after %v, %v", f, left, err)
			}
		}
	}
	if _, err := p.Avoidable(nil, "E/1", nil); err == nil {
		t.Error("without a seed")
	}
}

// A form that is expected to give more than the target deviates upwards, and one that gives less
// downwards: of plans that are balanced on the mean, and of those at three abilities, with units.
func TestDeviationsAreThoseOfTheForm(t *testing.T) {
	curves, _ := goldenPlan(t)
	if !curves.balancedOnCurves() {
		t.Fatal("the plan is balanced on the mean: nothing is shown of curves")
	}
	// So narrow that some forms are beyond it.
	curves.file.Sections[0].Tolerance, curves.pool.sections[0].tolerance = 15, 15*outerWeight
	for name, p := range map[string]*Plan{"mean": manyItems(t), "curves": curves} {
		seed, above, below, out := make([]byte, SeedBytes), 0, 0, 0
		for i := range 300 {
			who := fmt.Sprint("E/", i)
			dev, outside, err := p.Deviations(seed, who, nil)
			if err != nil {
				t.Fatal(err)
			}
			f, _ := p.Assemble(seed, who, nil)
			s := &p.file.Sections[0]
			want, at := -s.Target, curve{}.minus(s.Targets)
			for _, id := range ids(f) {
				it := &p.file.Items[p.index[id]]
				want, at = want+int(it.Expected), at.plus(it.At)
			}
			if !slices.Equal(dev, []int{want}) {
				t.Errorf("%s %s: deviations %v, the form's items give %d", name, who, dev, want)
			}
			far := max(want, -want) > s.Tolerance
			if name == "curves" {
				far = at.weighed().most() > outerWeight*int32(s.Tolerance)
			}
			if outside != far {
				t.Errorf("%s %s: outside of the tolerance: %v, by the form's items %v", name, who, outside, far)
			}
			if far {
				out++
			}
			if want > 0 {
				above++
			} else if want < 0 {
				below++
			}
		}
		if name == "curves" && (above == 0 || below == 0 || out == 0 || out == 300) {
			t.Errorf("%s: %d forms above the target, %d below, %d beyond the tolerance: this shows little", name, above, below, out)
		}
	}
}

// manyItems is a plan of 110 places over 3,150 items, as large as a real exam.
func manyItems(t testing.TB) *Plan {
	t.Helper()
	b := madeUp(t, 21, 50, nil)
	bp := oneSection()
	for topic := range 21 {
		for _, c := range []Cell{{Band: Easy, Count: 2}, {Band: Medium, Count: 2}, {Band: Hard, Count: 1}} {
			c.Topic = fmt.Sprint("t", topic)
			bp.Sections[0].Cells = append(bp.Sections[0].Cells, c)
		}
	}
	bp.Sections[0].Cells[0].Count += 5
	p, err := Compile(b, bp, Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Places() != 110 {
		t.Fatalf("%d places, want 110", p.Places())
	}
	return p
}

func BenchmarkAssemble110(b *testing.B) {
	p := manyItems(b)
	seed := make([]byte, SeedBytes)
	b.Run("draw", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := p.draw(seed, "SKD-2026/2410000001", nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("form", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Assemble(seed, "SKD-2026/2410000001", nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
