package proctor

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
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
	r := &redressing{world: w, office: o, who: w.sat()}
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
