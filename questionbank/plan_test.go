package questionbank

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"terang/engine"
)

// madeUp is a bank of keyed questions: section S, topics t0.., n of each band.
func madeUp(t testing.TB, topics, perBand int, change func(i int, q *Question)) *Bank {
	t.Helper()
	var qs []Question
	for topic := range topics {
		for _, band := range []Band{Easy, Medium, Hard} {
			for k := range perBand {
				q := Question{
					ID: fmt.Sprintf("S-%02d-%s-%03d", topic, strings.ToUpper(string(band[:1])), k), Version: 1,
					Section: "S", Topic: fmt.Sprintf("t%d", topic), Band: band, Rule: Free, Lang: "id",
					Author: "A", Reviewer: "B", Stem: "<p>x</p>",
				}
				for o := range 5 {
					value := 0
					if o == k%5 {
						value = 5
					}
					q.Options = append(q.Options, Option{ID: string(rune('a' + o)), Value: value, HTML: fmt.Sprintf("pilihan ke-%d", o)})
				}
				if change != nil {
					change(len(qs), &q)
				}
				qs = append(qs, q)
			}
		}
	}
	b, faults := NewBank(qs)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return b
}

func oneSection(cells ...Cell) *Blueprint {
	return &Blueprint{Sections: []BlueprintSection{{ID: "S", Title: "Bagian", Tolerance: 250, Cells: cells}}}
}

func TestCompileCutsCellsIntoSlotsAndSetsTheTarget(t *testing.T) {
	b := madeUp(t, 1, 5, nil)
	p, err := Compile(b, oneSection(Cell{Topic: "t0", Band: "", Count: 4}), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	// 15 items in order of expected points (1500, 2500, 3500), slots of 3, 4, 4 and 4:
	// means 1500, (2×1500 + 2×2500)/4, (3×2500 + 3500)/4 and 3500.
	if got, want := p.file.Sections[0].Target, 1500+2000+2750+3500; got != want {
		t.Errorf("target %d, want %d", got, want)
	}
	var sizes []int
	for _, s := range p.file.Sections[0].Cells[0].Slots {
		sizes = append(sizes, len(s))
	}
	if !slices.Equal(sizes, []int{3, 4, 4, 4}) {
		t.Errorf("slots of %v items, want 3, 4, 4 and 4", sizes)
	}
	if want := (engine.Section{ID: "S", Title: "Bagian", From: 1, To: 4}); p.Sections()[0] != want {
		t.Errorf("section %+v, want %+v", p.Sections()[0], want)
	}
}

func TestCompileRefusesAndNamesTheCellThatIsShort(t *testing.T) {
	enemies := func(name string, in ...int) func(int, *Question) {
		return func(i int, q *Question) {
			if slices.Contains(in, i) {
				q.Enemies = name
			}
		}
	}
	tests := []struct {
		name      string
		bank      *Bank
		blueprint *Blueprint
		short     []string
	}{
		{"enough", madeUp(t, 2, 3, nil), oneSection(Cell{Topic: "t0", Band: Easy, Count: 3}, Cell{Topic: "t1", Band: Hard, Count: 3}), nil},
		{"too few", madeUp(t, 1, 3, nil), oneSection(Cell{Topic: "t0", Band: Easy, Count: 4}, Cell{Topic: "t0", Band: Hard, Count: 9}),
			[]string{"cell S t0/easy needs 4 items and has 3, 1 missing", "cell S t0/hard needs 9 items and has 3, 6 missing"}},
		{"no such topic", madeUp(t, 1, 3, nil), oneSection(Cell{Topic: "t7", Band: "", Count: 1}), []string{"cell S t7 needs 1 items and has 0"}},
		{"enemies in one cell", madeUp(t, 1, 3, enemies("g", 0, 1)), oneSection(Cell{Topic: "t0", Band: Easy, Count: 3}), []string{"t0/easy needs 3 items and has 2"}},
		{"enemies in one cell, fewer places", madeUp(t, 1, 3, enemies("g", 0, 1)), oneSection(Cell{Topic: "t0", Band: Easy, Count: 2}), nil},
		{"enemies in two cells", madeUp(t, 1, 3, enemies("g", 0, 3)), oneSection(Cell{Topic: "t0", Band: Easy, Count: 3}, Cell{Topic: "t0", Band: Medium, Count: 3}),
			[]string{"t0/medium needs 3 items and has 2"}},
		{"enemies outside the blueprint", madeUp(t, 1, 3, enemies("g", 0, 3)), oneSection(Cell{Topic: "t0", Band: Easy, Count: 3}), nil},
		{"earlier sittings", madeUp(t, 1, 3, nil), &Blueprint{Previous: 1, Sections: oneSection(Cell{Topic: "t0", Band: Easy, Count: 2}).Sections},
			[]string{"t0/easy needs 4 items and has 3"}},
		{"exposure", madeUp(t, 1, 3, nil), &Blueprint{MaxExposure: 300, Sections: oneSection(Cell{Topic: "t0", Band: Easy, Count: 1}).Sections},
			[]string{"t0/easy needs 4 items and has 3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile(tt.bank, tt.blueprint, Knowledge{})
			var supply *SupplyError
			if errors.As(err, &supply) != (tt.short != nil) {
				t.Fatalf("error %v, want one that names %v", err, tt.short)
			}
			for _, want := range tt.short {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %q", err, want)
				}
			}
		})
	}
}

