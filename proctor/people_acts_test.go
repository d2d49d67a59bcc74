package proctor

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"terang/engine"
)

func (w *world) account(user string, grants ...Grant) Account {
	w.Helper()
	a := Account{User: user, Name: user, Grants: grants}
	w.ok(w.accounts.Add(w.ctx, Setup, a, password, w.hall.Now()))
	return a
}

func TestAnAccountOfOneRoleIsReadAsOneGrant(t *testing.T) {
	w := newWorld(t, nil)
	w.ok(w.db.Put(w.ctx, engine.Entry{Kind: KindAccount, ID: "lama", Body: []byte(`{"user":"lama","name":"Lama","role":"supervisor","exam":"skd-2026","site":"soe","hash":"x","changed":7}`)}))
	a, err := w.accounts.Get(w.ctx, "lama")
	w.ok(err)
	if len(a.Grants) != 1 || a.Grants[0] != (Grant{Role: Supervisor, Exam: "skd-2026", Site: "soe"}) || a.Changed != 7 || a.Hash != "x" {
		t.Fatalf("%+v", a)
	}
	body, err := json.Marshal(a)
	w.ok(err)
	var back Account
	w.ok(json.Unmarshal(body, &back))
	if len(back.Grants) != 1 || back.Grants[0] != a.Grants[0] {
		t.Fatalf("%+v", back)
	}
}

// Law: an account may do in a place what one of its grants allows there, and nothing else;
// less of a place is never refused to who may do it in more.
func TestGrantsAddUpAndNothingElseDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"", "a", "b"})
		grant := rapid.Custom(func(t *rapid.T) Grant {
			return Grant{Role: rapid.SampledFrom(Roles).Draw(t, "role"), Exam: code.Draw(t, "exam"), Site: code.Draw(t, "site"), Sitting: code.Draw(t, "sitting")}
		})
		a := Account{User: "x", Grants: rapid.SliceOfN(grant, 0, 4).Draw(t, "grants")}
		act := rapid.SampledFrom([]string{ActSee, engine.ActStart, ActGrant, ActItemWrite, ActResultFreeze}).Draw(t, "act")
		exam, site, sitting := code.Draw(t, "in exam"), code.Draw(t, "at site"), code.Draw(t, "in sitting")
		want := false
		for _, g := range a.Grants {
			want = want || May(g.Role, act) && g.Covers(exam, site, sitting)
		}
		if a.May(act, exam, site, sitting) != want {
			t.Fatal("a grant more or less than given")
		}
		if want && (!a.May(act, exam, site, "a") && sitting == "" || !a.May(act, exam, "a", sitting) && site == "") {
			t.Fatal("the whole is allowed, and a part is not")
		}
		if want && !a.MaySomewhere(act) {
			t.Fatal("somewhere is nowhere")
		}
	})
}

func TestWhoChecksIdentityDoesNotOpenSittings(t *testing.T) {
	w := newWorld(t, nil)
	w.account("vera", Grant{Role: Verifier, Exam: "skd-2026", Site: "soe"})
	setup := Signers{By: SetupAccount()}
	now := w.hall.Now()
	for _, g := range []Grant{{Role: Operator}, {Role: Supervisor, Exam: "skd-2026"}, {Role: Admin, Site: "soe"}, {Role: Supervisor, Exam: "skd-2026", Sitting: "s3"}} {
		if err := w.accounts.Grant(w.ctx, setup, "vera", g, now); !errors.Is(err, Apart) {
			t.Errorf("%s: %v", g, err)
		}
	}
	w.ok(w.accounts.Grant(w.ctx, setup, "vera", Grant{Role: Supervisor, Exam: "skd-2026", Site: "kupang-2"}, now))
	w.ok(w.accounts.Grant(w.ctx, setup, "vera", Grant{Role: Operator, Exam: "skb"}, now))
}

