package proctor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"terang/engine"
)

// LastAdmin refuses to leave a server without an administrator: whoever holds its files
// could act as setup again.
const LastAdmin engine.Code = "last_admin"

// create makes a new account that signs in with the password of the hash.
func (s *Accounts) create(ctx context.Context, by Signers, a Account, hash string, now engine.Instant) error {
	if err := a.check(); err != nil {
		return err
	}
	if err := s.granting(ctx, by, a.Grants); err != nil {
		return err
	}
	a.Chosen = by.By.User
	if err := s.hold(ctx, by, &a); err != nil {
		return err
	}
	return s.make(ctx, by, a, hash, now)
}

// Grant gives an account one more grant.
func (s *Accounts) Grant(ctx context.Context, by Signers, user string, g Grant, now engine.Instant) error {
	if err := g.check(); err != nil {
		return err
	}
	if err := s.granting(ctx, by, []Grant{g}); err != nil {
		return err
	}
	_, err := s.alter(ctx, by, "grant "+g.String(), user, now, func(a *Account) error {
		a.Grants = append(slices.Clone(a.Grants), g)
		if err := a.check(); err != nil || a.hand() == "" || by.Two != nil {
			return err
		}
		founds, err := s.founds(ctx, by.By, a)
		a.Founder = a.Founder || founds && a.Made == by.By.maker()
		return err
	})
	return err
}

// Revoke takes a grant away. It holds from the next request on.
func (s *Accounts) Revoke(ctx context.Context, by Signers, user string, g Grant, now engine.Instant) error {
	if err := s.agree(ctx, by, ActGrant, []Grant{g}, false, false); err != nil {
		return err
	}
	_, err := s.alter(ctx, by, "revoke "+g.String(), user, now, func(a *Account) error {
		i := slices.Index(a.Grants, g)
		if i < 0 {
			return fmt.Errorf("%s has no grant %s: see terang staff list: %w", a.User, g, engine.ErrAbsent)
		}
		was := *a
		a.Grants = slices.Delete(slices.Clone(a.Grants), i, i+1)
		return s.keepsTwo(ctx, by, was, *a)
	})
	return err
}

// Disable ends an account and its sessions; a reset opens it again.
func (s *Accounts) Disable(ctx context.Context, by Signers, user string, now engine.Instant) error {
	a, err := s.Get(ctx, user)
	if err != nil {
		return err
	}
	if err := s.agree(ctx, by, ActStaff, a.Grants, false, false); err != nil {
		return err
	}
	_, err = s.alter(ctx, by, "disable", user, now, func(a *Account) error {
		was := *a
		a.Disabled, a.Changed, a.Closed = true, now, by.By.User
		return s.keepsAdmin(ctx, was, *a)
	})
	return err
}

// Enable takes Disable back, for whoever disabled the account: it opens as it was. Anybody
// else opens it by a reset, as two.
func (s *Accounts) Enable(ctx context.Context, by Signers, user string, now engine.Instant) error {
	a, err := s.Get(ctx, user)
	if err != nil {
		return err
	}
	if err := s.agree(ctx, by, ActStaff, a.Grants, false, false); err != nil {
		return err
	}
	_, err = s.alter(ctx, by, "enable", user, now, func(a *Account) error {
		switch {
		case !a.Disabled:
			return refusal(engine.WrongState, "user")
		case a.Closed != by.By.User && by.By.User != Setup:
			return refusal(engine.SecondPerson, "user")
		}
		a.Disabled, a.Changed, a.Closed = false, now, ""
		return nil
	})
	return err
}

// keepsAdmin refuses a change after which nobody could administrate.
func (s *Accounts) keepsAdmin(ctx context.Context, was, will Account) error {
	if !was.May(ActGrant, "", "", "") || will.May(ActGrant, "", "", "") {
		return nil
	}
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(a Account) bool { return a.User != was.User && a.Hash != "" && a.May(ActGrant, "", "", "") }) {
		return nil
	}
	return refusal(LastAdmin, "user")
}

// keepsTwo refuses to take an administrator's grant where one person would be left, who
// could then do alone what takes two: the account can be disabled, which leaves no such gap.
func (s *Accounts) keepsTwo(ctx context.Context, by Signers, was, will Account) error {
	if err := s.keepsAdmin(ctx, was, will); err != nil || !was.May(ActGrant, "", "", "") || will.May(ActGrant, "", "", "") {
		return err
	}
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	var left []Account
	for _, a := range all {
		if a.User != was.User && a.administrates() && !slices.ContainsFunc(left, func(o Account) bool { return SamePerson(a, o) }) {
			left = append(left, a)
		}
	}
	if len(left) < 2 && by.By.User != Setup {
		return refusal(LastAdmin, "second")
	}
	return nil
}

// administrates says whether the account is an administrator's for everything, who could
// sign in if it is not disabled.
func (a *Account) administrates() bool {
	open := *a
	open.Disabled = false
	return a.Hash != "" && open.May(ActGrant, "", "", "")
}

// setPassword gives another's account a new password, opens it again and ends its sessions.
func (s *Accounts) setPassword(ctx context.Context, by Signers, user, hash string, now engine.Instant) error {
	a, err := s.Get(ctx, user)
	if err != nil {
		return err
	}
	if a.User != by.By.User {
		if err := s.resetting(ctx, by, a); err != nil {
			return err
		}
	}
	_, err = s.alter(ctx, by, "reset", user, now, func(a *Account) error {
		a.Hash, a.Disabled, a.Changed, a.Chosen = hash, false, now, by.By.User
		if a.User == by.By.User {
			a.Chosen = ""
			return nil
		}
		a.madeBy(&by.By)
		return nil
	})
	return err
}

// ClearFactor takes another's second factor away, and ends the account's sessions.
func (s *Accounts) ClearFactor(ctx context.Context, by Signers, user string, now engine.Instant) error {
	a, err := s.Get(ctx, user)
	if err != nil {
		return err
	}
	if err := s.resetting(ctx, by, a); err != nil {
		return err
	}
	done, err := s.alter(ctx, by, "reset factor", user, now, func(a *Account) error {
		a.Factor, a.Changed = 0, now
		return nil
	})
	if err != nil || !done { // done before: another may have been set up since
		return err
	}
	if err := s.register.Erase(ctx, KindFactor, a.User); err != nil && !errors.Is(err, engine.ErrAbsent) {
		return fmt.Errorf("second factor of %s: %w", a.User, err)
	}
	return nil
}

// ChangePassword gives an account that is signed in another password of its own. Its
// sessions end, the one that asks included.
func (s *Accounts) ChangePassword(ctx context.Context, user, old, password, from string, now engine.Instant) error {
	if !s.slow(ctx, user, from, now) {
		return refusal(engine.Locked, "old")
	}
	a, err := s.Get(ctx, user)
	if err != nil {
		return err
	}
	if !s.kiln.check(a.Hash, old) {
		s.signed(ctx, SignInFailed, a.User, string(BadPassword), from, now)
		return refusal(BadPassword, "old")
	}
	hash, err := s.kiln.hash(password)
	if err != nil {
		return err
	}
	was := a.State
	_, err = s.alter(ctx, Signers{By: a}, "password", user, now, func(a *Account) error {
		if a.State != was {
			return refusal(engine.Busy, "old") // what was checked is not what stands
		}
		a.Hash, a.Changed, a.Chosen = hash, now, ""
		return nil
	})
	return err
}
