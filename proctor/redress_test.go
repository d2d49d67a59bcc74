package proctor

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/engine/storetest"
)

// redressing is a panel before which the first candidate of s1 has an objection that was
// upheld, and which can be stopped in the middle of carrying it out.
type redressing struct {
	*world
	office  *Office
	redress *Redress
	who     *Person
	stop    context.CancelFunc // called once the attempt is about to say that it is sat again; may be nil
}

func newRedressing(t *testing.T) *redressing {
	t.Helper()
	w, o := panel(t)
	r := &redressing{world: w, office: o, who: w.people.In(s1)[0]}
	w.working(r.who.Number)
	r.answers("a")
	w.ends()
	r.redress = NewRedress(w.desk, o, w.db, func(string, string) (string, error) {
		if r.stop != nil {
			r.stop()
		}
		return engine.SHA256("met"), nil
	}, nil)
	r.ok(w.accounts.Add(w.ctx, "setup", Account{User: "hakim", Grants: []Grant{{Role: Committee}}}, "kata sandi panjang", 1))
	r.upheld()
	return r
}

// upheld files an objection of the candidate, which hakim upholds.
func (r *redressing) upheld() *Objection {
	r.Helper()
	one := r.files(r.office, r.who, engine.ObjectTime)
	r.ok(r.office.DecideObjection(r.ctx, r.kept("hakim"), Case{Exam: r.def.Code, Seq: one.Seq}, uuid.NewString(), ObjectionUpheld, "Benar."))
	return one
}

func (r *redressing) do(ctx context.Context, op string, seq int, to string) error {
	_, err := r.redress.Ask(ctx, r.kept("penulis"), r.def.Code, seq, RedressRequest{
		Op: op, To: to, Reason: "power: listrik padam", Second: &Second{User: "wakil", Password: "kata sandi panjang"},
	})
	return err
}

// cut carries the first objection out as far as the attempt's own word.
func (r *redressing) cut(op, to string) {
	r.Helper()
	ctx, stop := context.WithCancel(r.ctx)
	r.stop = stop
	err := r.do(ctx, op, 1, to)
	r.stop = nil
	if a := r.state(r.who.Number); err == nil || a.Leaves == "" || a.Sitting != r.def.Code+"."+to || len(r.again()) != 0 {
		r.Fatalf("the test has to stop it in the middle: %v, %s leaves out %q, told %v", err, a.Sitting, a.Leaves, r.again())
	}
}

// again are the sittings at which the exam's stream says that the candidate sits again: by
// each the next form leaves out one more.
func (r *redressing) again() (to []string) {
	r.Helper()
	for _, e := range r.stream(engine.ExamStream + r.def.Code) {
		if e.Kind == engine.SittingChanged && e.Act == engine.ActRepeat && e.Number == r.who.Number {
			to = append(to, e.Sitting)
		}
	}
	return to
}

// sits checks what the exam, the roster, the attempt and the objection say in the end.
func (r *redressing) sits(seq int, at, act string) {
	r.Helper()
	if to := r.again(); len(to) != 1 {
		r.Errorf("the exam's stream counts %v, and the attempt was sat again once", to)
	}
	known := NewPeople(r.db)
	r.ok(known.Load(r.ctx, r.def.Code))
	if p := known.Person(r.who.Attempt); p.Sitting != at || r.state(r.who.Number).Sitting != r.def.Code+"."+at {
		r.Errorf("the roster says %s, the attempt %s, not %s", p.Sitting, r.state(r.who.Number).Sitting, at)
	}
	one, err := r.office.objection(r.ctx, r.def.Code, seq)
	r.ok(err)
	if one.Redressed != act {
		r.Errorf("the objection was carried out as %q, not as %q", one.Redressed, act)
	}
}

