package proctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"terang/engine"
)

func (w *world) get(user string) Account {
	w.Helper()
	a, err := w.accounts.Get(w.ctx, user)
	w.ok(err)
	return a
}

// own lets an account's owner take a password that nobody else knows.
func (w *world) own(user string) {
	w.Helper()
	w.ok(w.accounts.ChangePassword(w.ctx, user, password, "a-password-of-"+user, "10.0.0.7", w.hall.Now()))
}

// takes lets whoever was invited come.
func (w *world) takes(code, person string) {
	w.Helper()
	_, err := w.accounts.Accept(w.ctx, code, Acceptance{Password: password, Person: person}, w.hall.Now())
	w.ok(err)
}

// disqualifies tries what takes two: asked for by one, approved by the other.
func (w *world) disqualifies(one, two string) error {
	w.Helper()
	r, err := w.desk.Act(w.ctx, w.get(one), s1, Request{Op: uuid.NewString(), Action: engine.ActDisqualify, Numbers: []string{"2410-0001"}, Reason: "phone"})
	if err != nil {
		return err
	}
	_, err = w.desk.Decide(w.ctx, w.get(two), r.Proposal, uuid.NewString(), "refuse", "other: percobaan")
	w.ok(err) // the way back is always open
	r, err = w.desk.Act(w.ctx, w.get(one), s1, Request{Op: uuid.NewString(), Action: engine.ActDisqualify, Numbers: []string{"2410-0001"}, Reason: "phone"})
	w.ok(err)
	_, err = w.desk.Decide(w.ctx, w.get(two), r.Proposal, uuid.NewString(), "approve", "")
	return err
}

func (w *world) events(stream string) (all []engine.Event) {
	w.Helper()
	w.ok(w.db.Read(w.ctx, stream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		all = append(all, e)
		return err
	}))
	return all
}

func (w *world) denied() (why []string) {
	w.Helper()
	for _, e := range w.events(engine.SittingStream + s1) {
		if e.Kind == engine.Denied {
			why = append(why, e.Why)
		}
	}
	return why
}

// Whoever imports two supervisors knows both their passwords. They are two people once each
// has taken another password, and somebody who did not make them says that they are.
func TestWhoImportsTwoAccountsIsNotTwoPeople(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.TwoPerson = []string{engine.ActDisqualify} })
	now := w.hall.Now()
	chief, wakil := w.account("kepala", Everywhere(Admin)...), w.account("wakil", Everywhere(Admin)...)
	_, faults, err := w.accounts.Import(w.ctx, Signers{By: chief}, strings.NewReader(
		"user,role,password\nsatu,supervisor,"+password+"\ndua,supervisor,"+password+"\n"), now)
	if err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.act(sup, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0001"}})

	w.is(w.disqualifies("satu", "dua"), engine.SecondPerson, ownPassword)
	satu := w.get("satu")
	if !satu.PasswordKnown() {
		t.Error("nobody asks the owner for a password of their own")
	}
	w.own("satu")
	w.is(w.disqualifies("satu", "dua"), engine.SecondPerson, ownPassword) // dua's is known still
	w.own("dua")
	w.is(w.disqualifies("satu", "dua"), engine.SecondPerson, oneHand) // kepala could have done both
	// At one desk it is the same.
	_, err = w.desk.Act(w.ctx, w.get("satu"), s1, Request{Op: uuid.NewString(), Action: engine.ActDisqualify, Numbers: []string{"2410-0001"}, Reason: "phone",
		Second: &Second{User: "dua", Password: "a-password-of-dua"}})
	w.is(err, engine.SecondPerson, oneHand)

	w.is(w.accounts.Vouch(w.ctx, Signers{By: chief}, []string{"satu"}, now), engine.SecondPerson, oneHand)
	w.ok(w.accounts.Vouch(w.ctx, Signers{By: wakil}, []string{"satu"}, now))
	w.is(w.accounts.Vouch(w.ctx, Signers{By: wakil}, []string{"satu"}, now), engine.WrongState, "vouched")
	w.ok(w.disqualifies("satu", "dua")) // one of them may be kepala: two people all the same
	if why := w.denied(); !slices.Contains(why, DeniedKnown) || !slices.Contains(why, DeniedHand) {
		t.Errorf("denied: %v", why)
	}
}

