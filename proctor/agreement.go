package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
)

// KindStaffPolicy is the register's entry of the staff policy.
const KindStaffPolicy = "staff-policy"

// StaffPolicy says which acts on accounts take two people, server-wide: an exam's policy
// cannot, because accounts are not an exam's.
type StaffPolicy struct {
	TwoPerson []string `json:"two_person"` // TwoReset, or TwoGrant of a role
}

// TwoReset names the reset of another's password or second factor.
const TwoReset = "reset"

// TwoGrant names the giving of a role.
func TwoGrant(role Role) string { return "grant:" + string(role) }

// DefaultStaffPolicy holds until another is set.
func DefaultStaffPolicy() StaffPolicy {
	p := StaffPolicy{TwoPerson: []string{TwoReset}}
	for _, r := range Privileged {
		p.TwoPerson = append(p.TwoPerson, TwoGrant(r))
	}
	return p
}

// NeedsTwo says whether the act takes two people.
func (p StaffPolicy) NeedsTwo(act string) bool { return slices.Contains(p.TwoPerson, act) }

func (p StaffPolicy) check() error {
	known := []string{TwoReset}
	for _, r := range Roles {
		known = append(known, TwoGrant(r))
	}
	for _, act := range p.TwoPerson {
		if !slices.Contains(known, act) {
			return fmt.Errorf("two-person act %q: use some of %s", act, strings.Join(known, " "))
		}
	}
	return nil
}

// Policy returns the staff policy.
func (s *Accounts) Policy(ctx context.Context) (StaffPolicy, error) {
	body, err := s.register.Get(ctx, KindStaffPolicy, "staff")
	if errors.Is(err, engine.ErrAbsent) {
		return DefaultStaffPolicy(), nil
	}
	var p StaffPolicy
	if err == nil {
		err = json.Unmarshal(body, &p)
	}
	if err != nil {
		return p, fmt.Errorf("staff policy: %w", err)
	}
	return p, nil
}

// SetPolicy changes the staff policy. It takes two people always, once there are two.
func (s *Accounts) SetPolicy(ctx context.Context, by Signers, p StaffPolicy, now engine.Instant) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := s.agree(ctx, by, ActGrant, []Grant{{}}, true, false); err != nil {
		return err
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := s.note(ctx, by, "policy", strings.Join(p.TwoPerson, " "), now); err != nil {
		return err
	}
	newest := false // a repetition brings back nothing that was changed since
	if err := s.log.look(ctx, StaffAccounts, func(t *tip) { newest = t.policy == by.Op }); err != nil || !newest {
		return err
	}
	return s.register.Put(ctx, engine.Entry{Kind: KindStaffPolicy, ID: "staff", Body: body})
}

// Signers are who stand for an act on accounts: who asks for it, and another where it
// takes two.
type Signers struct {
	By  Account
	Two *Account
	Op  string // of what they sign; the same one again has no second effect. May be ""
}

func (s Signers) two() string {
	if s.Two == nil {
		return ""
	}
	return s.Two.User
}

// NobodyElse refuses an act that takes two where no other account could agree.
const NobodyElse engine.Code = "nobody_else"

// agree decides whether the signers may do an act on accounts with these grants. alone
// says what becomes of an act that takes two while one account only could agree: the
// second administrator has to come from somewhere, but nobody is reset by one person, and
// no committee comes of one.
func (s *Accounts) agree(ctx context.Context, by Signers, act string, grants []Grant, two, alone bool) error {
	if by.By.User == Setup {
		return nil
	}
	if len(grants) == 0 {
		grants = []Grant{{}} // an account that may do nothing is nobody's in particular
	}
	reaches := func(a *Account) bool {
		return !slices.ContainsFunc(grants, func(g Grant) bool { return !a.May(act, g.Exam, g.Site, g.Sitting) })
	}
	switch {
	case !reaches(&by.By):
		return refusal(engine.NotAllowed, "scope")
	case !two:
		return nil
	case by.Two == nil:
		all, err := s.List(ctx)
		if err != nil {
			return err
		}
		// One that is disabled counts: nobody becomes the only one by closing the other's account.
		closed := false
		for _, a := range all {
			open := !a.Disabled
			a.Disabled = false
			switch other := a.Hash != "" && !SamePerson(a, by.By) && reaches(&a); {
			case other && open:
				return refusal(engine.SecondPerson, "second")
			case other:
				closed = true
			}
		}
		if alone && !closed {
			return nil
		}
		return refusal(NobodyElse, "second")
	case by.Two.Token || SamePerson(by.By, *by.Two):
		return refusal(engine.SecondPerson, "second")
	case !reaches(by.Two):
		return refusal(engine.NotAllowed, "second")
	}
	return nil
}

// granting decides who may give grants.
func (s *Accounts) granting(ctx context.Context, by Signers, grants []Grant) error {
	policy, err := s.Policy(ctx)
	if err != nil {
		return err
	}
	two := slices.ContainsFunc(grants, func(g Grant) bool { return policy.NeedsTwo(TwoGrant(g.Role)) })
	alone := !slices.ContainsFunc(grants, func(g Grant) bool { return g.Role != Admin && policy.NeedsTwo(TwoGrant(g.Role)) })
	return s.agree(ctx, by, ActGrant, grants, two, alone)
}

// resetting decides who may reset what an account signs in with. Whoever resets an account
// could become it: so the signers reach everything that it may do.
func (s *Accounts) resetting(ctx context.Context, by Signers, a Account) error {
	policy, err := s.Policy(ctx)
	if err != nil {
		return err
	}
	return s.agree(ctx, by, ActStaff, a.Grants, policy.NeedsTwo(TwoReset), false)
}
