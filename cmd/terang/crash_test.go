package main

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
)

// crashEnv=full kills the server twenty times instead of five; make crash sets it.
const crashEnv = "TERANG_CRASH"

// The server is killed with -9 at random moments while 200 candidates answer as fast as
// they can think. Nothing that was acknowledged may be lost: every
// operation is in the journal with its version, no stream has a hole, nothing counts
// after its deadline, and every board shows what the answers are worth.
func TestKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	kills, full := 5, os.Getenv(crashEnv) == "full" && !testing.Short()
	if full {
		kills = 20
	}
	const candidates, between = 200, 200 // answers that are acknowledged before each kill, at least
	s := newServed(t, candidates)
	s.allow(t, nil, func(i int) int { // every third candidate's time runs out in the middle of it
		if i%3 == 0 {
			return 0
		}
		return 30
	})
	s.serve(t)
	log := crowd.NewLog()
	run := s.crowd(t, log, s.direct, func(i int, c *crowd.Candidate) {
		c.Pace = func(r *rand.Rand) time.Duration { return time.Duration(50+r.IntN(350)) * time.Millisecond }
		c.Again, c.Defiant = true, i%2 == 0
	})
	waitFor(t, patience, "all candidates to sit", func() bool { return log.Figures().Seated == candidates })
	for kill := range kills {
		if full && kill == kills-3 { // by then the short attempts have come to their deadline
			waitFor(t, patience, "an answer that is late", func() bool { return log.Figures().Refused["late"] > 0 })
		}
		served := log.Figures().Acked
		work(t, time.Duration(1000+rand.IntN(2500))*time.Millisecond)
		waitFor(t, patience, "answers since the kill before", func() bool { return log.Figures().Acked >= served+between })
		s.Kill()
		s.serve(t)
		t.Logf("kill %d: %d acknowledged", kill+1, log.Figures().Acked)
	}
	last := log.Figures()
	waitFor(t, patience, "the candidates to come back and go on", func() bool {
		f := log.Figures()
		return f.Again >= candidates && f.Acked >= last.Acked+between
	})
	run.stop(t)

	f := log.Figures()
	report := s.check(t, log, s.Base())
	t.Logf("%d kills, %d reconnections, refused %v\n%s", kills, f.Again, f.Refused, report)
	if report.Faults() > 0 {
		t.Error("the journal does not hold what was promised")
	}
	if f.Faults > 0 {
		t.Errorf("candidates saw %d things that no page should see: %s", f.Faults, strings.Join(f.Noticed, "\n"))
	}
}

// patience is how long a test waits for what must come and is no promise: no machine is so busy.
const patience = time.Minute

// waitFor waits for a condition, and fails the test when it does not come.
func waitFor(tb testing.TB, within time.Duration, what string, is func() bool) {
	tb.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(within); !is(); {
		if time.Now().After(until) {
			tb.Fatalf("waited %v for %s", within, what)
		}
		select {
		case <-tick.C:
		case <-tb.Context().Done():
			tb.Fatalf("interrupted while waiting for %s", what)
		}
	}
}

// work lets the crowd work for a while.
func work(tb testing.TB, d time.Duration) {
	tb.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-tb.Context().Done():
	}
}

func freeAddr(tb testing.TB) string {
	tb.Helper()
	addr, err := process.FreeAddress(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return addr
}
