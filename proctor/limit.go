package proctor

import (
	"context"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"terang/engine"
)

// Limits count tries in the session store. While that does not answer they count in this
// process: guessing stays slow, and nobody is kept from the exam by a dead Redis.
type Limits struct {
	store engine.Store

	mu   sync.Mutex
	here map[string]engine.Instant // key -> when its bucket will be full again
}

// hereMost bounds what is counted in this process.
const hereMost = 100_000

// NewLimits returns limits over a session store, which all nodes share.
func NewLimits(s engine.Store) *Limits {
	return &Limits{store: s, here: make(map[string]engine.Instant)}
}

// Neighbourhood is what somebody counts as where tries are counted by where they come from: of
// IPv6 the network of 64 bits, whose addresses are one person's, else the address. What is no
// address (a command, a desk) counts as it is.
func Neighbourhood(from string) string {
	a, err := netip.ParseAddr(from)
	if err != nil {
		return from
	}
	if a = a.Unmap(); a.Is6() {
		if network, err := a.Prefix(64); err == nil {
			return network.String()
		}
	}
	return a.String()
}

// Allow takes one from the bucket at key, or says how long to wait.
func (l *Limits) Allow(ctx context.Context, key string, limit engine.Limit, now engine.Instant) (bool, time.Duration) {
	ok, retry, err := l.store.Allow(ctx, key, limit, now)
	if err == nil {
		return ok, retry
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.here) >= hereMost {
		for k, full := range l.here {
			if full <= now {
				delete(l.here, k)
			}
		}
	}
	full := max(l.here[key], now)
	if room := time.Duration(limit.Burst-1) * limit.Every; full.Sub(now) > room {
		return false, full.Sub(now) - room
	}
	l.here[key] = full.Add(limit.Every)
	return true, 0
}

// slot takes one of n tries, each of which comes back after every. It returns how many
// are left, or -1 and how long to wait. (A bucket of n could not tell how many are left.)
func (l *Limits) slot(ctx context.Context, key string, n int, every time.Duration, now engine.Instant) (left int, retry time.Duration) {
	retry = every
	for i := range n {
		ok, wait := l.Allow(ctx, key+"/"+strconv.Itoa(i), engine.Limit{Burst: 1, Every: every}, now)
		if ok {
			return n - 1 - i, 0
		}
		retry = min(retry, wait)
	}
	return -1, retry
}
