package checker

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"terang/engine"
	"terang/engine/storetest"
)

// begunHeld are the first events of an attempt that runs for ten seconds from start, has a
// credit of a second undecided as version 6, and an answer to item 1 that counts as version 7.
func begunHeld() []engine.Event {
	return append(begun(), engine.Event{Kind: engine.CreditAsked, At: start + 2000, From: start + 1000, To: start + 2000}, answered(start+3000, uuid.NewString()))
}

func held(at engine.Instant, c string) engine.Event {
	return engine.Event{Kind: engine.Held, At: at, Op: uuid.NewString(), Q: 1, C: c, Item: "I", Option: c}
}

// A decision about a held answer is judged by the deadline that it was decided under, and by what its
// candidate did since.
func TestADecisionAboutAHeldAnswerIsJudged(t *testing.T) {
	granted := engine.Event{Kind: engine.GapCredited, At: start + 12_900, From: start + 1000, To: start + 2000, Why: "network", Ref: 6}
	refused := engine.Event{Kind: engine.CreditRefused, At: start + 12_900, Ref: 6}
	more := engine.Event{Kind: engine.TimeGiven, At: start + 12_400, MS: 60_000}
	mark := engine.Event{Kind: engine.Marked, At: start + 12_700, Op: uuid.NewString(), Q: 1, On: true}
	decided := func(ref int, on bool) engine.Event {
		return engine.Event{Kind: engine.HeldDecided, At: start + 12_900, Ref: ref, On: on, Q: 1}
	}
	board := func(answers int) []Exam {
		return []Exam{{
			Code: "skd", Sections: []engine.Section{{ID: "TWK", From: 1, To: 2}}, Worth: func(string, int) []int { return []int{0, 5} },
			Boards: map[string][]Standing{"b": {{Number: "26-1", Scores: map[string]int{"TWK": 5 * answers}, Total: 5 * answers, Answered: answers}}},
		}}
	}
	for _, c := range []struct {
		name   string
		events []engine.Event
		exams  []Exam
		found  bool
	}{
		{"granted, and it counts", append(begunHeld(), held(start+12_500, "b"), granted, decided(8, true)), board(1), false},
		{"granted, and it takes the answer back", append(begunHeld(), held(start+12_500, ""), granted, decided(8, true)), board(0), false},
		{"granted, and it does not count", append(begunHeld(), held(start+12_500, "b"), granted, decided(8, false)), nil, true},
		{"refused, and it does not count", append(begunHeld(), held(start+12_500, ""), refused, decided(8, false)), board(1), false},
		{"refused, and it counts", append(begunHeld(), held(start+12_500, "b"), refused, decided(8, true)), nil, true},
		{"overtaken, and it does not count", append(begunHeld(), held(start+12_300, ""), more, answered(start+12_600, uuid.NewString()), granted, decided(8, false)), board(1), false},
		{"overtaken, and it counts", append(begunHeld(), held(start+12_300, ""), more, answered(start+12_600, uuid.NewString()), granted, decided(8, true)), nil, true},
		{"nothing was held", append(begunHeld(), granted, decided(7, true)), nil, true},
		{"a mark while it is open", append(begunHeld(), mark, granted), nil, false},
		{"a mark when nothing is open any more", append(begunHeld(), refused, readAt(start+12_700, mark)), nil, true},
	} {
		if n := len(c.events); c.events[n-1].Kind == engine.Marked {
			c.events[n-1].At = start + 12_900
		}
		r, err := Check(t.Context(), Case{Journal: stored(t, c.events...), Grace: 2 * time.Second, Exams: c.exams})
		if err != nil {
			t.Fatal(err)
		}
		if c.found && r.Late.N != 1 || r.Faults() != map[bool]int{true: 1, false: 0}[c.found] {
			t.Errorf("%s:\n%s", c.name, r)
		}
	}
}

// Whatever the engine decides around the end of somebody's time, the checker, which knows
// nothing of how, finds no fault in the record.
func TestWhatTheEngineDecidesAroundTheEndIsSound(t *testing.T) {
	item := &engine.Item{ID: "I", Section: "TWK", Options: []engine.Option{{ID: "a"}, {ID: "b"}}}
	form := storetest.Form("f", nil, engine.Place{Item: item, Order: []uint8{0, 1}}, engine.Place{Item: item, Order: []uint8{0, 1}})
	rapid.Check(t, func(rt *rapid.T) {
		policy := engine.DefaultPolicy()
		policy.AutoCreditMS, policy.CoverMS, policy.GraceMS = rapid.SampledFrom([]int64{0, 2000}).Draw(rt, "auto"), 500, 2000
		terms := &engine.Terms{Policy: policy, Length: 10 * time.Second, Form: form}
		a := engine.NewAttempt(attempt)
		var log []engine.Record
		store := func(events []engine.Event) {
			records := engine.Link(a.Stream, a.N, a.Hash, events)
			for i := range events {
				a.Apply(&events[i], records[i].Hash)
			}
			log = append(log, records...)
		}
		store(begun())
		now, last := start, start
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			now += engine.Instant(rapid.SampledFrom([]int{1, 300, 1500, 4000}).Draw(rt, "wait"))
			c := engine.Command{
				Act: rapid.SampledFrom([]string{
					engine.ActAnswer, engine.ActAnswer, engine.ActAnswer, engine.ActMark, engine.ActHello, engine.ActHello, engine.ActDecideCredit,
					engine.ActCredit, engine.ActPause, engine.ActResume, engine.ActDeadline, engine.ActSelfEnd,
				}).Draw(rt, "act"),
				At: now, By: "s", Op: uuid.NewString(), Gen: a.Gen, Q: rapid.IntRange(1, 2).Draw(rt, "q"), C: rapid.SampledFrom([]string{"", "a", "b"}).Draw(rt, "c"),
				On: rapid.Bool().Draw(rt, "on"), Device: device, Session: "s", Node: "a", MS: 3000, Since: last,
			}
			for n := range a.Asked {
				c.Ref = max(c.Ref, n)
			}
			events, _ := engine.Decide(a, &c, terms)
			store(events)
			if c.Act == engine.ActAnswer || c.Act == engine.ActHello {
				last = now
			}
		}
		if r, _ := Alone(attempt, log, 2*time.Second); r.Faults() != 0 {
			rt.Fatalf("%s", r)
		}
	})
}
