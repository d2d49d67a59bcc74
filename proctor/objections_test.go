package proctor

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

// panel is a world in which objections to items and time are taken since sitting s1 ended,
// with accounts of the committee: ketua who supervised in the sitting, wakil who did
// nothing, and kembar who is the same human as ketua.
func panel(t *testing.T) (*world, *Office) {
	t.Helper()
	w := newWorld(t, func(d *engine.Definition) {
		p := *objectionPolicy
		p.Windows = []engine.ObjectionWindow{{Kinds: engine.ObjectionKinds, From: engine.FromSittingEnd, Hours: 2}}
		d.Policy.Objections = &p
	})
	for _, a := range []Account{
		{User: "ketua", Person: "19700101", Grants: []Grant{{Role: Committee}, {Role: Supervisor}}},
		{User: "kembar", Person: "19700101", Grants: []Grant{{Role: Committee}}},
		{User: "wakil", Grants: []Grant{{Role: Committee}}},
		{User: "penulis", Name: "Penulis Soal", Grants: []Grant{{Role: Committee}}},
		{User: "admin", Grants: Everywhere(Admin)},
	} {
		if err := w.accounts.Add(w.ctx, "setup", a, "kata sandi panjang", 1); err != nil {
			t.Fatal(err)
		}
	}
	return w, NewOffice(w.db, w.accounts, w.desk.Pairs())
}

