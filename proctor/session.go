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

// SessionLife is longer than the longest day of sittings.
const SessionLife = 16 * time.Hour

// BadPassword answers a staff sign-in that fits no account.
const BadPassword engine.Code = "wrong_password"

type session struct {
	User    string         `json:"user"`
	Since   engine.Instant `json:"since"`
	Expires engine.Instant `json:"expires"`
	From    string         `json:"from,omitempty"`  // address of the sign-in
	Agent   string         `json:"agent,omitempty"` // browser of the sign-in
}

// agentMost bounds what a browser says of itself, in bytes.
const agentMost = 200

// SignIn opens a session and returns its token for the cookie: a new one each time, so that
// a cookie which somebody planted before the sign-in opens nothing. from is where the
// request comes from: somebody who guesses from one address cannot lock a supervisor out
// from another before a hundred tries.
func (s *Accounts) SignIn(ctx context.Context, who Second, from, agent string, now engine.Instant) (token string, a Account, err error) {
	if a, err = s.Verify(ctx, who, from, now); err != nil {
		return "", Account{}, err
	}
	if token, err = s.Continue(ctx, a, from, agent, now); err == nil {
		s.signed(ctx, SignIn, a.User, "", from, now)
	}
	return token, a, err
}

// Continue opens a session for somebody who has just proved in another one who they are,
// as by changing the password, which ended it.
func (s *Accounts) Continue(ctx context.Context, a Account, from, agent string, now engine.Instant) (string, error) {
	s.sweep(ctx, now)
	token := NewSecret()
	open := session{User: a.User, Since: now, Expires: now.Add(SessionLife), From: from, Agent: fmt.Sprintf("%.*s", agentMost, strings.ToValidUTF8(agent, ""))}
	return token, s.keepSession(ctx, HashSecret(token), open)
}

func (s *Accounts) keepSession(ctx context.Context, id string, open session) error {
	body, err := json.Marshal(open)
	if err == nil {
		err = s.register.Put(ctx, engine.Entry{Kind: KindSession, ID: id, Body: body})
	}
	if err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return nil
}

// slow takes one of the tries that a password has.
func (s *Accounts) slow(ctx context.Context, user, from string, now engine.Instant) bool {
	retry := s.tries(ctx, user, from, now)
	return retry == 0
}

// triesFrom bounds the tries from one address or network, see Neighbourhood, whatever names they give: a hash takes a processor
// for as long as a thousand answers, and is made for names that nobody has, too.
var triesFrom = engine.Limit{Burst: 200, Every: time.Second}

// tries takes one of each of the tries that there are, or says how long to wait.
func (s *Accounts) tries(ctx context.Context, user, from string, now engine.Instant) time.Duration {
	from = Neighbourhood(from)
	for _, l := range []struct {
		key   string
		limit engine.Limit
	}{
		{"staff/from/" + from, triesFrom},
		{"staff/" + from + "/" + user, engine.Limit{Burst: 10, Every: 30 * time.Second}},
		{"staff/" + user, engine.Limit{Burst: 100, Every: 10 * time.Second}},
	} {
		if ok, retry := s.limits.Allow(ctx, l.key, l.limit, now); !ok {
			return max(retry, 1)
		}
	}
	return 0
}

// Verify checks who somebody is without opening a session: the second person at a desk, or
// of a command. Refusals are BadPassword, FactorMissing, WrongCode and engine.Locked; each
// is recorded.
func (s *Accounts) Verify(ctx context.Context, who Second, from string, now engine.Instant) (Account, error) {
	user := strings.ToLower(strings.TrimSpace(who.User))
	if !userPattern.MatchString(user) { // no account is called so: its kilobytes are kept nowhere
		user = nobodyKnown
	}
	a, err := s.verify(ctx, user, who, from, now)
	var no *engine.Refusal
	if errors.As(err, &no) {
		act := SignInFailed
		if no.Code == engine.Locked {
			act = SignInLocked
		}
		s.signed(ctx, act, user, string(no.Code), from, now)
	}
	return a, err
}

func (s *Accounts) verify(ctx context.Context, user string, who Second, from string, now engine.Instant) (Account, error) {
	a, err := s.Get(ctx, user)
	if err != nil && !errors.Is(err, engine.ErrAbsent) {
		return Account{}, err
	}
	if !s.proven.was(&a, who.Password, now) {
		if retry := s.tries(ctx, user, from, now); retry > 0 {
			return Account{}, &engine.Refusal{Code: engine.Locked, Retry: retry}
		}
	}
	hash := a.Hash
	if hash == "" {
		hash = s.nobody
	}
	if !s.kiln.check(hash, who.Password) || err != nil || a.Hash == "" || a.Disabled {
		return Account{}, &engine.Refusal{Code: BadPassword}
	}
	s.proven.note(&a, who.Password, now)
	if a.Factor != 0 {
		if err := s.checkCode(ctx, a, who.Code, now); err != nil {
			return Account{}, err
		}
	}
	a.Hash = ""
	return a, nil
}

