package proctor

import (
	"context"
	"errors"

	"terang/engine"
)

// IdentityApart refuses a start to who has checked in a candidate of the sitting.
const IdentityApart engine.Code = "identity_apart"

// needsTwo says whether the act takes two people: because the exam's policy names it,
// because a credit is longer, either way, than one person may give, or because who opened
// a sitting would disqualify in it, or because it passes on a suspicion.
func (a *act) needsTwo() bool {
	policy := a.def.Policy
	return policy.NeedsTwo(a.Action) || a.Action == engine.ActPassFlag ||
		a.Action == engine.ActCredit && (a.MS > policy.CreditAloneMS || -a.MS > policy.CreditAloneMS) ||
		a.Action == engine.ActDisqualify && policy.SeparateIdentity && a.room.State().StartedBy == a.by ||
		a.Action == engine.ActTurnAway && a.bars() && policy.NeedsTwo(engine.ActDisqualify) ||
		a.Action == engine.ActDecideDoubt && a.upholds() || a.Action == engine.ActAdjust
}

// weighs says whether an act on time is, for one of its candidates, more than one person may do:
// a credit, or what is taken back, with what the same person gave and took before.
func (d *Desk) weighs(a *act) (more bool) {
	if a.Action != engine.ActCredit && a.Action != engine.ActReverse {
		return false
	}
	policy := &a.def.Policy
	targets, _ := d.targets(a)
	for _, t := range targets {
		t.live.View(func(s *engine.Attempt, _ *engine.Terms) {
			e := engine.Event{Kind: engine.TimeGiven, At: a.now, By: a.by, MS: a.MS}
			if a.Action == engine.ActReverse {
				e = engine.Event{Kind: engine.CreditReversed, At: a.now, By: a.by, Ref: a.Ref}
			}
			more = more || s.Accepted(derive(a.Op, t.person.Attempt)) == 0 && s.TooMuchAlone(&e, policy)
		})
	}
	return more
}

// separated refuses the start of a sitting to everybody who was the first to check in one
// of its candidates: nobody both says who is who and lets them begin. A new PIN for who is
// present already counts for nothing.
func (d *Desk) separated(ctx context.Context, a *act) error {
	if a.Action == engine.ActDecideDoubt {
		return d.otherUnit(ctx, a)
	}
	if a.Action != engine.ActStart || !a.def.Policy.SeparateIdentity {
		return nil
	}
	starters := make([]Account, 0, 2)
	for _, user := range []string{a.by, a.two} {
		if user == "" {
			continue
		}
		s, err := d.known(ctx, user)
		if err != nil {
			return err
		}
		starters = append(starters, s)
	}
	asked := map[string]bool{}
	for _, c := range d.chairs(a.room) {
		if c.live == nil {
			continue
		}
		by := ""
		c.live.View(func(s *engine.Attempt, _ *engine.Terms) { by = s.CheckedBy })
		if by == "" || asked[by] {
			continue
		}
		asked[by] = true
		checker, err := d.known(ctx, by)
		if err != nil {
			return err
		}
		for _, s := range starters {
			if SurelySame(s, checker) {
				return refusal(IdentityApart, s.User)
			}
		}
	}
	return nil
}

// known is an account, or what is left of one that is gone: its name.
func (d *Desk) known(ctx context.Context, user string) (Account, error) {
	a, err := d.accounts.Get(ctx, user)
	if errors.Is(err, engine.ErrAbsent) {
		return Account{User: user}, nil
	}
	return a, err
}
