package redisstore

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"terang/engine"
)

//go:embed take.lua
var takeLua string

// take runs by its hash; a Redis that does not know it, as after a restart, says so before
// it does anything, and is sent the text.
var take = redis.NewScript(takeLua)

// Allow implements engine.Store: Redis and this node must both have one left. What this
// node has seen is never more than what Redis has, so its own count changes nothing until
// Redis forgets or does not answer. Then it goes on from where it stood: neither a Redis
// that was emptied nor one that comes and goes gives a guesser a fresh bucket here.
//
// A Burst below one lets nothing through.
func (s *Store) Allow(ctx context.Context, key string, limit engine.Limit, now engine.Instant) (ok bool, retry time.Duration, err error) {
	if limit.Burst < 1 {
		return false, limit.Every, nil
	}
	if limit.Every <= 0 {
		return true, 0, nil
	}
	ok, retry, err = s.take(ctx, key, limit, now)
	switch {
	case err == nil && !ok:
		return false, retry, nil
	case s.here == nil || ctx.Err() != nil:
		return ok, retry, err
	case err != nil:
		s.metrics.Here.Inc()
	}
	return s.here.Allow(ctx, key, limit, now)
}

// take asks Redis once. When the answer is lost the try may have been counted.
func (s *Store) take(ctx context.Context, key string, limit engine.Limit, now engine.Instant) (ok bool, retry time.Duration, err error) {
	every, whole := limit.Every, time.Duration(limit.Burst)*limit.Every
	var said []int64
	err = s.call(ctx, "allow", waitLimit, func(ctx context.Context) (err error) {
		said, err = take.Run(ctx, s.client, []string{s.keys.bucket(key)}, int64(now),
			every.Milliseconds(), int64(every%time.Millisecond),
			whole.Milliseconds(), int64(whole%time.Millisecond),
			keepBucket.Milliseconds()).Int64Slice()
		if err == nil && len(said) != 2 {
			err = fmt.Errorf("take.lua answered %v", said)
		}
		return err
	})
	if err != nil {
		return false, 0, fmt.Errorf("take one from a limit: %w", err)
	}
	return said[0] == 1, time.Duration(said[1]) * time.Millisecond, nil
}
