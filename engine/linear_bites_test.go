package engine_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"terang/engine"
)

// A check that has never found anything proves nothing: here are journals without one of
// their promises, under the same pages, nodes and ways.
func TestAJournalWithoutItsPromisesIsFoundOut(t *testing.T) {
	for name, broken := range map[string]func() engine.Journal{
		"acknowledges before the commit": func() engine.Journal { return &hasty{memory: newMemory()} },
		"takes two runs at one head":     func() engine.Journal { return &careless{newMemory()} },
	} {
		t.Run(name, func(t *testing.T) {
			for round := range 10 {
				j := broken()
				histories, err := linearRound(t, uint64(round), false, func(int) engine.Journal { return j })
				for _, h := range histories {
					if result, _ := h.judge(2 * time.Second); result == porcupine.Illegal {
						t.Logf("round %d: of %d calls; reading it at the end: %v", round, len(h.calls), err)
						return
					}
				}
			}
			t.Error("every history was in order")
		})
	}
}

// hasty says that a run is stored before it is, and of every fifth with an answer the cut
// comes in between.
type hasty struct {
	*memory
	answers atomic.Int64
}

func (h *hasty) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if slices.ContainsFunc(runs, answers) && h.answers.Add(1)%5 == 0 {
		return make([]engine.Outcome, len(runs)), nil
	}
	return h.memory.Append(ctx, runs)
}

// careless does not look at the head that a run with an answer expects.
type careless struct{ *memory }

func (c *careless) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	c.mu.Lock()
	for _, run := range runs {
		if answers(run) {
			c.heads[run.Stream] = run.Records[0].N - 1
		}
	}
	c.mu.Unlock()
	return c.memory.Append(ctx, runs)
}

// answers says whether a run begins with an answer.
func answers(run engine.Run) bool {
	e, err := engine.Decode(run.Records[0].Body)
	return err == nil && e.Kind == engine.Answered
}

