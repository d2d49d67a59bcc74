package questionbank

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"terang/engine"
)

const unitText = `== unit BACAAN-01 ==
version: 1
author: Ratna Wulandari
reviewer: Bagus Prakoso

Kapal berangkat pukul 07.00.

![sebuah persegi](figures/kotak.svg)

== TIU-BAC-001 ==
version: 1
section: TIU
topic: bacaan
band: easy
author: Ratna Wulandari
reviewer: Bagus Prakoso
unit: BACAAN-01

Kapan kapal berangkat?

a) [5] pagi
b) [0] siang

== TIU-BAC-002 ==
version: 1
section: TIU
topic: bacaan
band: hard
author: Ratna Wulandari
reviewer: Bagus Prakoso
unit: BACAAN-01

Apa yang berangkat?

a) [0] kereta
b) [5] kapal
`

func TestItemsOfAUnitShareItsText(t *testing.T) {
	b, faults := Parse(bankFS(unitText), "bank/a.bank")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	first, second := b.Item("TIU-BAC-001"), b.Item("TIU-BAC-002")
	want := engine.Stimulus{ID: "BACAAN-01", Lang: "id", HTML: "<p>Kapal berangkat pukul 07.00.</p>", Figure: first.Stimulus.Figure}
	if first.Stimulus == nil || first.Stimulus != second.Stimulus || *first.Stimulus != want || want.Figure == nil {
		t.Errorf("stimuli %+v and %+v", first.Stimulus, second.Stimulus)
	}
	checkRoundTrips(t, b)
	if _, ok := Figures(b)["figures/kotak.svg"]; !ok {
		t.Error("the figure of a unit is not among the figures")
	}
}

func TestUnitsAreRefusedWithPlaceAndRemedy(t *testing.T) {
	for _, tt := range []struct{ old, new, what string }{
		{"unit: BACAAN-01\n\nKapan", "\nKapan", "a.bank:1: BACAAN-01: 1 items belong to the unit"},
		{"unit: BACAAN-01\n\nKapan", "unit: BACAAN-02\n\nKapan", `a.bank:17: TIU-BAC-001: there is no unit "BACAAN-02"`},
		{"topic: bacaan\nband: hard", "topic: lain\nband: hard", "a.bank:27: TIU-BAC-002: it is in TIU lain, but TIU-BAC-001"},
		{"unit: BACAAN-01\n\nKapan", "unit: BACAAN-01\nenemies: x\n\nKapan", "an item of a unit has no enemies of its own"},
		{"version: 1\nauthor", "version: 1\ntopic: x\nauthor", "a.bank:3: BACAAN-01: a unit has no topic"},
		{"07.00.\n", "07.00.\n\na) [5] x\n", "a.bank:8: BACAAN-01: a unit has no options"},
		{"Kapal berangkat pukul 07.00.", "", "BACAAN-01: there is no text"},
		{"== unit BACAAN-01 ==", "== unit BACAAN-01 x ==", "the heading cannot be read"},
	} {
		text := strings.Replace(unitText, tt.old, tt.new, 1)
		if text == unitText {
			t.Fatalf("%q is not in the text", tt.old)
		}
		_, faults := Parse(bankFS(text), "bank/a.bank")
		if !slices.ContainsFunc(faults, func(f Fault) bool { return strings.Contains(f.String(), tt.what) && f.Remedy != "" }) {
			t.Errorf("%q: %v, want %q", tt.new, faults, tt.what)
		}
	}
}

// withUnits adds units of k items in topic u to questions.
func withUnits(qs []Question, units, k int, enemies func(u int) string) ([]Question, []Unit) {
	var us []Unit
	for u := range units {
		unit := Unit{ID: fmt.Sprintf("U-%02d", u), Version: 1, Lang: "id", Author: "A", Reviewer: "B", Stem: "<p>teks</p>", Enemies: enemies(u)}
		us = append(us, unit)
		for i := range k {
			q := qs[i]
			q.ID, q.Topic, q.Unit, q.Enemies, q.Band = fmt.Sprintf("U-%02d-%d", u, i), "u", unit.ID, "", []Band{Easy, Hard}[i%2]
			qs = append(qs, q)
		}
	}
	return qs, us
}

