package proctor

import (
	"context"
	"slices"
	"strings"

	"terang/engine"
)

// How far the results of an exam are decided.
const (
	ResultsProvisional = "provisional" // they may still change
	ResultsFrozen      = "frozen"      // a list is fixed, and not public yet
	ResultsFinal       = "final"       // the fixed list is published
)

// ResultsState is how far the results of an exam are decided, as its stream says.
type ResultsState struct {
	Phase    string         // "" is ResultsProvisional; see Standing
	Frozen   engine.Event   // the freeze that stands, zero if none does
	Released engine.Event   // the newest release: what was published stays so until another list is
	Annulled []engine.Event // decisions about items, in their order
	Revealed engine.Event   // the seed's publication, zero before it
}

// Standing is the phase by name.
func (s *ResultsState) Standing() string {
	if s.Phase == "" {
		return ResultsProvisional
	}
	return s.Phase
}

// apply moves the state by one event. After a freeze only an annulment changes results,
// and what it makes is a new version: to be frozen and released again.
func (s *ResultsState) apply(e *engine.Event) {
	switch e.Kind {
	case engine.ItemAnnulled:
		s.Annulled = append(s.Annulled, *e)
		s.Phase, s.Frozen = ResultsProvisional, engine.Event{}
	case engine.ResultsFrozen:
		s.Phase, s.Frozen = ResultsFrozen, *e
	case engine.ResultsReleased:
		s.Phase, s.Released = ResultsFinal, *e
	case engine.ResultsUnfrozen:
		s.Phase, s.Frozen = ResultsProvisional, engine.Event{}
	case engine.SeedRevealed:
		s.Revealed = *e
	}
}

// Results says how far the results of an exam are decided.
func (o *Office) Results(ctx context.Context, exam string) (ResultsState, error) {
	return o.log.Results(ctx, exam)
}

// Results says how far the results of an exam are decided.
func (l *Log) Results(ctx context.Context, exam string) (state ResultsState, err error) {
	err = l.look(ctx, engine.ExamStream+exam, func(t *tip) {
		state = t.results
		state.Annulled = slices.Clone(t.results.Annulled)
	})
	return state, err
}

// Take asks for an act of an exam that always takes two people: done at once with a second
// one who signs at the same desk, else proposed. It is refused without a reason in words.
func (o *Office) Take(ctx context.Context, actor Account, q Proposal, second *Second) (Response, error) {
	q.Op, q.Stream, q.By = strings.ToLower(q.Op), engine.ExamStream+q.Exam, actor.User
	act, known := o.pairs.acts[q.Act]
	switch {
	case !known:
		return Response{}, refusal(engine.BadFrame, "action")
	case o.pairs.people.Exam(q.Exam) == nil:
		return Response{}, refusal(engine.BadFrame, "exam")
	case !q.within(&actor, act.Right) || actor.Token:
		return Response{}, refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(q.Op):
		return Response{}, refusal(engine.BadFrame, "op")
	case strings.TrimSpace(q.Reason) == "":
		return Response{}, refusal(engine.NeedsReason, "reason")
	}
	if second == nil || second.User == "" {
		id, err := o.pairs.Propose(ctx, actor, q)
		return Response{Proposal: id}, err
	}
	two, err := o.pairs.Second(ctx, actor, second, &q)
	if err != nil {
		return Response{}, err
	}
	return act.Do(ctx, &q, two)
}

// Record stores what an agreed act on results comes to, in the names of two people and
// once for its operation, decided on the state as it stands.
func (o *Office) Record(ctx context.Context, q *Proposal, two string, decide func(*ResultsState) ([]engine.Event, error)) error {
	return o.record(ctx, q, two, func(t *tip) ([]engine.Event, error) { return decide(&t.results) })
}

func (o *Office) record(ctx context.Context, q *Proposal, two string, decide func(*tip) ([]engine.Event, error)) error {
	if two == "" || two == q.By {
		return refusal(engine.SecondPerson, "second")
	}
	text, err := KeepText(ctx, o.register, q.Reason)
	if err != nil {
		return err
	}
	_, err = o.log.decide(ctx, q.Stream, q.Op, func(t *tip) ([]engine.Event, error) {
		events, err := decide(t)
		for i := range events {
			e := &events[i]
			if e.At, e.By, e.Two, e.Op = o.now(), q.By, two, q.Op; e.Text == "" {
				e.Text = text
			}
		}
		return events, err
	})
	return err
}

// Recorded says whether an operation stands in the exam's stream.
func (o *Office) Recorded(ctx context.Context, q *Proposal) (done bool, err error) {
	err = o.log.look(ctx, q.Stream, func(t *tip) { done = t.ops[q.Op] != 0 })
	return done, err
}
