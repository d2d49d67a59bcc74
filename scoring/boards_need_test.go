package scoring

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"terang/engine"
)

// A tick beside a section must not tell which need somebody applied for: two rows with
// the same points look the same.
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

// What is public of an exam is the same whichever needs its people applied for: no field of
// any board, beside any other, tells one from the other. Only the candidate and the lists
// are told what holds for the own need.
func TestBoardsAreTheSameWhateverWasAppliedFor(t *testing.T) {
	// More than the total of one need, less than the least of each section of the general one.
	x := smallExam(t, engine.LiveInstant, 7)
	j := &journal{pos: 1}
	for _, e := range []*engine.Event{{Kind: engine.Started}, answered(5, "a", time.Minute), answered(6, "a", time.Minute), {Kind: engine.Finished}} {
		j.add("attempt/"+x.Entrants[0].Attempt, *e)
	}
	all, mixed := sameInPublic(t, x, []string{"papua"}, j.list)
	one, _ := all.Result(x.Entrants[0].Attempt)
	if own, _ := mixed.Result(x.Entrants[0].Attempt); own.Status != Meets || one.Status != Misses {
		t.Fatalf("with the own need %s, with the general one %s: this shows nothing", own.Status, one.Status)
	}
	rapid.Check(t, func(t *rapid.T) {
		x := smallExamOf(t, rapid.SampledFrom([]string{engine.LiveInstant, engine.LiveSettled, engine.LiveProgress}).Draw(t, "live"))
		known := slices.Sorted(maps.Keys(x.Rules.Thresholds))
		var needs []string
		for range x.Entrants {
			needs = append(needs, rapid.SampledFrom(known).Draw(t, "need"))
		}
		sameInPublic(t, x, needs, drawHistory(t, &x))
	})
}

// sameInPublic applies a history to boards of people who all have the general need, and to such
// of people with other needs, the first ones; nothing public may tell one from the other.
func sameInPublic(t rapid.TB, x Exam, needs []string, history []record) (all, mixed *Boards) {
	t.Helper()
	for i := range x.Entrants {
		x.Entrants[i].Need, x.Entrants[i].Formation = needGeneral, "f1"
	}
	y := x
	y.Entrants = slices.Clone(x.Entrants)
	for i, need := range needs {
		y.Entrants[i].Need = need
	}
	all, err := NewBoards(x, 1000)
	mixed, fault := NewBoards(y, 1000)
	if err = errors.Join(err, fault); err != nil {
		t.Fatal(err)
	}
	for _, r := range history {
		r.apply(all)
		r.apply(mixed)
		all.Tick(2000)
		mixed.Tick(2000)
	}
	for _, id := range ids(mixed) {
		want, v, _ := all.JSON(id, 0, MaxPage, "")
		got, w, _ := mixed.JSON(id, 0, MaxPage, "")
		if string(got) != string(want) {
			t.Fatalf("%s with other needs is\n%s\nand with the general need\n%s", id, got, want)
		}
		if len(v.frames) != len(w.frames) || len(v.frames) > 0 && string(v.frames[0].Body) != string(w.frames[0].Body) {
			t.Fatalf("%s: the frames differ", id)
		}
		if !slices.Equal(all.Distribution(id), mixed.Distribution(id)) {
			t.Fatalf("%s: the distributions differ", id)
		}
	}
	return all, mixed
}
