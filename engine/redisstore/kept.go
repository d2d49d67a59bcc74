package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Kept implements engine.Volatile. A mark counts these calls in Redis: one that is missing
// tells of an emptied Redis, one that is behind of a Redis that came back with an older
// state, from its snapshot or as a replica, whether or not anybody saw it go. After a
// failure nothing is known, and that is said as well.
//
// In a cluster the mark stands on one of the servers. What another one loses is noted
// again when it changes, or when a call of ours has failed there.
func (s *Store) Kept(ctx context.Context) (bool, error) {
	s.mark.Lock()
	defer s.mark.Unlock()
	sure, last := s.mark.sure, s.mark.last
	s.mark.sure = false
	s.mark.last++
	var before string
	err := s.call(ctx, "kept", waitLimit, func(ctx context.Context) (err error) {
		before, err = s.client.SetArgs(ctx, s.mark.key, s.mark.last, redis.SetArgs{Get: true, TTL: keepMark}).Result()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("see whether redis has kept everything: %w", err)
	}
	s.mark.sure = true
	if sure && before == strconv.FormatInt(last, 10) {
		return true, nil
	}
	if last > 0 {
		s.metrics.Lost.Inc()
	}
	return false, nil
}

// doubt has the next Kept say no: a write has failed, or nobody knows whether it has.
func (s *Store) doubt() {
	s.mark.Lock()
	defer s.mark.Unlock()
	s.mark.sure = false
}
