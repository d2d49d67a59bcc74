package proctor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

func numbers(n ...string) []string { return n }

func TestACheckInGivesSeatsAndPINsOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0001")}, engine.NotOpen, "checkin")
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	r := Request{Op: uuid.NewString(), Action: engine.ActCheckin, Numbers: numbers("2410-0001", "24100003", "2410-0004", "2410-0001")}
	first := w.act(veri, r)
	seats := map[string]string{}
	for _, p := range first.PINs {
		seats[p.Number] = p.Seat
	}
	if drawn := seats["2410-0003"]; len(first.PINs) != 3 || seats["2410-0001"] != "01" || drawn < "03" || drawn > "05" || seats["2410-0004"] != "A-4" {
		t.Fatalf("seat 02 is kept for who has not come yet: %+v", first)
	}
	again := w.act(veri, r)
	if len(again.PINs) != 3 || again.PINs[0] != first.PINs[0] || len(again.Done) != 3 || w.state("2410-0001").N != 1 {
		t.Fatalf("the same op is answered differently: %+v", again)
	}
	before := w.state("2410-0001").Pin
	w.checkin("2410-0001")
	after := w.state("2410-0001")
	if after.Pin == before || after.Seat != "01" || strings.Contains(after.Pin, first.PINs[0].PIN) {
		t.Fatal("a new PIN does not void the old")
	}
	if voided := w.act(veri, r); len(voided.PINs) != 2 {
		t.Fatalf("an old operation shows a PIN that opens nothing: %+v", voided)
	}
}

func TestWhoeverIsNotExpectedIsNamed(t *testing.T) {
	w := newWorld(t, nil)
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	answer, err := w.desk.Act(w.ctx, veri, s1, Request{
		Op: uuid.NewString(), Action: engine.ActCheckin, Numbers: numbers("2410-0002", "2410-0005", "9"), Seats: []string{"1", "5", "x y"},
	})
	if err != nil || len(answer.Done) != 2 || len(answer.Failed) != 4 {
		t.Fatalf("%v %+v", err, answer)
	}
	for _, f := range answer.Failed {
		if f.Code != engine.UnknownSeat {
			t.Errorf("%+v", f)
		}
	}
}

func TestAFullRoomTakesNobody(t *testing.T) {
	w := newWorld(t, nil)
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0003"), To: "5"}, engine.NeedsReason, "to")
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0003"), To: "5", Reason: "accommodation: near the door"})
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0004"), To: "05", Reason: "device"}, engine.WrongState, "to")
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0004"), To: "6", Reason: "device"}, engine.UnknownSeat, "to")
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0003"), To: "4"}, engine.WrongState, "to")
	if s := w.state("2410-0003"); s.Seat != "05" {
		t.Fatal(s.Seat)
	}
}

func TestLateAndTurnedAway(t *testing.T) {
	w := newWorld(t, nil)
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.refused(veri, Request{Action: engine.ActTurnAway, Numbers: numbers("2410-0002"), Reason: "no card"}, engine.NeedsReason, "turn_away")
	w.act(veri, Request{Action: engine.ActTurnAway, Numbers: numbers("2410-0002"), Reason: "papers: no identity card"})
	if s := w.state("2410-0002"); s.Away != "papers" {
		t.Fatalf("%+v", s)
	}
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0002")}, engine.NeedsReason, "turned_away")
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0002"), Reason: "mistake: the card was found"})
	w.act(sup, Request{Action: engine.ActCloseCheckin})
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0001")}, engine.Closed, "checkin")
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0002")}) // who is here may have a new PIN

	late := newWorld(t, func(d *engine.Definition) { d.Policy.LateEntry = engine.LateFull })
	late.working("2410-0001")
	late.checkin("2410-0002")
}