func (w *world) kept(user string) Account {
	w.Helper()
	a, err := w.accounts.Get(w.ctx, user)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

// sat is the first candidate of s1, who has worked under ketua until the sitting ended.
func (w *world) sat() *Person {
	w.Helper()
	p := w.people.In(s1)[0]
	w.working(p.Number)
	w.ends()
	return p
}

// ends ends the sitting under ketua.
func (w *world) ends() {
	w.Helper()
	w.act(w.kept("ketua"), Request{Action: engine.ActFinish, Reason: "mistake"})
	w.settle()
}

func (w *world) files(o *Office, p *Person, kind string) *Objection {
	w.Helper()
	f := Filing{Op: uuid.NewString(), Kind: kind, Words: "Jam saya berhenti."}
	if engine.OfItem(kind) {
		f.Q, f.Item = 1, "TWK-1"
	}
	one, err := o.FileObjection(w.ctx, p, f)
	if err != nil {
		w.Fatal(err)
	}
	return one
}

// An objection is taken once for its operation, when its time has come; its words are no
// part of the journal, and cannot be guessed from it.
func TestObjectionIsFiledOnce(t *testing.T) {
	t.Parallel()
	w, o := panel(t)
	p := w.people.In(s1)[0]
	f := Filing{Op: uuid.NewString(), Kind: engine.ObjectTime, Words: "ya"}
	_, err := o.FileObjection(w.ctx, p, f)
	w.is(err, engine.WrongState, fieldEarly)
	p = w.sat()
	one, err := o.FileObjection(w.ctx, p, f)
	if err != nil || one.Seq != 1 || !strings.HasSuffix(one.Number(), "/skd-2026/0001") {
		t.Fatalf("%v %+v", err, one)
	}
	again, err := o.FileObjection(w.ctx, p, f)
	if err != nil || *again != *one {
		t.Errorf("sent again it is another: %v %+v", err, again)
	}
	if words, _, err := o.ObjectionWords(w.ctx, one); err != nil || words != "ya" {
		t.Errorf("%q %v", words, err)
	}
	if one.Words == engine.SHA256("ya") {
		t.Error("whoever guesses the words sees it in the journal")
	}
	for _, c := range []struct {
		f     Filing
		code  engine.Code
		field string
	}{
		{Filing{Kind: "mood", Words: "x"}, engine.WrongState, fieldKind},
		{Filing{Kind: engine.ObjectTime, Words: "x"}, engine.WrongState, fieldAgain},
		{Filing{Kind: engine.ObjectKey, Words: "x"}, engine.UnknownItem, fieldItem},
		{Filing{Kind: engine.ObjectStaff, Words: "  "}, engine.NeedsReason, "words"},
		{Filing{Kind: engine.ObjectStaff, Words: strings.Repeat("é", 201)}, engine.TooMuch, fieldWords},
	} {
		c.f.Op = uuid.NewString()
		_, err := o.FileObjection(w.ctx, p, c.f)
		w.is(err, c.code, c.field)
	}
	kept := 0
	if err := w.db.List(w.ctx, KindWords, "", func(engine.Entry) error { kept++; return nil }); err != nil || kept != 1 {
		t.Errorf("%d texts are kept, of one objection: %v", kept, err)
	}
	if n, err := w.log.OpenObjections(w.ctx, p.Exam); n != 1 || err != nil {
		t.Errorf("%d wait: %v", n, err)
	}
	if u, err := w.desk.Unsettled(w.ctx, p.Exam, ""); err != nil || u.Objections != 1 {
		t.Errorf("%+v %v", u, err)
	}
}

// Two nodes take objections of many at once: each gets a number of its own, and nobody
// more than the exam takes.
func TestObjectionsOfTwoNodes(t *testing.T) {
	t.Parallel()
	w, o := panel(t)
	p := w.sat()
	other := NewOffice(w.db, NewAccounts(w.db, w.store, NewLog(w.db, Direct(w.db)), testSealer{}), w.desk.Pairs())
	var all sync.WaitGroup
	var mu sync.Mutex
	taken, most := map[int]bool{}, 0
	for i := range 12 {
		from := []*Office{o, other}[i%2]
		all.Go(func() {
			kind := engine.ObjectionKinds[i%len(engine.ObjectionKinds)]
			one, err := from.FileObjection(w.ctx, p, Filing{Op: uuid.NewString(), Kind: kind, Q: 1, Item: "TWK-1", Words: "x"})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && taken[one.Seq]:
				t.Errorf("number %d was given twice", one.Seq)
			case err == nil:
				taken[one.Seq] = true
			case errors.Is(err, engine.TooMuch):
				most++
			case !errors.Is(err, engine.WrongState):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(taken) != objectionPolicy.Most || most == 0 {
		t.Errorf("%d were taken, %d refused as too many", len(taken), most)
	}
}

// Nobody answers who acted in the case, nor another account of the same human: that is
// refused, recorded, and says who may.
func TestWhoActedDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w, o := panel(t)
	p := w.sat()
	one := w.files(o, p, engine.ObjectKey)
	c := Case{Exam: p.Exam, Seq: one.Seq, Authors: []string{"penulis soal"}}
	judges, err := o.Judges(w.ctx, c)
	if err != nil || len(judges.May) != 1 || judges.May[0].User != "wakil" {
		t.Fatalf("%v %+v", err, judges)
	}
	for user, did := range map[string]string{"ketua": DidAttempt, "kembar": DidAttempt, "penulis": DidItem, "wakil": ""} {
		if judges.Acted(user) != did {
			t.Errorf("%s: %q, want %q", user, judges.Acted(user), did)
		}
	}
	for _, user := range []string{"ketua", "kembar", "penulis"} {
		err := o.DecideObjection(w.ctx, w.kept(user), c, uuid.NewString(), ObjectionRejected, "tidak")
		w.is(err, ObjectionApart, fieldActed)
	}
	w.is(o.DecideObjection(w.ctx, w.kept("admin"), c, uuid.NewString(), ObjectionRejected, "tidak"), engine.NotAllowed, "action")
	w.is(o.AssignObjection(w.ctx, w.kept("ketua"), c, uuid.NewString(), "kembar"), ObjectionApart, fieldAssigned)
	if err := o.AssignObjection(w.ctx, w.kept("ketua"), c, uuid.NewString(), "wakil"); err != nil {
		t.Error(err)
	}
	w.is(o.DecideObjection(w.ctx, w.kept("wakil"), c, uuid.NewString(), "maybe", "x"), engine.BadFrame, fieldDecision)
	w.is(o.DecideObjection(w.ctx, w.kept("wakil"), c, uuid.NewString(), ObjectionUpheld, " "), engine.NeedsReason, "words")
	op := uuid.NewString()
	for range 2 { // the second time is the same answer
		if err := o.DecideObjection(w.ctx, w.kept("wakil"), c, op, ObjectionUpheld, "Kunci salah."); err != nil {
			t.Fatal(err)
		}
	}
	w.is(o.DecideObjection(w.ctx, w.kept("wakil"), c, uuid.NewString(), ObjectionRejected, "x"), engine.WrongState, fieldState)
	w.is(o.WithdrawObjection(w.ctx, p, uuid.NewString(), one.Seq), engine.WrongState, fieldState)
	denied, decided := 0, 0
	err = w.db.Read(w.ctx, engine.ObjectionStream+p.Exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		switch e.Kind {
		case engine.Denied:
			denied++
		case engine.ObjectionDecided:
			decided++
		}
		if strings.Contains(string(r.Body), "Kunci salah") || strings.Contains(string(r.Body), p.Name) {
			t.Errorf("the journal has words or a name: %s", r.Body)
		}
		return err
	})
	if err != nil || denied != 3 || decided != 1 {
		t.Errorf("%d refusals, %d answers are recorded: %v", denied, decided, err)
	}
	all, err := o.Objections(w.ctx, p.Exam)
	if err != nil || all.Open() != 0 || all.Find(1).State != ObjectionUpheld || all.Find(1).By != "wakil" || all.Find(1).Assigned != "wakil" {
		t.Errorf("%v %+v", err, all.All())
	}
	if _, answer, err := o.ObjectionWords(w.ctx, all.Find(1)); answer != "Kunci salah." || err != nil {
		t.Errorf("%q %v", answer, err)
	}
}

// Where everybody acted who may answer, it is said who can let somebody else.
func TestNobodyIsLeftToAnswer(t *testing.T) {
	t.Parallel()
	w, o := panel(t)
	p := w.sat()
	one := w.files(o, p, engine.ObjectTime)
	signers := Signers{By: SetupAccount()}
	for _, user := range []string{"wakil", "penulis"} {
		if err := w.accounts.Disable(w.ctx, signers, user, w.hall.Now()); err != nil {
			t.Fatal(err)
		}
	}
	judges, err := o.Judges(w.ctx, Case{Exam: p.Exam, Seq: one.Seq})
	if err != nil || len(judges.May) != 0 || len(judges.Granted) != 1 || judges.Granted[0].User != "admin" {
		t.Errorf("%v %+v", err, judges)
	}
}