// A lone administrator can make the second alone, and nobody else that counts.
func TestALoneAdministratorWhoInvitesHerselfIsOnePerson(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	chief := w.account("kepala", Everywhere(Admin)...)
	alone, committee := Signers{By: chief}, Grant{Role: Committee}
	for i, user := range []string{"dua", "tiga"} { // in other browsers, without a number
		code, _, err := w.accounts.Invite(w.ctx, alone, Account{User: user, Grants: Everywhere(Admin)}, now)
		w.ok(err)
		w.takes(code, "")
		a := w.get(user)
		w.is(w.accounts.Grant(w.ctx, Signers{By: chief, Two: &a}, user, committee, now), engine.SecondPerson, "second")
		w.is(w.accounts.Vouch(w.ctx, Signers{By: a}, []string{user}, now), engine.SecondPerson, oneHand)
		if i > 0 { // nor do the two of them
			other := w.get("dua")
			w.is(w.accounts.Grant(w.ctx, Signers{By: a, Two: &other}, user, committee, now), engine.SecondPerson, "second")
			w.is(w.accounts.Vouch(w.ctx, Signers{By: a}, []string{"dua"}, now), engine.SecondPerson, oneHand)
		}
	}
	// With an identity number one of them is the second; the number stays, and is shown.
	w.ok(w.accounts.Bind(w.ctx, w.get("dua"), "1985 0101 2010", now))
	w.is(w.accounts.Bind(w.ctx, w.get("dua"), "1999", now), engine.WrongState, "person")
	dua := w.get("dua")
	w.ok(w.accounts.Grant(w.ctx, Signers{By: chief, Two: &dua}, "dua", committee, now))
	hands, err := w.accounts.Hands(w.ctx, Account{User: "audi", Grants: Everywhere(Auditor)}, ActAudit)
	w.ok(err)
	for _, h := range hands {
		switch h.User {
		case "dua":
			if h.Made != "kepala" || !h.Founder || h.Waits || h.Person != "1985 0101 2010" || len(h.One) != 0 {
				t.Errorf("%+v", h)
			}
		case "tiga":
			if !h.Waits || !slices.Equal(h.One, []string{"kepala"}) {
				t.Errorf("%+v", h)
			}
		}
	}
	// From here on the other has to say so, and a third with a number is no founder.
	code, _, err := w.accounts.Invite(w.ctx, Signers{By: chief, Two: &dua}, Account{User: "empat", Person: "1990", Grants: Everywhere(Admin)}, now)
	w.ok(err)
	w.is(w.accounts.Vouch(w.ctx, Signers{By: dua}, []string{"empat"}, now), engine.WrongState, "vouch_early")
	w.takes(code, "1990")
	empat := w.get("empat")
	w.is(w.accounts.Grant(w.ctx, Signers{By: chief, Two: &empat}, "empat", committee, now), engine.SecondPerson, "second")
	w.ok(w.accounts.Vouch(w.ctx, Signers{By: dua}, []string{"empat"}, now))
	empat = w.get("empat")
	w.ok(w.accounts.Grant(w.ctx, Signers{By: chief, Two: &empat}, "empat", committee, now))
	// A new way in, handed over by one, takes the word back.
	_, _, err = w.accounts.Reinvite(w.ctx, Signers{By: chief, Two: &dua}, "empat", now)
	w.ok(err)
	if a := w.get("empat"); a.hand() != "kepala" {
		t.Errorf("%+v", a)
	}
}

func TestAnInvitationIsForTheNumberItWasMadeFor(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	by := Signers{By: w.account("kepala", Everywhere(Admin)...)}
	invited := sup
	invited.Person = "19800101 200501 2 001"
	code, _, err := w.accounts.Invite(w.ctx, by, invited, now)
	w.ok(err)
	for _, person := range []string{"", "19800101 200501 2 002", "1", "2", "3"} {
		_, err = w.accounts.Accept(w.ctx, code, Acceptance{Password: password, Person: person}, now)
		w.is(err, PersonDiffers, "person")
	}
	_, err = w.accounts.Accept(w.ctx, code, Acceptance{Password: password, Person: "4"}, now)
	w.is(err, engine.Locked, "person")
	w.takes(code, "198001012005012001") // however it is written; nobody locks the owner out
	if a := w.get("ratna"); a.Person != invited.Person {
		t.Errorf("%+v", a)
	}
	// Two accounts of one number are one person, however it is written.
	if !SamePerson(Account{User: "a", Person: "1980-01"}, Account{User: "b", Person: "1980 01"}) {
		t.Error("one number, two people")
	}
	// Who has none may give it; that it was taken at the desk of who handed it over is recorded.
	token, _, err := w.accounts.SignIn(w.ctx, Second{User: "kepala", Password: password}, "10.0.0.7", "", now)
	w.ok(err)
	w.ok(w.accounts.SeatAt(w.ctx, token, "kepala", "desk-1", now))
	code, _, err = w.accounts.Invite(w.ctx, by, Account{User: "bagus", Grants: Everywhere(Operator)}, now)
	w.ok(err)
	_, err = w.accounts.Accept(w.ctx, code, Acceptance{Password: password, Person: "77", Desk: "desk-1"}, now)
	w.ok(err)
	events := w.events(StaffAccounts)
	if last := events[len(events)-1]; last.Act != "accept" || last.Why != "same_desk" || w.get("bagus").Person != "77" {
		t.Errorf("%+v", last)
	}
}