func TestActsAreRefusedThatNobodyMayDo(t *testing.T) {
	w := newWorld(t, nil)
	for name, c := range map[string]struct {
		by    Account
		r     Request
		code  engine.Code
		field string
	}{
		"verifier starts":       {veri, Request{Action: engine.ActStart}, engine.NotAllowed, "action"},
		"operator disqualifies": {oper, Request{Action: engine.ActDisqualify, Seats: []string{"1"}, Reason: "phone"}, engine.NotAllowed, "action"},
		"another site's":        {Account{User: "x", Grants: []Grant{{Role: Supervisor, Site: "soe"}}}, Request{Action: engine.ActStart}, engine.NotAllowed, "action"},
		"no op":                 {sup, Request{Action: engine.ActStart, Op: "1"}, engine.BadFrame, "op"},
		"no such action":        {Account{User: "x", Grants: Everywhere(Admin)}, Request{Action: "explode"}, engine.BadFrame, "action"},
		"check in nobody":       {veri, Request{Action: engine.ActCheckin}, engine.BadFrame, "seats"},
		"start one seat":        {sup, Request{Action: engine.ActStart, Seats: []string{"1"}}, engine.BadFrame, "seats"},
		"no time":               {sup, Request{Action: engine.ActCredit, Reason: "network"}, engine.BadFrame, "ms"},
		"too much time":         {sup, Request{Action: engine.ActCredit, Reason: "network", MS: 7_200_001}, engine.TooMuch, "ms"},
		"overflowing time":      {sup, Request{Action: engine.ActCredit, Reason: "network", MS: -1 << 63}, engine.TooMuch, "ms"},
		"time for nothing":      {sup, Request{Action: engine.ActCredit, MS: 1000}, engine.NeedsReason, "reason"},
		"silent message":        {sup, Request{Action: engine.ActMessage, Text: " "}, engine.BadFrame, "text"},
		"long message":          {sup, Request{Action: engine.ActMessage, Text: strings.Repeat("é", 201)}, engine.TooMuch, "text"},
		"move two":              {sup, Request{Action: engine.ActMove, Seats: []string{"1", "2"}, To: "3"}, engine.BadFrame, "seats"},
		"move nowhere":          {sup, Request{Action: engine.ActMove, Seats: []string{"1"}}, engine.BadFrame, "to"},
		"decide nothing":        {sup, Request{Action: engine.ActDecideCredit, Decision: "perhaps"}, engine.BadFrame, "decision"},
		"postpone to the past":  {sup, Request{Action: engine.ActPostpone, To: "2020-01-01T08:00", Reason: "power"}, engine.BadFrame, "to"},
		"start too early":       {sup, Request{Action: engine.ActStart}, engine.WrongState, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w.T = t
			w.refused(c.by, c.r, c.code, c.field)
		})
	}
	w.T = t
	_, err := w.desk.Act(w.ctx, sup, "skd-2026.s9", Request{Op: uuid.NewString(), Action: engine.ActStart})
	w.is(err, UnknownSitting, "sitting")
}

func TestASittingIsPostponedInItsOwnZone(t *testing.T) {
	w := newWorld(t, nil)
	w.act(sup, Request{Action: engine.ActPostpone, To: "2099-11-22T09:00", Reason: "power"})
	if at := w.hall.Sitting(s1).State().Planned.String(); at != "2099-11-22T01:00:00.000Z" {
		t.Fatal(at)
	}
}

func TestTheWordsOfAMessageStayOutOfTheJournal(t *testing.T) {
	w := newWorld(t, nil)
	w.checkin("2410-0001")
	w.checkin("2410-0002")
	answer := w.act(sup, Request{Action: engine.ActMessage, Text: "Listrik sudah normal."})
	if len(answer.Done) != 2 {
		t.Fatalf("absent people get no message: %+v", answer)
	}
	found := false
	id := w.live("2410-0001").ID
	err := w.db.Read(w.ctx, engine.AttemptStream+id, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.Messaged {
			words, _ := Text(w.ctx, w.db, e.Text)
			found = words == "Listrik sudah normal." && e.By == "ratna"
		}
		return err
	})
	if err != nil || !found {
		t.Fatal(err, "the message is not where the event points")
	}
}

