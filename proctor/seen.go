package proctor

import (
	"context"
	"strconv"
	"sync"
	"time"

	"terang/engine"
)

// seen notes to the minute when sessions and tokens are used, apart from these: a note
// that comes late can bring back nothing that was revoked.
type seen struct {
	mu sync.Mutex
	at map[string]engine.Instant
}

// seenMost bounds what is remembered of what has been noted.
const seenMost = 10_000

func (s *seen) note(ctx context.Context, r engine.Register, id string, now engine.Instant) {
	s.mu.Lock()
	due := now.Sub(s.at[id]) >= time.Minute
	if due {
		if s.at == nil || len(s.at) >= seenMost {
			s.at = make(map[string]engine.Instant)
		}
		s.at[id] = now
	}
	s.mu.Unlock()
	if due {
		// Advisory: who is let in does not hang on it.
		_ = r.Put(ctx, engine.Entry{Kind: KindSeen, ID: id, Body: []byte(strconv.FormatInt(int64(now), 10))})
	}
}

// lastSeen is 0 when nothing is known.
func lastSeen(ctx context.Context, r engine.Register, id string) engine.Instant {
	body, err := r.Get(ctx, KindSeen, id)
	if err != nil {
		return 0
	}
	at, _ := strconv.ParseInt(string(body), 10, 64)
	return engine.Instant(at)
}
