package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"terang/engine"
)

// InviteLife is how long an invitation waits: over a weekend.
const InviteLife = 72 * time.Hour

// InviteVoid answers a code that was used, has expired, or never was.
const InviteVoid engine.Code = "invite_void"

// invite is what the register keeps of an invitation.
type invite struct {
	User    string         `json:"user"`
	By      string         `json:"by"`
	Expires engine.Instant `json:"expires"`
}

// Invite makes an account that waits for its owner, and returns the code by which they set
// a password: readable this once, handed over by whoever invites. A password that
// somebody else has chosen is one that two people know.
func (s *Accounts) Invite(ctx context.Context, by Signers, a Account, now engine.Instant) (code string, until engine.Instant, err error) {
	if err := a.check(); err != nil {
		return "", 0, err
	}
	if err := s.granting(ctx, by, a.Grants); err != nil {
		return "", 0, err
	}
	a.Hash, a.Factor = "", 0
	if err := s.hold(ctx, by, &a); err != nil {
		return "", 0, err
	}
	done, err := s.change(ctx, by, "invite "+grantsText(a.Grants), now, []string{a.User}, func(t *tip) ([]Account, error) {
		return []Account{a}, s.fresh(ctx, t, &a)
	})
	if err != nil || !done {
		return "", 0, err
	}
	return s.issue(ctx, by, a.User, now)
}

// Reinvite invites the owner of an account again: one that never came, or one who has
// forgotten the password, which takes two as every reset does. Until the code is used the
// old password counts no more.
func (s *Accounts) Reinvite(ctx context.Context, by Signers, user string, now engine.Instant) (code string, until engine.Instant, err error) {
	a, err := s.Get(ctx, user)
	if err != nil {
		return "", 0, err
	}
	if a.Hash == "" && !a.Disabled {
		err = s.granting(ctx, by, a.Grants)
	} else {
		err = s.resetting(ctx, by, a)
	}
	if err != nil {
		return "", 0, err
	}
	done, err := s.alter(ctx, by, "reset invite", user, now, func(a *Account) error {
		was := *a
		a.Hash, a.Disabled, a.Changed = "", false, now
		if was.Hash == "" {
			if a.Made != by.By.maker() { // who has the code now may be another
				a.madeBy(&by.By)
			}
			return nil
		}
		a.madeBy(&by.By)
		return s.keepsAdmin(ctx, was, Account{User: a.User})
	})
	if err != nil || !done {
		return "", 0, err
	}
	return s.issue(ctx, by, a.User, now)
}

// issue makes the one code that stands for an account.
func (s *Accounts) issue(ctx context.Context, by Signers, user string, now engine.Instant) (string, engine.Instant, error) {
	if err := s.withdraw(ctx, user); err != nil {
		return "", 0, err
	}
	code, until := NewSecret(), now.Add(InviteLife)
	body, err := json.Marshal(invite{User: user, By: by.By.User, Expires: until})
	if err == nil {
		err = s.register.Put(ctx, engine.Entry{Kind: KindInvite, ID: HashSecret(code), Body: body})
	}
	if err != nil {
		return "", 0, fmt.Errorf("invite %s: %w", user, err)
	}
	return code, until, nil
}

// withdraw voids the codes of an account, and sweeps away what cannot be read.
func (s *Accounts) withdraw(ctx context.Context, user string) error {
	var old []string
	err := s.register.List(ctx, KindInvite, "", func(e engine.Entry) error {
		var i invite
		if json.Unmarshal(e.Body, &i) != nil || i.User == user {
			old = append(old, e.ID)
		}
		return nil
	})
	for _, id := range old {
		err = errors.Join(err, s.register.Erase(ctx, KindInvite, id))
	}
	if err != nil {
		return fmt.Errorf("withdraw the invitations of %s: %w", user, err)
	}
	return nil
}

// Invited says whose invitation a code is; the refusal is InviteVoid.
func (s *Accounts) Invited(ctx context.Context, code string, now engine.Instant) (Account, error) {
	body, err := s.register.Get(ctx, KindInvite, HashSecret(code))
	if errors.Is(err, engine.ErrAbsent) {
		return Account{}, refusal(InviteVoid, "code")
	}
	var i invite
	if err == nil {
		err = json.Unmarshal(body, &i)
	}
	if err != nil {
		return Account{}, fmt.Errorf("read an invitation: %w", err)
	}
	a, err := s.Get(ctx, i.User)
	if errors.Is(err, engine.ErrAbsent) || err == nil && (now >= i.Expires || a.Disabled) {
		return Account{}, refusal(InviteVoid, "code")
	}
	a.Hash = ""
	return a, err
}

// Acceptance is what whoever was invited says of themselves.
type Acceptance struct {
	Password string
	Person   string // the own identity number: the one that the account was made for, where it was made for one
	Desk     string // of the browser, see SeatAt; "" where there is none
}

// personTries bounds guesses of an identity number by who has another's code.
var personTries = engine.Limit{Burst: 5, Every: time.Hour}

// Accept sets the password of whoever was invited, and binds the identity number to the
// account. The code is void afterwards. That it was taken at the desk where whoever
// handed it over was last is no refusal (there may be one computer), and is recorded.
func (s *Accounts) Accept(ctx context.Context, code string, who Acceptance, now engine.Instant) (Account, error) {
	first, err := s.Invited(ctx, code, now)
	if err != nil {
		return Account{}, err
	}
	if bad := (&Account{User: "x", Person: who.Person, Grants: Everywhere(Auditor)}).check(); bad != nil {
		return Account{}, bad
	}
	if first.Person != "" && NormalPerson(first.Person) != NormalPerson(who.Person) {
		if ok, retry := s.limits.Allow(ctx, "invite/"+HashSecret(code), personTries, now); !ok {
			return Account{}, &engine.Refusal{Code: engine.Locked, Field: "person", Retry: retry}
		}
		return Account{}, refusal(PersonDiffers, "person")
	}
	hash, err := s.kiln.hash(who.Password)
	if err != nil {
		return Account{}, err
	}
	invited, err := s.Invited(ctx, code, now) // another may have been quicker
	if err != nil {
		return Account{}, err
	}
	act := "accept"
	if maker := invited.Made; maker != "" && who.Desk != "" {
		desk, err := s.newestDesk(ctx, maker, now)
		if err != nil {
			return Account{}, err
		}
		if desk == who.Desk {
			act = "accept same_desk"
		}
	}
	done, err := s.alter(ctx, Signers{By: invited, Op: spent("invite/" + HashSecret(code))}, act, invited.User, now, func(a *Account) error {
		if a.Disabled {
			return refusal(InviteVoid, "code")
		}
		a.Hash, a.Changed, a.Chosen = hash, now, ""
		if a.Person == "" {
			a.Person = who.Person
		}
		return nil
	})
	switch {
	case err != nil:
		return Account{}, err
	case !done:
		return Account{}, refusal(InviteVoid, "code")
	}
	return invited, s.withdraw(ctx, invited.User)
}
