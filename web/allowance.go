package web

import (
	"sync"
	"time"

	"terang/engine"
)

// allowance is what a candidate may send: one for all pages of an attempt, so that whoever
// connects anew can send no more than whoever stays.
type allowance struct {
	mu      sync.Mutex
	tokens  float64
	at      engine.Instant   // of the newest look at the tokens, 0 before the first
	refused []engine.Instant // in the last minute, oldest first
}

// allowance of an attempt, on this node.
func (s *Server) allowance(attempt string) *allowance {
	if a, ok := s.allowances.Load(attempt); ok {
		return a.(*allowance)
	}
	a, _ := s.allowances.LoadOrStore(attempt, new(allowance))
	return a.(*allowance)
}

// take takes one from the bucket that the policy gives, or says how long to wait.
func (a *allowance) take(p *engine.Policy, at engine.Instant) (wait time.Duration) {
	if p.RateLimit <= 0 {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.at == 0 {
		a.tokens, a.at = float64(p.RateBurst), at
	}
	if at > a.at { // frames of two lines may come out of turn
		a.tokens = min(float64(p.RateBurst), a.tokens+at.Sub(a.at).Seconds()*float64(p.RateLimit))
		a.at = at
	}
	if a.tokens < 1 {
		return time.Duration((1 - a.tokens) / float64(p.RateLimit) * float64(time.Second)).Round(time.Millisecond)
	}
	a.tokens--
	return 0
}

// refusedMost is how many refusals within a minute end a line.
const refusedMost = 1000

// refuse counts a refusal, and says whether they are too many.
func (a *allowance) refuse(now engine.Instant) (tooMany bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	old := 0
	for old < len(a.refused) && now.Sub(a.refused[old]) > time.Minute {
		old++
	}
	a.refused = append(a.refused[old:], now)
	return len(a.refused) >= refusedMost
}
