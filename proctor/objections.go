package proctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"terang/engine"
)

// Objections are those of an exam as they stand.
func (l *Log) Objections(ctx context.Context, exam string) (all *Objections, err error) {
	err = l.look(ctx, engine.ObjectionStream+exam, func(t *tip) { all = &Objections{t.objections.All(), t.objections.version} })
	return all, err
}

// OpenObjections counts those of an exam that wait for an answer.
func (l *Log) OpenObjections(ctx context.Context, exam string) (n int, err error) {
	err = l.look(ctx, engine.ObjectionStream+exam, func(t *tip) { n = t.objections.Open() })
	return n, err
}

// Objections are those of an exam as they stand.
func (o *Office) Objections(ctx context.Context, exam string) (*Objections, error) {
	return o.log.Objections(ctx, exam)
}

// objection is one of them.
func (o *Office) objection(ctx context.Context, exam string, seq int) (*Objection, error) {
	all, err := o.log.Objections(ctx, exam)
	if err != nil {
		return nil, err
	}
	one := all.Find(seq)
	if one == nil {
		return nil, engine.ErrAbsent
	}
	return one, nil
}

// ObjectionBases are the instants that an exam's windows count from, for one candidate.
// Without one only the release is known.
func (o *Office) ObjectionBases(ctx context.Context, exam string, p *Person) (b engine.ObjectionBases, err error) {
	err = o.log.look(ctx, engine.ExamStream+exam, func(t *tip) { b.Released = t.results.Released.At })
	if err != nil || p == nil || p.Sitting == "" {
		return b, err
	}
	if o.pairs.hall != nil {
		b.SittingEnd = o.pairs.hall.Sitting(p.SittingID()).State().EndedAt
		return b, nil
	}
	err = o.log.journal.Read(ctx, engine.SittingStream+p.SittingID(), 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.SittingEnded {
			b.SittingEnd = e.At
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("has %s ended: %w", p.SittingID(), err)
	}
	return b, err
}

// Filing is what a candidate objects to.
type Filing struct {
	Op    string
	Kind  string // of engine.ObjectionKinds
	Q     int    // position in the own form, for a kind that is about an item
	Item  string // what stands there
	Words string
}

// FileObjection takes an objection of a candidate, or says why not. Sent again with the
// same operation it is the same objection.
func (o *Office) FileObjection(ctx context.Context, p *Person, f Filing) (*Objection, error) {
	def := o.pairs.people.Exam(p.Exam)
	f.Op, f.Words = strings.ToLower(f.Op), strings.TrimSpace(f.Words)
	switch {
	case def == nil:
		return nil, refusal(engine.BadFrame, "exam")
	case !engine.ValidOp(f.Op):
		return nil, refusal(engine.BadFrame, "op")
	case def.Policy.Objections == nil:
		return nil, refusal(engine.WrongState, fieldKind)
	case engine.OfItem(f.Kind) && f.Item == "":
		return nil, refusal(engine.UnknownItem, fieldItem)
	}
	if !engine.OfItem(f.Kind) {
		f.Q, f.Item = 0, ""
	}
	if err := wordsFit(f.Words, def.Policy.Objections.Words); err != nil {
		return nil, err
	}
	bases, err := o.ObjectionBases(ctx, p.Exam, p)
	if err != nil {
		return nil, err
	}
	e := engine.Event{Op: f.Op, Number: p.Number, Act: f.Kind, Q: f.Q, Item: f.Item}
	n, err := o.say(ctx, p.Exam, f.Words, e, func(t *tip, e engine.Event) ([]engine.Event, error) {
		return t.objections.file(def.Policy.Objections, bases, e, o.now())
	})
	if err != nil {
		return nil, err
	}
	all, err := o.log.Objections(ctx, p.Exam)
	if err != nil {
		return nil, err
	}
	for i := range all.all {
		if one := &all.all[i]; one.N == n && one.Candidate == p.Number {
			return one, nil
		}
	}
	return nil, refusal(engine.BadFrame, "op") // it is another one's operation
}

// say keeps words and records the event that names them, if it is decided so; words of
// what is refused, or was recorded before, are let go again.
func (o *Office) say(ctx context.Context, exam, words string, e engine.Event, decide func(*tip, engine.Event) ([]engine.Event, error)) (int, error) {
	hash, err := keepWords(ctx, o.register, exam, words)
	if err != nil {
		return 0, err
	}
	e.Text = hash
	said := false
	n, err := o.log.decide(ctx, engine.ObjectionStream+exam, e.Op, func(t *tip) ([]engine.Event, error) {
		events, err := decide(t, e)
		said = err == nil
		return events, err
	})
	var no *engine.Refusal
	refused := errors.As(err, &no) || errors.Is(err, engine.ErrAbsent)
	if refused || err == nil && !said { // of any other error nobody knows whether it was recorded
		err = errors.Join(err, o.register.Erase(ctx, KindWords, exam+"/"+hash))
	}
	return n, err
}

// WithdrawObjection takes back a candidate's own objection while it waits.
func (o *Office) WithdrawObjection(ctx context.Context, p *Person, op string, seq int) error {
	op = strings.ToLower(op)
	if !engine.ValidOp(op) {
		return refusal(engine.BadFrame, "op")
	}
	_, err := o.log.decide(ctx, engine.ObjectionStream+p.Exam, op, func(t *tip) ([]engine.Event, error) {
		return t.objections.step(seq, engine.Event{Kind: engine.ObjectionWithdrawn, By: "candidate", Op: op, Number: p.Number}, o.now())
	})
	return err
}

// Case is an objection with what has to be known of it to say who may answer.
type Case struct {
	Exam    string
	Seq     int
	Authors []string // of the item, as its bank names them: accounts or names
}

// AssignObjection says who is to answer: somebody who may, and did not act in the case.
func (o *Office) AssignObjection(ctx context.Context, actor Account, c Case, op, user string) error {
	op = strings.ToLower(op)
	switch {
	case !actor.May(ActObjectionAnswer, c.Exam, "", ""):
		return refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(op):
		return refusal(engine.BadFrame, "op")
	}
	judges, err := o.Judges(ctx, c)
	if err != nil {
		return err
	}
	if !judges.may(user) {
		return refusal(ObjectionApart, fieldAssigned)
	}
	_, err = o.log.decide(ctx, engine.ObjectionStream+c.Exam, op, func(t *tip) ([]engine.Event, error) {
		return t.objections.step(c.Seq, engine.Event{Kind: engine.ObjectionAssigned, By: actor.User, Op: op, Text: user}, o.now())
	})
	return err
}

// DecideObjection answers an objection with one of ObjectionDecisions, and reasons in
// words that the candidate reads. Who acted in the case is refused, and that is recorded.
func (o *Office) DecideObjection(ctx context.Context, actor Account, c Case, op, decision, words string) error {
	op, words = strings.ToLower(op), strings.TrimSpace(words)
	switch {
	case !actor.May(ActObjectionAnswer, c.Exam, "", ""):
		return refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(op):
		return refusal(engine.BadFrame, "op")
	}
	if err := wordsFit(words, answerMost); err != nil {
		return err
	}
	judges, err := o.Judges(ctx, c)
	if err != nil {
		return err
	}
	if did := judges.Acted(actor.User); did != "" {
		one, err := o.objection(ctx, c.Exam, c.Seq)
		if err == nil {
			err = o.log.Append(ctx, engine.ObjectionStream+c.Exam, engine.Event{
				Kind: engine.Denied, At: o.now(), By: actor.User, Act: ActObjectionAnswer, Why: did, Ref: one.N,
			})
		}
		return errors.Join(refusal(ObjectionApart, fieldActed), err)
	}
	_, err = o.say(ctx, c.Exam, words, engine.Event{Kind: engine.ObjectionDecided, By: actor.User, Op: op, Why: decision}, func(t *tip, e engine.Event) ([]engine.Event, error) {
		return t.objections.step(c.Seq, e, o.now())
	})
	return err
}

// answerMost is how many characters the reasons of an answer may have.
const answerMost = 10_000

// ObjectionWords are the words of an objection and of its answer; "" once erased.
func (o *Office) ObjectionWords(ctx context.Context, one *Objection) (words, answer string, err error) {
	if words, err = readWords(ctx, o.register, one.Exam, one.Words); err == nil {
		answer, err = readWords(ctx, o.register, one.Exam, one.Answer)
	}
	return words, answer, err
}
