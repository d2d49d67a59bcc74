package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"terang/engine"
	"terang/engine/storetest"
)

// Who waits for the start keeps the form that the page holds, and the start names all that
// it was drawn from. Who sits again, and came before this node heard of it, is given what
// leaves out the items met: another form would be the first one over again.
func TestWhatIsGivenToWhoWaitsForTheStart(t *testing.T) {
	t.Parallel()
	const late = engine.StartAhead + time.Second
	for name, c := range map[string]struct {
		again bool // it is a repetition
		late  bool // the start comes before this node hears of the second form
		want  string
	}{
		"sits once":                         {want: "first"},
		"sits again":                        {again: true, want: "second"},
		"sits again, and the start is over": {again: true, late: true, want: "second"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWard(t, newMemory(), "n1")
				defer w.stop()
				given := func(name string) *engine.Terms {
					return &engine.Terms{
						Policy: engine.DefaultPolicy(), Length: time.Minute, Number: name, Plan: name, Seed: name, Seen: name, Form: storetest.Form(name, nil),
					}
				}
				const other = "uji.s2"
				act := func(act, sitting string) {
					t.Helper()
					if _, err := w.hall.Sitting(sitting).Act(engine.Command{Act: act, By: "s", At: w.hall.Now()}); err != nil {
						t.Fatalf("%s %s: %v", act, sitting, err)
					}
				}
				comes := func(sitting string) {
					t.Helper()
					w.hall.Sitting(sitting).Seat(wardID)
					act(engine.ActOpenCheckin, sitting)
					w.must(engine.Command{Act: engine.ActCheckin, By: "s", Sitting: sitting, Seat: "01", Number: "1", Pin: "x"})
					w.must(engine.Command{Act: engine.ActSignIn, By: "candidate", Device: pc, Session: sitting, Seat: "01"})
					w.must(engine.Command{Act: engine.ActConfirm, By: "candidate", Device: pc, Session: sitting})
				}
				at := wardRoom
				w.hall.Admit(wardID, given("first"))
				if c.again {
					comes(wardRoom)
					act(engine.ActStart, wardRoom)
					w.pass(late, true)
					w.must(engine.Command{Act: engine.ActFinish, By: "s", Why: "mistake"})
					w.must(engine.Command{Act: engine.ActRepeat, By: "s", Two: "t", Sitting: other, From: wardRoom, Seen: "second", Ref: 1, Why: "other"})
					at = other
				}
				comes(at)
				if !c.late {
					w.hall.Admit(wardID, given("second"))
				}
				act(engine.ActStart, at)
				w.pass(late, true)
				if c.late {
					if s := w.state(); s.State != engine.Ready {
						t.Fatalf("%s before it was known on which form", s.State)
					}
					w.hall.Admit(wardID, given("second"))
				}
				if s := w.state(); s.State != engine.Running || s.Plan != c.want || s.Seed != c.want || s.Seen != c.want || s.Form != c.want {
					t.Errorf("%s, plan %q, seed %q, seen %q, form %q, want all of them %q", s.State, s.Plan, s.Seed, s.Seen, s.Form, c.want)
				}
			})
		})
	}
}
