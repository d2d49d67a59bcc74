package proctor

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

func of(user, unit string, role Role) Account {
	return Account{User: user, Name: user, Unit: unit, Grants: Everywhere(role)}
}

// know keeps accounts in the register, as who raised a doubt is looked up there.
func (w *world) know(all ...Account) {
	w.Helper()
	for _, a := range all {
		if err := w.accounts.Add(w.ctx, "setup", a, "kata sandi yang panjang", w.hall.Now()); err != nil {
			w.Fatal(err)
		}
	}
}

// The clock runs through a doubt, nobody of the same unit decides it, and what is upheld is
// a disqualification by two.
func TestADoubtIsDecidedByAnotherUnitAndUpheldByTwo(t *testing.T) {
	w := newWorld(t, nil)
	citra, dewi, eko := of("citra", "Panitia", Verifier), of("dewi", "panitia", Verifier), of("eko", "Tim CAT", Verifier)
	w.know(citra, dewi, eko, sup)
	w.working("2410-0001", "2410-0002")
	w.act(citra, Request{Action: engine.ActDoubt, Seats: []string{"1", "2"}, Reason: "identity: another face"})
	before := w.state("2410-0001")
	if before.State != engine.Running || before.Ledger.Stopped("") || !before.Doubt {
		t.Fatalf("a doubt stops the clock: %+v", before)
	}
	clear := Request{Action: engine.ActDecideDoubt, Seats: []string{"1"}, Decision: "cleared"}
	w.refused(citra, clear, engine.SecondPerson, "doubt")
	w.refused(dewi, clear, engine.SecondPerson, "unit")
	w.act(eko, clear)
	uphold := Request{Action: engine.ActDecideDoubt, Seats: []string{"2"}, Decision: "upheld", Reason: "impersonation"}
	w.refused(citra, uphold, engine.SecondPerson, "doubt")
	asked := w.act(eko, uphold)
	if s := w.state("2410-0002"); asked.Proposal == "" || s.State != engine.Running || !s.Doubt {
		t.Fatalf("%+v", s)
	}
	if _, err := w.desk.Decide(w.ctx, sup, asked.Proposal, "0190c0de-0000-4000-8000-000000000001", "approve", "rules"); err != nil {
		t.Fatal(err)
	}
	if s := w.state("2410-0002"); s.State != engine.DisqualifiedNow || s.Doubt || s.FinishWhy != engine.WhyImpersonation {
		t.Fatalf("%+v", s)
	}
	if w.state("2410-0001").State != engine.Running {
		t.Error("who was cleared does not work on")
	}
}

// Who doubts while a doubt is open adds to it: no hand that raised one decides, one decision is
// of all, and the minutes have it beside each.
func TestNobodyWhoDoubtsDecidesAndOneDecisionIsOfAll(t *testing.T) {
	w := newWorld(t, nil)
	citra, dewi := of("citra", "Panitia", Verifier), of("dewi", "Panitia", Verifier)
	eko, fajar := of("eko", "Tim CAT", Verifier), of("fajar", "Tim CAT", Verifier)
	w.know(citra, dewi, eko, fajar, sup)
	w.working("2410-0001")
	doubt := Request{Action: engine.ActDoubt, Seats: []string{"1"}, Reason: "identity: another face"}
	clear := Request{Action: engine.ActDecideDoubt, Seats: []string{"1"}, Decision: "cleared"}
	w.act(citra, doubt)
	w.act(eko, doubt)
	w.refused(citra, clear, engine.SecondPerson, "doubt")
	w.refused(eko, clear, engine.SecondPerson, "doubt")
	w.refused(dewi, clear, engine.SecondPerson, "unit")
	if s := w.state("2410-0001"); !s.Doubt || !slices.Equal(s.DoubtBy, []string{"citra", "eko"}) {
		t.Fatalf("doubted by %q", s.DoubtBy)
	}
	w.act(fajar, clear) // of the second's unit: else nobody could where there are two
	w.act(dewi, doubt)
	w.refused(dewi, clear, engine.SecondPerson, "doubt")
	w.act(eko, clear) // what was decided bars nobody from another
	var got []string
	for _, d := range w.minutesNow().Doubts {
		got = append(got, d.By+" "+d.DecidedBy+" "+d.Verdict)
	}
	if want := []string{"citra fajar cleared", "eko fajar cleared", "dewi eko cleared"}; !slices.Equal(got, want) {
		t.Errorf("the minutes say %q, not %q", got, want)
	}
}

