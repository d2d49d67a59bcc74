package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// steps are the kinds and reasons of what a stream holds of acts that take two.
func (w *world) steps(stream string) (steps []string) {
	w.Helper()
	err := w.db.Read(w.ctx, stream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if engine.IsStep(e.Kind) {
			steps = append(steps, strings.TrimSpace(string(e.Kind)+" "+e.Why))
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return steps
}

func (w *world) hasSteps(stream string, want ...string) {
	w.Helper()
	if got := w.steps(stream); strings.Join(got, ", ") != strings.Join(want, ", ") {
		w.Fatalf("%s holds %v, not %v", stream, got, want)
	}
}

func TestWhoLosesTheRightMeanwhileCountsForNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.employ(sup, sup2)
	id := w.act(sup, disqualify()).Proposal
	gone := sup
	gone.Disabled = true
	w.employ(gone)
	_, err := w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", "")
	w.is(err, engine.NotAllowed, "proposer")
	w.employ(sup)
	demoted := sup2
	demoted.Grants = Everywhere(Verifier)
	op := uuid.NewString()
	for range 2 { // the same operation is recorded once
		_, err = w.desk.Decide(w.ctx, demoted, id, op, "approve", "")
		w.is(err, engine.NotAllowed, "action")
	}
	elsewhere := sup2
	elsewhere.Grants = []Grant{{Role: Supervisor, Site: "soe"}}
	_, err = w.desk.Decide(w.ctx, elsewhere, id, uuid.NewString(), "approve", "")
	w.is(err, engine.NotAllowed, "action")
	if s := w.state("2410-0001").State; s != engine.Running {
		t.Fatal(s)
	}
	w.hasSteps(engine.SittingStream+s1, "Proposed phone", "Denied proposer", "Denied not_allowed", "Denied not_allowed")
	// None of it has closed the proposal: who may, still can.
	if answer, err := w.desk.Decide(w.ctx, sup2, id, uuid.NewString(), "approve", ""); err != nil || len(answer.Done) != 1 {
		t.Fatal(answer, err)
	}
	w.hasSteps(engine.SittingStream+s1, "Proposed phone", "Denied proposer", "Denied not_allowed", "Denied not_allowed", "Approved", "Performed")
}

func TestTwoAccountsAtOneDeskAreNotTwoPeople(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	for _, a := range []Account{sup, sup2} {
		if err := w.accounts.Add(w.ctx, Setup, a, password, w.hall.Now()); err != nil {
			t.Fatal(err)
		}
	}
	sit := func(a Account, desk string) Account {
		t.Helper()
		token, got, err := w.accounts.SignIn(w.ctx, Second{User: a.User, Password: password}, "10.0.0.7", "agent", w.hall.Now())
		if err == nil {
			err = w.accounts.SeatAt(w.ctx, token, a.User, desk, w.hall.Now())
		}
		if err == nil {
			got.Desk, err = w.accounts.DeskOf(w.ctx, token)
		}
		if err == nil {
			err = w.accounts.SignOut(w.ctx, token, "10.0.0.7", w.hall.Now()) // which hides nothing
		}
		if err != nil || got.Desk != desk {
			t.Fatal(got, err)
		}
		return got
	}
	here := sit(sup, "desk-1")
	id := w.act(here, disqualify()).Proposal
	also := sit(sup2, "desk-1")
	_, err := w.desk.Decide(w.ctx, also, id, uuid.NewString(), "approve", "")
	w.is(err, engine.SecondPerson, "desk")
	r := disqualify()
	r.Second = &Second{User: "bagus", Password: password}
	w.refused(here, r, engine.SecondPerson, "second_desk")
	w.hasSteps(engine.SittingStream+s1, "Proposed phone", "Denied same_desk", "Denied same_desk")
	// At a desk of their own they are another person, and may then sign at the first one.
	other := sit(sup2, "desk-2")
	if answer, err := w.desk.Decide(w.ctx, other, id, uuid.NewString(), "approve", ""); err != nil || len(answer.Done) != 1 {
		t.Fatal(answer, err)
	}
	again := Request{Op: uuid.NewString(), Action: engine.ActReopen, Seats: []string{"1"}, Reason: "mistake", Second: r.Second}
	if answer := w.act(here, again); len(answer.Done) != 1 {
		t.Fatal(answer)
	}
}

func TestOfTwoWhoDecideAtOnceOneDoes(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	sup3 := Account{User: "citra", Grants: Everywhere(Supervisor)}
	w.employ(sup, sup2, sup3)
	id := w.act(sup, disqualify()).Proposal
	errs := make(chan error, 4)
	for i, by := range []Account{sup2, sup3, sup2, sup3} {
		go func() {
			_, err := w.desk.Decide(w.ctx, by, id, uuid.NewString(), []string{"approve", "refuse"}[i/2], "rules")
			errs <- err
		}()
	}
	won := 0
	for range cap(errs) {
		if err := <-errs; err == nil {
			won++
		} else {
			w.is(err, engine.WrongState, "proposal")
		}
	}
	steps := w.steps(engine.SittingStream + s1)
	approved := len(steps) == 3 && steps[1] == "Approved rules" && steps[2] == "Performed"
	refused := len(steps) == 2 && steps[1] == "Refused rules"
	if won != 1 || !approved && !refused || approved != (w.state("2410-0001").State == engine.DisqualifiedNow) {
		t.Fatalf("%d decided, the journal holds %v, the candidate is %s", won, steps, w.state("2410-0001").State)
	}
}

func TestALongCreditTakesTwo(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.TwoPerson = nil })
	w.working("2410-0001")
	limit := w.def.Policy.CreditAloneMS
	give := func(ms int64) Response {
		return w.act(sup, Request{Op: uuid.NewString(), Action: engine.ActCredit, Seats: []string{"1"}, Reason: "power", MS: ms})
	}
	if answer := give(limit); answer.Proposal != "" || len(answer.Done) != 1 {
		t.Fatalf("at the limit: %+v", answer)
	}
	for _, ms := range []int64{limit + 1, -limit - 1} {
		if answer := give(ms); answer.Proposal == "" || len(answer.Done) != 0 {
			t.Fatalf("%d ms: %+v", ms, answer)
		}
	}
}

