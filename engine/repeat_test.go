package engine

import (
	"errors"
	"iter"
	"testing"
	"time"
)

// Sitting again takes two people, ends what was sat, keeps its receipt until the next finish,
// and starts with nothing but a form that leaves out what was met.
func TestAnAttemptIsSatAgainAsAWhole(t *testing.T) {
	t.Parallel()
	item := &Item{ID: "i", Section: "TWK", Options: []Option{{ID: "a"}, {ID: "b"}}}
	form := NewForm("second", []Section{{ID: "TWK", From: 1, To: 1}}, []*Item{item}, []int32{0}, func(places iter.Seq2[int32, []uint8]) {
		for _, order := range places {
			copy(order, []uint8{0, 1})
		}
	})
	sitting := &Sitting{Stream: "sitting/x.s2", Phase: InProgress, Turns: []Turn{{N: 3, Kind: SittingStarted, At: 1_000_000}}, StartedAt: 1_000_000}
	terms := &Terms{Policy: DefaultPolicy(), Length: time.Minute, Form: form, Number: "1", Sitting: sitting}
	a := NewAttempt(AttemptStream + "a")
	apply := func(events ...Event) {
		for _, r := range Link(a.Stream, a.N, a.Hash, events) {
			if err := a.Fold(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	again := Command{Act: ActRepeat, At: 900_000, By: "ketua", Two: "wakil", Op: "01935a00-0000-7000-8000-000000000001", Sitting: "x.s2", From: "x.s1", Seen: "met", Ref: 7, Why: "other"}
	decide := func(c Command) ([]Event, error) { return Decide(a, &c, terms) }
	apply(Event{Kind: CheckedIn, At: 1, Sitting: "x.s1", Seat: "1", Number: "1", Pin: "p"}, Event{Kind: Confirmed, At: 2},
		Event{Kind: DeviceBound, At: 3, Device: "d", Gen: 1}, Event{Kind: Started, At: 10, From: 10, MS: 60_000, Form: "first", Ref: 1},
		Event{Kind: Answered, At: 20, Q: 1, C: "a", Item: "j", Option: "a"}, Event{Kind: TimeGiven, At: 30, MS: 5000})
	var no *Refusal
	if _, err := decide(again); !errors.As(err, &no) || no.Code != WrongState {
		t.Fatalf("of somebody who is writing: %v", err)
	}
	apply(Event{Kind: Finished, At: 40, Why: "self"})
	receipt := a.Fingerprint
	for _, two := range []string{"", "ketua"} {
		alone := again
		alone.Two = two
		if _, err := decide(alone); !errors.Is(err, SecondPerson) {
			t.Errorf("with %q as the second: %v", two, err)
		}
	}
	events, err := decide(again)
	if err != nil || len(events) != 1 || events[0].Kind != Resat || events[0].Ref != 7 || events[0].Extra != 7 || events[0].Two != "wakil" {
		t.Fatalf("%+v %v", events, err)
	}
	apply(events...)
	if a.State != Assigned || a.Sitting != "x.s2" || a.Ledger.From != 0 || a.Ledger.budget() != 0 || a.Answers != 0 || len(a.Responses) != 0 || a.Fingerprint != receipt || a.Pin != "" {
		t.Fatalf("%+v", a)
	}
	if _, err := decide(again); !errors.As(err, new(*Repeated)) {
		t.Errorf("sent again: %v", err)
	}

	// The start waits for the node that has not heard which items are left out.
	apply(Event{Kind: CheckedIn, At: 950_000, Sitting: "x.s2", Seat: "1", Number: "1", Pin: "q"}, Event{Kind: Confirmed, At: 960_000})
	follow := Command{Act: ActFollow, At: 1_000_500, By: "engine"}
	if events, err := decide(follow); err != nil || len(events) != 0 {
		t.Errorf("began on a form that leaves out something else: %+v %v", events, err)
	}
	terms.Seen = "met"
	events, err = decide(follow)
	if err != nil || len(events) != 1 || events[0].Kind != Started || events[0].Form != "second" || events[0].MS != 60_000 || events[0].Seen != "met" {
		t.Fatalf("%+v %v", events, err)
	}
	apply(events...)
	events, err = decide(Command{Act: ActFinish, At: 1_010_000, By: "ratna", Why: "mistake"})
	if err != nil || len(events) != 1 || events[0].Ref != 7 {
		t.Errorf("the finish names another than the one that it replaces: %+v %v", events, err)
	}

	// Who had not begun is transferred, whatever has become of the sitting.
	a = NewAttempt(AttemptStream + "b")
	if events, err = decide(again); err != nil || len(events) != 1 || events[0].Kind != Transferred {
		t.Errorf("%+v %v", events, err)
	}
}
