package proctor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// allHeld leaves no sitting of the exam that is not over.
func (r *redressing) allHeld() {
	r.Helper()
	for _, s := range r.def.Sittings {
		room := r.hall.Sitting(r.def.Code + "." + s.Code)
		for _, act := range []string{engine.ActOpenCheckin, engine.ActStart, engine.ActFinish} {
			now := r.hall.Now()
			if room.State().Phase != engine.Ended {
				_, err := room.Act(engine.Command{Act: act, By: sup.User, At: now, Since: now})
				r.ok(err)
			}
		}
	}
	r.settle()
}

// asks is a proposal about the exam in the name of penulis.
func (r *redressing) asks(act string) *Proposal {
	return &Proposal{Stream: engine.ExamStream + r.def.Code, Act: act, Op: uuid.NewString(), Exam: r.def.Code, By: "penulis", Reason: "BA-12"}
}

// revealed publishes the seed without asking whether it may be: it is what a journal has in
// which that was done before.
func (r *redressing) revealed() {
	r.Helper()
	r.ok(r.office.Record(r.ctx, r.asks(engine.ActReveal), "wakil", func(*ResultsState) ([]engine.Event, error) {
		return []engine.Event{{Kind: engine.SeedRevealed, Seed: "5eed"}}, nil
	}))
}

// susulan asks for a sitting that the exam does not have.
func susulan(second *Second) RedressRequest {
	return RedressRequest{
		Op: uuid.NewString(), Reason: "power: listrik padam", Second: second,
		New: &engine.SittingDef{Code: "susulan", Site: "soe", Room: "aula", Title: "Susulan", Start: "2031-12-05T08:00", Minutes: 100},
	}
}

var wakil = &Second{User: "wakil", Password: "kata sandi panjang"}

// The seed is published when nobody can come to sit the exam any more: not while a sitting is
// open, an objection waits that may lead to a repetition, one may still be filed, or a
// repetition is proposed. What was answered and not carried out is told, and stops nobody.
func TestTheSeedIsKeptWhileSomebodyMaySitAgain(t *testing.T) {
	t.Parallel()
	r := newRedressing(t)
	waits := r.files(r.office, r.who, engine.ObjectStaff)
	kept := func(field string) {
		t.Helper()
		for range 2 {
			r.is(r.desk.Reveal(r.ctx, r.office, r.asks(engine.ActReveal), "wakil", []byte("seed")), engine.WrongState, field)
		}
	}
	kept(fieldSittingOpen)
	r.allHeld()
	kept(fieldRevealAnswers)
	r.ok(r.office.DecideObjection(r.ctx, r.kept("hakim"), Case{Exam: r.def.Code, Seq: waits.Seq}, uuid.NewString(), ObjectionPartly, "Sebagian."))
	kept(fieldRevealWindow)
	soon := r.desk.now
	r.desk.now = func() engine.Instant { return soon().Add(3 * time.Hour) }
	answer, err := r.redress.Ask(r.ctx, r.kept("penulis"), r.def.Code, 1, susulan(nil))
	r.ok(err)
	kept(fieldRevealAgreed)
	_, err = r.desk.Pairs().Decide(r.ctx, r.kept("wakil"), answer.Proposal, uuid.NewString(), "refuse", "")
	r.ok(err)
	if n, err := r.desk.Unredressed(r.ctx, r.def.Code); n != 2 || err != nil {
		t.Errorf("%d were upheld without a repetition: %v", n, err)
	}
	r.ok(r.desk.Reveal(r.ctx, r.office, r.asks(engine.ActReveal), "wakil", []byte("seed")))
	kept(fieldRevealed)
}

// Where objections are taken from the release on, the seed waits for it; and for no objection
// to an item, which is annulled.
func TestTheSeedIsKeptUntilTheReleaseWhereObjectionsFollowIt(t *testing.T) {
	t.Parallel()
	r := newRedressing(t)
	r.allHeld()
	r.files(r.office, r.who, engine.ObjectKey)
	objections := *r.def.Policy.Objections
	for kind, field := range map[string]string{engine.ObjectKey: "", engine.ObjectData: fieldRevealWindow} {
		objections.Windows = []engine.ObjectionWindow{{Kinds: []string{kind}, From: engine.FromRelease, Hours: 1}}
		r.people.Exam(r.def.Code).Policy.Objections = &objections
		if err := r.desk.Revealable(r.ctx, r.def.Code, ""); field == "" {
			r.ok(err)
		} else {
			r.is(err, engine.WrongState, field)
		}
	}
}

