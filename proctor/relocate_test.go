package proctor

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

const s3 = "skd-2026.s3"

// again reads the people as every node does when the exam's stream tells of a change.
func (w *world) again() {
	w.Helper()
	if err := w.people.Load(w.ctx, w.def.Code); err != nil {
		w.Fatal(err)
	}
	w.admit()
	w.settle()
}

// actAt does what must succeed at a sitting, agreed to by another person where it takes two.
func (w *world) actAt(sitting string, by Account, r Request) Response {
	w.Helper()
	r.Op = uuid.NewString()
	answer, err := w.desk.Act(w.ctx, by, sitting, r)
	if err == nil && answer.Proposal != "" {
		answer, err = w.desk.Decide(w.ctx, sup2, answer.Proposal, uuid.NewString(), "approve", "seen")
	}
	if err != nil || len(answer.Failed) > 0 {
		w.Fatalf("%s: %v, failed %+v", r.Action, err, answer.Failed)
	}
	return answer
}

func (w *world) stream(name string) []engine.Event {
	w.Helper()
	var events []engine.Event
	err := w.db.Read(w.ctx, name, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		events = append(events, e)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return events
}

func TestAPersonIsSentToAnotherSittingBeforeTheStart(t *testing.T) {
	w := newWorld(t, nil)
	before := w.state("2410-0001")
	form := ""
	w.live("2410-0001").View(func(_ *engine.Attempt, t *engine.Terms) { form = t.Form.ETag })
	answer := w.actAt(s1, sup, Request{Action: engine.ActTransfer, Numbers: []string{"2410-0001"}, To: "s3", Reason: "health: demam"})
	if len(answer.Done) != 1 {
		t.Fatalf("%+v", answer)
	}
	w.again()
	if p := w.people.Find("2410-0001", "")[0]; p.SittingID() != s3 || p.Site != "soe" || p.Seat != "" {
		t.Fatalf("%+v", p)
	}
	w.live("2410-0001").View(func(a *engine.Attempt, t *engine.Terms) {
		if a.Sitting != s3 || t.Form.ETag != form || before.State != a.State {
			w.Fatalf("%+v", a)
		}
	})
	last := w.stream(engine.AttemptStream + w.live("2410-0001").ID)
	if e := last[len(last)-1]; e.Kind != engine.Transferred || e.Sitting != s3 || e.Act != s1 || e.By != sup.User || e.Why != "health" || e.Text == "" {
		t.Fatalf("%+v", e)
	}
	told := w.stream(engine.ExamStream + w.def.Code)
	if e := told[len(told)-1]; e.Kind != engine.SittingChanged || e.Sitting != s3 || e.Act != engine.ActTransfer || e.MS != 1 || e.By != sup.User {
		t.Fatalf("the exam's stream does not tell every node: %+v", e)
	} else if now := NewPeople(w.desk.register); now.Load(w.ctx, w.def.Code) != nil || e.Form != engine.SHA256(string(now.Roster(w.def.Code))) {
		t.Fatalf("the roster as it stands is not the one that is named: %+v", e)
	}
	if _, counts, _ := w.desk.Seats(s1); counts.Registered != 3 || counts.Transferred != 1 || !counts.addUp() {
		t.Fatalf("%+v", counts)
	}
	// There, check-in works as for everybody.
	w.actAt(s3, sup, Request{Action: engine.ActOpenCheckin})
	if got := w.actAt(s3, sup, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0001"}}); len(got.PINs) != 1 {
		t.Fatalf("%+v", got)
	}
}

func TestATransferVoidsThePINAndTakesTwoOnceCheckinWasOpened(t *testing.T) {
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	pin := w.checkin("2410-0001")
	op := Request{Op: uuid.NewString(), Action: engine.ActTransfer, Seats: []string{"1"}, To: "s3", Reason: "request"}
	answer, err := w.desk.Act(w.ctx, sup, s1, op)
	if err != nil || answer.Proposal == "" || w.state("2410-0001").State != engine.Present {
		t.Fatalf("a change of a roster that stands takes one person: %v %+v", err, answer)
	}
	_, err = w.desk.Decide(w.ctx, sup, answer.Proposal, uuid.NewString(), "approve", "seen")
	w.is(err, engine.SecondPerson, "proposal")
	if _, err = w.desk.Decide(w.ctx, sup2, answer.Proposal, uuid.NewString(), "approve", "seen"); err != nil {
		t.Fatal(err)
	}
	w.again()
	if a := w.state("2410-0001"); a.State != engine.Assigned || a.Pin != "" || a.Sitting != s3 {
		t.Fatalf("%+v", a)
	}
	if _, err := w.enter("2410-0001", pin, pc1, Place{}); err == nil {
		t.Fatal("the old PIN still opens something")
	}
}

// The right PIN of the new sitting opens it also on a node whose roster still says the old one:
// it knows from the attempt itself where its candidate was checked in.
func TestWhoWasSentToAnotherSittingSignsInBeforeEveryNodeHasHeard(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.Place = engine.PlacePolicy{Seats: true} })
	w.employ(sup, sup2)
	late := NewPeople(w.db)
	w.ok(late.LoadAll(w.ctx))
	door := NewDoor(w.hall, late, w.station, w.store, w.door.keys)
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.actAt(s1, sup, Request{Action: engine.ActTransfer, Numbers: []string{"2410-0001"}, To: "s3", Reason: "request"})
	w.again()
	w.actAt(s3, sup, Request{Action: engine.ActOpenCheckin})
	pin := w.actAt(s3, sup, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0001"}}).PINs[0]
	_, room, _ := sittingOf(w.def, "s3")
	in, err := door.SignIn(w.ctx, "2410-0001", pin.PIN, pc1, "", Place{Site: "soe", Registered: "soe/" + room.Code + "/" + pin.Seat}, w.hall.Now())
	if err != nil || in.Sitting != s3 || in.State != engine.Present || in.Person.Site != "soe" {
		t.Fatalf("%v %+v", err, in)
	}
}

