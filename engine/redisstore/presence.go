package redisstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"

	"terang/engine"
)

// noteAtOnce bounds the presences of one pipeline: some 150 kB, two milliseconds of Redis.
const noteAtOnce = 1000

// shown is a presence as it is stored. Attempt and Sitting stand in the keys.
type shown struct {
	Seat     string         `json:"seat,omitempty"`
	State    engine.State   `json:"state,omitempty"`
	Progress int            `json:"progress,omitempty"`
	Last     engine.Instant `json:"last,omitempty"`
	Ends     engine.Instant `json:"ends,omitempty"`
	Node     string         `json:"node,omitempty"`
	Told     int            `json:"told,omitempty"`
	Noted    engine.Instant `json:"noted,omitempty"`
}

// Note implements engine.Store.
func (s *Store) Note(ctx context.Context, seen []engine.Presence) error {
	newest := make(map[string]engine.Presence, len(seen))
	for _, p := range seen {
		newest[p.Attempt] = p
	}
	for some := range slices.Chunk(slices.Collect(maps.Values(newest)), noteAtOnce) {
		if err := s.note(ctx, some); err != nil {
			s.doubt()
			return fmt.Errorf("note %d presences: %w", len(seen), err)
		}
	}
	return nil
}

// note asks where the attempts stood, and then writes: an attempt that has moved to
// another sitting leaves its former one. Its new place is written last, so that whoever
// tries again after a failure still finds the former.
func (s *Store) note(ctx context.Context, seen []engine.Presence) error {
	rooms := map[string][]any{} // sitting: attempt, body, attempt, body ...
	for _, p := range seen {
		body, err := json.Marshal(shown{p.Seat, p.State, p.Progress, p.Last, p.Ends, p.Node, p.Told, p.Noted})
		if err != nil {
			return err
		}
		rooms[p.Sitting] = append(rooms[p.Sitting], p.Attempt, body)
	}
	return s.call(ctx, "note", waitBatch, func(ctx context.Context) error {
		former := make([]*redis.StringCmd, len(seen))
		_, _ = s.client.Pipelined(ctx, func(p redis.Pipeliner) error { // its error is that of one command
			for i := range seen {
				former[i] = p.Get(ctx, s.keys.at(seen[i].Attempt))
			}
			return nil
		})
		for _, f := range former {
			if err := f.Err(); err != nil && !errors.Is(err, redis.Nil) {
				return err
			}
		}
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for sitting, pairs := range rooms {
				p.HSet(ctx, s.keys.seen(sitting), pairs...)
				p.Expire(ctx, s.keys.seen(sitting), keepSitting)
			}
			for i := range seen {
				if was := former[i].Val(); was != "" && was != seen[i].Sitting {
					p.HDel(ctx, s.keys.seen(was), seen[i].Attempt)
				}
				p.Set(ctx, s.keys.at(seen[i].Attempt), seen[i].Sitting, keepSitting)
			}
			return nil
		})
		return err
	})
}

// Presences implements engine.Store; they are ordered by attempt.
func (s *Store) Presences(ctx context.Context, sitting string) ([]engine.Presence, error) {
	var stored map[string]string
	err := s.call(ctx, "presences", waitRead, func(ctx context.Context) (err error) {
		stored, err = s.client.HGetAll(ctx, s.keys.seen(sitting)).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("presences of %s: %w", sitting, err)
	}
	all := make([]engine.Presence, 0, len(stored))
	for attempt, body := range stored {
		var p shown
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			return nil, fmt.Errorf("presence of %s: %w: is this prefix used by something else?", attempt, err)
		}
		all = append(all, engine.Presence{
			Attempt: attempt, Sitting: sitting, Seat: p.Seat, State: p.State,
			Progress: p.Progress, Last: p.Last, Ends: p.Ends, Node: p.Node,
			Told: p.Told, Noted: p.Noted,
		})
	}
	slices.SortFunc(all, func(a, b engine.Presence) int { return cmp.Compare(a.Attempt, b.Attempt) })
	return all, nil
}