// What two people agreed to and what was then cut short is carried out to its end as what it
// is: the exam hears that somebody sits again, who would else wait for a form for ever.
func TestSittingAgainThatWasCutShortIsGoneOnWithAsSuch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, first, then string }{
		{"by the same operation", "s2", ""}, {"by another", "s2", "s2"}, {"by another elsewhere", "s2", "s3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRedressing(t)
			op, to := uuid.NewString(), c.then
			r.cut(op, c.first)
			if to == "" {
				to = c.first
			} else {
				op = uuid.NewString()
			}
			for range 2 { // and sent again it is the same
				r.ok(r.do(r.ctx, op, 1, to))
			}
			r.sits(1, to, engine.ActRepeat)
			path := r.def.Code + "." + "s1"
			for _, e := range r.stream(engine.AttemptStream + r.who.Attempt) {
				if e.Kind != engine.Resat && e.Kind != engine.Transferred {
					continue
				}
				if e.Act != path {
					t.Errorf("%s from %s of somebody who was expected at %s", e.Kind, e.Act, path)
				}
				path = e.Sitting
			}
		})
	}
}

// What a node that died left is done by the next one, in the names of those who agreed.
func TestSittingAgainIsSettledAsSuch(t *testing.T) {
	t.Parallel()
	r := newRedressing(t)
	answer, err := r.redress.Ask(r.ctx, r.kept("penulis"), r.def.Code, 1, RedressRequest{Op: uuid.NewString(), To: "s2", Reason: "power: listrik padam"})
	r.ok(err)
	ctx, stop := context.WithCancel(r.ctx)
	r.stop = stop
	pairs := r.desk.Pairs()
	if _, err := pairs.Decide(ctx, r.kept("wakil"), answer.Proposal, uuid.NewString(), "approve", ""); err == nil || r.state(r.who.Number).Leaves == "" {
		t.Fatalf("the test has to stop it in the middle: %v", err)
	}
	soon := pairs.now
	pairs.now = func() engine.Instant { return soon().Add(settleAfter) }
	r.ok(pairs.Settle(r.ctx))
	r.sits(1, "s2", engine.ActRepeat)
}

// Who was let sit again and did not come has met no other form: another sitting is a transfer.
func TestWhoDidNotComeToSitAgainIsTransferred(t *testing.T) {
	t.Parallel()
	r := newRedressing(t)
	r.ok(r.do(r.ctx, uuid.NewString(), 1, "s2"))
	r.ok(r.people.Load(r.ctx, r.def.Code))
	r.who = r.people.Person(r.who.Attempt)
	now := r.hall.Now()
	for _, act := range []string{engine.ActOpenCheckin, engine.ActStart, engine.ActFinish} {
		_, err := r.hall.Sitting(r.who.SittingID()).Act(engine.Command{Act: act, By: sup.User, At: now, Since: now})
		r.ok(err)
	}
	two := r.upheld()
	r.ok(r.do(r.ctx, uuid.NewString(), two.Seq, "s3"))
	r.sits(two.Seq, "s3", engine.ActTransfer)
}

// answers lets the candidate choose an option of the only item.
func (r *redressing) answers(c string) {
	r.Helper()
	r.ask(r.who.Number, engine.Command{Act: engine.ActAnswer, By: "candidate", Op: uuid.NewString(), Q: 1, C: c, Gen: r.state(r.who.Number).Gen})
}

// sitsAgain holds the sitting that the candidate is let sit again at, on a form with another
// item, until it has ended.
func (r *redressing) sitsAgain(c string) {
	r.Helper()
	r.settle()
	r.ok(r.people.Load(r.ctx, r.def.Code))
	r.who = r.people.Person(r.who.Attempt)
	id := r.who.SittingID()
	form := storetest.Form("another form", nil, engine.Place{
		Item: &engine.Item{ID: "TWK-2", Options: []engine.Option{{ID: "a"}, {ID: "b"}}}, Order: []uint8{0, 1},
	})
	r.hall.Admit(r.who.Attempt, &engine.Terms{Policy: r.def.Policy, Length: 100 * time.Minute, Number: r.who.Number, Form: form, Expected: id, Seen: engine.SHA256("met")})
	staff := func(by Account, action string, numbers ...string) Response {
		r.Helper()
		answer, err := r.desk.Act(r.ctx, by, id, Request{Op: uuid.NewString(), Action: action, Numbers: numbers, Reason: "mistake"})
		if r.ok(err); len(answer.Failed) > 0 {
			r.Fatalf("%s: %+v", action, answer.Failed)
		}
		return answer
	}
	staff(sup, engine.ActOpenCheckin)
	device := uuid.NewString()
	in, err := r.enter(r.who.Number, staff(veri, engine.ActCheckin, r.who.Number).PINs[0].PIN, device, Place{})
	r.ok(err)
	for _, act := range []string{engine.ActConfirm, engine.ActHello} {
		r.ask(r.who.Number, engine.Command{Act: act, By: "candidate", Device: device, Session: HashSecret(in.Secret), Node: r.hall.Node()})
	}
	now := r.hall.Now()
	_, err = r.hall.Sitting(id).Act(engine.Command{Act: engine.ActStart, By: sup.User, At: now, Since: now})
	r.ok(err)
	r.ask(r.who.Number, engine.Command{Act: engine.ActFollow, By: "engine"})
	r.answers(c)
	staff(sup2, engine.ActFinish)
	r.settle()
}

