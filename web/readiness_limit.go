package web

import (
	"sync"
	"time"

	"terang/engine"
)

// reportLimit bounds reports by address. It counts in this process: several nodes allow so
// many times more, which is still slow.
type reportLimit struct {
	mu   sync.Mutex
	full map[string]engine.Instant // when the address' bucket will be full again
}

const (
	reportBurst = 120 // a room behind one address begins together
	reportEvery = 500 * time.Millisecond
	wrongCode   = 10 * time.Second // what a wrong code costs
	limitedMost = 20_000           // addresses that are remembered
)

// take takes one from the bucket of an address, or says how long to wait.
func (l *reportLimit) take(addr string, now engine.Instant) (retry time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := max(l.full[addr], now)
	if room := (reportBurst - 1) * reportEvery; full.Sub(now) > room {
		return full.Sub(now) - room
	}
	l.set(addr, full.Add(reportEvery), now)
	return 0
}

// cost empties the bucket by so much more.
func (l *reportLimit) cost(addr string, d time.Duration, now engine.Instant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set(addr, max(l.full[addr], now).Add(d), now)
}

func (l *reportLimit) set(addr string, full, now engine.Instant) {
	if l.full == nil {
		l.full = make(map[string]engine.Instant)
	}
	if len(l.full) >= limitedMost {
		for a, at := range l.full {
			if at <= now {
				delete(l.full, a)
			}
		}
	}
	l.full[addr] = full
}
