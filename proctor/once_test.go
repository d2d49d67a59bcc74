package proctor

import (
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

// An operation that was accepted is answered again as the first time, whatever comes under it:
// other seats, another time, another act.
func TestAnOperationOfStaffIsDoneOnceWhateverComesUnderItLater(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.LateEntry = engine.LateFull })
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	op := uuid.NewString()
	first := w.act(sup, Request{Op: op, Action: engine.ActCheckin, Numbers: numbers("2410-0001")})
	again := w.act(sup, Request{Op: op, Action: engine.ActCheckin, Numbers: numbers("2410-0002", "2410-0003")})
	if len(again.PINs) != 1 || again.PINs[0] != first.PINs[0] || w.state("2410-0002").State != engine.Assigned {
		t.Fatalf("check-in of others under the same operation: %+v", again)
	}
	if other := w.act(sup, Request{Op: op, Action: engine.ActCloseCheckin}); len(other.PINs) != 1 || w.hall.Sitting(s1).State().Phase != engine.CheckingIn {
		t.Fatalf("another act under the same operation: %+v", other)
	}
	w.working("2410-0001", "2410-0002")
	op = uuid.NewString()
	give := Request{Op: op, Action: engine.ActCredit, Numbers: numbers("2410-0001"), MS: 60_000, Reason: "power"}
	w.act(sup, give)
	give.MS, give.Numbers = 120_000, nil // everybody
	w.act(sup, give)
	for number, ms := range map[string]int64{"2410-0001": 60_000, "2410-0002": 0} {
		s, given := w.state(number), int64(0)
		for _, p := range s.Ledger.Why(w.hall.Now()) {
			if p.What == "given" {
				given += p.MS
			}
		}
		if given != ms {
			t.Errorf("%s was given %d ms, not %d", number, given, ms)
		}
	}
	// Sent again to everybody it reaches nobody who was not there the first time.
	all := Request{Op: uuid.NewString(), Action: engine.ActCredit, MS: 30_000, Reason: "power"}
	reached := len(w.act(sup, all).Done)
	w.checkin("2410-0003")
	if again := w.act(sup, all); len(again.Done) != reached || w.state("2410-0003").N != 1 {
		t.Fatalf("a credit to everybody, sent again: %+v", again)
	}
	// Whoever may not do the first act is shown nothing of it.
	w.refused(oper, Request{Op: op, Action: engine.ActPause}, engine.NotAllowed, "action")
	// Proposed is accepted, too.
	op = uuid.NewString()
	proposed := w.act(sup, Request{Op: op, Action: engine.ActDisqualify, Numbers: numbers("2410-0001"), Reason: "phone"})
	if other := w.act(sup, Request{Op: op, Action: engine.ActDisqualify, Numbers: numbers("2410-0002"), Reason: "phone"}); other.Proposal != proposed.Proposal {
		t.Fatalf("another proposal under the same operation: %+v", other)
	}
}

// What was refused is no operation yet: it may be asked as it should have been.
func TestARefusedOperationMayBeAskedAnew(t *testing.T) {
	w := newWorld(t, nil)
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	op := uuid.NewString()
	move := Request{Op: op, Action: engine.ActCheckin, Numbers: numbers("2410-0003"), To: "5"}
	if answer, err := w.desk.Act(w.ctx, sup, s1, move); err != nil || len(answer.Failed) != 1 || answer.Failed[0].Code != engine.NeedsReason {
		t.Fatal(answer, err)
	}
	move.Reason = "accommodation: near the door"
	w.act(sup, move)
	if s := w.state("2410-0003"); s.Seat != "05" {
		t.Fatal(s.Seat)
	}
}