func TestAMoveNeedsAFreeSeat(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001", "2410-0002")
	w.failed(sup, Request{Action: engine.ActMove, Seats: []string{"1"}, To: "2"}, engine.WrongState, "to")
	w.failed(sup, Request{Action: engine.ActMove, Seats: []string{"1"}, To: "1"}, engine.WrongState, "to")
	w.failed(sup, Request{Action: engine.ActMove, Seats: []string{"1"}, To: "77"}, engine.UnknownSeat, "to")
	r := Request{Op: uuid.NewString(), Action: engine.ActMove, Seats: []string{"1"}, To: "A-4", Reason: "device"}
	w.act(oper, r) // the seat of somebody who has not come
	w.act(oper, r) // sent again, when seat 1 has nobody any more
	s := w.state("2410-0001")
	if s.Seat != "A-4" || s.Device != "" || !s.Ledger.Stopped("move") {
		t.Fatalf("%+v", s)
	}
	w.act(sup, Request{Action: engine.ActLeave, Seats: []string{"a-4"}, Reason: "toilet"})
}

func TestTimeIsGivenTakenBackAndDecided(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001", "2410-0002")
	before := w.state("2410-0001")
	op := uuid.NewString()
	for range 2 { // the second is the same operation
		w.act(sup, Request{Op: op, Action: engine.ActCredit, MS: 200_000, Reason: "network: the switch fell"})
	}
	given := w.state("2410-0001")
	if d := given.Deadline().Sub(before.Deadline()); d != 200*time.Second || w.state("2410-0002").N != given.N {
		t.Fatal(d)
	}
	w.act(sup, Request{Action: engine.ActReverse, Seats: []string{"1"}, Ref: given.N, Reason: "mistake"})
	if after := w.state("2410-0001"); after.Deadline() != before.Deadline() {
		t.Fatal("a reversed credit still counts")
	}
	w.failed(sup, Request{Action: engine.ActReverse, Seats: []string{"1"}, Ref: given.N, Reason: "mistake"}, engine.WrongState, "ref")
}

func TestEveryUndecidedCreditIsDecidedAtOnce(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.AutoCreditMS, d.Policy.CoverMS = 0, 0 })
	w.working("2410-0001", "2410-0002")
	s := w.state("2410-0001")
	for i := range 2 { // two gaps, for which nothing is credited without a word
		now := w.hall.Now().Add(time.Duration(i+1) * time.Minute)
		r := w.live("2410-0001").Ask(engine.Command{Act: engine.ActHello, At: now, By: "candidate", Device: s.SeatedBy, Session: s.Session, Node: "node-1"}, nil)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	asked := len(w.state("2410-0001").Asked)
	if asked != 2 {
		t.Fatalf("%d credits are asked for", asked)
	}
	w.settle()
	seats, _, err := w.desk.Seats(s1)
	if err != nil || len(seats[0].PendingCredit) != 2 || !strings.Contains(strings.Join(seats[0].Alerts, " "), "credit_pending") {
		t.Fatalf("%v %+v", err, seats[0])
	}
	r := Request{Op: uuid.NewString(), Action: engine.ActDecideCredit, Numbers: numbers("2410-0001"), Decision: "grant"}
	w.act(sup, r)
	if s := w.state("2410-0001"); s.Undecided() || s.Deadline() <= s.Ledger.From.Add(100*time.Minute) {
		t.Fatalf("%+v", s)
	}
	n := w.state("2410-0001").N
	if again := w.act(sup, r); len(again.Done) != 1 || w.state("2410-0001").N != n {
		t.Fatal("a decision sent again is decided again")
	}
	w.failed(sup, Request{Action: engine.ActDecideCredit, Numbers: numbers("2410-0002"), Decision: "grant"}, engine.WrongState, "ref")
	if none := w.act(sup, Request{Action: engine.ActDecideCredit, Decision: "refuse"}); len(none.Done) != 0 {
		t.Fatalf("%+v", none)
	}
}

