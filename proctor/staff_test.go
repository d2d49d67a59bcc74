package proctor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"terang/engine"
)

const password = "kuda-lumping-7"

func TestAnAccountIsAddedAndSignsIn(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	if err := w.accounts.Add(w.ctx, Setup, sup, password, now); err != nil {
		t.Fatal(err)
	}
	if err := w.accounts.Add(w.ctx, Setup, sup, password, now); !errors.Is(err, UserExists) {
		t.Fatalf("added twice: %v", err)
	}
	token, a, err := w.accounts.SignIn(w.ctx, Second{User: " Ratna", Password: password}, "10.0.0.7", "", now)
	if err != nil || a.User != "ratna" || a.Hash != "" {
		t.Fatal(a, err)
	}
	if _, err := w.db.Get(w.ctx, KindSession, token); !errors.Is(err, engine.ErrAbsent) {
		t.Fatal("the register holds a token itself")
	}
	if a, err = w.accounts.Session(w.ctx, token, now); err != nil || a.Role() != Supervisor {
		t.Fatal(a, err)
	}
	_, err = w.accounts.Session(w.ctx, token, now.Add(SessionLife))
	w.is(err, engine.SignedOutNow, "")
	if err := w.accounts.SignOut(w.ctx, token, "10.0.0.7", now); err != nil {
		t.Fatal(err)
	}
	_, err = w.accounts.Session(w.ctx, token, now)
	w.is(err, engine.SignedOutNow, "")
	for _, c := range []struct{ user, password string }{{"ratna", "wrong"}, {"nobody", password}, {"", ""}} {
		_, _, err = w.accounts.SignIn(w.ctx, Second{User: c.user, Password: c.password}, "10.0.0.7", "", now)
		w.is(err, BadPassword, "")
	}
}

func TestAResetOrADisablingEndsSessions(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	if err := w.accounts.Add(w.ctx, Setup, sup, password, now); err != nil {
		t.Fatal(err)
	}
	token, _, err := w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: password}, "", "", now)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.accounts.Reset(w.ctx, "admin", "ratna", "another-password", now+1); err != nil {
		t.Fatal(err)
	}
	_, err = w.accounts.Session(w.ctx, token, now+1)
	w.is(err, engine.SignedOutNow, "")
	if token, _, err = w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: "another-password"}, "", "", now+1); err != nil {
		t.Fatal(err)
	}
	if err := w.accounts.Disable(w.ctx, Signers{By: chief}, "ratna", now+2); err != nil {
		t.Fatal(err)
	}
	_, err = w.accounts.Session(w.ctx, token, now+2)
	w.is(err, engine.SignedOutNow, "")
	_, _, err = w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: "another-password"}, "", "", now+2)
	w.is(err, BadPassword, "")

	var acts []string
	err = w.db.Read(w.ctx, StaffAccounts, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		acts = append(acts, e.By+" "+e.Act+" "+e.Text)
		return err
	})
	if got := strings.Join(acts, ", "); err != nil || got != "setup add ratna, admin reset ratna, kepala disable ratna" {
		t.Fatal(got, err)
	}
}

// Whoever has the password does not guess: one person signs for forty sittings in a minute,
// also while somebody in the same room guesses, whose tries are counted as ever.
func TestARightPasswordTakesNoTries(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	if err := w.accounts.Add(w.ctx, Setup, sup, password, now); err != nil {
		t.Fatal(err)
	}
	const room = "10.0.0.66"
	verify := func(with string) error {
		_, err := w.accounts.Verify(w.ctx, Second{User: "ratna", Password: with}, room, now)
		return err
	}
	for range 40 {
		if err := verify(password); err != nil {
			t.Fatal(err)
		}
	}
	for range 9 { // the first right one has taken a try
		w.is(verify("guess"), BadPassword, "")
	}
	w.is(verify("guess"), engine.Locked, "")
	if err := verify(password); err != nil {
		t.Errorf("locked out by who guesses beside: %v", err)
	}
	now = now.Add(provenFor)
	for range 40 {
		_ = verify("guess")
	}
	w.is(verify(password), engine.Locked, "")
}

