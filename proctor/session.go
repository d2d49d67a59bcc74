package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"terang/engine"
)

// SessionLife is longer than the longest day of sittings.
const SessionLife = 16 * time.Hour

// BadPassword answers a staff sign-in that fits no account.
const BadPassword engine.Code = "wrong_password"

type session struct {
	User    string         `json:"user"`
	Since   engine.Instant `json:"since"`
	Expires engine.Instant `json:"expires"`
}

// SignIn opens a session and returns its token for the cookie. from is where the request
// comes from: somebody who guesses from one address cannot lock a supervisor out from
// another before a hundred tries.
func (s *Accounts) SignIn(ctx context.Context, user, password, from string, now engine.Instant) (token string, a Account, err error) {
	if a, err = s.Verify(ctx, user, password, from, now); err != nil {
		return "", Account{}, err
	}
	s.sweep(ctx, now)
	token = NewSecret()
	body, err := json.Marshal(session{User: a.User, Since: now, Expires: now.Add(SessionLife)})
	if err != nil {
		return "", Account{}, err
	}
	if err := s.register.Put(ctx, engine.Entry{Kind: KindSession, ID: HashSecret(token), Body: body}); err != nil {
		return "", Account{}, fmt.Errorf("keep a session: %w", err)
	}
	return token, a, nil
}

// Verify checks a password without opening a session: of the second person at a desk, or
// of a command. Refusals are BadPassword and engine.Locked.
func (s *Accounts) Verify(ctx context.Context, user, password, from string, now engine.Instant) (Account, error) {
	user = strings.ToLower(strings.TrimSpace(user))
	for _, l := range []struct {
		key   string
		limit engine.Limit
	}{
		{"staff/" + from + "/" + user, engine.Limit{Burst: 10, Every: 30 * time.Second}},
		{"staff/" + user, engine.Limit{Burst: 100, Every: 10 * time.Second}},
	} {
		if ok, retry := s.limits.Allow(ctx, l.key, l.limit, now); !ok {
			return Account{}, &engine.Refusal{Code: engine.Locked, Retry: retry}
		}
	}
	a, err := s.Get(ctx, user)
	if err != nil && !errors.Is(err, engine.ErrAbsent) {
		return Account{}, err
	}
	hash := a.Hash
	if err != nil {
		hash = s.nobody
	}
	if !s.kiln.check(hash, password) || err != nil || a.Disabled {
		return Account{}, &engine.Refusal{Code: BadPassword}
	}
	a.Hash = ""
	return a, nil
}

// Session returns whose session the token is; the refusal is engine.SignedOutNow.
func (s *Accounts) Session(ctx context.Context, token string, now engine.Instant) (Account, error) {
	out := &engine.Refusal{Code: engine.SignedOutNow}
	body, err := s.register.Get(ctx, KindSession, HashSecret(token))
	if errors.Is(err, engine.ErrAbsent) {
		return Account{}, out
	}
	if err != nil {
		return Account{}, fmt.Errorf("read a session: %w", err)
	}
	var open session
	if err := json.Unmarshal(body, &open); err != nil {
		return Account{}, fmt.Errorf("read a session: %w", err)
	}
	a, err := s.Get(ctx, open.User)
	if errors.Is(err, engine.ErrAbsent) {
		return Account{}, out
	}
	if err != nil {
		return Account{}, err
	}
	if now >= open.Expires || a.Disabled || open.Since < a.Changed {
		return Account{}, out
	}
	a.Hash = ""
	return a, nil
}

// SignOut ends a session.
func (s *Accounts) SignOut(ctx context.Context, token string) error {
	err := s.register.Erase(ctx, KindSession, HashSecret(token))
	if err != nil && !errors.Is(err, engine.ErrAbsent) {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// sweep erases sessions that have expired. It is tidiness: what it misses stays void.
func (s *Accounts) sweep(ctx context.Context, now engine.Instant) {
	var old []string
	_ = s.register.List(ctx, KindSession, "", func(e engine.Entry) error {
		var open session
		if json.Unmarshal(e.Body, &open) != nil || open.Expires <= now {
			old = append(old, e.ID)
		}
		return nil
	})
	for _, id := range old {
		_ = s.register.Erase(ctx, KindSession, id)
	}
}
