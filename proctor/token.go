package proctor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"terang/engine"
)

// TokenMost is the longest that a program's token may live.
const TokenMost = 366 * 24 * time.Hour

// tokenMark begins every token, so that one which lies about is known for what it is.
const tokenMark = "terang_"

// TokenUser is who acts by a token, as the journal names it.
func TokenUser(name string) string { return "token:" + name }

// Token lets another program in, such as a personnel system: one role at one place, for a
// time. It never stands for a person.
type Token struct {
	ID      string         `json:"id"` // names it; opens nothing
	Name    string         `json:"name"`
	Grant   Grant          `json:"grant"`
	Scopes  []string       `json:"scopes,omitempty"` // acts of the role that it may do; none: all of them
	By      string         `json:"by"`
	Made    engine.Instant `json:"made"`
	Expires engine.Instant `json:"expires"`
	Used    engine.Instant `json:"-"` // to the minute
	Revoked engine.Instant `json:"revoked,omitempty"`
}

// Open says whether the token still lets in.
func (t *Token) Open(now engine.Instant) bool { return t.Revoked == 0 && now < t.Expires }

// ScopesOf are the acts that a token of a role may be narrowed to.
func ScopesOf(role Role) []string {
	return slices.DeleteFunc(slices.Clone(rights[role]), func(act string) bool { return slices.Contains(personal, act) })
}

// AddToken makes a token and returns it, readable this once.
func (s *Accounts) AddToken(ctx context.Context, by Signers, name string, g Grant, life time.Duration, now engine.Instant, scopes ...string) (string, error) {
	for _, act := range scopes {
		if !May(g.Role, act) || slices.Contains(personal, act) {
			return "", invalid("token %s: scope %q is nothing that a program with the role %s may do: use some of %s", name, act, g.Role, strings.Join(ScopesOf(g.Role), " "))
		}
	}
	switch {
	case !userPattern.MatchString(name):
		return "", invalid("token %q: use 1 to 40 of a-z 0-9 . _ -, a letter or digit first", name)
	case slices.Contains(Privileged, g.Role):
		return "", invalid("token %s: %s is for people only; give a program a role that reads, as auditor, or that does one thing: %w", name, g.Role, engine.NotAllowed)
	case life <= 0 || life > TokenMost:
		return "", invalid("token %s: let it expire after 1 to 366 days", name)
	}
	if err := g.check(); err != nil {
		return "", err
	}
	if err := s.agree(ctx, by, ActTokens, []Grant{g}, false, false); err != nil {
		return "", err
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	all, err := s.Tokens(ctx)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(all, func(t Token) bool { return t.Name == name && t.Open(now) }) {
		return "", fmt.Errorf("token %s exists: revoke it first, or choose another name: %w", name, UserExists)
	}
	secret := tokenMark + NewSecret()
	id := HashSecret(secret)
	t := Token{ID: id[:sessionID], Name: name, Grant: g, Scopes: scopes, By: by.By.User, Made: now, Expires: now.Add(life)}
	if err := s.note(ctx, by, "token "+g.String(), TokenUser(name), now); err != nil {
		return "", err
	}
	return secret, s.keepToken(ctx, id, t)
}

func (s *Accounts) keepToken(ctx context.Context, id string, t Token) error {
	body, err := json.Marshal(t)
	if err == nil {
		err = s.register.Put(ctx, engine.Entry{Kind: KindToken, ID: id, Body: body})
	}
	if err != nil {
		return fmt.Errorf("keep token %s: %w", t.Name, err)
	}
	return nil
}

// Tokens lists the tokens, the newest first, those that are over included.
func (s *Accounts) Tokens(ctx context.Context) ([]Token, error) {
	all := []Token{}
	err := s.register.List(ctx, KindToken, "", func(e engine.Entry) error {
		var t Token
		if err := json.Unmarshal(e.Body, &t); err != nil {
			return fmt.Errorf("token %s in the register: %w", e.ID, err)
		}
		t.Used = lastSeen(ctx, s.register, e.ID)
		all = append(all, t)
		return nil
	})
	slices.SortFunc(all, func(x, y Token) int { return cmp.Or(cmp.Compare(y.Made, x.Made), cmp.Compare(x.Name, y.Name)) })
	return all, err
}

// RevokeToken ends the token of that name or id.
func (s *Accounts) RevokeToken(ctx context.Context, by Signers, name string, now engine.Instant) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	var ids []string
	var found []Token
	err := s.register.List(ctx, KindToken, "", func(e engine.Entry) error {
		var t Token
		if err := json.Unmarshal(e.Body, &t); err != nil {
			return fmt.Errorf("token %s in the register: %w", e.ID, err)
		}
		if (t.Name == name || t.ID == name) && t.Open(now) {
			ids, found = append(ids, e.ID), append(found, t)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("token %s: none of that name is open; see terang token list: %w", name, engine.ErrAbsent)
	}
	if err := s.agree(ctx, by, ActTokens, []Grant{found[0].Grant}, false, false); err != nil {
		return err
	}
	found[0].Revoked = now
	if err := s.note(ctx, by, "token revoked", TokenUser(found[0].Name), now); err != nil {
		return err
	}
	return s.keepToken(ctx, ids[0], found[0])
}

// Bearer returns the account of a token; the refusal is engine.SignedOutNow.
func (s *Accounts) Bearer(ctx context.Context, secret string, now engine.Instant) (Account, error) {
	out := &engine.Refusal{Code: engine.SignedOutNow}
	if !strings.HasPrefix(secret, tokenMark) {
		return Account{}, out
	}
	id := HashSecret(secret)
	t, err := s.token(ctx, id)
	if errors.Is(err, engine.ErrAbsent) || err == nil && !t.Open(now) {
		return Account{}, out
	}
	if err != nil {
		return Account{}, err
	}
	s.seen.note(ctx, s.register, id, now)
	return Account{User: TokenUser(t.Name), Name: t.Name, Grants: []Grant{t.Grant}, Token: true, Scopes: t.Scopes}, nil
}

func (s *Accounts) token(ctx context.Context, id string) (t Token, err error) {
	body, err := s.register.Get(ctx, KindToken, id)
	if err == nil {
		err = json.Unmarshal(body, &t)
	}
	if err != nil {
		return t, fmt.Errorf("read a token: %w", err)
	}
	return t, nil
}