func TestGuessingAPasswordIsSlow(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	if err := w.accounts.Add(w.ctx, Setup, sup, password, now); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		_, _, err := w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: "guess"}, "10.0.0.66", "", now)
		w.is(err, BadPassword, "")
	}
	_, _, err := w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: password}, "10.0.0.66", "", now)
	w.is(err, engine.Locked, "")
	if _, _, err = w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: password}, "10.0.0.7", "", now); err != nil {
		t.Fatalf("whoever guesses locks the supervisor out: %v", err)
	}
	if _, _, err = w.accounts.SignIn(w.ctx, Second{User: "ratna", Password: password}, "10.0.0.66", "", now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// A name is one thing, however it was typed: the bank takes it for a reviewer, and whoever wrote
// an item is known by it.
func TestTheNameOfAnAccountStandsOnOneLine(t *testing.T) {
	w := newWorld(t, nil)
	now, setup := w.hall.Now(), Signers{By: SetupAccount()}
	reviewer := func(user, name string) Account { return Account{User: user, Name: name, Grants: Everywhere(Reviewer)} }
	w.ok(w.accounts.Add(w.ctx, Setup, reviewer("a", "Bagus  Prakoso "), password, now))
	_, _, err := w.accounts.Invite(w.ctx, setup, reviewer("b", " Bagus\u00a0 Prakoso\u200e"), now)
	w.ok(err)
	done, faults, err := w.accounts.Import(w.ctx, setup, strings.NewReader("user,name,role\nc,Bagus  Prakoso,reviewer\nc,Bagus Prakoso,writer\n"), now)
	if err != nil || len(faults) > 0 || done.Invitations[0].Name != "Bagus Prakoso" {
		t.Fatal(done, faults, err)
	}
	old := `{"user":"d","name":"\u202aBagus  Prakoso\u202c","grants":[{"role":"reviewer"}],"hash":"","changed":1}` // as an older program kept it
	w.ok(w.db.Put(w.ctx, engine.Entry{Kind: KindAccount, ID: "d", Body: []byte(old)}))
	all, err := w.accounts.List(w.ctx)
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	for _, listed := range all {
		if a, err := w.accounts.Get(w.ctx, listed.User); err != nil || a.Name != "Bagus Prakoso" || listed.Name != a.Name {
			t.Errorf("%s is %q, listed as %q, %v", a.User, a.Name, listed.Name, err)
		}
	}
	if kept, err := w.db.Get(w.ctx, KindAccount, "a"); err != nil || strings.Contains(string(kept), "  ") {
		t.Errorf("kept as %s, %v", kept, err)
	}
	if err := w.accounts.Add(w.ctx, Setup, reviewer("e", "Bagus\nPrakoso"), password, now); err == nil {
		t.Error("a name with a line break was taken")
	}
	w.ok(w.accounts.Add(w.ctx, Setup, reviewer("f", " =HYPERLINK()"), password, now))
	if a, err := w.accounts.Get(w.ctx, "f"); err != nil || !validName(a.Name) {
		t.Errorf("kept as the formula %q, %v", a.Name, err)
	}
}

func TestAccountsAreImportedWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	_, faults, err := w.accounts.Import(w.ctx, Signers{By: SetupAccount()}, strings.NewReader(
		"user,name,role,exam,site,password\nratna,Ratna,supervisor,,,"+password+"\nratna,R,verifier,,,"+password+
			"\nengine,E,admin,,,"+password+"\nbudi,B,pengawas,,,"+password+"\n"), now)
	if err != nil || len(faults) != 4 {
		t.Fatal(faults, err)
	}
	// All that is wrong with a row is said at once, and once.
	_, faults, err = w.accounts.Import(w.ctx, Signers{By: SetupAccount()}, strings.NewReader(
		"user,name,role,exam,site,sitting,person\nRatna S,-,pengawas,SKD 26,so e,s9,<b>\nratna s,,verifier,,,,\n,,auditor,,,,\n,,auditor,,,,\nbudi,Budi,supervisor,skd,soe,s9,1\n"), now)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, f := range faults {
		what, _, _ := strings.Cut(f.String(), ":")
		more, _, _ := strings.Cut(f.What, " ")
		said = append(said, what+" "+more)
	}
	if want := "row 2 user, row 2 name, row 2 person, row 2 role, row 2 exam, row 2 site, row 2 sitting, row 4 user, row 5 user, row 6 sitting"; strings.Join(said, ", ") != want {
		t.Errorf("faults of %v, want of %s", said, want)
	}
	_, faults, err = w.accounts.Import(w.ctx, Signers{By: SetupAccount()}, strings.NewReader("user,role,password\nbudi,admin,short\n"), now)
	if err != nil || len(faults) != 1 || faults[0].Column != "password" {
		t.Fatal(faults, err)
	}
	if all, err := w.accounts.List(w.ctx); err != nil || len(all) != 0 {
		t.Fatal(all, err)
	}
	done, faults, err := w.accounts.Import(w.ctx, Signers{By: SetupAccount()}, strings.NewReader("user;role;site;password\nratna;supervisor;soe;"+password+"\nbudi;admin;;"+password+"\n"), now)
	if err != nil || done.Added != 2 || len(faults) > 0 {
		t.Fatal(done, faults, err)
	}
	all, err := w.accounts.List(w.ctx)
	if err != nil || len(all) != 2 || all[1].Grants[0].Site != "soe" || len(all[0].Hash) > 3 {
		t.Fatal(all, err)
	}
	if admin, err := w.accounts.HasAdmin(w.ctx); err != nil || !admin {
		t.Fatal("no administrator")
	}
}

