package scoring

import (
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