func TestARosterTakesTwoOnceCheckInWasOpened(t *testing.T) {
	w := newWorld(t, nil)
	a, b := Account{User: "kepala", Grants: Everywhere(Admin)}, Account{User: "wakil", Grants: Everywhere(Admin)}
	w.employ(a, b)
	office := NewOffice(w.db, w.accounts, w.desk.Pairs())
	var rows []string
	for _, p := range w.people.All(w.def.Code) {
		rows = append(rows, strings.Join([]string{p.Number, `"` + p.Name + `"`, p.BirthDate, p.Formation, p.Site, p.Sitting, p.Seat}, ","))
	}
	roster := "number,name,birth_date,formation,site,sitting,seat\n" + strings.Join(rows, "\n")
	load := func(file string) (RosterAnswer, error) {
		return office.Roster(w.ctx, a, w.def.Code, RosterRequest{Op: uuid.NewString(), File: file, Reason: "mistake: salah ketik"})
	}
	if answer, err := load(roster); err != nil || answer.Loaded != len(rows) || answer.Proposal != "" {
		t.Fatal(answer, err)
	}
	if answer, err := load("number,name\n1,x"); err != nil || len(answer.Faults) == 0 {
		t.Fatalf("a roster with faults: %+v %v", answer, err)
	}
	w.checkin("2410-0001")
	w.settle()
	known := w.people.Find("2410-0002", "")[0]
	changed := strings.Replace(roster, known.Name, "Nama Baru", 1) + "\n2410-0099,Orang Baru,2000-01-31," + known.Formation + "," + known.Site + ",,"
	answer, err := load(changed)
	if err != nil || answer.Proposal == "" || answer.Loaded != 0 {
		t.Fatal(answer, err)
	}
	name := func() string {
		fresh := NewPeople(w.db)
		if err := fresh.Load(w.ctx, w.def.Code); err != nil {
			t.Fatal(err)
		}
		return fresh.Find("2410-0002", "")[0].Name
	}
	if name() != known.Name {
		t.Fatal("a roster that waits was loaded")
	}
	waiting, err := w.desk.Pairs().For(w.ctx, b)
	if err != nil || len(waiting) != 1 || waiting[0].Own {
		t.Fatal(waiting, err)
	}
	shows, _ := json.Marshal(waiting[0].Shows)
	for _, fact := range []string{`"count_new","text":"1"`, `"count_changed","text":"1"`, "name: " + known.Name + " → Nama Baru", "2410-0099"} {
		if !strings.Contains(string(shows), fact) {
			t.Errorf("%s is not shown: %s", fact, shows)
		}
	}
	if mine, err := w.desk.Pairs().For(w.ctx, sup); err != nil || len(mine) != 0 {
		t.Fatalf("a supervisor is shown a roster: %v %v", mine, err)
	}
	stream := engine.ExamStream + w.def.Code
	_, err = w.desk.Decide(w.ctx, a, answer.Proposal, uuid.NewString(), "approve", "")
	w.is(err, engine.SecondPerson, "proposal")
	op := uuid.NewString()
	for range 2 {
		if _, err := w.desk.Decide(w.ctx, b, answer.Proposal, op, "approve", ""); err != nil {
			t.Fatal(err)
		}
	}
	if name() != "Nama Baru" {
		t.Fatal(name())
	}
	w.hasSteps(stream, "Proposed mistake", "Denied same_person", "Approved", "Performed")
	// A repeated approval does not bring back what was corrected since.
	since := *known
	since.Name = "Nama Terbaru"
	if err := NewPeople(w.db).Save(w.ctx, w.def.Code, []Person{since}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Decide(w.ctx, b, answer.Proposal, op, "approve", ""); err != nil || name() != "Nama Terbaru" {
		t.Fatal(name(), err)
	}
	var last engine.Event
	loaded := 0
	err = w.db.Read(w.ctx, stream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.RosterLoaded {
			last = e
			loaded++
		}
		return err
	})
	if err != nil || last.By != "kepala" || last.Two != "wakil" || last.Why != "mistake" || loaded != 3 {
		t.Fatalf("%v %d %+v", err, loaded, last)
	}
	// It may be frozen by word, too; once.
	if err := office.FreezeRoster(w.ctx, a, w.def.Code); err != nil {
		t.Fatal(err)
	}
	w.is(office.FreezeRoster(w.ctx, a, w.def.Code), engine.WrongState, "roster")
}

