package itemstats

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"terang/engine"
)

// sheetOf folds events over three items of two options, "a" the right one.
func sheetOf(t *testing.T, trace bool, events ...engine.Event) *Sheet {
	t.Helper()
	var items []Item
	for _, id := range []string{"X", "Y", "Z"} {
		items = append(items, Item{ID: id, Options: []string{"a", "b"}, Points: []int{5, 0}})
	}
	d, err := NewDesign([]Section{{Code: "S", Keyed: true, Places: 3}}, items, []string{""})
	if err != nil {
		t.Fatal(err)
	}
	s := NewSheet(d)
	s.Trace = trace
	for i := range events {
		s.Apply(&events[i])
	}
	return s
}

func started() engine.Event {
	return engine.Event{Kind: engine.Started, At: 900, From: 1000, Form: "f"}
}

func answered(at engine.Instant, q int, option string, ms int64) engine.Event {
	e := engine.Event{Kind: engine.Answered, At: at, Q: q, C: "a", Item: []string{"X", "Y", "Z"}[q-1], Option: option, MS: ms}
	if option == "" {
		e.Kind, e.C = engine.Cleared, ""
	}
	return e
}

func takenOf(t *testing.T, s *Sheet) *Taken {
	t.Helper()
	taken, ok := s.Taken(0, []int32{0, 1, 2}, []int32{0, 1, 2})
	if !ok {
		t.Fatal("the sheet does not fit its form")
	}
	return taken
}