// Session returns whose session the token is; the refusal is engine.SignedOutNow.
func (s *Accounts) Session(ctx context.Context, token string, now engine.Instant) (Account, error) {
	out := &engine.Refusal{Code: engine.SignedOutNow}
	id := HashSecret(token)
	body, err := s.register.Get(ctx, KindSession, id)
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
	if !open.stands(a, now) {
		return Account{}, out
	}
	s.seen.note(ctx, s.register, id, now)
	a.Hash = ""
	return a, nil
}

func (s *session) stands(a Account, now engine.Instant) bool {
	return now < s.Expires && !a.Disabled && s.Since >= a.Changed
}

// OpenSession is a session as its owner, or an administrator, sees it.
type OpenSession struct {
	ID      string `json:"id"` // names the session; opens nothing
	User    string `json:"user"`
	Since   string `json:"since"`
	Seen    string `json:"seen"`
	Expires string `json:"expires"`
	From    string `json:"from"`
	Agent   string `json:"agent"`
	Own     bool   `json:"own,omitempty"` // of the request that asks
}

// sessionID is as much of the token's hash as names a session.
const sessionID = 24

// Sessions lists an account's open sessions, the newest first; token is of whoever asks.
func (s *Accounts) Sessions(ctx context.Context, user, token string, now engine.Instant) ([]OpenSession, error) {
	a, err := s.Get(ctx, user)
	if err != nil {
		return nil, err
	}
	all := []OpenSession{}
	err = s.register.List(ctx, KindSession, "", func(e engine.Entry) error {
		var open session
		if err := json.Unmarshal(e.Body, &open); err != nil {
			return fmt.Errorf("read a session: %w", err)
		}
		if open.User == a.User && open.stands(a, now) {
			all = append(all, OpenSession{
				ID: e.ID[:sessionID], User: open.User, Since: open.Since.String(), Seen: max(lastSeen(ctx, s.register, e.ID), open.Since).String(),
				Expires: open.Expires.String(), From: open.From, Agent: open.Agent, Own: token != "" && e.ID == HashSecret(token),
			})
		}
		return nil
	})
	slices.SortFunc(all, func(x, y OpenSession) int { return cmp.Compare(y.Since, x.Since) })
	return all, err
}

// SessionsFor is Sessions for whoever may look at another's.
func (s *Accounts) SessionsFor(ctx context.Context, by Signers, user, token string, now engine.Instant) ([]OpenSession, error) {
	a, err := s.Get(ctx, user)
	if err != nil {
		return nil, err
	}
	if a.User != by.By.User {
		if err := s.agree(ctx, by, ActStaff, a.Grants, false, false); err != nil {
			return nil, err
		}
	}
	return s.Sessions(ctx, user, token, now)
}

// RevokeSessions ends a session of an account, or with id "" all but the one that is kept.
func (s *Accounts) RevokeSessions(ctx context.Context, by Signers, user, id, keep string, now engine.Instant) (int, error) {
	a, err := s.Get(ctx, user)
	if err != nil {
		return 0, err
	}
	if a.User != by.By.User {
		if err := s.agree(ctx, by, ActStaff, a.Grants, false, false); err != nil {
			return 0, err
		}
	}
	var ends []string
	err = s.register.List(ctx, KindSession, id, func(e engine.Entry) error {
		var open session
		if json.Unmarshal(e.Body, &open) == nil && open.User == a.User && (id == "" || e.ID[:sessionID] == id) && (keep == "" || e.ID != HashSecret(keep)) {
			ends = append(ends, e.ID)
		}
		return nil
	})
	if err != nil || len(ends) == 0 {
		return 0, err
	}
	if err := s.note(ctx, by, "sessions "+id, a.User, now); err != nil {
		return 0, err
	}
	for _, e := range ends {
		if err := s.register.Erase(ctx, KindSession, e); err != nil && !errors.Is(err, engine.ErrAbsent) {
			return 0, fmt.Errorf("end a session: %w", err)
		}
	}
	return len(ends), nil
}

// SignOut ends a session, from where its owner asks for it.
func (s *Accounts) SignOut(ctx context.Context, token, from string, now engine.Instant) error {
	a, over := s.Session(ctx, token, now)
	err := s.register.Erase(ctx, KindSession, HashSecret(token))
	if err != nil && !errors.Is(err, engine.ErrAbsent) {
		return fmt.Errorf("end a session: %w", err)
	}
	if over == nil {
		s.signed(ctx, SignOut, a.User, "", from, now)
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
		_ = s.register.Erase(ctx, KindSeen, id)
	}
}