// Without units that are named, a role in common is the same unit.
func TestWithoutNamedUnitsTwoOfOneRoleAreOfOneUnit(t *testing.T) {
	w := newWorld(t, nil)
	w.know(sup, sup2, veri)
	w.working("2410-0001")
	w.act(sup, Request{Action: engine.ActDoubt, Seats: []string{"1"}, Reason: "identity"})
	clear := Request{Action: engine.ActDecideDoubt, Seats: []string{"1"}, Decision: "cleared"}
	w.refused(sup2, clear, engine.SecondPerson, "unit")
	w.act(veri, clear)
}

func TestAnAccommodationTakesTwoAndReachesTheStart(t *testing.T) {
	w := newWorld(t, nil)
	w.know(sup, sup2)
	w.checkin("2410-0001")
	r := Request{Action: engine.ActAdjust, Numbers: numbers("2410-0001"), Adjust: "size=3 extra=30 breaks=10", Reason: "accommodation: a letter of the doctor"}
	w.refused(veri, r, engine.NotAllowed, "action")
	bad := r
	bad.Adjust = "extra=30 colour=red"
	w.refused(sup, bad, engine.BadFrame, "adjust")
	asked := w.act(sup, r)
	if asked.Proposal == "" || w.state("2410-0001").Adjust != nil {
		t.Fatal("one person alone gave it")
	}
	if _, err := w.desk.Decide(w.ctx, sup2, asked.Proposal, "0190c0de-0000-4000-8000-000000000002", "approve", ""); err != nil {
		t.Fatal(err)
	}
	w.working("2410-0001", "2410-0002")
	s := w.state("2410-0001")
	if s.Ledger.Extra != 30*time.Minute || s.Adjust.String() != "breaks=10 extra=30 size=3" || w.state("2410-0002").Ledger.Extra != 0 {
		t.Fatalf("%+v", s.Ledger)
	}
	c, err := w.desk.Differences(s1)
	if err != nil || len(c.Differing) != 1 || c.Differing[0].Number != "2410-0001" || c.Alike != 3 {
		t.Fatalf("%v %+v", err, c)
	}
	var what []string
	for _, d := range c.Differing[0].Differs {
		what = append(what, d.What+" "+d.Own+" "+d.Others)
	}
	if !reflect.DeepEqual(what, []string{"extra 30 0", "breaks 10 0", "size 3 0"}) || !reflect.DeepEqual(c.Differing[0].By, []string{"ratna", "bagus"}) {
		t.Fatalf("%v %v", what, c.Differing[0].By)
	}
	w.act(sup, Request{Action: engine.ActPause, Numbers: numbers("2410-0001"), Reason: "break"})
	w.failed(sup, Request{Action: engine.ActPause, Numbers: numbers("2410-0002"), Reason: "break"}, engine.NotAllowed, "break")
}

