package proctor

import (
	"context"
	"strings"
	"time"

	"terang/engine"
)

// Heard waits until the station shows what was just done to people of a sitting, at most for
// within: whoever reads the room after the answer to an act finds the act in it. The station
// follows the journal's tail, a moment behind the commit.
func (d *Desk) Heard(ctx context.Context, sitting string, done []Seat, within time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	heard := make(chan struct{})
	go func() { // an attempt may be waiting for a journal that hangs
		defer close(heard)
		versions := d.versions(sitting, done)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for !d.station.shows(versions) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	select {
	case <-heard:
	case <-ctx.Done():
	}
}

// versions are how far the attempts of those people have come, by attempt.
func (d *Desk) versions(sitting string, done []Seat) map[string]int {
	exam, _, _ := strings.Cut(sitting, ".")
	versions := make(map[string]int, len(done))
	for _, seat := range done {
		for _, p := range d.people.Find(seat.Number, exam) {
			if live := d.hall.Attempt(p.Attempt); live != nil {
				live.View(func(a *engine.Attempt, _ *engine.Terms) { versions[p.Attempt] = a.N })
			}
		}
	}
	return versions
}

// shows says whether the station has come as far as the versions.
func (s *Station) shows(versions map[string]int) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for attempt, n := range versions {
		if w := s.attempts[attempt]; n > 0 && (w == nil || w.fold.N < n) {
			return false
		}
	}
	return true
}