func TestBrokenHashesNeverFit(t *testing.T) {
	k := newKiln()
	good, err := k.hash(password)
	if err != nil || !k.check(good, password) || k.check(good, password+"x") || !strings.HasPrefix(good, costOf(true).phc()) {
		t.Fatal(good, err)
	}
	for _, bad := range []string{
		"", "plain", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "m=64,", "m=4000000000,", 1), good + "!", good[:len(good)-44],
	} {
		if k.check(bad, password) {
			t.Errorf("%q fits", bad)
		}
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	for _, c := range []struct {
		role Role
		may  []string
		not  []string
	}{
		{Verifier, []string{engine.ActCheckin, engine.ActTurnAway, engine.ActDoubt, engine.ActDecideDoubt, ActSee}, []string{engine.ActStart, engine.ActOpenCheckin, engine.ActAdjust, engine.ActCredit, ActStaff}},
		{Operator, []string{engine.ActStart, engine.ActMove, engine.ActPause}, []string{engine.ActDisqualify, engine.ActReopen, engine.ActCredit, engine.ActCheckin, engine.ActClose, ActExam}},
		{Supervisor, []string{engine.ActStart, engine.ActDisqualify, engine.ActClose, engine.ActUnlock}, []string{ActStaff, ActExam}},
		{Auditor, []string{ActSee}, []string{ActNote, engine.ActMessage, engine.ActStart}},
		{Admin, []string{ActStaff, ActExam, engine.ActDisqualify}, nil},
		{"", nil, []string{ActSee}},
	} {
		for _, act := range c.may {
			if !May(c.role, act) {
				t.Errorf("%s may not %s", c.role, act)
			}
		}
		for _, act := range c.not {
			if May(c.role, act) {
				t.Errorf("%s may %s", c.role, act)
			}
		}
	}
	a := Account{User: "x", Grants: []Grant{{Role: Admin, Exam: "skd-2026", Site: "soe"}}}
	if !a.May(engine.ActStart, "skd-2026", "soe", "") || a.May(engine.ActStart, "skd-2026", "kupang-2", "") || a.May(engine.ActStart, "skb", "soe", "") || a.May(ActExam, "skd-2026", "", "") {
		t.Error("an account acts outside its scope")
	}
	if a.Disabled = true; a.May(engine.ActStart, "skd-2026", "soe", "") {
		t.Error("a disabled account acts")
	}
}