// One adjustment takes the place of another, so each is of what its people saw: two that were
// proposed at two desks do not both hold, and whoever agrees is told what is replaced.
func TestAnAdjustmentTakesNothingAwayThatNobodySaw(t *testing.T) {
	w := newWorld(t, nil)
	third := Account{User: "citra", Grants: Everywhere(Supervisor)}
	w.employ(sup, sup2, third)
	w.account("dewi", Everywhere(Supervisor)...)
	w.checkin("2410-0001")
	adjust := func(given string) Request {
		return Request{Action: engine.ActAdjust, Numbers: numbers("2410-0001"), Adjust: given, Reason: "accommodation: a letter"}
	}
	approve := func(id string) Response {
		t.Helper()
		answer, err := w.desk.Decide(w.ctx, third, id, uuid.NewString(), "approve", "")
		w.ok(err)
		return answer
	}
	shown := func(id string) ([]Line, error) {
		q, _, err := w.desk.pairs.Get(w.ctx, id)
		w.ok(err)
		return w.desk.show(w.ctx, q)
	}
	given := func(want string) {
		t.Helper()
		if got := w.state("2410-0001").Adjust.String(); got != want {
			t.Fatalf("given: %q, not %q", got, want)
		}
	}
	more, text := w.act(sup, adjust("extra=30")).Proposal, w.act(sup2, adjust("size=3")).Proposal
	if answer := approve(more); len(answer.Done) != 1 {
		t.Fatalf("%+v", answer)
	}
	lines, err := shown(text)
	w.is(err, engine.WrongState, "adjust")
	if !slices.Contains(lines, Line{"adjust_was", "2410-0001 · extra=30"}) {
		t.Errorf("whoever agrees is shown %v", lines)
	}
	if answer := approve(text); len(answer.Failed) != 1 || answer.Failed[0].Code != engine.WrongState || answer.Failed[0].Field != "adjust" {
		t.Fatalf("%+v", answer)
	}
	given("extra=30")

	both := adjust("extra=30 size=3") // asked anew, and sent twice
	both.Op = uuid.NewString()
	again := w.act(sup2, both).Proposal
	if _, err := shown(again); err != nil {
		t.Errorf("what stands on what is given: %v", err)
	}
	approve(again)
	given("extra=30 size=3")
	if id := w.act(sup2, both).Proposal; id != again {
		t.Errorf("sent again it is %s, not %s", id, again)
	}

	// A dialog that stood open since shows what it began with, at one desk and in a proposal.
	old := adjust("contrast=dark extra=30")
	old.Was = map[string]string{"2410-0001": "extra=30"}
	if answer := approve(w.act(sup, old).Proposal); len(answer.Failed) != 1 {
		t.Errorf("%+v", answer)
	}
	old.Second = &Second{User: "dewi", Password: password}
	w.failed(sup, old, engine.WrongState, "adjust")
	given("extra=30 size=3")
	old.Was["2410-0001"] = "extra=30 size=3" // and who has seen it may take it away
	w.act(sup, old)
	given("contrast=dark extra=30")
}

// A proposal that an earlier version of the program kept does not say over what it was made.
func TestAnAdjustmentProposedBeforeIsDone(t *testing.T) {
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.checkin("2410-0001")
	a, err := w.desk.open(s1)
	w.ok(err)
	a.Request = Request{Op: uuid.NewString(), Action: engine.ActAdjust, Numbers: numbers("2410-0001"), Adjust: "size=3", Reason: "accommodation: a letter"}
	q := a.proposal()
	q.Payload, err = json.Marshal(a.Request)
	w.ok(err)
	id, err := w.desk.pairs.Propose(w.ctx, sup, q)
	w.ok(err)
	answer, err := w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", "")
	if w.ok(err); len(answer.Done) != 1 || w.state("2410-0001").Adjust.String() != "size=3" {
		t.Fatalf("%+v", answer)
	}
}

// What is compared covers all that a candidate can be given: a new field of the terms has
// to be named here, as compared or as everybody's own.
func TestNothingThatCanDifferIsLeftOutOfTheComparison(t *testing.T) {
	known := map[string]bool{
		"Policy": true, "Length": true, "Extra": true, "Plan": true, "Seed": true, "Seen": true,
		"Form":    true,                   // its sections; which items is everybody's own, made by plan and seed
		"Number":  true,                   // the person
		"Sitting": true, "Expected": true, // the same for all
	}
	terms := reflect.TypeFor[engine.Terms]()
	for i := range terms.NumField() {
		if !known[terms.Field(i).Name] {
			t.Errorf("Terms.%s is not compared", terms.Field(i).Name)
		}
	}
	given := reflect.TypeFor[engine.Adjustment]()
	compared := map[string]string{"Extra": "extra", "Breaks": "breaks", "Size": "size", "Dark": "contrast", "Reader": "reader", "Assistant": "assistant"}
	for i := range given.NumField() {
		if compared[given.Field(i).Name] == "" {
			t.Errorf("Adjustment.%s is not compared", given.Field(i).Name)
		}
	}
}
