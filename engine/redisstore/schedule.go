package redisstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"terang/engine"
)

// scheduleAtOnce bounds one command, so that Redis serves others in between.
const scheduleAtOnce = 500

// Schedule implements engine.Store. A sorted set's scores are floats, which hold every
// millisecond until the year 287396 exactly.
func (s *Store) Schedule(ctx context.Context, due map[string]engine.Instant) error {
	if len(due) == 0 {
		return nil
	}
	var set []redis.Z
	var gone []any
	newest := engine.Instant(0)
	for attempt, at := range due {
		if at >= engine.Never {
			gone = append(gone, attempt)
			continue
		}
		set = append(set, redis.Z{Score: float64(at), Member: attempt})
		newest = max(newest, at)
	}
	err := s.call(ctx, "schedule", waitBatch, func(ctx context.Context) error {
		key := s.keys.due()
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for some := range slices.Chunk(set, scheduleAtOnce) {
				p.ZAdd(ctx, key, some...)
			}
			for some := range slices.Chunk(gone, scheduleAtOnce) {
				p.ZRem(ctx, key, some...)
			}
			if len(set) > 0 {
				// Hints that nobody removed: their exam is held nowhere any more.
				p.ZRemRangeByScore(ctx, key, "-inf", "("+score(newest.Add(-keepHint)))
				p.Expire(ctx, key, keepSitting)
			}
			return nil
		})
		return err
	})
	if err != nil {
		s.doubt()
		return fmt.Errorf("schedule %d attempts: %w", len(due), err)
	}
	return nil
}

// Due implements engine.Store; attempts of one instant are ordered by name.
func (s *Store) Due(ctx context.Context, now engine.Instant, limit int) (attempts []string, err error) {
	if limit < 1 {
		return nil, nil // to Redis a negative count means all
	}
	err = s.call(ctx, "due", waitRead, func(ctx context.Context) (err error) {
		attempts, err = s.client.ZRangeByScore(ctx, s.keys.due(), &redis.ZRangeBy{
			Min: "-inf", Max: score(now), Count: int64(limit),
		}).Result()
		return err
	})
	return attempts, err
}

func score(i engine.Instant) string { return strconv.FormatInt(int64(i), 10) }
