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

// Create makes a new account that signs in with the password.
func (s *Accounts) Create(ctx context.Context, by Signers, a Account, password string, now engine.Instant) error {
	hash, err := s.kiln.hash(password)
	if err != nil {
		return err
	}
	return s.create(ctx, by, a, hash, now)
}

func (s *Accounts) create(ctx context.Context, by Signers, a Account, hash string, now engine.Instant) error {
	if err := a.check(); err != nil {
		return err
	}
	if err := s.granting(ctx, by, a.Grants); err != nil {
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
	return s.alter(ctx, by, "grant "+g.String(), user, now, func(a *Account) error {
		a.Grants = append(slices.Clone(a.Grants), g)
		return a.check()
	})
}

// Revoke takes a grant away. It holds from the next request on.
func (s *Accounts) Revoke(ctx context.Context, by Signers, user string, g Grant, now engine.Instant) error {
	if err := s.agree(ctx, by, ActGrant, []Grant{g}, false, false); err != nil {
		return err
	}
	return s.alter(ctx, by, "revoke "+g.String(), user, now, func(a *Account) error {
		i := slices.Index(a.Grants, g)
		if i < 0 {
			return fmt.Errorf("%s has no grant %s: see terang staff list: %w", a.User, g, engine.ErrAbsent)
		}
		was := *a
		a.Grants = slices.Delete(slices.Clone(a.Grants), i, i+1)
		return s.keepsAdmin(ctx, was, *a)
	})
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
	return s.alter(ctx, by, "disable", user, now, func(a *Account) error {
		was := *a
		a.Disabled, a.Changed = true, now
		return s.keepsAdmin(ctx, was, *a)
	})
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

// SetPassword gives another's account a new password, opens it again and ends its sessions.
func (s *Accounts) SetPassword(ctx context.Context, by Signers, user, password string, now engine.Instant) error {
	hash, err := s.kiln.hash(password)
	if err != nil {
		return err
	}
	return s.setPassword(ctx, by, user, hash, now)
}

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
	return s.alter(ctx, by, "reset", user, now, func(a *Account) error {
		a.Hash, a.Disabled, a.Changed = hash, false, now
		return nil
	})
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
	err = s.alter(ctx, by, "reset factor", user, now, func(a *Account) error {
		a.Factor, a.Changed = 0, now
		return nil
	})
	if err != nil {
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
		return refusal(BadPassword, "old")
	}
	hash, err := s.kiln.hash(password)
	if err != nil {
		return err
	}
	return s.alter(ctx, Signers{By: a}, "password", user, now, func(a *Account) error {
		a.Hash, a.Changed = hash, now
		return nil
	})
}
