package engine_test

import (
	"errors"
	"slices"
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
		early bool // it hears of the second form before what it is given for
		want  string
	}{
		"sits once":                         {want: "first"},
		"sits again":                        {again: true, want: "second"},
		"sits again, and the start is over": {again: true, late: true, want: "second"},
		"sits again, and it was known":      {again: true, early: true, want: "second"},
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
					w.comes(sitting)
				}
				at := wardRoom
				w.hall.Admit(wardID, given("first"))
				if c.again {
					comes(wardRoom)
					act(engine.ActStart, wardRoom)
					w.pass(late, true)
					w.must(engine.Command{Act: engine.ActFinish, By: "s", Why: "mistake"})
					if c.early {
						w.hall.Admit(wardID, given("second"))
						if form := w.form(); form != "first" {
							t.Fatalf("what was sat is shown on the form %s", form)
						}
					}
					w.must(engine.Command{Act: engine.ActRepeat, By: "s", Two: "t", Sitting: other, From: wardRoom, Seen: "second", Ref: 1, Why: "other"})
					at = other
				}
				comes(at)
				if !c.late && !c.early {
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

// form is the ETag of the form that the node gives the candidate.
func (w *ward) form() (etag string) {
	w.live.View(func(_ *engine.Attempt, t *engine.Terms) { etag = t.Form.ETag })
	return etag
}

// lateNode are two nodes of which the second has not heard which form a repetition has. Its
// candidate waits for the start.
func lateNode(t *testing.T) (knows, late *ward, start func()) {
	const again = "uji.s2"
	j := newMemory()
	knows, late = newWard(t, j, "n1"), newWard(t, j, "n2")
	knows.begin()
	knows.must(engine.Command{Act: engine.ActFinish, By: "s", Why: "mistake"})
	knows.must(engine.Command{Act: engine.ActRepeat, By: "s", Two: "t", Sitting: again, From: wardRoom, Seen: "second", Ref: 1, Why: "other"})
	knows.hall.Admit(wardID, secondForm())
	room := knows.hall.Sitting(again)
	act := func(act string) {
		if _, err := room.Act(engine.Command{Act: act, By: "s", At: knows.hall.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	act(engine.ActOpenCheckin)
	knows.comes(again)
	return knows, late, func() {
		act(engine.ActStart)
		knows.pass(engine.StartAhead+time.Second, true)
		knows.must(engine.Command{Act: engine.ActFollow, By: "engine"})
		synctest.Wait()
		if s := knows.state(); s.State != engine.Running || s.Form != "second" {
			t.Fatalf("%s on the form %s", s.State, s.Form)
		}
	}
}

func secondForm() *engine.Terms {
	return &engine.Terms{Policy: engine.DefaultPolicy(), Length: 100 * time.Second, Number: "1", Seen: "second", Form: storetest.Form("second", nil)}
}

// A node that has not heard which form an attempt was begun on would show others' items
// under its answers: the page is sent away until it has, and is in nothing delayed then.
func TestAPageIsShownNoOtherFormThanTheOneBegunOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		knows, late, start := lateNode(t)
		defer knows.stop()
		defer late.stop()
		start()
		late.pass(time.Second, false)
		hello := engine.Command{Act: engine.ActHello, By: "candidate", Device: pc, Session: "s", Node: "n2"}
		for range 2 {
			if r := late.ask(hello); !errors.Is(r.Err, engine.ServerMoving) {
				t.Fatalf("a node with the form %s lets it go on: %v", late.form(), r.Err)
			}
		}
		late.hall.Admit(wardID, secondForm())
		if r := late.ask(hello); r.Err != nil || late.form() != "second" {
			t.Errorf("a node with the form %s: %v", late.form(), r.Err)
		}
	})
}

// The page that waits at such a node is sent away when another one begins the attempt.
func TestAPageThatWaitsIsShownNoOtherFormThanTheOneBegunOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		knows, late, start := lateNode(t)
		defer knows.stop()
		defer late.stop()
		late.pass(time.Second, false)
		page := late.hello()
		start()
		late.pass(time.Second, true)
		page.mu.Lock()
		defer page.mu.Unlock()
		if page.bye != engine.ServerMoving || slices.Contains(page.kinds, engine.Started) {
			t.Errorf("the page heard %v, and %q", page.kinds, page.bye)
		}
	})
}

// Who was sent to another sitting begins with it, for as long as it lasts, also where the
// page came to a node that has heard of it from the attempt alone, and not from the exam.
func TestWhoWasSentToAnotherSittingBeginsWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newMemory()
		desk, late := newWard(t, j, "n1"), newWard(t, j, "n2")
		defer desk.stop()
		defer late.stop()
		const other = "uji.s2"
		room := desk.hall.Sitting(other)
		act := func(act string) {
			if _, err := room.Act(engine.Command{Act: act, By: "s", At: desk.hall.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := room.Append("", func(s *engine.Sitting) ([]engine.Event, error) {
			return []engine.Event{{Kind: engine.SittingPlanned, At: desk.hall.Now(), From: desk.hall.Now(), MS: 60_000}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		act(engine.ActOpenCheckin)
		desk.must(engine.Command{Act: engine.ActTransfer, By: "s", Sitting: other, From: wardRoom, Why: "other"})
		desk.must(engine.Command{Act: engine.ActCheckin, By: "s", Sitting: other, Seat: "01", Number: "1", Pin: "x"})
		desk.must(engine.Command{Act: engine.ActSignIn, By: "candidate", Device: pc, Session: "s", Seat: "01"})
		desk.must(engine.Command{Act: engine.ActConfirm, By: "candidate", Device: pc, Session: "s"})
		late.pass(time.Second, false)
		page := late.hello()
		act(engine.ActStart)
		late.pass(engine.StartAhead+time.Second, true)
		s, sitting := late.state(), room.State()
		if s.State != engine.Running || page.heard(engine.Started) != 1 || s.Ledger.From != sitting.StartedAt || s.Ledger.Length != time.Minute {
			t.Errorf("%s from %s, which lasts %v; the sitting starts at %s and lasts a minute", s.State, s.Ledger.From, s.Ledger.Length, sitting.StartedAt)
		}
	})
}
