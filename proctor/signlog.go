package proctor

import (
	"context"
	"sync"
	"time"

	"terang/engine"
)

// Acts of StaffSigned: who came in, who tried to, and who left.
const (
	SignIn       = "signin"
	SignInFailed = "signin_failed"
	SignInLocked = "signin_locked" // too many tries, the right password included
	SignOut      = "signout"
)

// nobodyKnown is who acts where nobody has proved who they are; no account is called so.
const nobodyKnown = "?"

// Bounds of what sign-ins write, so that nobody fills a disk by guessing: of one name, from
// one address, and of everybody; 17,280 records a day at most, some 5 MB. What is over is
// counted, and stands in the next record of its kind. A name that nobody has is bounded as
// one that somebody has: how long the answer takes says nothing.
var (
	signsOfOne  = engine.Limit{Burst: 10, Every: time.Minute}
	signsFrom   = engine.Limit{Burst: 60, Every: 20 * time.Second}
	signsOfAll  = engine.Limit{Burst: 1000, Every: 5 * time.Second}
	signsWithin = time.Second // how long a sign-in waits for its record: a room is opened while a disk is full
)

// unsaid counts what was not recorded, by act and account.
type unsaid struct {
	mu sync.Mutex
	n  map[string]int64
}

func (u *unsaid) add(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.n == nil {
		u.n = map[string]int64{}
	}
	u.n[key]++
}

func (u *unsaid) take(key string) int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := u.n[key]
	delete(u.n, key)
	return n
}

// signed records a sign-in, one that failed, or a sign-out, as far as the bounds let it.
// What was typed as a name that nobody has may be a password: it is kept nowhere. That the
// journal does not take it changes no answer; it is told to Lost.
func (s *Accounts) signed(ctx context.Context, act, user, why, from string, now engine.Instant) {
	if s.log == nil {
		return
	}
	stream, by, known := user, nobodyKnown, true
	if act == SignInFailed || act == SignInLocked {
		if _, err := s.Get(ctx, user); err != nil {
			stream, known = "-", false
		}
	} else {
		by = user
	}
	key := act + "/" + stream
	for _, l := range []struct {
		key   string
		limit engine.Limit
	}{{"signs/" + act + "/" + user, signsOfOne}, {"signs/from/" + Neighbourhood(from), signsFrom}, {"signs", signsOfAll}} {
		if ok, _ := s.limits.Allow(ctx, l.key, l.limit, now); !ok {
			s.unsaid.add(key)
			return
		}
	}
	e := engine.Event{Kind: engine.StaffSigned, At: now, By: by, Act: act, Why: why, Seat: from, MS: s.unsaid.take(key)}
	if known {
		e.Text = user
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		day := now.Time().UTC().Format(time.DateOnly)
		if err := s.log.Append(context.WithoutCancel(ctx), s.log.audit(stream, day), e); err != nil && s.Lost != nil {
			s.Lost(act, err)
		}
	}()
	late := time.NewTimer(signsWithin)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	}
}
