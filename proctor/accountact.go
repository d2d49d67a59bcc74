package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"terang/engine"
)

// AccountDeed is what an AccountAct does.
type AccountDeed string

// The deeds that may take two people.
const (
	DeedCreate   AccountDeed = "create"       // make Account, which signs in with the password
	DeedInvite   AccountDeed = "invite"       // make Account, whose owner will choose the password
	DeedGrant    AccountDeed = "grant"        // give User one more Grant
	DeedPassword AccountDeed = "password"     // give User a new password
	DeedReinvite AccountDeed = "reinvite"     // let User's owner choose a new password
	DeedFactor   AccountDeed = "clear_factor" // take User's second factor away
	DeedPolicy   AccountDeed = "policy"       // say which acts on accounts take two people
)

// AccountAct is a change of accounts, complete, so that it can wait for another person.
type AccountAct struct {
	Deed    AccountDeed  `json:"deed"`
	User    string       `json:"user,omitempty"`
	Account *Account     `json:"account,omitempty"`
	Grant   *Grant       `json:"grant,omitempty"`
	Hash    string       `json:"hash,omitempty"` // of the new password, argon2id
	Policy  *StaffPolicy `json:"policy,omitempty"`
}

// Deed makes an act whose new password is known as its hash only from here on.
func (s *Accounts) Deed(a AccountAct, password string) (AccountAct, error) {
	if a.Account != nil {
		a.User = a.Account.User
	}
	var err error
	if a.Deed == DeedCreate || a.Deed == DeedPassword {
		a.Hash, err = s.kiln.hash(password)
	}
	return a, err
}

// Obey does an act for its signers, or refuses it: SecondPerson on field "second" says that
// another person has to agree. It returns the code of an invitation, shown this once, when
// one person asked for it and nobody else had to be waited for.
func (s *Accounts) Obey(ctx context.Context, by Signers, a *AccountAct, now engine.Instant) (code string, until engine.Instant, err error) {
	if a.Account != nil {
		if again, err := s.made(ctx, by.Op, a.Account.User); err != nil || again {
			return "", 0, err
		}
	}
	switch a.Deed {
	case DeedCreate:
		err = s.create(ctx, by, *a.Account, a.Hash, now)
	case DeedInvite:
		return s.Invite(ctx, by, *a.Account, now)
	case DeedGrant:
		err = s.Grant(ctx, by, a.User, *a.Grant, now)
	case DeedPassword:
		err = s.setPassword(ctx, by, a.User, a.Hash, now)
	case DeedReinvite:
		return s.Reinvite(ctx, by, a.User, now)
	case DeedFactor:
		err = s.ClearFactor(ctx, by, a.User, now)
	case DeedPolicy:
		err = s.SetPolicy(ctx, by, *a.Policy, now)
	default:
		err = refusal(engine.BadFrame, "action")
	}
	return "", 0, err
}

// made says whether an operation has made the account already.
func (s *Accounts) made(ctx context.Context, op, user string) (made bool, err error) {
	if op == "" {
		return false, nil
	}
	if err := s.log.look(ctx, StaffAccounts, func(t *tip) { made = t.ops[op] != 0 }); err != nil || !made {
		return false, err
	}
	_, err = s.Get(ctx, user)
	if errors.Is(err, engine.ErrAbsent) {
		return false, nil // recorded by somebody who died before it was kept
	}
	return err == nil, err
}

// AccountAnswer says what became of an act: done, perhaps with an invitation, or proposed.
type AccountAnswer struct {
	Code     string         `json:"code,omitempty"` // of an invitation, shown once
	Until    engine.Instant `json:"-"`
	Proposal string         `json:"proposal,omitempty"` // waits for another person: 202
}

// Signing is who stands for an act on accounts beside the actor, and how.
type Signing struct {
	Op      string  // UUID; the same one again has no second effect
	Reason  string  // shown to whoever has to agree
	Second  *Second // the other person, who signs at the same desk
	Propose bool    // wait for another person where it takes two; else it is refused
	Probe   bool    // with Propose false: a page asks whether it takes two, and nobody has tried
}