// Once the seed is public nobody is let sit again, also who was proposed before, and no
// sitting is added: every form that is still to be sat could be known.
func TestNobodySitsAgainOnceTheSeedIsPublic(t *testing.T) {
	t.Parallel()
	r := newRedressing(t)
	answer, err := r.redress.Ask(r.ctx, r.kept("penulis"), r.def.Code, 1, susulan(nil))
	r.ok(err)
	places := NewPlaces(r.office, r.db, func(string) (time.Duration, error) { return time.Hour, nil })
	edit := PlacesEdit{Sittings: []engine.SittingDef{*susulan(nil).New}}
	if plan, err := places.Plan(r.ctx, chief, r.def.Code, edit); err != nil || len(plan.Faults) > 0 {
		t.Fatalf("%v %+v", err, plan)
	}
	r.revealed()
	waiting, err := r.desk.Pairs().For(r.ctx, r.kept("wakil"))
	r.ok(err)
	if shows := waiting[0].Shows; shows[len(shows)-1] != (Line{"fault", "wrong_state seed_public"}) {
		t.Errorf("whoever has to agree is shown %v", shows)
	}
	_, err = r.desk.Pairs().Decide(r.ctx, r.kept("wakil"), answer.Proposal, uuid.NewString(), "approve", "")
	r.is(err, engine.WrongState, fieldSeedPublic)
	for _, to := range []string{"s2", ""} {
		q := susulan(wakil)
		if to != "" {
			q.To, q.New = to, nil
		}
		_, err := r.redress.Ask(r.ctx, r.kept("penulis"), r.def.Code, 1, q)
		r.is(err, engine.WrongState, fieldSeedPublic)
	}
	if a := r.state(r.who.Number); a.Leaves != "" || a.State != engine.Done {
		t.Errorf("the attempt is %s and leaves out %q", a.State, a.Leaves)
	}
	if plan, err := places.Plan(r.ctx, chief, r.def.Code, edit); err != nil || len(plan.Faults) != 1 {
		t.Errorf("a sitting is added: %v %+v", err, plan)
	}
}

// putting is a register whose next text is kept only after something else has happened.
type putting struct {
	engine.Register
	before func()
}

func (p *putting) Put(ctx context.Context, entries ...engine.Entry) error {
	if before := p.before; before != nil {
		p.before = nil
		before()
	}
	return p.Register.Put(ctx, entries...)
}

// Of a seed and of a sitting that come at the same time one is refused, whichever is first.
func TestASeedAndASittingDoNotComeTogether(t *testing.T) {
	t.Parallel()
	t.Run("the sitting first", func(t *testing.T) {
		t.Parallel()
		r := newRedressing(t)
		r.allHeld()
		soon := r.desk.now
		r.desk.now = func() engine.Instant { return soon().Add(3 * time.Hour) }
		other := NewOffice(&putting{r.db, func() {
			_, err := r.redress.Ask(r.ctx, r.kept("penulis"), r.def.Code, 1, susulan(wakil))
			r.ok(err)
		}}, r.accounts, r.desk.Pairs())
		if err := r.desk.Reveal(r.ctx, other, r.asks(engine.ActReveal), "wakil", []byte("seed")); !errors.Is(err, engine.Busy) {
			t.Errorf("published while a sitting was made: %v", err)
		}
		if len(r.again()) != 1 {
			t.Error("nobody sits again")
		}
	})
	t.Run("the seed first", func(t *testing.T) {
		t.Parallel()
		r := newRedressing(t)
		r.stop = r.revealed
		_, err := r.redress.Ask(r.ctx, r.kept("penulis"), r.def.Code, 1, susulan(wakil))
		r.is(err, engine.WrongState, fieldSeedPublic)
		if a := r.state(r.who.Number); a.Leaves != "" || len(r.again()) != 0 {
			t.Error("somebody sits again on a form that could be known")
		}
	})
}