func TestAnAccountIsGrantedAndResetByTwo(t *testing.T) {
	w := newWorld(t, nil)
	a, b := Account{User: "kepala", Hash: "x", Grants: Everywhere(Admin)}, Account{User: "wakil", Hash: "x", Grants: Everywhere(Admin)}
	w.employ(a, b)
	office := NewOffice(w.db, w.accounts, w.desk.Pairs())
	fresh := Account{User: "baru", Name: "Baru", Grants: Everywhere(Committee)}
	acts := []AccountAct{{Deed: DeedCreate, Account: &fresh}, {Deed: DeedPassword, User: "baru"}}
	for i, act := range acts {
		secret := password + string(act.Deed)
		signsIn := func() error {
			_, err := w.accounts.Verify(w.ctx, Second{User: "baru", Password: secret}, "x", w.hall.Now())
			return err
		}
		act, err := w.accounts.Deed(act, secret)
		if err != nil {
			t.Fatal(err)
		}
		sign := Signing{Op: uuid.NewString(), Reason: "request"}
		_, err = office.Account(w.ctx, a, act, sign)
		w.is(err, engine.SecondPerson, "second")
		sign.Propose = true
		answer, err := office.Account(w.ctx, a, act, sign)
		if err != nil || answer.Proposal == "" {
			t.Fatal(act, answer, err)
		}
		id := answer.Proposal
		if kept, _, err := w.desk.Pairs().Get(w.ctx, id); err != nil || strings.Contains(string(kept.Payload), secret) {
			t.Fatal("a password waits in the open", err)
		}
		if signsIn() == nil {
			t.Fatal("it holds before anybody agreed")
		}
		_, err = w.desk.Decide(w.ctx, a, id, uuid.NewString(), "approve", "")
		w.is(err, engine.SecondPerson, "proposal")
		// Who approved died before it was done; whoever looks next does it, once.
		w.approvedOnly(b, id)
		w.desk.now = func() engine.Instant { return w.hall.Now().Add(time.Duration(2*(i+1)) * settleAfter) }
		for range 2 {
			if err := w.desk.Pairs().Settle(w.ctx); err != nil {
				t.Fatal(err)
			}
		}
		if err := signsIn(); err != nil {
			t.Fatal(act.Deed, err)
		}
	}
	w.hasSteps(StaffAccounts, "Denied alone", "Proposed request", "Denied same_person", "Approved", "Performed", "Denied alone", "Proposed request", "Denied same_person", "Approved", "Performed")
	var changes []engine.Event
	err := w.db.Read(w.ctx, StaffAccounts, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.StaffChanged {
			changes = append(changes, e)
		}
		return err
	})
	if err != nil || len(changes) != 2 || changes[1].Act != "reset" || changes[1].By != "kepala" || changes[1].Two != "wakil" {
		t.Fatal(changes, err)
	}
}