func TestWhatComesTooLateIsRefusedWithItsReason(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	ask := func(r Request) Request { r.Reason = "power"; return r }
	w.refused(sup, ask(Request{Action: engine.ActTransfer, Seats: []string{"1"}, To: "s3"}), TooLate, "sitting")
	w.refused(sup, ask(Request{Action: engine.ActContinue, Seats: []string{"1"}, To: "s9"}), UnknownSitting, "to")
	w.refused(sup, ask(Request{Action: engine.ActContinue, Seats: []string{"1"}, To: "s1"}), UnknownSitting, "to")
	w.refused(sup, Request{Action: engine.ActContinue, Seats: []string{"1"}, To: "s3"}, engine.NeedsReason, "reason")
	here := Account{User: "lia", Grants: []Grant{{Role: Supervisor, Exam: "skd-2026", Site: "kupang-2"}}}
	w.refused(here, ask(Request{Action: engine.ActContinue, Seats: []string{"1"}, To: "s3"}), engine.NotAllowed, "to")
	w.refused(oper, ask(Request{Action: engine.ActContinue, Seats: []string{"1"}, To: "s3"}), engine.NotAllowed, "action")
	now := w.hall.Now()
	for _, act := range []string{engine.ActOpenCheckin, engine.ActStart} {
		if _, err := w.hall.Sitting(s3).Act(engine.Command{Act: act, By: sup.User, At: now, Since: now}); err != nil {
			t.Fatal(err)
		}
	}
	w.refused(sup, ask(Request{Action: engine.ActContinue, Seats: []string{"1"}, To: "s3"}), TooLate, "to")
}

func TestNobodyIsSentWhereThereAreNoSeats(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Rooms[0].Spare = []string{"3"} })
	// s2 has the room of five, one of them spare, and one person.
	r := Request{Action: engine.ActTransfer, Numbers: []string{"2410-0001", "2410-0002", "2410-0003", "2410-0004"}, To: "s2", Reason: "request"}
	w.refused(sup, r, NoSeats, "to")
	all := r.Numbers
	r.Numbers = all[:3]
	w.act(sup, r)
	r.Numbers = all[3:]
	w.refused(sup, r, NoSeats, "to") // though this node's people are those of before
}

