// Package memstore is the session store in memory: the embedded default, for one node.
//
// It is what Redis is to many nodes, and like it may be lost at any moment: nothing is
// decided from it, and nothing is written to disk. Time comes from its callers only.
package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"terang/engine"
)

// Store implements engine.Store. It is safe for concurrent use.
type Store struct {
	mu       sync.Mutex
	sittings map[string]map[string]engine.Presence // by sitting, then by attempt
	where    map[string]string                     // attempt: its sitting
	buckets  buckets
	due      schedule
}

var _ engine.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{
		sittings: map[string]map[string]engine.Presence{},
		where:    map[string]string{},
		buckets:  buckets{full: map[string]nanos{}, sweepAt: sweepFrom},
		due:      schedule{entries: map[string]*entry{}},
	}
}

// Note implements engine.Store.
func (s *Store) Note(_ context.Context, seen []engine.Presence) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range seen {
		if before, ok := s.where[p.Attempt]; ok && before != p.Sitting {
			delete(s.sittings[before], p.Attempt)
			if len(s.sittings[before]) == 0 {
				delete(s.sittings, before)
			}
		}
		room := s.sittings[p.Sitting]
		if room == nil {
			room = map[string]engine.Presence{}
			s.sittings[p.Sitting] = room
		}
		room[p.Attempt] = p
		s.where[p.Attempt] = p.Sitting
	}
	return nil
}

// Presences implements engine.Store; they are ordered by attempt.
func (s *Store) Presences(_ context.Context, sitting string) ([]engine.Presence, error) {
	s.mu.Lock()
	all := slices.Collect(maps.Values(s.sittings[sitting]))
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b engine.Presence) int { return cmp.Compare(a.Attempt, b.Attempt) })
	return all, nil
}

// Allow implements engine.Store. A Burst below one lets nothing through.
func (s *Store) Allow(_ context.Context, key string, limit engine.Limit, now engine.Instant) (bool, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ok, retry := s.buckets.take(key, limit, now)
	return ok, retry, nil
}

// Schedule implements engine.Store.
func (s *Store) Schedule(_ context.Context, due map[string]engine.Instant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for attempt, at := range due {
		s.due.set(attempt, at)
	}
	return nil
}

// Due implements engine.Store; attempts of one instant are ordered by name.
func (s *Store) Due(_ context.Context, now engine.Instant, limit int) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.due.upTo(now, limit), nil
}