// approvedOnly records an approval as a process does that dies right after.
func (w *world) approvedOnly(by Account, id string) {
	w.Helper()
	p := w.desk.Pairs()
	q, hash, err := p.Get(w.ctx, id)
	if err != nil {
		w.Fatal(err)
	}
	v := verdict{
		proposal: q, hash: hash, right: p.acts[q.Act].Right, approve: true, actor: by, now: p.now(),
		expired: func(e engine.Event) bool { return p.expired(e, p.now()) }, event: engine.Event{Op: uuid.NewString()},
	}
	if v.proposer, err = p.proposer(w.ctx, q.By); err != nil {
		w.Fatal(err)
	}
	err = p.record(w.ctx, q.Stream, v.event.Op, func(b book) ([]engine.Event, error) {
		e, refused := v.judge(b.Pairs)
		return []engine.Event{e}, refused
	})
	if err != nil {
		w.Fatal(err)
	}
}

func TestWhatNobodyDecidesExpiresByItself(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.employ(sup, sup2)
	w.act(sup, disqualify())
	if err := w.desk.Pairs().Settle(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.hasSteps(engine.SittingStream+s1, "Proposed phone")
	w.desk.now = func() engine.Instant { return w.hall.Now().Add(RoomLife + 1_000_000) }
	for range 2 {
		if err := w.desk.Pairs().Settle(w.ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.hasSteps(engine.SittingStream+s1, "Proposed phone", "Expired")
}

// counted counts what a log reads, and lets another writer come first once.
type counted struct {
	engine.Journal
	read  int
	first func()
}

func (c *counted) Read(ctx context.Context, stream string, after int, visit func(engine.Record) error) error {
	return c.Journal.Read(ctx, stream, after, func(r engine.Record) error {
		c.read++
		return visit(r)
	})
}

func (c *counted) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if first := c.first; first != nil {
		c.first = nil
		first()
	}
	return c.Journal.Append(ctx, runs)
}

func TestALogRemembersWhereItsStreamsEnd(t *testing.T) {
	w := newWorld(t, nil)
	const stream, long = engine.AuditStream + "ratna/2026-11-22", 50
	j := &counted{Journal: w.db}
	log := NewLog(j, Direct(j))
	note := func(l *Log) {
		t.Helper()
		if err := l.Append(w.ctx, stream, engine.Event{Kind: engine.Viewed, At: 1, By: "ratna", Act: ReadRoom}); err != nil {
			t.Fatal(err)
		}
	}
	for range long {
		note(log)
	}
	if j.read > 0 {
		t.Errorf("%d records were read for %d appends to a new stream", j.read, long)
	}
	j.first = func() { note(NewLog(w.db, Direct(w.db))) }
	note(log)
	if j.read != 1 {
		t.Errorf("after a conflict %d records were read, one was new", j.read)
	}
	n := 0
	err := w.db.Read(w.ctx, stream, 0, func(r engine.Record) error {
		if n++; r.N != n {
			return errors.New("a hole")
		}
		return nil
	})
	if err != nil || n != long+2 {
		t.Fatal(n, err)
	}
}

// A limit for a candidate, and not only for an act: a quarter of an hour at a time is as much as
// somebody likes. What was taken back was not given, and another person has a limit of their own.
func TestCreditsOfOnePersonAddUp(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.TwoPerson = nil })
	w.working("2410-0001", "2410-0002")
	part := w.def.Policy.CreditAloneMS / 5 * 3
	give := func(by Account, ms int64, seats ...string) Response {
		return w.act(by, Request{Op: uuid.NewString(), Action: engine.ActCredit, Seats: seats, Reason: "power", MS: ms})
	}
	if answer := give(sup, part, "1"); answer.Proposal != "" || len(answer.Done) != 1 {
		t.Fatalf("the first: %+v", answer)
	}
	first := w.state("2410-0001").N
	for what, seats := range map[string][]string{"of one": {"1"}, "of several": {"1", "2"}, "of all": nil} {
		if answer := give(sup, part, seats...); answer.Proposal == "" || len(answer.Done) != 0 {
			t.Errorf("the second, %s: %+v", what, answer)
		}
	}
	if answer := give(sup, part, "2"); len(answer.Done) != 1 {
		t.Errorf("another candidate: %+v", answer)
	}
	if answer := give(sup, -part, "1"); len(answer.Done) != 1 {
		t.Errorf("taken again: %+v", answer)
	}
	if answer := give(sup, part, "1"); len(answer.Done) != 1 {
		t.Errorf("and given: %+v", answer)
	}
	w.act(sup, Request{Op: uuid.NewString(), Action: engine.ActReverse, Seats: []string{"1"}, Ref: first, Reason: "mistake"})
	if answer := give(sup, part, "1"); len(answer.Done) != 1 {
		t.Errorf("after one was taken back: %+v", answer)
	}
	// What is decided on the attempt itself: another node may have given a moment ago.
	err := w.live("2410-0001").Ask(engine.Command{Act: engine.ActCredit, By: sup.User, MS: part, At: w.hall.Now()}, nil).Err
	if !errors.Is(err, engine.SecondPerson) {
		t.Error(err)
	}
	if err := w.live("2410-0001").Ask(engine.Command{Act: engine.ActCredit, By: sup.User, Two: "another", MS: part, At: w.hall.Now()}, nil).Err; err != nil {
		t.Error(err)
	}
}

// What two gave, one alone does not take away.
func TestWhatIsTakenBackTakesTwoAsWhatIsGiven(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.TwoPerson = nil })
	w.working("2410-0001")
	give := func(ms int64) int {
		w.ask("2410-0001", engine.Command{Act: engine.ActCredit, By: sup.User, Two: "another", MS: ms, Why: "power"})
		return w.state("2410-0001").N
	}
	back := func(ref int) Response {
		return w.act(sup, Request{Op: uuid.NewString(), Action: engine.ActReverse, Seats: []string{"1"}, Ref: ref, Reason: "mistake"})
	}
	limit := w.def.Policy.CreditAloneMS
	if answer := back(give(limit)); answer.Proposal != "" || len(answer.Done) != 1 {
		t.Errorf("at the limit: %+v", answer)
	}
	if answer := back(give(limit + 1)); answer.Proposal == "" || len(answer.Done) != 0 {
		t.Errorf("beyond it: %+v", answer)
	}
}
