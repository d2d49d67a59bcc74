package proctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"terang/engine"
)

// Why an approval did not count, as Denied events carry it.
const (
	DeniedSame     = "same_person"
	DeniedHand     = "one_hand"       // one person alone has made both accounts, or knows both passwords
	DeniedKnown    = "password_known" // somebody else has chosen the approver's password
	DeniedDesk     = "same_desk"      // another account, at the desk that proposed
	DeniedRight    = "not_allowed"    // the approver lacks the right
	DeniedProposer = "proposer"       // who proposed may not any more
	DeniedPassword = "wrong_password" // of the second person at the desk
	DeniedAlone    = "alone"          // nobody agreed
)

// verdict is what somebody says of a proposal, with all that it is judged by.
type verdict struct {
	proposal *Proposal
	hash     string // of the proposal's bytes
	right    string
	approve  bool
	expired  func(engine.Event) bool
	actor    Account
	proposer Account // as it is now; Disabled if there is none
	one      string  // why they are not two people, "" if they are
	now      engine.Instant
	event    engine.Event // Op, Why and Text of the decision
}

// judge decides a verdict on what stands. What it returns is recorded in any case; a
// refusal beside it is told to whoever asked.
func (v *verdict) judge(open engine.Pairs) (engine.Event, error) {
	n, asked := 0, engine.Event{}
	for at, e := range open.Open {
		if e.Op == v.proposal.Op && e.Text == v.hash {
			n, asked = at, e
		}
	}
	if n == 0 {
		return engine.Event{}, refusal(engine.WrongState, "proposal")
	}
	e := v.event
	e.At, e.By, e.Act, e.Ref = v.now, v.actor.User, asked.Act, n
	denied := func(why string, code engine.Code, field string) (engine.Event, error) {
		return engine.Event{Kind: engine.Denied, At: v.now, By: v.actor.User, Op: derive(e.Op, "denied"), Act: asked.Act, Why: why, Ref: n}, refusal(code, field)
	}
	may := func(a *Account) bool { return v.proposal.within(a, v.right) }
	switch {
	case v.expired(asked):
		return engine.Event{Kind: engine.Expired, At: v.now, By: "engine", Act: asked.Act, Ref: n}, refusal(engine.WrongState, "expired")
	case v.actor.Token || !may(&v.actor): // people sign
		return denied(DeniedRight, engine.NotAllowed, "action")
	case !v.approve: // also the proposer's own
		e.Kind = engine.Refused
		return e, nil
	case v.one == DeniedKnown:
		return denied(DeniedKnown, engine.SecondPerson, ownPassword)
	case v.one == DeniedSame:
		return denied(DeniedSame, engine.SecondPerson, "proposal")
	case v.one == DeniedHand:
		return denied(DeniedHand, engine.SecondPerson, oneHand)
	case v.proposal.Desk != "" && v.proposal.Desk == v.actor.Desk:
		return denied(DeniedDesk, engine.SecondPerson, "desk")
	case v.proposal.By != Setup && !may(&v.proposer):
		return denied(DeniedProposer, engine.NotAllowed, "proposer")
	}
	e.Kind = engine.Approved
	return e, nil
}

// Decide approves or refuses a proposal; decision is "approve" or "refuse". An approval by
// another person with the same right, within the act's time, is recorded; then the act is
// done, with both names; then that it was. Sent again with the same operation it is
// answered as the first time.
func (p *Pairs) Decide(ctx context.Context, actor Account, id, op, decision, reason string) (Response, error) {
	op = strings.ToLower(op)
	approve := decision == "approve"
	switch {
	case !engine.ValidOp(op):
		return Response{}, refusal(engine.BadFrame, "op")
	case !approve && decision != "refuse":
		return Response{}, refusal(engine.BadFrame, "decision")
	}
	q, hash, err := p.Get(ctx, id)
	if err != nil {
		return Response{}, err
	}
	act, known := p.acts[q.Act]
	if !known {
		return Response{}, fmt.Errorf("proposal %s is of act %q, which this version does not know", q.ID, q.Act)
	}
	why, words := splitReason(reason)
	text, err := KeepText(ctx, p.register, words)
	if err != nil {
		return Response{}, err
	}
	v := verdict{
		proposal: q, hash: hash, right: act.Right, approve: approve, actor: actor, now: p.now(),
		// The operation is bound to the decision: an approval that repeats a refusal's id must
		// not pass for an approval that was accepted before.
		event: engine.Event{Op: derive(op, decision+"/"+q.ID), Why: why, Text: text},
	}
	v.expired = func(e engine.Event) bool { return p.expired(e, v.now) }
	if v.proposer, err = p.proposer(ctx, q.By); err != nil {
		return Response{}, err
	}
	v.one = p.oneOf(q.Exam, actor, v.proposer)
	var refused error
	err = p.record(ctx, q.Stream, v.event.Op, func(b book) ([]engine.Event, error) {
		var e engine.Event
		if e, refused = v.judge(b.Pairs); e.Kind == "" || e.Kind == engine.Denied && b.accepted(e.Op) {
			return nil, nil
		}
		return []engine.Event{e}, nil
	})
	switch {
	case err != nil || refused != nil:
		return Response{}, errors.Join(refused, err)
	case !approve:
		return Response{}, nil
	}
	return p.perform(ctx, act, q, hash, actor.User)
}

