package proctor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

func (b *bureau) plan(r SeatsRequest) *SeatPlan {
	b.Helper()
	p, err := b.office.PlanSeats(b.ctx, b.head, b.def.Code, r)
	b.ok(err)
	return p
}

func (b *bureau) seat(r SeatsRequest) RosterAnswer {
	b.Helper()
	r.Op = uuid.NewString()
	a, err := b.office.TakeSeats(b.ctx, b.head, b.def.Code, r)
	b.ok(err)
	return a
}

// define changes the exam's file in the register.
func (b *bureau) define(change func(*engine.Definition)) {
	b.Helper()
	change(b.def)
	file, err := json.Marshal(b.def)
	b.ok(err)
	b.ok(b.db.Put(b.ctx, engine.Entry{Kind: KindExam, ID: b.def.Code, Body: file}))
}

func TestSeatsAreDrawnAndTheDrawIsRecorded(t *testing.T) {
	b := newBureau(t)
	b.define(func(d *engine.Definition) {
		d.Rooms[0].Seats = 8
		d.Seating = &engine.SeatingDef{Formations: engine.FormationsSpread, ReservePercent: 25, RoomsFor: map[string][]string{"blind": {"separate"}}}
		d.Rooms[1].Fits = []string{"separate"}
	})
	var rows []string
	for i := range 4 {
		rows = append(rows, fmt.Sprintf("N-%d,Orang %d,2000-01-31,guru-sd,kupang-2,,,", i, i))
	}
	rows = append(rows, "N-8,Netra,2000-01-31,guru-sd,soe,,,blind", "N-9,Hamil,2000-01-31,guru-sd,kupang-2,,,pregnant")
	b.take(RosterRequest{File: "number,name,birth_date,formation,site,sitting,seat,accommodation\n" + strings.Join(rows, "\n"), Partial: true})

	p := b.plan(SeatsRequest{})
	// Nur at s1 is blind, and the rooms of that site fit nobody who needs one apart.
	if len(p.Faults) != 1 || !strings.Contains(p.Faults[0].String(), "site kupang-2: 1 people need a room that fits separate") {
		t.Fatalf("%+v", p.Faults)
	}
	b.define(func(d *engine.Definition) { d.Rooms[0].Fits = []string{"separate"} })
	p = b.plan(SeatsRequest{})
	if len(p.Faults) > 0 || p.Placed != 7 || p.Moved != 0 || p.Unheeded["pregnant"] != 1 {
		t.Fatalf("%+v", p)
	}
	for _, l := range p.Sittings {
		if want := map[string]int{"s1": 6, "s2": 6, "s3": 23}[l.Sitting]; l.Usable != want || l.After > l.Usable || l.Free != l.Usable-l.After {
			t.Errorf("%+v", l)
		}
	}
	if again := b.plan(SeatsRequest{}); again.Change.ID() != p.Change.ID() || again.Seed != p.Seed {
		t.Error("a second look shows other places")
	}
	_, err := b.office.TakeSeats(b.ctx, b.head, b.def.Code, SeatsRequest{Op: uuid.NewString(), Change: "0000-0000"})
	b.is(err, engine.WrongState, "roster_change")
	op := uuid.NewString()
	for range 2 { // sent again it is taken once
		if a, err := b.office.TakeSeats(b.ctx, b.head, b.def.Code, SeatsRequest{Op: op, Change: p.Change.ID()}); err != nil || a.Version != 3 {
			t.Fatalf("%+v %v", a, err)
		}
	}
	for _, q := range b.fresh().All(b.def.Code) {
		if q.Sitting == "" || len(q.Was) > 0 || q.Number == "2410-0001" && q.Seat != "01" {
			t.Errorf("%+v", q)
		}
	}
	versions := b.versions()
	last := versions[len(versions)-1]
	if last.Version != 3 || last.Draw != p.Seed || last.Hash != engine.SHA256(b.file()) {
		t.Errorf("%+v", last)
	}
	var plan string
	b.ok(b.db.Read(b.ctx, engine.ExamStream+b.def.Code, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Plan != "" {
			plan = e.Plan
		}
		return err
	}))
	record, err := Text(b.ctx, b.db, plan)
	if err != nil || !strings.Contains(record, `"usable":{"s1":6,"s2":6,"s3":23}`) || strings.Contains(record, "N-1") {
		t.Errorf("%v %s", err, record)
	}
	// A sitting is lost: its people move, nobody else does, and each is told from where.
	lost := len(b.fresh().In(s1))
	p = b.plan(SeatsRequest{Without: []string{"s1"}})
	if len(p.Faults) != 2 || !strings.Contains(p.Faults[0].What, "1 people find no place") || !strings.Contains(p.Faults[1].What, "4 seats are missing") {
		t.Fatalf("six seats for eleven people: %+v", p.Faults)
	}
	b.define(func(d *engine.Definition) { d.Rooms[0].Seats, d.Seating.ReservePercent = 30, 0 })
	p = b.plan(SeatsRequest{Without: []string{"s1"}})
	if len(p.Faults) > 0 || p.Moved != lost {
		t.Fatalf("%d moved, %d had lost their sitting: %+v", p.Moved, lost, p.Faults)
	}
	b.seat(SeatsRequest{Without: []string{"s1"}, Change: p.Change.ID()})
	if m := b.fresh().Moved(b.def.Code, 0); len(m) != lost || m[0].From.Sitting != "s1" || m[0].Seat != "" {
		t.Errorf("%d moved", len(m))
	}
}

// Who has come to a sitting that has begun is no part of a plan, whatever is asked.
func TestASittingThatHasBegunIsNotPlanned(t *testing.T) {
	b := newBureau(t)
	b.checkin("2410-0001")
	b.settle()
	before := len(b.fresh().In(s1))
	p := b.plan(SeatsRequest{Without: []string{"s1"}})
	if len(p.Faults) > 0 || p.Moved != 0 || p.Placed != 1 || !p.Sittings[0].Begun || p.Sittings[0].After != before {
		t.Fatalf("%+v %+v", p, p.Sittings[0])
	}
	// And since check-in was opened it takes two.
	a := b.seat(SeatsRequest{Without: []string{"s1"}, Change: p.Change.ID(), Reason: "power"})
	if a.Proposal == "" || a.Version != 0 {
		t.Fatalf("%+v", a)
	}
	waiting, err := b.desk.Pairs().For(b.ctx, Account{User: "wakil", Grants: Everywhere(Admin)})
	b.ok(err)
	shows, _ := json.Marshal(waiting[0].Shows)
	if !bytes.Contains(shows, []byte(p.Seed)) || !bytes.Contains(shows, []byte("2410-0006")) {
		t.Errorf("%s", shows)
	}
}

func TestARequestForSeatsNamesWhatThereIs(t *testing.T) {
	b := newBureau(t)
	p := b.plan(SeatsRequest{Without: []string{"s9"}, Seats: map[string]int{"ruang-a": 6, "dapur": 1}})
	if len(p.Faults) != 3 {
		t.Fatalf("%v", p.Faults)
	}
}