func TestADoubtIsRaisedByOneAndDecidedByAnother(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.act(veri, Request{Action: engine.ActDoubt, Seats: []string{"1"}, Reason: "identity"})
	w.refused(oper, Request{Action: engine.ActDecideDoubt, Seats: []string{"1"}, Decision: "cleared"}, engine.NotAllowed, "action")
	w.refused(veri, Request{Action: engine.ActDecideDoubt, Seats: []string{"1"}, Decision: "cleared"}, engine.SecondPerson, "doubt")
	w.act(sup, Request{Action: engine.ActDecideDoubt, Seats: []string{"1"}, Decision: "cleared"})
	if w.state("2410-0001").Doubt {
		t.Fatal("still doubted")
	}
}

func TestASittingEndsForEverybodyAndClosesWhenAllIsDecided(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001", "2410-0002")
	w.act(veri, Request{Action: engine.ActDoubt, Seats: []string{"2"}, Reason: "identity"})
	w.refused(sup, Request{Action: engine.ActFinish, Seats: []string{"1"}}, engine.NeedsReason, "reason")
	w.act(sup, Request{Action: engine.ActFinish, Seats: []string{"1"}, Reason: "health"})
	w.act(sup, Request{Action: engine.ActPause, Seats: []string{"2"}, Reason: "device"})
	w.refused(sup, Request{Action: engine.ActClose}, engine.WrongState, "")
	op := uuid.NewString()
	for range 2 {
		w.act(sup, Request{Op: op, Action: engine.ActFinish})
	}
	if s := w.state("2410-0002"); s.State != engine.Done || w.hall.Sitting(s1).State().Phase != engine.Ended {
		t.Fatal(s.State)
	}
	left := w.refused(sup, Request{Action: engine.ActClose}, engine.WrongState, "undecided")
	if len(left.Failed) != 1 || left.Failed[0].Seat != "02" || left.Failed[0].Field != "doubt" {
		t.Fatalf("%+v", left)
	}
	w.act(sup, Request{Action: engine.ActDecideDoubt, Seats: []string{"2"}, Decision: "cleared"})
	w.act(sup, Request{Action: engine.ActClose})
	if w.hall.Sitting(s1).State().Phase != engine.Sealed {
		t.Fatal("not closed")
	}
}

func TestAnIncidentIsNotedOnce(t *testing.T) {
	w := newWorld(t, nil)
	op := uuid.NewString()
	for range 2 {
		if err := w.desk.Note(w.ctx, veri, s1, Happening{Op: op, Seat: "1", Why: "power", Text: "Genset menyala 08.14."}); err != nil {
			t.Fatal(err)
		}
	}
	w.is(w.desk.Note(w.ctx, veri, s1, Happening{Op: uuid.NewString(), Text: " "}), engine.NeedsReason, "text")
	w.is(w.desk.Note(w.ctx, Account{User: "a", Grants: Everywhere(Auditor)}, s1, Happening{Op: uuid.NewString(), Why: "power"}), engine.NotAllowed, "action")
	w.settle()
	all, err := w.desk.Incidents(w.ctx, s1)
	if err != nil || len(all) != 1 || all[0].Why != "power" || all[0].Seat != "01" || all[0].Text != "Genset menyala 08.14." {
		t.Fatalf("%v %+v", err, all)
	}
	if err := w.db.Erase(w.ctx, KindText, engine.SHA256(all[0].Text)); err != nil && !errors.Is(err, engine.ErrAbsent) {
		t.Fatal(err)
	}
	if all, err = w.desk.Incidents(w.ctx, s1); err != nil || all[0].Text != "" {
		t.Fatal("words that were erased are still shown")
	}
}