// The machine itself: histories that an attempt may have, and such that it may not.
func TestWhatIsInOrderAndWhatIsNot(t *testing.T) {
	hello := func(device, session, n, gen int) step {
		return step{asked{act: engine.ActHello, device: device, session: session}, told{n: n, gen: gen}}
	}
	answer := func(op, gen int, c string, out told) step {
		return step{asked{act: engine.ActAnswer, op: op, device: 1, gens: []int{gen}, q: 1, c: c}, out}
	}
	welcome := func(n, gen int, c string, done bool) step {
		seen := told{n: n, gen: gen}
		seen.answers[0], seen.done = c, done
		return step{asked{act: show}, seen}
	}
	finish := func(op, gen int, out told) step {
		return step{asked{act: engine.ActSelfEnd, op: op, device: 1, gens: []int{gen}}, out}
	}
	release := func(op, n int) step { return step{asked{act: engine.ActRelease, op: op}, told{n: n}} }
	signin := func(device, session, n int) step {
		return step{asked{act: engine.ActSignIn, device: device, session: session}, told{n: n}}
	}
	lost := told{code: unknown}
	superseded, finished := told{code: engine.Superseded}, told{code: engine.AlreadyOver}
	for _, test := range []struct {
		name    string
		inOrder bool
		steps   []step
	}{
		{"an answer is shown", true, []step{hello(1, 1, 4, 1), answer(1, 1, "a", told{n: 5}), hello(1, 1, 6, 2), welcome(6, 2, "a", false)}},
		{"an acknowledged answer is not shown", false, []step{hello(1, 1, 4, 1), answer(1, 1, "a", told{n: 5}), hello(1, 1, 6, 2), welcome(6, 2, "", false)}},
		{"an older answer stands", false, []step{hello(1, 1, 4, 1), answer(1, 1, "a", told{n: 5}), answer(2, 1, "b", told{n: 6}), welcome(6, 1, "a", false)}},
		{"sent again, answered as the first time", true, []step{hello(1, 1, 4, 1), answer(1, 1, "a", told{n: 5}), answer(2, 1, "b", told{n: 6}), answer(1, 1, "a", told{n: 5}), welcome(6, 1, "b", false)}},
		{"sent again, another version", false, []step{hello(1, 1, 4, 1), answer(1, 1, "a", told{n: 5}), answer(1, 1, "a", told{n: 6})}},
		{"sent again, a second effect", false, []step{hello(1, 1, 4, 1), answer(1, 1, "a", told{n: 5}), answer(2, 1, "b", told{n: 6}), answer(1, 1, "a", told{n: 5}), welcome(6, 1, "a", false)}},
		{"sent again by who has lost the attempt", true, []step{hello(1, 1, 4, 1), answer(1, 1, "a", told{n: 5}), hello(1, 1, 6, 2), answer(1, 1, "a", told{n: 5})}},
		{"an unknown answer happened", true, []step{hello(1, 1, 4, 1), answer(1, 1, "a", lost), welcome(5, 1, "a", false)}},
		{"an unknown answer did not happen", true, []step{hello(1, 1, 4, 1), answer(1, 1, "a", lost), welcome(4, 1, "", false)}},
		{"an unknown answer happens late", true, []step{hello(1, 1, 4, 1), answer(1, 1, "a", lost), welcome(4, 1, "", false), welcome(5, 1, "a", false)}},
		{"an unknown answer comes and goes", false, []step{hello(1, 1, 4, 1), answer(1, 1, "a", lost), welcome(5, 1, "a", false), welcome(5, 1, "", false)}},
		{"one version for two", false, []step{hello(1, 1, 4, 1), answer(1, 1, "a", told{n: 5}), answer(2, 1, "b", told{n: 5})}},
		{"one generation for two", false, []step{hello(1, 1, 4, 1), hello(1, 1, 5, 1)}},
		{"who was superseded writes", false, []step{hello(1, 1, 4, 1), hello(1, 1, 5, 2), answer(1, 1, "a", told{n: 6})}},
		{"who was superseded hears so", true, []step{hello(1, 1, 4, 1), hello(1, 1, 5, 2), answer(1, 1, "a", superseded), welcome(5, 2, "", false)}},
		{"a refused answer is shown", false, []step{hello(1, 1, 4, 1), hello(1, 1, 5, 2), answer(1, 1, "a", superseded), welcome(6, 2, "a", false)}},
		{"who holds the attempt is refused", false, []step{hello(1, 1, 4, 1), answer(1, 1, "a", superseded)}},
		{"who was released writes", false, []step{hello(1, 1, 4, 1), release(1, 5), answer(2, 1, "a", told{n: 6})}},
		{"who was released hears so", true, []step{hello(1, 1, 4, 1), release(1, 5), answer(2, 1, "a", superseded)}},
		{"another device after a release", true, []step{hello(1, 1, 4, 1), release(1, 5), signin(2, 2, 6), hello(2, 2, 7, 2)}},
		{"another device without one", false, []step{hello(1, 1, 4, 1), signin(2, 2, 5)}},
		{"a hello with a session that has ended", false, []step{hello(1, 1, 4, 1), release(1, 5), signin(2, 2, 6), hello(1, 1, 7, 2)}},
		{"an answer after the finish", false, []step{hello(1, 1, 4, 1), finish(1, 1, told{n: 5}), answer(2, 1, "a", told{n: 6})}},
		{"refused after the finish", true, []step{hello(1, 1, 4, 1), finish(1, 1, told{n: 5}), answer(2, 1, "a", finished), welcome(5, 1, "", true)}},
		{"refused as finished before it", false, []step{hello(1, 1, 4, 1), answer(2, 1, "a", finished), finish(1, 1, told{n: 5})}},
		{"finished and shown as running", false, []step{hello(1, 1, 4, 1), finish(1, 1, told{n: 5}), welcome(5, 1, "", false)}},
	} {
		h := &history{id: test.name, clock: new(atomic.Int64), seen: map[string]int{}}
		for _, s := range test.steps {
			h.add(h.now(), h.now(), s.in, s.out)
		}
		if result, info := h.judge(2 * time.Second); (result == porcupine.Ok) != test.inOrder {
			t.Errorf("%s: %s\n%s", test.name, result, h.stuck(info))
		}
	}
}

// step is a call that was answered before the next began.
type step struct {
	in  asked
	out told
}
