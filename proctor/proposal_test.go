package proctor

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

func disqualify() Request {
	return Request{Op: uuid.NewString(), Action: engine.ActDisqualify, Seats: []string{"1"}, Reason: "phone: found under the table"}
}

// employ keeps accounts that sign in nowhere.
func (w *world) employ(accounts ...Account) {
	w.Helper()
	for _, a := range accounts {
		body, err := json.Marshal(a)
		if err == nil {
			err = w.db.Put(w.ctx, engine.Entry{Kind: KindAccount, ID: a.User, Body: body})
		}
		if err != nil {
			w.Fatal(err)
		}
	}
}

func TestTwoPeopleAtOneDesk(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	for _, a := range []Account{sup, sup2, oper} {
		if err := w.accounts.Add(w.ctx, Setup, a, password, w.hall.Now()); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		second Second
		code   engine.Code
	}{
		"herself":        {Second{User: "ratna", Password: password}, engine.SecondPerson},
		"wrong password": {Second{User: "bagus", Password: "guess"}, engine.SecondPerson},
		"without right":  {Second{User: "oki", Password: password}, engine.NotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			w.T = t
			r := disqualify()
			r.Second = &c.second
			w.refused(sup, r, c.code, "second")
		})
	}
	w.T = t
	if s := w.state("2410-0001").State; s != engine.Running {
		t.Fatal(s)
	}
	r := disqualify()
	r.Second = &Second{User: "bagus", Password: password}
	w.act(sup, r)
	w.disqualifiedBy("ratna", "bagus")
}

// disqualifiedBy checks the names in the journal of candidate 1.
func (w *world) disqualifiedBy(by, two string) {
	w.Helper()
	var last engine.Event
	err := w.db.Read(w.ctx, engine.AttemptStream+w.live("2410-0001").ID, 0, func(r engine.Record) (err error) {
		last, err = engine.Decode(r.Body)
		return err
	})
	if err != nil || last.Kind != engine.Disqualified || last.By != by || last.Two != two || last.Why != "phone" {
		w.Fatalf("%v %+v", err, last)
	}
}

func TestAProposalIsApprovedByAnother(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.employ(sup, sup2)
	r := disqualify()
	id := w.act(sup, r).Proposal
	if again := w.act(sup, r).Proposal; id == "" || again != id {
		t.Fatalf("the same op proposes %q and %q", id, again)
	}
	waiting, err := w.desk.Proposals(w.ctx, s1)
	if err != nil || len(waiting) != 1 || waiting[0].ID != id || waiting[0].By != "ratna" || waiting[0].Numbers[0] != "2410-0001" {
		t.Fatalf("%v %+v", err, waiting)
	}
	_, err = w.desk.Decide(w.ctx, sup, id, uuid.NewString(), "approve", "")
	w.is(err, engine.SecondPerson, "proposal")
	_, err = w.desk.Decide(w.ctx, oper, id, uuid.NewString(), "approve", "")
	w.is(err, engine.NotAllowed, "action")
	_, err = w.desk.Decide(w.ctx, sup2, uuid.NewString(), uuid.NewString(), "approve", "")
	w.is(err, engine.WrongState, "proposal")
	if s := w.state("2410-0001").State; s != engine.Running {
		t.Fatal(s)
	}
	op := uuid.NewString()
	for range 2 {
		answer, err := w.desk.Decide(w.ctx, sup2, id, op, "approve", "")
		if err != nil || len(answer.Done) != 1 || len(answer.Failed) > 0 {
			t.Fatal(err, answer)
		}
	}
	w.disqualifiedBy("ratna", "bagus")
	_, err = w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "refuse", "")
	w.is(err, engine.WrongState, "proposal")
	if waiting, err = w.desk.Proposals(w.ctx, s1); err != nil || len(waiting) != 0 {
		t.Fatal(waiting, err)
	}
	w.approvedBeforeDone()
}

// approvedBeforeDone checks the order of commit.
func (w *world) approvedBeforeDone() {
	w.Helper()
	records, err := w.db.Tail(w.ctx, 0, 1000)
	if err != nil {
		w.Fatal(err)
	}
	var kinds []engine.Kind
	for _, r := range records {
		e, err := engine.Decode(r.Body)
		if err != nil {
			w.Fatal(err)
		}
		switch e.Kind {
		case engine.Proposed, engine.Approved, engine.Disqualified:
			kinds = append(kinds, e.Kind)
		}
	}
	if len(kinds) != 3 || kinds[0] != engine.Proposed || kinds[1] != engine.Approved || kinds[2] != engine.Disqualified {
		w.Fatal(kinds)
	}
}

