package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"terang/engine"
)

// The time runs out while a credit waits for a word: the page hears at that instant that it goes
// on, and that answers are held, not at the next reminder half a minute later; after the
// hold the exam ends all the same.
func TestThePageHearsThatAnswersAreHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, newMemory(), "n1", func(p *engine.Policy) { p.AutoCreditMS = 0 })
		defer w.stop()
		w.begin()
		w.pass(40*time.Second, false)
		l := w.hello()
		s := w.state()
		if !s.Undecided() {
			t.Fatal("no credit is asked for")
		}
		w.pass(s.Deadline().Sub(w.hall.Now())-time.Second, true)
		if n := l.looks(); n != 0 {
			t.Fatalf("told %d times before the deadline", n)
		}
		w.pass(1100*time.Millisecond, true)
		if n := l.looks(); n != 1 {
			t.Fatalf("told %d times at the deadline", n)
		}
		w.pass(58*time.Second, true)
		if s := w.state(); s.State != engine.Running || l.looks() != 1 {
			t.Fatalf("%s within the hold, told %d times", s.State, l.looks())
		}
		w.pass(2*time.Second, true)
		if s := w.state(); s.State != engine.Done || l.heard(engine.Finished) != 1 {
			t.Fatalf("%s after the hold", s.State)
		}
	})
}
