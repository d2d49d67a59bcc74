package scoring

import (
	"bytes"
	"testing"

	"terang/engine"
)

// The second group of 2018 is told with the thresholds of the general need, to readers of a
// board and to a mirror of it, and never with another need's: that would name it.
func TestTheSecondGroupIsToldForTheGeneralNeedOnly(t *testing.T) {
	t.Parallel()
	rules, err := ByName("skd-2018")
	if err != nil {
		t.Fatal(err)
	}
	for need, want := range map[string]int{"general": 255, "disability": 220, "athlete": 0} {
		if bar, err := rules.Bar(need, nil); err != nil || bar.Second() != want {
			t.Errorf("%s: %d, want %d: %v", need, bar.Second(), want, err)
		}
	}
	b, err := NewBoards(Exam{
		Code: "uji", Title: "Uji", Rules: rules, Key: Key{}, Policy: engine.Policy{Live: engine.LiveInstant, ShowScores: true, Names: NamesFull},
		Formations: []Named{{"g", "G"}, {"p", "P"}},
		Entrants: []Entrant{
			{Attempt: "a", Number: "1", Site: "s", Sitting: "t", Need: "general", Formation: "g"},
			{Attempt: "b", Number: "2", Site: "s", Sitting: "t", Need: "papua", Formation: "p"},
		},
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]int{"uji": 255, "uji.formation.g": 255, "uji.formation.p": 255} {
		body, _, ok := b.JSON(id, 0, 10, "")
		if told := bytes.Contains(body, []byte(`"second_group":255`)); !ok || told != (want > 0) || bytes.Contains(body, []byte("220")) {
			t.Errorf("%s: %s", id, body)
		}
		m := NewMirror("uji")
		if err := m.Reset(body); err != nil {
			t.Fatal(err)
		}
		if page, ok := m.Page(id, 0, 10, ""); !ok || page.Thresholds.Second != want {
			t.Errorf("the mirror of %s has %+v", id, page)
		}
	}
	skd, err := ByName("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	if least, ok := skd.SecondGroup("general"); ok || least != 0 {
		t.Errorf("2024 has a second group of %d", least)
	}
}

// Nothing of what was sat before counts in what is sat again, and until then there is no
// score, no finish and no absence.
func TestACardThatIsSatAgainBeginsAnew(t *testing.T) {
	t.Parallel()
	rules, err := ByName("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMarking(rules, Key{"i": {"a": 5}, "j": {"a": 5, "b": 0}}, engine.Policy{Live: engine.LiveSettled, ShowScores: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	bar, err := rules.Bar("general", nil)
	if err != nil {
		t.Fatal(err)
	}
	c, n := NewCard(m, bar), 0
	take := func(events ...engine.Event) {
		for i := range events {
			n++
			c.Apply(n, &events[i])
		}
	}
	take(engine.Event{Kind: engine.CheckedIn}, engine.Event{Kind: engine.Started}, engine.Event{Kind: engine.Answered, Q: 1, Item: "i", Option: "a"},
		engine.Event{Kind: engine.Held, Q: 2, Item: "j", Option: "a"}, engine.Event{Kind: engine.Finished})
	c.Over()
	if f := c.Public(); f.Points.Sum() != 5 || !f.Finished {
		t.Fatalf("%+v", f)
	}
	take(engine.Event{Kind: engine.Resat})
	if f := c.Public(); f != (Face{}) {
		t.Errorf("to be sat again: %+v", f)
	}
	take(engine.Event{Kind: engine.HeldDecided, Ref: 4, On: true}) // of what does not count any more
	take(engine.Event{Kind: engine.CheckedIn}, engine.Event{Kind: engine.Started}, engine.Event{Kind: engine.Answered, Q: 1, Item: "j", Option: "b"}, engine.Event{Kind: engine.Finished})
	if f := c.Public(); f.Points.Sum() != 0 || f.Answered != 1 || !f.Finished || f.Status != Misses {
		t.Errorf("sat again: %+v", f)
	}
}
