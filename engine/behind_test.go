package engine_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"terang/engine"
)

// earlier runs a day whose clock was fast by ahead, and returns what its journal has then.
func earlier(t *testing.T, ahead time.Duration, day func(w *ward)) (records []engine.Record) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { // every bubble begins at the same instant
		time.Sleep(ahead)
		j := newMemory()
		w := newWard(t, j, "n1")
		defer w.stop()
		day(w)
		records = j.all()
	})
	return records
}

// again is a node that starts on those records with the right clock.
func again(t *testing.T, records []engine.Record, next func(w *ward, found engine.Recovery)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		j := newMemory()
		j.take(records)
		w, found := newWardAt(t, j, "n2", "")
		defer w.stop()
		next(w, found)
	})
}

func (w *ward) waits(act string, least, most time.Duration) {
	w.Helper()
	_, err := w.hall.Sitting(wardRoom).Act(engine.Command{Act: act, By: "ratna", At: w.hall.Now()})
	var no *engine.Refusal
	if !errors.As(err, &no) || no.Code != engine.WrongState || no.Field != engine.ClockBehind || no.Retry < least || no.Retry > most {
		w.Errorf("%s while the clock stands before what is recorded: %v", act, err)
	}
}

func (w *ward) act(act string) {
	w.Helper()
	if _, err := w.hall.Sitting(wardRoom).Act(engine.Command{Act: act, By: "ratna", At: w.hall.Now(), Why: "clock"}); err != nil {
		w.Fatalf("%s: %v", act, err)
	}
}

// A clock that was an hour fast is set right after the check-in: nobody would sit before a started
// exam for an hour. It starts when the clock has passed what is recorded.
func TestNothingStartsBeforeWhatIsRecorded(t *testing.T) {
	records := earlier(t, time.Hour, func(w *ward) {
		w.act(engine.ActOpenCheckin)
		time.Sleep(10 * time.Minute)
		w.comes(wardRoom)
	})
	again(t, records, func(w *ward, found engine.Recovery) {
		if !found.Behind {
			t.Error("an hour is not noticed")
		}
		w.waits(engine.ActStart, 70*time.Minute, 70*time.Minute)
		time.Sleep(70*time.Minute - engine.StepMost)
		w.act(engine.ActStart)
		if s := w.hall.Sitting(wardRoom).State(); s.StartedAt.Sub(w.hall.Now()) > engine.StartAhead+engine.StepMost {
			t.Errorf("starts at %v, it is %v", s.StartedAt, w.hall.Now())
		}
		w.hello()
		w.pass(5*time.Second, false)
		if s := w.state(); s.State != engine.Running {
			t.Errorf("%s after the start", s.State)
		}
	})
}

// The same in the middle of an exam: the pause begins where the room's records end, goes on until
// the clock has passed them, and gives back nothing of what was worked, nor is more shown meanwhile.
func TestAClockThatIsSetBackGivesNobodyTheirTimeAgain(t *testing.T) {
	// By an hour, and by less than was worked: then the right clock stands amid the exam.
	for _, fast := range []time.Duration{time.Hour, 10 * time.Second} {
		var worked time.Duration
		records := earlier(t, fast, func(w *ward) {
			w.begin()
			w.pass(20*time.Second, true)
			if r := w.answer(pc, 1); r.Err != nil {
				t.Fatal(r.Err)
			}
			w.pass(3*time.Second, true)
			if _, err := w.hall.Sitting(wardRoom).Append("", func(s *engine.Sitting) ([]engine.Event, error) {
				return []engine.Event{{Kind: engine.IncidentNoted, At: w.hall.Now(), By: "ratna"}}, nil
			}); err != nil { // the newest record is of the room, not of this candidate
				t.Fatal(err)
			}
			s := w.state()
			worked = s.Ledger.Ran(w.hall.Now())
		})
		again(t, records, func(w *ward, found engine.Recovery) {
			if !found.Behind || found.Running != 1 {
				t.Errorf("%v fast: %+v", fast, found)
			}
			w.pass(15*time.Second, false)
			w.act(engine.ActPause)
			w.pass(time.Second, false)
			is := func(state engine.State, ran time.Duration) {
				t.Helper()
				if s := w.state(); s.State != state || s.Ledger.Ran(w.hall.Now()) != ran {
					t.Errorf("%v fast: %s and has worked %v, want %s and %v", fast, s.State, s.Ledger.Ran(w.hall.Now()), state, ran)
				}
			}
			is(engine.OnPause, worked)
			w.waits(engine.ActResume, time.Second, fast+30*time.Second)
			var no *engine.Refusal
			if r := w.ask(engine.Command{Act: engine.ActResume, By: "ratna"}); !errors.As(r.Err, &no) || no.Field != engine.ClockBehind {
				t.Fatalf("one seat goes on: %v", r.Err)
			}
			w.hello()
			w.pass(no.Retry, true)
			is(engine.OnPause, worked)
			w.act(engine.ActResume)
			w.pass(time.Minute, true)
			is(engine.Running, worked+time.Minute)
		})
	}
}

// Two nodes' clocks differ a little, and one that starts again finds what the other has just
// written: that stops no sitting.
func TestANodeThatStartsALittleBehindAnotherPausesNothing(t *testing.T) {
	for ahead, behind := range map[time.Duration]bool{100 * time.Millisecond: false, engine.StepMost: false, engine.StepMost + time.Millisecond: true} {
		records := earlier(t, ahead, func(w *ward) { w.act(engine.ActOpenCheckin) })
		again(t, records, func(w *ward, found engine.Recovery) {
			if found.Behind != behind {
				t.Errorf("behind by %v: %v", ahead, found.Behind)
			}
		})
	}
}