func TestTimeInView(t *testing.T) {
	look := func(at engine.Instant, q int) engine.Event { return engine.Event{Kind: engine.Looked, At: at, Q: q} }
	for _, c := range []struct {
		name   string
		events []engine.Event
		want   []uint32
	}{
		{"up to the answer, then to the next", []engine.Event{answered(11_000, 1, "a", 0), look(13_000, 2), answered(20_000, 2, "b", 0)}, []uint32{12_000, 7_000, 0}},
		{"the first look is of what was there from the start", []engine.Event{look(3_000, 1), answered(9_000, 1, "a", 0)}, []uint32{8_000, 0, 0}},
		{"what the page reports, where it does", []engine.Event{answered(11_000, 1, "a", 4_000), answered(12_000, 1, "b", 500)}, []uint32{4_500, 0, 0}},
		{"two minutes at most, the rest is idle", []engine.Event{answered(301_000, 1, "a", 0)}, []uint32{120_000, 0, 0}},
		{"not while the clock stands", []engine.Event{
			look(2_000, 1), {Kind: engine.Paused, At: 5_000, From: 5_000}, {Kind: engine.Resumed, At: 60_000, To: 60_000}, look(61_000, 1), answered(63_000, 1, "a", 0),
		}, []uint32{7_000, 0, 0}},
		{"not after the finish", []engine.Event{look(2_000, 3), {Kind: engine.Finished, At: 9_000}}, []uint32{0, 0, 8_000}},
	} {
		s := sheetOf(t, false, append([]engine.Event{started()}, c.events...)...)
		if got := takenOf(t, s).MS; !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestWhatStands(t *testing.T) {
	held := answered(50_000, 2, "a", 0)
	held.Kind = engine.Held
	s := sheetOf(t, false, started(), answered(2_000, 1, "a", 0), answered(3_000, 1, "", 0), answered(4_000, 3, "b", 0), held,
		engine.Event{Kind: engine.Finished, At: 60_000})
	if got := takenOf(t, s).Options; !slices.Equal(got, []uint8{0, 0, 2}) || !s.Counts() {
		t.Errorf("%v, want nothing, nothing, b: an answer taken back and one that is held do not count", got)
	}
	s.Apply(&engine.Event{Kind: engine.HeldDecided, At: 61_000, Ref: 5, On: true})
	if got := takenOf(t, s).Options; !slices.Equal(got, []uint8{0, 1, 2}) {
		t.Errorf("%v, want the granted answer", got)
	}
	back := answered(61_500, 2, "", 0)
	back.Kind = engine.Held
	s.Apply(&back)
	s.Apply(&engine.Event{Kind: engine.HeldDecided, At: 61_600, Ref: 8, On: true})
	if got := takenOf(t, s).Options; !slices.Equal(got, []uint8{0, 0, 2}) {
		t.Errorf("%v, want the answer taken back", got)
	}
	s.Apply(&engine.Event{Kind: engine.Reopened, At: 62_000})
	if s.Counts() {
		t.Error("a reopened attempt counts")
	}
}

// A record that does not fit the form is in no figure.
func TestStrangeSheetsDoNotFit(t *testing.T) {
	for name, e := range map[string]engine.Event{
		"another item":        {Kind: engine.Answered, At: 2_000, Q: 1, C: "a", Item: "Y", Option: "a"},
		"an unknown option":   {Kind: engine.Answered, At: 2_000, Q: 1, C: "a", Item: "X", Option: "e"},
		"a position too many": {Kind: engine.Looked, At: 2_000, Q: 4},
	} {
		s := sheetOf(t, false, started(), e)
		if _, ok := s.Taken(0, []int32{0, 1, 2}, []int32{0, 1, 2}); ok {
			t.Errorf("%s: fits", name)
		}
	}
}

func TestActsAreKeptInOrder(t *testing.T) {
	s := sheetOf(t, true, started(),
		engine.Event{Kind: engine.Looked, At: 2_000, Q: 1},
		engine.Event{Kind: engine.Looked, At: 9_000, Q: 2},
		answered(210_000, 2, "b", 5_000),
		answered(210_050, 1, "a", 30_000), // came with it out of an outbox
	)
	want := []Act{
		{At: 2_000, Q: 1, Look: true, MS: 7_000},
		{At: 9_000, Q: 2, Look: true},
		{At: 210_000, Q: 2, MS: 120_000, Option: 2, Idle: 201_000, Letter: 'a'},
		{At: 210_050, Q: 1, MS: 30_000, Option: 1, Letter: 'a'},
	}
	if !reflect.DeepEqual(s.Acts, want) {
		t.Errorf("%+v\nwant %+v", s.Acts, want)
	}
}

// Numbers of a worked example: three groups of three, F = 13.
func TestAnova(t *testing.T) {
	a := anova("x", []group{{3, 6, 14}, {3, 9, 29}, {0, 0, 0}, {3, 18, 110}})
	near(t, "F", a.F, 13, 1e-9)
	near(t, "p", a.P, .006591796875, 1e-6)
	near(t, "omega2", a.Omega2, 24.0/33, 1e-9)
	if a.DF1 != 2 || a.DF2 != 6 {
		t.Errorf("df %d, %d", a.DF1, a.DF2)
	}
	if one := anova("x", []group{{3, 6, 14}}); one.F != nil || one.P != nil {
		t.Errorf("one group has nothing to be compared with: %+v", one)
	}
}

func TestSittingsAreTakenOutExactly(t *testing.T) {
	w := newWorld(t, 9, 2, "")
	s, empty := NewSittings(w.d, []string{"", "s1", "s2"}), NewSittings(w.d, []string{"", "s1", "s2"})
	for i := range 50 {
		taken, sat := w.candidate(0), Sat{Sitting: i % 3, Deviation: []int{i, -i, 300}, Outside: true, Passed: i%2 == 0, ExtraTime: i%5 == 0}
		if err := s.Count(taken, sat, 1); err != nil {
			t.Fatal(err)
		}
		if i == 0 && (s.rows[0].n != 1 || s.rows[0].outside != 1 || s.rows[0].deviations[deviationMost+3] != 1) {
			t.Errorf("a form 0.3 points off in one section: %+v", s.rows[0].outside)
		}
		if err := s.Count(taken, sat, -1); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(s, empty) {
		t.Error("something is left of candidates who were taken out")
	}
	if s.Count(w.candidate(0), Sat{Sitting: 3, Deviation: make([]int, 3)}, 1) == nil {
		t.Error("a sitting that is not there is taken")
	}
}

func TestNumbersArePrintedShort(t *testing.T) {
	body, err := Number(2.0 / 3).MarshalJSON()
	if err != nil || string(body) != "0.6666666667" {
		t.Errorf("%s, %v", body, err)
	}
	if given(true, math.NaN()) != nil || given(true, math.Inf(1)) != nil || given(false, 1) != nil {
		t.Error("what is no figure is given")
	}
}
