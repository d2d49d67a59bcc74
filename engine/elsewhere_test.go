package engine

import (
	"errors"
	"testing"
	"time"
)

// What the desk of a sitting asks of somebody who was sent on while it asked does not reach them:
// it would end what goes on at another sitting, or let them in where they are not expected.
func TestADeskDoesNotReachWhoWasSentOnMeanwhile(t *testing.T) {
	t.Parallel()
	terms := &Terms{Policy: DefaultPolicy(), Length: time.Minute, Number: "1"}
	a := NewAttempt(AttemptStream + "a")
	apply := func(events ...Event) {
		for _, r := range Link(a.Stream, a.N, a.Hash, events) {
			if err := a.Fold(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	decide := func(act, desk, saw string) error {
		_, err := Decide(a, &Command{Act: act, At: 100, By: "ratna", Why: "power", Sitting: desk, From: saw}, terms)
		return err
	}
	apply(Event{Kind: CheckedIn, At: 1, Sitting: "x.s1", Seat: "1", Number: "1", Pin: "p"}, Event{Kind: Confirmed, At: 2},
		Event{Kind: DeviceBound, At: 3, Device: "d", Gen: 1}, Event{Kind: Started, At: 10, From: 10, MS: 60_000, Ref: 1})
	if err := decide(ActFinish, "x.s1", "x.s1"); err != nil {
		t.Fatalf("of who is here: %v", err)
	}
	apply(Event{Kind: Continued, At: 50, Sitting: "x.s2", Act: "x.s1", Why: "power"})
	if a.MovedAt != 50 {
		t.Errorf("moved at %d", a.MovedAt)
	}
	for _, act := range []string{ActFinish, ActCheckin, ActTurnAway, ActDisqualify, ActMessage} {
		var no *Refusal
		if err := decide(act, "x.s1", "x.s1"); !errors.As(err, &no) || no.Code != WrongState || no.Field != "elsewhere" {
			t.Errorf("%s at the sitting that was left: %v", act, err)
		}
		for _, desk := range []string{"x.s2", "x.s3"} { // x.s3: the roster has gone on since, and the desk knows
			if err := decide(act, desk, "x.s2"); err != nil {
				t.Errorf("%s at %s: %v", act, desk, err)
			}
		}
	}
}

// Whoever is on a break when the exam goes on elsewhere has used of it what was over by then,
// and not the time until the other sitting starts.
func TestABreakEndsWhereTheExamGoesOnElsewhere(t *testing.T) {
	d := newDesk(t)
	d.a.Adjust = &Adjustment{Breaks: 10 * time.Minute}
	d.must(Command{Act: ActPause, At: start + 10_000, By: "s", Why: WhyBreak})
	d.must(Command{Act: ActContinue, At: start + 70_000, By: "s", Sitting: "skd.s2", From: "skd.s1", Why: "power"})
	other := NewSitting("sitting/skd.s2")
	for _, e := range []Event{{Kind: CheckinOpened, At: start + 3_500_000}, {Kind: SittingStarted, At: start + 3_600_000, From: start + 3_602_000}} {
		other.Apply(&e, other.Hash)
	}
	d.terms.Sitting = other
	d.must(Command{Act: ActCheckin, At: start + 3_510_000, Sitting: "skd.s2", Seat: "A-1", Number: "1"})
	d.must(Command{Act: ActSignIn, At: start + 3_520_000, Device: "pc1", Session: "s1", Seat: "A-1"})
	d.must(Command{Act: ActConfirm, At: start + 3_530_000, Session: "s1"})
	d.hello(start + 3_540_000)
	d.must(Command{Act: ActFollow, At: start + 3_602_000})
	if left := d.a.breakLeft(); left != 9*time.Minute {
		t.Errorf("of 10 minutes one was used, and %s are left", left)
	}
	d.must(Command{Act: ActPause, At: start + 3_610_000, By: "s", Why: WhyBreak})
}