// proposer is the account as it is now.
func (p *Pairs) proposer(ctx context.Context, user string) (Account, error) {
	a, err := p.accounts.Get(ctx, user)
	if errors.Is(err, engine.ErrAbsent) {
		return Account{User: user, Disabled: true}, nil
	}
	a.Hash = ""
	return a, err
}

// perform does an approved act, and records that it was done. What came to nothing by a
// refusal that stays is done, too: the refusal's code is recorded. What the journal could
// not take is tried again, see Settle.
func (p *Pairs) perform(ctx context.Context, act PairAct, q *Proposal, hash, two string) (Response, error) {
	answer, err := act.Do(ctx, q, two)
	var no *engine.Refusal
	final := err == nil || errors.As(err, &no) && no.Code != engine.Busy
	for _, f := range answer.Failed {
		final = final && f.Code != engine.Busy
	}
	if !final {
		return answer, err
	}
	e := engine.Event{Kind: engine.Performed, At: p.now(), By: "engine", Act: q.Act}
	if no != nil {
		e.Why = string(no.Code)
	}
	again := p.record(ctx, q.Stream, "", func(b book) ([]engine.Event, error) {
		for n, agreed := range b.Approved {
			if agreed.Proposed.Op == q.Op && agreed.Proposed.Text == hash {
				e.Ref = n
				return []engine.Event{e}, nil
			}
		}
		return nil, nil // another node was faster, or it is a repetition
	})
	return answer, errors.Join(err, again)
}

// Second checks the other person at the actor's own desk, for an act that is asked for as
// a proposal would be: another one, with the right, by password. What is refused is
// recorded in the act's stream.
func (p *Pairs) Second(ctx context.Context, actor Account, s *Second, q *Proposal) (string, error) {
	return p.Witness(ctx, actor, s, q, p.acts[q.Act].Right)
}

// Witness is Second for an act that nobody proposes, with the right that it takes: without
// another person, nil, it is refused and recorded, too.
func (p *Pairs) Witness(ctx context.Context, actor Account, s *Second, q *Proposal, right string) (string, error) {
	now := p.now()
	deny := func(two, why string, code engine.Code) (string, error) {
		no := refusal(code, "second")
		err := p.record(ctx, q.Stream, "", func(b book) ([]engine.Event, error) {
			e := engine.Event{Kind: engine.Denied, At: now, By: actor.User, Two: two, Op: derive(q.Op, "denied/"+why+"/"+two), Act: q.Act, Why: why}
			if b.accepted(e.Op) {
				return nil, nil
			}
			return []engine.Event{e}, nil
		})
		switch why {
		case DeniedDesk:
			no = refusal(code, "second_desk")
		case DeniedHand:
			no = refusal(code, oneHand)
		case DeniedKnown:
			no = refusal(code, ownPassword)
		}
		return "", errors.Join(no, err)
	}
	if s == nil {
		return deny("", DeniedAlone, engine.SecondPerson)
	}
	var no *engine.Refusal
	other, err := p.accounts.Verify(ctx, *s, "desk/"+actor.User, now)
	switch {
	case errors.Is(err, BadPassword):
		named, absent := p.accounts.Get(ctx, s.User) // what was typed may be no name but a password
		if absent != nil {
			named.User = ""
		}
		return deny(named.User, DeniedPassword, engine.SecondPerson)
	case errors.As(err, &no): // a code that is missing or wrong, or too many tries
		return "", &engine.Refusal{Code: no.Code, Field: "second", Retry: no.Retry}
	case err != nil:
		return "", err
	case p.accounts.Unready != nil && p.accounts.Unready(other):
		return "", refusal(EnrolFirst, "second")
	}
	if one := p.oneOf(q.Exam, actor, other); one != "" {
		return deny(other.User, one, engine.SecondPerson)
	}
	if !q.within(&other, right) {
		return deny(other.User, DeniedRight, engine.NotAllowed)
	}
	desk, err := p.accounts.newestDesk(ctx, other.User, now)
	if err != nil {
		return "", err
	}
	if actor.Desk != "" && desk == actor.Desk {
		return deny(other.User, DeniedDesk, engine.SecondPerson)
	}
	return other.User, nil
}
