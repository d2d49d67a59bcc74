package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"terang/engine"
)

// pause is how long after a failure no call is tried.
const pause = 500 * time.Millisecond

// circuit keeps calls from waiting for a Redis that does not answer: after a failure they
// fail at once for a while, then one of them is let through to see, the others still fail.
type circuit struct {
	now     func() engine.Instant
	changed func(err error) // called when Redis goes (with why) and when it is back (nil)

	mu      sync.Mutex
	away    error          // why, nil while it answers
	until   engine.Instant // no try before
	probing bool
}

// verdict is what a call's end says of Redis.
type verdict int

const (
	answered verdict = iota
	silent
	unknown // the caller left before Redis could answer
)

// enter says whether a call may be tried. If so leave must follow.
func (c *circuit) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away == nil {
		return nil
	}
	if c.probing || c.now() < c.until {
		return fmt.Errorf("%w (%w)", ErrAway, c.away)
	}
	c.probing = true
	return nil
}

// leave takes in how a call ended.
func (c *circuit) leave(v verdict, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.away
	switch v {
	case answered:
		c.away, c.probing = nil, false
	case silent:
		c.away, c.probing, c.until = err, false, c.now().Add(pause)
	case unknown:
		c.probing = false // the next may try
	}
	if (was == nil) != (c.away == nil) {
		c.changed(c.away)
	}
}

// judge reads a call's error. left says that the caller's own context is over.
func judge(err error, left bool) verdict {
	var said redis.Error
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		return answered
	case redis.IsLoadingError(err), redis.IsClusterDownError(err), redis.IsMasterDownError(err),
		redis.IsReadOnlyError(err), redis.IsTryAgainError(err), redis.IsMaxClientsError(err):
		return silent // it is there, and of no use yet
	case errors.As(err, &said):
		return answered
	case left || errors.Is(err, context.Canceled):
		return unknown
	}
	return silent
}
