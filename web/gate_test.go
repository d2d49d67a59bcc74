package web

import (
	"context"
	"sync"
	"sync/atomic"

	"terang/engine"
)

// gate holds a journal's commits back, and lets them go.
type gate struct {
	engine.Journal
	mu   sync.Mutex
	hold chan struct{}
}

func newGate() *gate { return &gate{} }

func (g *gate) wrap(j engine.Journal) engine.Journal {
	g.Journal = j
	return g
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hold = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.hold)
	g.hold = nil
}

func (g *gate) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	g.mu.Lock()
	hold := g.hold
	g.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return g.Journal.Append(ctx, runs)
}

// tap is a journal whose disk is full whenever one says so: nothing is stored, and it
// says so.
type tap struct {
	engine.Journal
	full atomic.Bool
}

func (f *tap) wrap(j engine.Journal) engine.Journal {
	f.Journal = j
	return f
}

func (f *tap) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if f.full.Load() {
		return nil, engine.ErrFull
	}
	return f.Journal.Append(ctx, runs)
}

func (f *tap) Beat(ctx context.Context, node string, at engine.Instant) (map[string]engine.Instant, error) {
	if f.full.Load() {
		return nil, engine.ErrFull
	}
	return f.Journal.Beat(ctx, node, at)
}