// Law: whoever makes accounts alone, through whichever of them, stays one person.
func TestNobodyBecomesTwoPeopleByMakingAccounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := []Account{{User: "x", Grants: Everywhere(Admin)}}
		for i := range rapid.IntRange(1, 8).Draw(t, "accounts") {
			by := all[rapid.IntRange(0, len(all)-1).Draw(t, "by")]
			a := Account{User: fmt.Sprintf("a%d", i)}
			a.madeBy(&by)
			if rapid.Bool().Draw(t, "with a password") {
				a.Chosen = by.User
			}
			all = append(all, a)
		}
		for _, a := range all {
			for _, b := range all {
				if !SamePerson(a, b) {
					t.Fatalf("%+v and %+v are two", a, b)
				}
				if SamePerson(a, b) != SamePerson(b, a) {
					t.Fatal("not the same both ways")
				}
			}
			if SamePerson(a, Account{User: "y"}) {
				t.Fatal("and somebody else is that person, too")
			}
		}
	})
}

// What one hand has made does not stop a room: who is who and who starts are kept apart by
// what is known.
func TestAnAccountThatNobodyVouchedForStopsNoRoom(t *testing.T) {
	a, b := Account{User: "a", Made: "kepala"}, Account{User: "b", Made: "kepala"}
	if !SamePerson(a, b) || SurelySame(a, b) {
		t.Error("one hand")
	}
	a.Chosen, b.Chosen = "kepala", "kepala"
	if !SurelySame(a, b) {
		t.Error("one who knows both passwords is both")
	}
}

func TestAFileInvitesWhoHasNoPassword(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	done, faults, err := w.accounts.Import(w.ctx, Signers{By: w.account("kepala", Everywhere(Admin)...)}, strings.NewReader(
		"user,name,role,person\nratna,Ratna Dewi,supervisor,1980\nbagus,Bagus,operator,\n"), now)
	if err != nil || len(faults) > 0 || done.Added != 2 || len(done.Invitations) != 2 {
		t.Fatal(done, faults, err)
	}
	i := done.Invitations[0]
	if i.User != "ratna" || i.Name != "Ratna Dewi" || i.Until != now.Add(InviteLife) {
		t.Errorf("%+v", i)
	}
	w.takes(i.Code, "1980")
	if a := w.get("ratna"); a.PasswordKnown() || a.Made != "kepala" {
		t.Errorf("%+v", a)
	}
	w.ok(w.verify("ratna", "", now))
}

func (w *world) audited(f AuditFilter) []AuditRow {
	w.Helper()
	page, err := NewAudit(w.db, w.people).Page(w.ctx, chief, f)
	w.ok(err)
	return page.Rows
}

func TestSignInsAreInTheAudit(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	w.account("ratna", Everywhere(Supervisor)...)
	token, _, err := w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: password}, "10.0.0.7", "", now)
	w.ok(err)
	_, _, err = w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: "guess"}, "10.0.0.66", "", now)
	w.is(err, BadPassword, "")
	_, _, err = w.accounts.SignIn(w.ctx, Second{User: "my-secret-password", Password: "guess"}, "10.0.0.66", "", now)
	w.is(err, BadPassword, "")
	w.ok(w.accounts.SignOut(w.ctx, token, "10.0.0.7", now))
	w.ok(w.accounts.SignOut(w.ctx, token, "10.0.0.7", now)) // it is over already: nobody leaves
	var seen []string
	for _, r := range w.audited(AuditFilter{}) {
		if r.Kind == engine.StaffSigned {
			seen = append(seen, strings.Join([]string{r.Act, r.By, r.Of, r.Why, r.Seat}, " "))
		}
	}
	want := []string{"signin ratna ratna  10.0.0.7", "signin_failed ? ratna wrong_password 10.0.0.66", "signin_failed ?  wrong_password 10.0.0.66", "signout ratna ratna  10.0.0.7"}
	if !slices.Equal(seen, want) {
		t.Errorf("%q\nwant %q", seen, want)
	}
	if rows := w.audited(AuditFilter{User: "ratna"}); len(rows) != 3 { // who is asked about is found though nobody has proved to be them
		t.Errorf("%d rows about ratna: %+v", len(rows), rows)
	}
}