func TestAnUnfinishedSittingGoesOnAtAnother(t *testing.T) {
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.working("2410-0001", "2410-0002")
	op := uuid.NewString()
	w.ask("2410-0001", engine.Command{Act: engine.ActAnswer, By: "candidate", Op: op, Q: 1, C: "b", Gen: 1})
	w.act(sup, Request{Action: engine.ActPause, Reason: "power"})
	for _, n := range []string{"2410-0001", "2410-0002"} {
		w.ask(n, engine.Command{Act: engine.ActFollow, By: "engine"})
	}
	left := func() (d time.Duration) {
		w.live("2410-0001").View(func(a *engine.Attempt, _ *engine.Terms) { d = a.Ledger.Left(w.hall.Now()) })
		return d
	}
	was := left()
	w.actAt(s1, sup, Request{Action: engine.ActContinue, To: s3, Reason: "power: gardu terbakar"})
	w.again()
	a := w.state("2410-0001")
	if !a.Suspended() || a.Sitting != s3 || a.Pin != "" || a.Answers != 1 || left() != was {
		t.Fatalf("%v left of %v, %+v", left(), was, a)
	}
	_, counts, _ := w.desk.Seats(s1)
	if counts.Continued != 2 || counts.Registered != 4 || !counts.addUp() {
		t.Fatalf("here they began: %+v", counts)
	}
	if _, counts, _ = w.desk.Seats(s3); counts.Registered != 2 || counts.Absent != 2 {
		t.Fatalf("%+v", counts)
	}
	// The other day, the other place: check-in, a new PIN, the waiting room, the start.
	w.actAt(s3, sup, Request{Action: engine.ActOpenCheckin})
	pins := w.actAt(s3, sup, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0001"}}).PINs
	in, err := w.enter("2410-0001", pins[0].PIN, pc2, Place{})
	if err != nil || in.Sitting != s3 {
		t.Fatal(err, in)
	}
	w.ask("2410-0001", engine.Command{Act: engine.ActConfirm, By: "candidate", Device: pc2, Session: HashSecret(in.Secret)})
	w.ask("2410-0001", engine.Command{Act: engine.ActHello, By: "candidate", Device: pc2, Session: HashSecret(in.Secret), Node: w.hall.Node()})
	if a := w.state("2410-0001"); a.State != engine.Ready || left() != was {
		t.Fatalf("the clock runs in the waiting room: %v, %+v", left(), a)
	}
	now := w.hall.Now()
	if _, err := w.hall.Sitting(s3).Act(engine.Command{Act: engine.ActStart, By: sup.User, At: now, Since: now}); err != nil {
		t.Fatal(err)
	}
	w.ask("2410-0001", engine.Command{Act: engine.ActFollow, By: "engine"})
	a = w.state("2410-0001")
	if a.State != engine.Running || a.Answers != 1 || left() > was || was-left() > time.Minute {
		t.Fatalf("%s, %v left of %v", a.State, left(), was)
	}
	kinds := []engine.Kind{}
	for _, e := range w.stream(engine.AttemptStream + w.live("2410-0001").ID) {
		if e.Kind == engine.Continued && (e.Two == "" || e.Act != s1 || e.Why != "power") {
			t.Fatalf("%+v", e)
		}
		kinds = append(kinds, e.Kind)
	}
	if slices.Index(kinds, engine.Continued) < 0 || countOf(kinds, engine.Started) != 1 {
		t.Fatal(kinds)
	}
	w.ask("2410-0001", engine.Command{Act: engine.ActAnswer, By: "candidate", Op: uuid.NewString(), Q: 1, C: "a", Gen: a.Gen})
	// Who does not come there is finished with what was answered here, when that sitting is.
	w.actAt(s3, sup, Request{Action: engine.ActFinish})
	if a := w.state("2410-0002"); a.State != engine.Done {
		t.Fatalf("left open: %+v", a)
	}
}

func countOf(kinds []engine.Kind, kind engine.Kind) (n int) {
	for _, k := range kinds {
		if k == kind {
			n++
		}
	}
	return n
}

func TestBrokenSeatsAreGivenToNobodyAndSpareOnesLast(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Rooms[0].Spare = []string{"3"} })
	w.act(oper, Request{Action: engine.ActMarkSeat, Seats: []string{"1", "5"}, Decision: SeatBroken, Reason: "device: layar mati"})
	w.settle()
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	seatOf := func(n string) string {
		w.act(veri, Request{Action: engine.ActCheckin, Numbers: []string{n}})
		return w.state(n).Seat
	}
	if seat := seatOf("2410-0001"); seat == "01" || seat == "05" || seat == "03" || seat == "02" {
		t.Fatalf("seat %s: 01 and 05 are broken, 03 is spare, 02 is another's", seat)
	}
	if seat := seatOf("2410-0002"); seat != "02" {
		t.Fatal(seat)
	}
	if seat := seatOf("2410-0003"); seat != "03" {
		t.Fatalf("seat %s: no other is left than the spare one", seat)
	}
	w.settle()
	views, _, _ := w.desk.Seats(s1)
	vacant, err := w.desk.Vacant(s1, views)
	if err != nil || !slices.Equal(vacant, []VacantSeat{{"01", SeatBroken}, {"05", SeatBroken}}) {
		t.Fatalf("%v %+v", err, vacant)
	}
	w.failed(sup, Request{Action: engine.ActMove, Seats: []string{"2"}, To: "5", Reason: "device"}, engine.WrongState, SeatBroken)
	w.act(oper, Request{Action: engine.ActMarkSeat, Seats: []string{"5"}, Decision: SeatUsable, Reason: "solved"})
	w.settle()
	w.act(sup, Request{Action: engine.ActMove, Seats: []string{"2"}, To: "5", Reason: "device"})
	// The computers stay when the sitting changes.
	if v, err := w.desk.Vacant("skd-2026.s2", nil); err != nil || !slices.Contains(v, VacantSeat{"01", SeatBroken}) || !slices.Contains(v, VacantSeat{"05", SeatEmpty}) {
		t.Fatalf("%v %+v", err, v)
	}
}