// Who sat again may object to an item of the form that they sat then as to one of the first,
// each once; and whoever answers reads what happened on the one form, not on the other.
func TestWhatWasSatAgainIsObjectedToForItself(t *testing.T) {
	t.Parallel()
	r := newRedressing(t)
	file := func(item string) (*Objection, error) {
		return r.office.FileObjection(r.ctx, r.who, Filing{Op: uuid.NewString(), Kind: engine.ObjectKey, Q: 1, Item: item, Words: "Kuncinya keliru."})
	}
	first, err := file("TWK-1")
	r.ok(err)
	r.ok(r.do(r.ctx, uuid.NewString(), 1, "s2"))
	r.sitsAgain("b")
	second, err := file("TWK-2")
	r.ok(err)
	_, err = file("TWK-2")
	r.is(err, engine.WrongState, fieldAgain)
	for _, c := range []struct {
		one            *Objection
		answer, seated string
	}{{first, "a", "s1"}, {second, "b", "s2"}} {
		events, err := r.office.CaseEvents(r.ctx, c.one, r.who)
		r.ok(err)
		answers, ended := "", 0
		for _, e := range events {
			switch {
			case e.Kind == engine.Answered:
				answers += e.C
			case e.Kind == engine.SittingEnded:
				ended++
			case e.Kind == engine.CheckedIn && e.Event.Sitting != r.def.Code+"."+c.seated:
				t.Errorf("objection %d is shown the check-in at %s", c.one.Seq, e.Event.Sitting)
			}
		}
		if answers != c.answer || ended != 1 {
			t.Errorf("objection %d is shown answers %q and the end of %d sittings, not %q and of one", c.one.Seq, answers, ended, c.answer)
		}
	}
}

// Whoever acted at the sitting that an objection is about does not answer it, also when its
// candidate, who never checked in there, was sent to another sitting since.
func TestWhoHeldTheSittingDoesNotAnswerAfterATransfer(t *testing.T) {
	t.Parallel()
	r := newRedressing(t)
	r.who = r.people.In(s1)[1]
	two, waits := r.upheld(), r.files(r.office, r.who, engine.ObjectStaff)
	held := func() (ended bool) {
		t.Helper()
		judges, err := r.office.Judges(r.ctx, Case{Exam: r.def.Code, Seq: waits.Seq})
		r.ok(err)
		if did := judges.Acted("ketua"); did != DidSitting {
			t.Errorf("who ended the sitting may answer: %q", did)
		}
		events, err := r.office.CaseEvents(r.ctx, waits, r.who)
		r.ok(err)
		return slices.ContainsFunc(events, func(e CaseEvent) bool { return e.Kind == engine.SittingEnded })
	}
	before := held()
	r.ok(r.do(r.ctx, uuid.NewString(), two.Seq, "s2"))
	r.ok(r.people.Load(r.ctx, r.def.Code))
	r.who = r.people.Person(r.who.Attempt)
	if r.who.Sitting != "s2" || !before || !held() {
		t.Errorf("at %s, the case does not tell of the sitting that it is about", r.who.Sitting)
	}
}
