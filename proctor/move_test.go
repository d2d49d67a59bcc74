package proctor

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
)

// beside is the desk of another node on the same journal that hears nothing of what this one
// writes from now on, as in the moment before the tail has brought it.
func (w *world) beside() *Desk {
	w.Helper()
	people := NewPeople(w.db)
	w.ok(people.LoadAll(w.ctx))
	station := NewStation(people)
	hall := engine.NewHall("node-2", w.db, w.store, engine.NewClock(), engine.NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler), station)
	for _, p := range people.In(s1) {
		w.hall.Attempt(p.Attempt).View(func(_ *engine.Attempt, terms *engine.Terms) {
			own := *terms
			hall.Admit(p.Attempt, &own)
		})
		hall.Sitting(s1).Seat(p.Attempt)
	}
	w.settle()
	if _, err := hall.Recover(w.ctx); err != nil {
		w.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- hall.Writer().Run(ctx) }()
	w.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.Error(err)
		}
	})
	return NewDesk(hall, people, w.accounts, station, w.db, w.desk.keys)
}

func moveTo(seat, to string) Request {
	return Request{Op: uuid.NewString(), Action: engine.ActMove, Seats: []string{seat}, To: to, Reason: "device"}
}

// One computer is one person's, whichever nodes the supervisors act at, and however late each hears
// of the other.
func TestTwoNodesMoveOnePersonToASeat(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.LateEntry = engine.LateFull })
	w.working("2410-0001", "2410-0002")
	other := w.beside()
	first := moveTo("1", "5")
	w.act(sup, first)
	for name, r := range map[string]Request{
		"a move":     moveTo("2", "5"),
		"a check-in": {Op: uuid.NewString(), Action: engine.ActCheckin, Numbers: numbers("2410-0003"), To: "5", Reason: "accommodation: near the door"},
	} {
		answer, err := other.Act(w.ctx, sup2, s1, r)
		if err != nil || len(answer.Failed) != 1 || answer.Failed[0].Code != engine.WrongState || answer.Failed[0].Field != "to" {
			t.Errorf("%s to the seat of another: %v %+v", name, err, answer)
		}
	}
	if again := w.act(sup, first); len(again.Done) != 1 {
		t.Errorf("the first, sent again: %+v", again)
	}
	// Who has moved on has let it go.
	w.act(sup, moveTo("5", "4"))
	w.act(sup, moveTo("2", "5"))
	if one, two := w.state("2410-0001").Seat, w.state("2410-0002").Seat; one != "04" || two != "05" {
		t.Error(one, two)
	}
	if r := CheckDraws(w.desk.keys.SeatSecret(s1), s1, 5, w.sittingEvents()); len(r.Faults) > 0 || r.Asked != 0 {
		t.Errorf("%+v", r)
	}
}

// A seat to which somebody could not be moved is free for others.
func TestAMoveThatCameToNothingKeepsNoSeat(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001", "2410-0002")
	other := w.beside()
	w.act(sup, Request{Action: engine.ActFinish, Seats: []string{"1"}, Reason: "request"})
	if answer, err := other.Act(w.ctx, sup2, s1, moveTo("1", "5")); err != nil || len(answer.Failed) != 1 || answer.Failed[0].Field != string(engine.Done) {
		t.Fatalf("%v %+v", err, answer)
	}
	w.settle()
	w.act(sup, moveTo("2", "5"))
}
