package proctor

import (
	"encoding/json"
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
	if err != nil || len(waiting) != 1 || waiting[0].ID != id || waiting[0].By != "ratna" || waiting[0].Seats[0] != "1" {
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
