package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"terang/engine"
)

// A room's own word ends what the room began. What was said of one candidate alone since
// stands, however late the node looks at the room's turns again.
func TestWhatARoomDidBeforeIsNoReasonToGoOnOrToStand(t *testing.T) {
	room := func(act string) func(w *ward) {
		return func(w *ward) { w.room(act, "power") }
	}
	alone := func(act string) func(w *ward) {
		return func(w *ward) { w.must(engine.Command{Act: act, By: "ratna", Two: "bagus", Why: "health"}) }
	}
	finish := func(w *ward) {
		w.must(engine.Command{Act: engine.ActSelfEnd, By: "candidate", Op: "01935000-0000-7000-8000-0000000000b1", Gen: w.state().Gen})
	}
	for _, c := range []struct {
		name  string
		steps []func(*ward)
		want  engine.State
	}{
		{"let go on alone, and paused alone after the room went on",
			[]func(*ward){room(engine.ActPause), alone(engine.ActResume), room(engine.ActResume), alone(engine.ActPause)}, engine.OnPause},
		{"finished while the room was paused and went on, and reopened",
			[]func(*ward){finish, room(engine.ActPause), room(engine.ActResume), alone(engine.ActReopen)}, engine.OnPause},
		{"paused alone before the room, and let go on alone in its pause",
			[]func(*ward){alone(engine.ActPause), room(engine.ActPause), alone(engine.ActResume)}, engine.Running},
		{"paused alone in a room that goes on later",
			[]func(*ward){room(engine.ActPause), alone(engine.ActResume), alone(engine.ActPause), room(engine.ActResume)}, engine.Running},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWard(t, newMemory(), "n1")
				defer w.stop()
				w.begin()
				for _, step := range c.steps {
					w.pass(2*time.Second, true)
					step(w)
				}
				synctest.Wait()
				w.pass(2*time.Second, true)
				if err := w.hall.Sitting(wardRoom).Settle(true); err != nil { // a turn of the room: everybody looks
					t.Fatal(err)
				}
				before := w.state()
				w.pass(2*time.Second, true)
				if s := w.state(); s.State != c.want || s.N != before.N {
					t.Errorf("%s with version %d, want %s", s.State, s.N, c.want)
				}
			})
		})
	}
}

// A room may pause for a break. That is nobody's own break: it is not taken from what two
// people granted to one of them, and everybody goes on with the room.
func TestARoomsBreakIsNobodysOwn(t *testing.T) {
	for name, adjust := range map[string][]engine.Command{
		"nothing granted": nil,
		"a break granted": {{Act: engine.ActAdjust, By: "ratna", Two: "bagus", Form: "breaks=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWard(t, newMemory(), "n1")
				defer w.stop()
				w.begin(adjust...)
				w.pass(5*time.Second, true)
				w.room(engine.ActPause, engine.WhyBreak)
				w.pass(70*time.Second, true)
				if s := w.state(); s.State != engine.OnPause || s.BreakEnds() != engine.Never {
					t.Fatalf("%s until %s while the room stands", s.State, s.BreakEnds())
				}
				w.room(engine.ActResume, "")
				w.pass(5*time.Second, true)
				if s := w.state(); s.State != engine.Running {
					t.Fatalf("%s while the room goes on", s.State)
				}
				if adjust == nil {
					return
				}
				w.must(engine.Command{Act: engine.ActPause, By: "ratna", Why: engine.WhyBreak})
				if s := w.state(); s.BreakEnds() != s.At.Add(time.Minute) {
					t.Errorf("a minute was granted, and from %s it lasts until %s", s.At, s.BreakEnds())
				}
			})
		})
	}
}

// Under to_sitting_end a latecomer has what is left, and not the time before they came.
func TestALatecomerHasWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, newMemory(), "n1", func(p *engine.Policy) { p.LateEntry = engine.LateToSittingEnd })
		defer w.stop()
		w.room(engine.ActOpenCheckin, "")
		w.room(engine.ActStart, "")
		w.pass(engine.StartAhead+40*time.Second, false)
		w.comes(wardRoom)
		w.pass(10*time.Second, false) // from the desk to the seat
		w.hello()
		if s := w.state(); s.Ledger.Left(w.hall.Now()) != 60*time.Second {
			t.Errorf("%s are left of 100 s to who came 40 s late: %+v", s.Ledger.Left(w.hall.Now()), s.Ledger.Why(w.hall.Now()))
		}
	})
}
