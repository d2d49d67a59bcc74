package redisstore

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/redis/go-redis/v9"

	"terang/engine"
)

func TestTheCircuitLetsOneThroughToSee(t *testing.T) {
	now := noon
	var told []error
	c := &circuit{now: func() engine.Instant { return now }, changed: func(err error) { told = append(told, err) }}
	tries := func(want bool) {
		t.Helper()
		if err := c.enter(); (err == nil) != want || err != nil && !errors.Is(err, ErrAway) {
			t.Errorf("a call at +%d ms: %v, want it tried: %v", now-noon, err, want)
		}
	}
	tries(true)
	tries(true)
	c.leave(answered, nil)
	c.leave(silent, io.EOF)
	tries(false)
	now = now.Add(pause - 1_000_000)
	tries(false)
	now = now.Add(pause)
	tries(true)
	tries(false) // while the first one is on its way
	c.leave(unknown, nil)
	tries(true) // its caller has left: the next one tries
	c.leave(silent, io.EOF)
	tries(false)
	now = now.Add(pause)
	tries(true)
	c.leave(answered, nil)
	tries(true)
	tries(true)
	if len(told) != 2 || told[0] == nil || told[1] != nil {
		t.Errorf("told %v, want one end and one return", told)
	}
}

// said is an error that Redis itself has answered with.
type said string

func (s said) Error() string { return string(s) }
func (said) RedisError()     {}

func TestWhatAnErrorSaysOfRedis(t *testing.T) {
	for _, test := range []struct {
		err  error
		left bool
		want verdict
	}{
		{nil, false, answered},
		{redis.Nil, false, answered},
		{said("WRONGTYPE Operation against a key"), false, answered},
		{io.EOF, false, silent},
		{context.DeadlineExceeded, false, silent}, // ours
		{context.DeadlineExceeded, true, unknown}, // the caller's
		{context.Canceled, true, unknown},
	} {
		if got := judge(test.err, test.left); got != test.want {
			t.Errorf("%v, caller left %v: %v, want %v", test.err, test.left, got, test.want)
		}
	}
}