func TestWhoCheckedInDoesNotStart(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.SeparateIdentity, d.Policy.TwoPerson = true, nil })
	w.account("ratna", Everywhere(Supervisor)...)
	twin := Account{User: "ratna2", Grants: Everywhere(Supervisor), Person: "19800101"}
	w.ok(w.accounts.Add(w.ctx, Setup, twin, password, w.hall.Now()))
	both := sup2
	both.Person = "19800101"
	w.ok(w.accounts.Add(w.ctx, Setup, both, password, w.hall.Now()))
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.act(both, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0001"}})
	w.act(sup, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0001"}}) // a new PIN only
	for _, a := range []Account{both, twin} {
		_, err := w.desk.Act(w.ctx, a, s1, Request{Op: uuid.NewString(), Action: engine.ActStart})
		w.is(err, IdentityApart, a.User)
	}
	w.act(sup, Request{Action: engine.ActStart})
	// And who started does not disqualify alone, though the policy names nothing.
	r, err := w.desk.Act(w.ctx, sup, s1, Request{Op: uuid.NewString(), Action: engine.ActDisqualify, Numbers: []string{"2410-0001"}, Reason: "phone"})
	if err != nil || r.Proposal == "" {
		t.Fatal(r, err)
	}
	w.act(both, Request{Action: engine.ActDisqualify, Numbers: []string{"2410-0001"}, Reason: "phone"})
}

func TestOneHumanIsNeverTwoPeople(t *testing.T) {
	a, b, c := Account{User: "a", Person: "1"}, Account{User: "b", Person: "1"}, Account{User: "c"}
	if !SamePerson(a, b) || !SamePerson(c, c) || SamePerson(a, c) || SamePerson(c, Account{User: "d"}) {
		t.Fatal("who is who")
	}
}

func TestGrantsOfTheDecidingRolesAndResetsTakeTwo(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	chief := w.account("kepala", Everywhere(Admin)...)
	alone := Signers{By: chief}
	w.account("ratna", Everywhere(Supervisor)...)

	// Nobody else could agree: the second administrator comes from the first, a reset from nobody.
	w.is(w.accounts.SetPassword(w.ctx, alone, "ratna", "another-password", now), NobodyElse, "second")
	w.is(w.accounts.ClearFactor(w.ctx, alone, "ratna", now), NobodyElse, "second")
	w.ok(w.accounts.Create(w.ctx, alone, Account{User: "wakil", Person: "1985", Grants: Everywhere(Admin)}, password, now))
	w.ok(w.accounts.ChangePassword(w.ctx, "wakil", password, "a-password-of-wakil", "10.0.0.7", now))
	wakil, err := w.accounts.Get(w.ctx, "wakil")
	w.ok(err)

	for _, role := range Privileged {
		w.is(w.accounts.Grant(w.ctx, alone, "ratna", Grant{Role: role}, now), engine.SecondPerson, "second")
	}
	w.ok(w.accounts.Grant(w.ctx, alone, "ratna", Grant{Role: Operator}, now))
	w.is(w.accounts.SetPassword(w.ctx, alone, "ratna", "another-password", now), engine.SecondPerson, "second")
	ratna, err := w.accounts.Get(w.ctx, "ratna")
	w.ok(err)
	twin := wakil
	twin.User, twin.Person = "kembar", "77"
	chief2 := chief
	chief2.Person = "77"
	for _, c := range []struct {
		by, two Account
		code    engine.Code
	}{{chief, chief, engine.SecondPerson}, {chief2, twin, engine.SecondPerson}, {chief, ratna, engine.NotAllowed}, {chief, Account{User: "token:x", Grants: Everywhere(Admin), Token: true}, engine.SecondPerson}} {
		w.is(w.accounts.SetPassword(w.ctx, Signers{By: c.by, Two: &c.two}, "ratna", "another-password", now), c.code, "second")
	}
	w.ok(w.accounts.SetPassword(w.ctx, Signers{By: chief, Two: &wakil}, "ratna", "another-password", now))
	w.ok(w.accounts.Grant(w.ctx, Signers{By: chief, Two: &wakil}, "ratna", Grant{Role: Committee}, now))
	w.is(w.accounts.Grant(w.ctx, Signers{By: ratna}, "ratna", Grant{Role: Verifier, Exam: "x"}, now), engine.NotAllowed, "scope")

	// An administrator of one exam reaches that exam's people only.
	local := Signers{By: w.account("lokal", Grant{Role: Admin, Exam: "skb"})}
	w.is(w.accounts.Disable(w.ctx, local, "ratna", now), engine.NotAllowed, "scope")
	w.is(w.accounts.Grant(w.ctx, local, "ratna", Grant{Role: Operator, Exam: "skd-2026"}, now), engine.NotAllowed, "scope")
	w.ok(w.accounts.Grant(w.ctx, local, "ratna", Grant{Role: Operator, Exam: "skb"}, now))

	// The policy changes by two, and then holds.
	p := StaffPolicy{TwoPerson: []string{TwoGrant(Operator)}}
	w.is(w.accounts.SetPolicy(w.ctx, alone, p, now), engine.SecondPerson, "second")
	w.ok(w.accounts.SetPolicy(w.ctx, Signers{By: chief, Two: &wakil}, p, now))
	w.is(w.accounts.Grant(w.ctx, alone, "ratna", Grant{Role: Operator, Exam: "a"}, now), engine.SecondPerson, "second")
	w.ok(w.accounts.SetPassword(w.ctx, alone, "ratna", password, now))

	var last engine.Event
	two := 0
	w.ok(w.db.Read(w.ctx, StaffAccounts, 0, func(r engine.Record) error {
		var err error
		last, err = engine.Decode(r.Body)
		if last.By == "kepala" && last.Two == "wakil" {
			two++
		}
		return err
	}))
	if two != 3 || last.Act != "reset" {
		t.Errorf("%d records with two names; the last is %+v", two, last)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	by := Signers{By: w.account("kepala", Everywhere(Admin)...)}
	w.account("lokal", Grant{Role: Admin, Exam: "skb"})
	w.is(w.accounts.Disable(w.ctx, by, "kepala", now), LastAdmin, "user")
	w.is(w.accounts.Revoke(w.ctx, by, "kepala", Grant{Role: Admin}, now), LastAdmin, "user")
	w.account("wakil", Everywhere(Admin)...)
	w.ok(w.accounts.Disable(w.ctx, by, "kepala", now))
}

func TestAnInvitationIsUsedOnceAndInTime(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	by := Signers{By: w.account("kepala", Everywhere(Admin)...)}
	code, until, err := w.accounts.Invite(w.ctx, by, sup, now)
	w.ok(err)
	if until != now.Add(InviteLife) {
		t.Error(until)
	}
	_, err = w.accounts.Verify(w.ctx, Second{User: "ratna"}, "", now)
	w.is(err, BadPassword, "") // no password yet, the empty one neither
	if _, err := w.db.Get(w.ctx, KindInvite, code); !errors.Is(err, engine.ErrAbsent) {
		t.Error("the register holds the code itself")
	}
	if _, err = w.accounts.Accept(w.ctx, code, Acceptance{Password: "short"}, now); !errors.Is(err, BadLength) {
		t.Error(err)
	}
	_, err = w.accounts.Accept(w.ctx, code, Acceptance{Password: password}, until)
	w.is(err, InviteVoid, "code")
	newer, _, err := w.accounts.Reinvite(w.ctx, by, "ratna", now)
	w.ok(err)
	_, err = w.accounts.Accept(w.ctx, code, Acceptance{Password: password}, now)
	w.is(err, InviteVoid, "code") // the older is void
	_, err = w.accounts.Accept(w.ctx, newer, Acceptance{Password: password}, now)
	w.ok(err)
	w.ok(w.verify("ratna", "", now))
	_, err = w.accounts.Accept(w.ctx, newer, Acceptance{Password: "another-password"}, now)
	w.is(err, InviteVoid, "code")
	_, err = w.accounts.Accept(w.ctx, "", Acceptance{Password: "another-password"}, now)
	w.is(err, InviteVoid, "code")
	// From now on it would be a reset: by one alone it is none.
	_, _, err = w.accounts.Reinvite(w.ctx, by, "ratna", now)
	w.is(err, NobodyElse, "second")
}

func TestTokensReadWithinTheirScopeUntilTheyEnd(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	by := Signers{By: w.account("kepala", Everywhere(Admin)...)}
	g := Grant{Role: Supervisor, Exam: "skd-2026", Site: "kupang-2"}
	secret, err := w.accounts.AddToken(w.ctx, by, "simpeg", g, 24*time.Hour, now)
	w.ok(err)
	if _, err := w.accounts.AddToken(w.ctx, by, "simpeg", g, time.Hour, now); !errors.Is(err, UserExists) {
		t.Error(err)
	}
	for _, role := range Privileged {
		if _, err := w.accounts.AddToken(w.ctx, by, "kuasa", Grant{Role: role}, time.Hour, now); !errors.Is(err, engine.NotAllowed) {
			t.Errorf("%s: %v", role, err)
		}
	}
	a, err := w.accounts.Bearer(w.ctx, secret, now)
	if err != nil || a.User != "token:simpeg" || !a.May(ActSee, "skd-2026", "kupang-2", "s1") || a.May(ActSee, "skd-2026", "soe", "s3") || a.May(engine.ActDisqualify, "skd-2026", "kupang-2", "s1") {
		t.Fatalf("%+v %v", a, err)
	}
	// What the exam's policy lets only two people do, a program does neither alone nor as one of them.
	w.def.Policy.TwoPerson = []string{engine.ActPause}
	_, err = w.desk.Act(w.ctx, a, s1, Request{Op: uuid.NewString(), Action: engine.ActPause})
	w.is(err, engine.NotAllowed, "action")
	r, err := w.desk.Act(w.ctx, sup, s1, Request{Op: uuid.NewString(), Action: engine.ActPause})
	w.ok(err)
	_, err = w.desk.Decide(w.ctx, a, r.Proposal, uuid.NewString(), "approve", "")
	w.is(err, engine.NotAllowed, "action")

	all, err := w.accounts.Tokens(w.ctx)
	if err != nil || len(all) != 1 || all[0].Used != now || strings.Contains(all[0].ID, secret) {
		t.Fatalf("%+v %v", all, err)
	}
	_, err = w.accounts.Bearer(w.ctx, secret, now.Add(24*time.Hour))
	w.is(err, engine.SignedOutNow, "")
	w.ok(w.accounts.RevokeToken(w.ctx, by, "simpeg", now))
	_, err = w.accounts.Bearer(w.ctx, secret, now)
	w.is(err, engine.SignedOutNow, "")
	_, err = w.accounts.AddToken(w.ctx, by, "simpeg", g, time.Hour, now)
	w.ok(err) // the name is free again
}

func TestImportedRowsOfOneUserAreItsGrants(t *testing.T) {
	w := newWorld(t, nil)
	done, faults, err := w.accounts.Import(w.ctx, Signers{By: SetupAccount()}, strings.NewReader(
		"user,name,role,exam,site,sitting,person,password\nratna,Ratna,supervisor,skd-2026,kupang-2,,19800101,"+password+
			"\nvera,Vera,verifier,,,,,"+password+"\nratna,,auditor,skb,,,,\nratna,Ratna,operator,skd-2026,,s3,19800101,"+password+"\n"), w.hall.Now())
	if err != nil || done.Added != 2 || len(faults) > 0 {
		t.Fatal(done, faults, err)
	}
	a, err := w.accounts.Get(w.ctx, "ratna")
	if err != nil || len(a.Grants) != 3 || a.Person != "19800101" || a.Grants[2] != (Grant{Role: Operator, Exam: "skd-2026", Sitting: "s3"}) {
		t.Fatalf("%+v %v", a, err)
	}
	w.ok(w.verify("ratna", "", w.hall.Now()))
}