func TestARefusedProposalHasNoEffect(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.employ(sup, sup2)
	id := w.act(sup, disqualify()).Proposal
	op := uuid.NewString()
	for range 2 {
		if _, err := w.desk.Decide(w.ctx, sup2, id, op, "refuse", "not proven"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.desk.Decide(w.ctx, sup2, id, op, "approve", "")
	w.is(err, engine.WrongState, "proposal")
	if s := w.state("2410-0001").State; s != engine.Running {
		t.Fatal("a refusal's operation passed for an approval: ", s)
	}
}

func TestAProposalExpiresAfterTenMinutes(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.employ(sup, sup2)
	id := w.act(sup, disqualify()).Proposal
	w.desk.now = func() engine.Instant { return w.hall.Now().Add(RoomLife + 1_000_000) }
	if waiting, err := w.desk.Proposals(w.ctx, s1); err != nil || len(waiting) != 0 {
		t.Fatal(waiting, err)
	}
	_, err := w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", "")
	w.is(err, engine.WrongState, "expired")
	if open := w.hall.Sitting(s1).State().Pairs.Open; len(open) != 0 {
		t.Fatal(open)
	}
	_, err = w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", "")
	w.is(err, engine.WrongState, "proposal")
	if s := w.state("2410-0001").State; s != engine.Running {
		t.Fatal(s)
	}
}

func TestNobodyApprovesAnotherRequestThanWasProposed(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001", "2410-0002")
	id := w.act(sup, disqualify()).Proposal
	body, err := w.db.Get(w.ctx, KindProposal, id)
	if err != nil {
		t.Fatal(err)
	}
	forged := []byte(string(body[:len(body)-1]) + `,"request":{"op":"` + uuid.NewString() + `","action":"disqualify","seats":["2"],"reason":"phone"}}`)
	if err := w.db.Put(w.ctx, engine.Entry{Kind: KindProposal, ID: id, Body: forged}); err != nil {
		t.Fatal(err)
	}
	_, err = w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", "")
	w.is(err, engine.WrongState, "proposal")
}

// A proposal is of people. Who agrees to it agrees to what happens to them, wherever they sit by
// then, and to nothing that happens to who sits in their place.
func TestAProposalMeansWhoSatThereWhenItWasMade(t *testing.T) {
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.working("2410-0001", "2410-0002")
	id := w.act(sup, disqualify()).Proposal
	w.changePlaces()
	waiting, err := w.desk.Pairs().For(w.ctx, sup2)
	if err != nil || len(waiting) != 1 || !slices.ContainsFunc(waiting[0].Shows, func(l Line) bool { return strings.HasPrefix(l.Text, "05 · 2410-0001") }) {
		t.Fatalf("%v %+v", err, waiting)
	}
	answer, err := w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", "")
	if err != nil || len(answer.Done) != 1 || answer.Done[0] != (Seat{"05", "2410-0001"}) {
		t.Fatalf("%v %+v", err, answer)
	}
	if one, two := w.state("2410-0001").State, w.state("2410-0002").State; one != engine.DisqualifiedNow || two != engine.Running {
		t.Fatal(one, two)
	}
}

// changePlaces has who sits at 1 moved to 5, and who sits at 2 to 1.
func (w *world) changePlaces() {
	w.Helper()
	w.act(sup2, Request{Action: engine.ActMove, Seats: []string{"1"}, To: "5", Reason: "other: apart"})
	w.act(sup2, Request{Action: engine.ActMove, Seats: []string{"2"}, To: "1", Reason: "device"})
}

// Of a seat that has nobody nothing is proposed: who comes to sit there later was not meant.
func TestASeatWithNobodyIsNotInAProposal(t *testing.T) {
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.working("2410-0001")
	r := disqualify()
	r.Seats = []string{"1", "5"}
	answer, err := w.desk.Act(w.ctx, sup, s1, r)
	if err != nil || answer.Proposal == "" || len(answer.Failed) != 1 || answer.Failed[0].Seat != "5" || answer.Failed[0].Code != engine.UnknownSeat {
		t.Fatalf("%v %+v", err, answer)
	}
	if done, err := w.desk.Decide(w.ctx, sup2, answer.Proposal, uuid.NewString(), "approve", ""); err != nil || len(done.Done) != 1 || len(done.Failed) != 0 {
		t.Fatalf("%v %+v", err, done)
	}
}

// A proposal that an earlier version of the program kept names seats. It is done to who sat there
// when it was made, and refused of who came later.
func TestAProposalOfSeatsIsOfWhoHasSatThereSince(t *testing.T) {
	for name, moved := range map[string]bool{"stayed": false, "moved": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.employ(sup, sup2)
			w.working("2410-0001", "2410-0002")
			a, err := w.desk.open(s1)
			w.ok(err)
			a.Request = disqualify()
			q := a.proposal()
			q.Payload, err = json.Marshal(a.Request)
			w.ok(err)
			id, err := w.desk.Pairs().Propose(w.ctx, sup, q)
			w.ok(err)
			if moved {
				w.changePlaces()
			}
			w.settle()
			answer, err := w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", "")
			w.ok(err)
			one, two := w.state("2410-0001").State, w.state("2410-0002").State
			switch {
			case !moved && (len(answer.Done) != 1 || one != engine.DisqualifiedNow):
				t.Fatalf("%+v %s", answer, one)
			case moved && (len(answer.Failed) != 1 || answer.Failed[0].Code != engine.WrongState || answer.Failed[0].Field != "occupant" || one != engine.Running):
				t.Fatalf("%+v %s", answer, one)
			case two != engine.Running:
				t.Fatal(two)
			}
		})
	}
}

// What is said of a computer is said of it whoever sits there, also if nobody does.
func TestTheMarkOfAnEmptySeatCanBeProposed(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.TwoPerson = []string{engine.ActMarkSeat} })
	w.employ(sup, sup2)
	id := w.act(sup, Request{Action: engine.ActMarkSeat, Seats: []string{"5"}, Decision: SeatBroken, Reason: "device"}).Proposal
	answer, err := w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", "")
	w.settle()
	if err != nil || len(answer.Done) != 1 || !w.desk.station.broken(w.def.Rooms[0], "05") {
		t.Fatalf("%v %+v", err, answer)
	}
}

func TestReopeningTakesTwoAndGivesTheTimeBack(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.employ(sup, sup2)
	w.act(sup, Request{Action: engine.ActFinish, Seats: []string{"1"}, Reason: "mistake"})
	id := w.act(sup, Request{Action: engine.ActReopen, Seats: []string{"1"}, Reason: "mistake"}).Proposal
	if answer, err := w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", ""); err != nil || len(answer.Done) != 1 {
		t.Fatal(answer, err)
	}
	if s := w.state("2410-0001"); s.State != engine.OnPause {
		t.Fatal(s.State)
	}
	w.act(sup, Request{Action: engine.ActResume, Seats: []string{"1"}})
}
