package engine_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"terang/engine"
)

// rested is a ward whose candidate was granted breaks of a minute, and is on one.
func rested(t *testing.T, j engine.Journal, node string) (*ward, *line) {
	w := newWard(t, j, node)
	l := w.begin(engine.Command{Act: engine.ActAdjust, By: "ratna", Two: "bagus", Form: "breaks=1"})
	w.pass(10*time.Second+7*time.Millisecond, true) // between two looks of the timers
	w.must(engine.Command{Act: engine.ActPause, By: "ratna", Why: engine.WhyBreak})
	return w, l
}

func TestABreakEndsByItselfWhenItsTimeIsUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newMemory()
		w, l := rested(t, j, "n1")
		defer w.stop()
		a := w.state()
		ends := a.BreakEnds()
		if left := ends.Sub(w.hall.Now()); left != time.Minute {
			t.Fatalf("a break of a minute ends in %s", left)
		}
		w.pass(time.Minute-time.Second, true)
		if s := w.state(); s.State != engine.OnPause {
			t.Fatalf("%s before the break is over", s.State)
		}
		w.pass(2*time.Second, true)
		s := w.state()
		if s.State != engine.Running || l.heard(engine.Resumed) != 1 {
			t.Fatalf("after the break the attempt is %s, and the page has heard of %d resumptions", s.State, l.heard(engine.Resumed))
		}
		whole := s.Ledger.From.Add(100 * time.Second)
		if moved := s.Deadline().Sub(whole); moved != time.Minute {
			t.Fatalf("a break of a minute moves the deadline by %s", moved)
		}
		r := w.ask(engine.Command{Act: engine.ActPause, By: "ratna", Why: engine.WhyBreak})
		if !errors.Is(r.Err, engine.TooMuch) {
			t.Fatalf("another break, when nothing is left: %v", r.Err)
		}
	})
}

// The end is an instant and no timer: what is read a moment after it counts, and what is read
// a moment before it does not, whether or not anything has looked meanwhile.
func TestAnAnswerAfterABreakCountsThoughNoTimerHasLooked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := rested(t, newMemory(), "n1")
		defer w.stop()
		a := w.state()
		ends := a.BreakEnds()
		w.pass(ends.Sub(w.hall.Now())-time.Millisecond, true)
		if r := w.answer("01935000-0000-7000-8000-0000000000a1", 1); !errors.Is(r.Err, engine.PausedNow) {
			t.Fatalf("an answer during the break: %v", r.Err)
		}
		<-time.After(time.Millisecond)
		const op = "01935000-0000-7000-8000-0000000000a2"
		r := w.answer(op, 1)
		s := w.state()
		if r.Err != nil || s.Accepted(op) != r.N {
			t.Fatalf("an answer after the break: version %d, the operation stands at %d: %v", r.N, s.Accepted(op), r.Err)
		}
		if s.State != engine.Running || s.Deadline().Sub(s.Ledger.From.Add(100*time.Second)) != time.Minute {
			t.Fatalf("%s until %s", s.State, s.Deadline())
		}
	})
}

// A node that was away when the break ended finds so, and the candidate loses nothing and
// gains nothing by it.
func TestABreakThatEndedWhileNoNodeLivedEndedWhenItsTimeWasUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newMemory()
		w, _ := rested(t, j, "n1")
		a := w.state()
		ends := a.BreakEnds()
		w.stop()
		<-time.After(90 * time.Second)
		w = newWard(t, j, "n2")
		defer w.stop()
		w.pass(2*time.Second, false)
		s := w.state()
		if s.State != engine.Running {
			t.Fatalf("%s after a break that ended long ago", s.State)
		}
		for _, p := range s.Ledger.Why(w.hall.Now()) {
			if p.Why == engine.WhyBreak && p.To != ends {
				t.Fatalf("the break ended at %s, and %s is recorded", ends, p.To)
			}
		}
	})
}

// A room that goes on does not end somebody's own break, and one that is paused when the
// break is over keeps the candidate waiting with the others.
func TestABreakIsTheCandidatesOwnWhateverTheRoomDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := rested(t, newMemory(), "n1")
		defer w.stop()
		room := w.hall.Sitting(wardRoom)
		act := func(act string) {
			if _, err := room.Act(engine.Command{Act: act, By: "s", At: w.hall.Now(), Why: "power"}); err != nil {
				t.Fatal(err)
			}
		}
		w.pass(10*time.Second, true)
		act(engine.ActPause)
		w.pass(10*time.Second, true)
		act(engine.ActResume)
		w.pass(10*time.Second, true)
		if s := w.state(); s.State != engine.OnPause {
			t.Fatal("the room went on, and took the rest of the break away")
		}
		act(engine.ActPause)
		w.pass(40*time.Second, true) // ten beyond the break
		s := w.state()
		if s.State != engine.OnPause || s.BreakEnds() != engine.Never {
			t.Fatalf("the break is over and the room stands: %s", s.State)
		}
		act(engine.ActResume)
		w.pass(time.Second, true)
		s = w.state()
		if moved := s.Deadline().Sub(s.Ledger.From.Add(100 * time.Second)); s.State != engine.Running || moved != 70*time.Second {
			t.Fatalf("%s: a minute's break and ten seconds of the room's pause move the deadline by %s", s.State, moved)
		}
	})
}