func TestUnitsStandWholeAndInOrder(t *testing.T) {
	qs, units := withUnits(slices.Clone(madeUp(t, 1, 4, nil).Questions()), 6, 3, func(int) string { return "" })
	b, faults := NewBank(qs, units...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	p, err := Compile(b, oneSection(Cell{Topic: "t0", Count: 5}, Cell{Topic: "u", Count: 6, Unit: 3}), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Places() != 11 || p.Sections()[0].To != 11 {
		t.Fatalf("%d places, sections %v", p.Places(), p.Sections())
	}
	starts := map[int]bool{}
	for n := range 300 {
		f, err := p.Assemble(make([]byte, SeedBytes), fmt.Sprint("E/", n), nil)
		if err != nil {
			t.Fatal(err)
		}
		names := ids(f)
		for q := 0; q < len(names); q++ {
			if !strings.HasPrefix(names[q], "U-") {
				continue
			}
			starts[q] = true
			unit := names[q][:len("U-00-")]
			if q+3 > len(names) || !slices.Equal(names[q:q+3], []string{unit + "0", unit + "1", unit + "2"}) {
				t.Fatalf("the unit at position %d is not whole and in order: %v", q+1, names)
			}
			q += 2
		}
	}
	if len(starts) != 9 {
		t.Errorf("units begin at %d positions, want all 9 of them", len(starts))
	}
	// Who met one item of a unit has met the unit.
	f, err := p.Assemble(make([]byte, SeedBytes), "E/1", []string{"U-00-2", "U-01-0", "U-02-1", "U-03-2"})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids(f) {
		if strings.HasPrefix(id, "U-") && id < "U-04" {
			t.Errorf("%s belongs to a unit that was met", id)
		}
	}
}

// Where an item is said to stand is where it stands, inside a unit too: its answer is looked for
// there when something is decided of it.
func TestPositionsAreThoseOfTheForm(t *testing.T) {
	qs, units := withUnits(slices.Clone(madeUp(t, 1, 4, nil).Questions()), 6, 3, func(int) string { return "" })
	b, faults := NewBank(qs, units...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	p, err := Compile(b, oneSection(Cell{Topic: "t0", Count: 5}, Cell{Topic: "u", Count: 6, Unit: 3}), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	asked := []string{"UNKNOWN-1"}
	for _, q := range b.Questions() {
		asked = append(asked, q.ID)
	}
	for n := range 100 {
		name, seen := fmt.Sprint("E/", n), []string{fmt.Sprintf("U-0%d-%d", n%6, n%3), fmt.Sprintf("S-00-E-00%d", n%4)}
		f, err := p.Assemble(make([]byte, SeedBytes), name, seen)
		if err != nil {
			t.Fatal(err)
		}
		at, err := p.Positions(make([]byte, SeedBytes), name, seen, asked)
		if err != nil {
			t.Fatal(err)
		}
		stand := ids(f)
		for i, id := range asked {
			if want := slices.Index(stand, id) + 1; at[i] != want {
				t.Errorf("%s: %s is said to stand at %d, and stands at %d", name, id, at[i], want)
			}
		}
	}
}

func TestACellOfUnitsTakesOnlyUnitsOfItsSize(t *testing.T) {
	qs, units := withUnits(slices.Clone(madeUp(t, 1, 4, nil).Questions()), 4, 3, func(int) string { return "" })
	b, faults := NewBank(qs, units...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for name, cell := range map[string]Cell{
		"cell S u needs 1 items and has 0":                    {Topic: "u", Count: 1},
		"cell S u in units of 2 needs 1 units and has 0":      {Topic: "u", Count: 2, Unit: 2},
		"cell S u/easy in units of 3 needs 1 units and has 0": {Topic: "u", Band: Easy, Count: 3, Unit: 3},
		"cell S u in units of 3 needs 5 units and has 4":      {Topic: "u", Count: 15, Unit: 3},
		"write 2 to 20 and a count that they divide":          {Topic: "u", Count: 4, Unit: 3},
	} {
		if _, err := Compile(b, oneSection(cell), Knowledge{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v, want %q", cell, err, name)
		}
	}
}