func TestBlueprintIsReadStrictly(t *testing.T) {
	const good = `{"sections":[{"id":"S","title":"T","tolerance":250,"cells":[{"topic":"a","band":"easy","count":1},{"topic":"a","band":"hard","count":1}]}]}`
	if _, err := ParseBlueprint([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ old, new, what string }{
		{`"tolerance"`, `"tolerence"`, "unknown field"},
		{`"hard"`, `""`, "overlap"},
		{`"hard"`, `"odd"`, "malformed"},
		{`"count":1`, `"count":0`, "asks for 0 items"},
		{`"title":"T"`, `"title":""`, "no title"},
		{`"tolerance":250`, `"tolerance":-1`, "tolerance -1"},
		{`"id":"S"`, `"id":"s"`, "malformed"},
		{`{"sections"`, `{"previous":-1,"sections"`, "previous is -1"},
		{`{"sections"`, `{"max_exposure":2000,"sections"`, "max_exposure is 2000"},
		{`]}]}`, `]}]}x`, "byte"},
	} {
		_, err := ParseBlueprint([]byte(strings.Replace(good, tt.old, tt.new, 1)))
		if err == nil || !strings.Contains(err.Error(), tt.what) {
			t.Errorf("%s: %v, want %q", tt.new, err, tt.what)
		}
	}
}

func TestPlanReadsBackTheSame(t *testing.T) {
	b := madeUp(t, 2, 6, nil)
	p, err := Compile(b, oneSection(Cell{Topic: "t0", Band: Easy, Count: 2}, Cell{Topic: "t1", Band: "", Count: 5}), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodePlan(p.Encode(), b)
	if err != nil {
		t.Fatal(err)
	}
	seed := make([]byte, SeedBytes)
	f, err1 := p.Assemble(seed, "E/1", nil)
	g, err2 := again.Assemble(seed, "E/1", nil)
	if err1 != nil || err2 != nil || f.ETag != g.ETag || p.Hash() != again.Hash() {
		t.Errorf("the decoded plan draws %v, the plan %v (%v, %v)", g, f, err1, err2)
	}

	for name, data := range map[string]string{
		"nothing":       "",
		"another draw":  strings.Replace(string(p.Encode()), AssemblyVersion, "loft/v3", 1),
		"another bank":  strings.Replace(string(p.Encode()), b.Hash()[:8], "00000000", 1),
		"no such item":  strings.Replace(string(p.Encode()), "[[0,", "[[99,", 1),
		"below nought":  strings.Replace(string(p.Encode()), "[[0,", "[[-1,", 1),
		"an empty slot": strings.Replace(string(p.Encode()), "[[0,1,2]", "[[]", 1),
		"white space":   string(p.Encode()) + " ",
	} {
		if data == string(p.Encode()) {
			t.Fatalf("%s: the change did not change anything", name)
		}
		if _, err := DecodePlan([]byte(data), b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := DecodePlan(p.Encode(), madeUp(t, 2, 7, nil)); err == nil {
		t.Error("a plan was joined with another bank")
	}
}

func TestPlanHoldsNoTextAndNoKey(t *testing.T) {
	p, err := Compile(sampleBank(t), sampleBlueprint(t), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"value", "html", "stem", "why", "<p>", "author"} {
		if strings.Contains(string(p.Encode()), word) {
			t.Errorf("the plan, which is published, contains %q", word)
		}
	}
}

func TestCompileCountsWhatEarlierExamsTookAway(t *testing.T) {
	b := madeUp(t, 1, 3, nil)
	earlier, err := Compile(b, oneSection(Cell{Topic: "t0", Count: 4}), Knowledge{}) // of all bands
	if err != nil {
		t.Fatal(err)
	}
	// Four slots of 9 items may have taken all three easy ones.
	_, err = Compile(b, oneSection(Cell{Topic: "t0", Band: Easy, Count: 1}), Knowledge{Earlier: []Sat{{earlier, 1}}})
	if err == nil || !strings.Contains(err.Error(), "cell S t0/easy needs 4 items and has 3, 1 missing") {
		t.Errorf("error %v", err)
	}
	small, err := Compile(b, oneSection(Cell{Topic: "t0", Band: Easy, Count: 2}), Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(b, oneSection(Cell{Topic: "t0", Band: Easy, Count: 1}), Knowledge{Earlier: []Sat{{small, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	// Who sat it twice met the third easy one as well.
	_, err = Compile(b, oneSection(Cell{Topic: "t0", Band: Easy, Count: 1}), Knowledge{Earlier: []Sat{{small, 2}}})
	if err == nil || !strings.Contains(err.Error(), "cell S t0/easy needs 4 items and has 3, 1 missing; somebody who comes back can have met 3 in earlier exams") {
		t.Errorf("error %v", err)
	}
	for n := range 200 {
		name := fmt.Sprint("E/", n)
		first, _ := small.Assemble(make([]byte, SeedBytes), name, nil)
		again, err := p.Assemble(make([]byte, SeedBytes), name, ids(first))
		if err != nil || slices.Contains(ids(first), ids(again)[0]) {
			t.Fatalf("%s: %v after %v, %v", name, again, first, err)
		}
	}
}

func FuzzParseBlueprint(f *testing.F) {
	f.Add(string(readFile(f, "../testdata/exam/blueprint-skd.json")))
	f.Add(`{"previous":1,"max_exposure":70,"sections":[{"id":"S","title":"T","tolerance":250,"cells":[{"topic":"t0","band":"","count":4,"unit":2}]}]}`)
	f.Add(`{"sections":[{"id":"S","title":"T","tolerance":0,"cells":[{"topic":"t0","band":"","count":4}]}]}`)
	b := madeUp(f, 1, 3, nil)
	f.Fuzz(func(t *testing.T, text string) {
		bp, err := ParseBlueprint([]byte(text))
		if err != nil {
			return
		}
		bp.MaxExposure = 0 // simulating would take the fuzzer's time
		p, err := Compile(b, bp, Knowledge{})
		if err != nil {
			return
		}
		if _, err := p.Assemble(make([]byte, SeedBytes), "E/1", nil); err != nil {
			t.Fatalf("a plan that compiled failed at the door: %v", err)
		}
	})
}
