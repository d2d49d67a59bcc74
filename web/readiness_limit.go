package web

import (
	"context"
	"time"

	"terang/engine"
	"terang/proctor"
)

// reportLimit bounds reports by address, at all nodes together.
type reportLimit struct{ limits *proctor.Limits }

var reports = engine.Limit{
	Burst: 120, // a room behind one address begins together
	Every: 500 * time.Millisecond,
}

// wrongCode is how many reports a wrong code costs: ten seconds' worth.
const wrongCode = 20

// take takes one from the bucket of an address, or says how long to wait.
func (l reportLimit) take(ctx context.Context, addr string, now engine.Instant) (retry time.Duration) {
	ok, retry := l.limits.Allow(ctx, "report/"+addr, reports, now)
	if ok {
		return 0
	}
	return max(retry, time.Millisecond)
}

// cost takes what a wrong code costs, as far as there is any.
func (l reportLimit) cost(ctx context.Context, addr string, now engine.Instant) {
	for range wrongCode {
		if l.take(ctx, addr, now) > 0 {
			return
		}
	}
}
