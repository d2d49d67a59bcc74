package scoring

import (
	"slices"
	"testing"

	"terang/engine"
)

// A tick beside a section must not tell which need somebody applied for: two rows with
// the same points look the same but for the status, which is by the own need.
func TestTicksDoNotNameTheNeed(t *testing.T) {
	rules, err := ByName("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBoards(Exam{
		Code: "x", Title: "X", Rules: rules, Key: Key{}, Policy: engine.Policy{Live: engine.LiveInstant, ShowScores: true, Names: NamesFull},
		Entrants: []Entrant{
			{Attempt: "a", Number: "1", Name: "A", Site: "s", Sitting: "t", Need: "general"},
			{Attempt: "b", Number: "2", Name: "B", Site: "s", Sitting: "t", Need: "disability"},
		},
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, attempt := range []string{"a", "b"} {
		b.Apply(engine.Record{Pos: engine.Pos(i + 1), Stream: engine.AttemptStream + attempt, N: 1},
			&engine.Event{Kind: engine.Started, At: 1, From: 1, MS: 60_000})
	}
	b.Tick(2)
	page, ok := b.Page("x", 0, 10, "")
	if !ok || len(page.Rows) != 2 {
		t.Fatalf("board %+v", page)
	}
	if page.Rows[0].Meets != page.Rows[1].Meets {
		t.Errorf("general %v, disability %v: the ticks name the need", page.Rows[0].Meets, page.Rows[1].Meets)
	}
}

// A board of a formation of the need disability would be health data of everybody on it,
// and so would be that somebody stands on no formation's board when all others do.
func TestNoBoardTellsWhoHasTheNeedDisability(t *testing.T) {
	rules, err := ByName("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	x := Exam{
		Code: "x", Title: "X", Rules: rules, Key: Key{}, Policy: engine.Policy{Live: engine.LiveInstant, ShowScores: true, Names: NamesFull},
		Formations: []Named{{"g", "G"}, {"c", "C"}, {"d", "D"}},
		Entrants: []Entrant{
			{Attempt: "a", Number: "1", Site: "s", Sitting: "t", Need: "general", Formation: "g"},
			{Attempt: "b", Number: "2", Site: "s", Sitting: "t", Need: "cumlaude", Formation: "c"},
		},
	}
	formations := func() []string {
		b, err := NewBoards(x, 1)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, s := range b.List() {
			if s.Kind == KindFormation {
				out = append(out, s.Formation.Code)
			}
		}
		return out
	}
	if got := formations(); !slices.Equal(got, []string{"g", "c"}) {
		t.Errorf("nobody has the need: boards of %v", got)
	}
	x.Entrants = append(x.Entrants, Entrant{Attempt: "c", Number: "3", Site: "s", Sitting: "t", Need: "disability", Formation: "d"})
	if got := formations(); !slices.Equal(got, []string{"g"}) {
		t.Errorf("somebody has the need: boards of %v", got)
	}
}
