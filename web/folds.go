package web

import (
	"sync"

	"terang/engine"
	"terang/scoring"
)

// Folds is where committed records become what people see: boards, and the news of
// rooms. It is a sink of the hall, made before it.
type Folds struct {
	mu     sync.Mutex
	boards []*scoring.Boards
}

// Apply folds one record; see engine.Sink.
func (f *Folds) Apply(r engine.Record, e *engine.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.boards {
		b.Apply(r, e)
	}
}

// Add opens the boards of an exam.
func (f *Folds) Add(b *scoring.Boards) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.boards = append(f.boards, b)
}

// Tick publishes what has changed since the last one; once a second is meant.
func (f *Folds) Tick(now engine.Instant) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.boards {
		b.Tick(now)
	}
}