func TestNobodyFillsTheDiskByGuessing(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	w.account("ratna", Everywhere(Supervisor)...)
	tried, recorded := 0, 0
	for i := range 120 { // one guess a second for two minutes, then the right one
		_, _, err := w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: "guess"}, "10.0.0.66", "", now.Add(time.Duration(i)*time.Second))
		if err == nil {
			t.Fatal("guessed")
		}
		tried++
	}
	sum := int64(0)
	count := func() {
		recorded, sum = 0, 0
		for _, r := range w.audited(AuditFilter{}) {
			if r.Act == SignInFailed || r.Act == SignInLocked {
				recorded++
				sum += r.MS
			}
		}
	}
	count()
	if most := 2 * (signsOfOne.Burst + 2); recorded == 0 || recorded > most {
		t.Errorf("%d of %d tries are recorded, at most %d should be", recorded, tried, most)
	}
	// What was not said is said with the next of its kind.
	later := now.Add(time.Hour)
	_, _, err := w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: "guess"}, "10.0.0.66", "", later)
	w.is(err, BadPassword, "")
	for range 11 {
		_, _, err = w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: "guess"}, "10.0.0.66", "", later)
	}
	w.is(err, engine.Locked, "")
	count()
	if n := int64(recorded) + sum; n < int64(tried) {
		t.Errorf("recorded and counted are %d of %d", n, tried)
	}
}

func TestASignInWaitsForNoJournal(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	w.account("ratna", Everywhere(Supervisor)...)
	var lost []string
	stuck := NewAccounts(w.db, w.store, NewLog(w.db, broken{}), testSealer{})
	stuck.Lost = func(act string, err error) { lost = append(lost, act) }
	if _, _, err := stuck.SignIn(w.ctx, Second{User: "ratna", Password: password}, "10.0.0.7", "", now); err != nil {
		t.Errorf("a room stays closed because a record is not taken: %v", err)
	}
	if !slices.Equal(lost, []string{SignIn}) {
		t.Errorf("told: %v", lost)
	}
}

// broken takes no record.
type broken struct{}

func (broken) Append(engine.Run) (engine.Outcome, error) {
	return engine.Outcome{}, errors.New("the disk is full")
}

// What an exam's policy does not ask for stops nobody there: only what is known counts.
func TestAnExamMayDoWithoutVouching(t *testing.T) {
	t.Parallel()
	one := Account{User: "satu", Made: "kepala", Chosen: "kepala"}
	other := Account{User: "dua", Made: "kepala", Chosen: "kepala"}
	chief, twin := Account{User: "kepala"}, Account{User: "tiga", Person: "1980", Made: "kepala"}
	for _, strict := range []bool{true, false} {
		w := newWorld(t, func(d *engine.Definition) { d.Policy.VouchedStaff = strict })
		p, exam := w.desk.Pairs(), w.def.Code
		loose := map[bool]string{true: "", false: DeniedKnown}[!strict]
		for _, c := range []struct {
			exam string
			a, b Account
			want string
		}{
			{exam, one, other, loose},
			{"", one, other, DeniedKnown}, // of no exam
			{exam, one, one, DeniedSame},
			{exam, twin, Account{User: "empat", Person: "19-80"}, DeniedSame},
			{exam, chief, one, map[bool]string{true: DeniedKnown, false: DeniedHand}[strict]},
			{exam, chief, Account{User: "lima"}, ""},
		} {
			if got := p.oneOf(c.exam, c.a, c.b); got != c.want || p.oneOf(c.exam, c.b, c.a) != c.want {
				t.Errorf("vouched %v, exam %q, %s and %s: %q, want %q", strict, c.exam, c.a.User, c.b.User, got, c.want)
			}
		}
	}
}