// Account does an act on accounts where the actor may do it alone, or with another person
// who signs at the same desk; else it is proposed.
func (o *Office) Account(ctx context.Context, actor Account, act AccountAct, sign Signing) (AccountAnswer, error) {
	op := strings.ToLower(sign.Op)
	if !engine.ValidOp(op) {
		return AccountAnswer{}, refusal(engine.BadFrame, "op")
	}
	by := Signers{By: actor, Op: op}
	name, place, err := o.reach(ctx, &act)
	if err != nil {
		return AccountAnswer{}, err
	}
	asked := Proposal{Stream: StaffAccounts, Act: name, Op: op, Exam: place.Exam, Site: place.Site, Sitting: place.Sitting, Reason: sign.Reason}
	if second := sign.Second; second != nil && second.User != "" {
		user, err := o.pairs.Second(ctx, actor, second, &asked)
		if err != nil {
			return AccountAnswer{}, err
		}
		two, err := o.accounts.Get(ctx, user)
		if err != nil {
			return AccountAnswer{}, err
		}
		by.Two = &two
	}
	code, until, err := o.accounts.Obey(ctx, by, &act, o.now())
	var no *engine.Refusal
	if by.Two != nil || !errors.As(err, &no) || no.Code != engine.SecondPerson {
		return AccountAnswer{Code: code, Until: until}, err
	}
	if sign.Probe {
		return AccountAnswer{}, err
	}
	if !sign.Propose { // it is recorded that one person tried
		_, err := o.pairs.Second(ctx, actor, nil, &asked)
		return AccountAnswer{}, err
	}
	if asked.Payload, err = json.Marshal(act); err != nil {
		return AccountAnswer{}, fmt.Errorf("propose an act on accounts: %w", err)
	}
	id, err := o.pairs.Propose(ctx, actor, asked)
	return AccountAnswer{Proposal: id}, err
}

// reach says which act of two people it is, and the narrowest place that holds all it touches.
func (o *Office) reach(ctx context.Context, a *AccountAct) (act string, scope Grant, err error) {
	var grants []Grant
	switch act = engine.ActGrant; a.Deed {
	case DeedCreate, DeedInvite:
		if a.Account == nil {
			return "", scope, refusal(engine.BadFrame, "account")
		}
		grants = a.Account.Grants
	case DeedGrant:
		if a.Grant == nil {
			return "", scope, refusal(engine.BadFrame, "grant")
		}
		grants = []Grant{*a.Grant}
	case DeedPolicy:
		if a.Policy == nil {
			return "", scope, refusal(engine.BadFrame, "policy")
		}
	default:
		account, err := o.accounts.Get(ctx, a.User)
		if err != nil {
			return "", scope, err
		}
		act, grants = engine.ActReset, account.Grants
	}
	for i, g := range grants {
		if i == 0 {
			scope = Grant{Exam: g.Exam, Site: g.Site, Sitting: g.Sitting}
		}
		if g.Exam != scope.Exam {
			scope = Grant{}
		}
		if g.Site != scope.Site {
			scope.Site = ""
		}
		if g.Sitting != scope.Sitting {
			scope.Sitting = ""
		}
	}
	return act, scope, nil
}

func proposedAct(p *Proposal) (*AccountAct, error) {
	a := new(AccountAct)
	if err := json.Unmarshal(p.Payload, a); err != nil {
		return nil, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return a, nil
}

func (o *Office) doAccount(ctx context.Context, p *Proposal, two string) (Response, error) {
	a, err := proposedAct(p)
	if err != nil {
		return Response{}, err
	}
	by, second := Account{User: Setup}, Account{}
	if p.By != Setup {
		by, err = o.accounts.Get(ctx, p.By)
	}
	if err == nil {
		second, err = o.accounts.Get(ctx, two)
	}
	if err != nil {
		return Response{}, err
	}
	// An invitation's code is not kept anywhere: whoever proposed it asks for one now.
	_, _, err = o.accounts.Obey(ctx, Signers{By: by, Two: &second, Op: p.Op}, a, o.now())
	return Response{}, err
}

// showAccount says what an act would change.
func (o *Office) showAccount(_ context.Context, p *Proposal) ([]Line, error) {
	a, err := proposedAct(p)
	if err != nil {
		return nil, err
	}
	lines := []Line{{"deed." + string(a.Deed), a.User}}
	if a.Account != nil {
		lines = append(lines, Line{"account", a.Account.User + " · " + a.Account.Name})
		for _, g := range a.Account.Grants {
			lines = append(lines, Line{"grant", g.String()})
		}
	}
	if a.Grant != nil {
		lines = append(lines, Line{"grant", a.Grant.String()})
	}
	if a.Policy != nil {
		lines = append(lines, Line{"policy", strings.Join(a.Policy.TwoPerson, " ")})
	}
	return lines, nil
}
