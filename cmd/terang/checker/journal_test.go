package checker

import (
	"context"
	"sync"
	"sync/atomic"

	"terang/engine"
)

// memory is a journal that may be told to forget its duty.
type memory struct {
	mu       sync.Mutex
	records  []engine.Record
	heads    map[string]int
	careless bool // stores whatever comes, without looking at what stands before it
}

func newMemory() *memory { return &memory{heads: make(map[string]int)} }

func (m *memory) Append(_ context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	outcomes := make([]engine.Outcome, len(runs))
	for i, run := range runs {
		if run.Records[0].N != m.heads[run.Stream]+1 && !m.careless {
			outcomes[i].Conflict = true
			continue
		}
		outcomes[i].First = engine.Pos(len(m.records) + 1)
		for _, r := range run.Records {
			r.Pos = engine.Pos(len(m.records) + 1)
			m.records = append(m.records, r)
			m.heads[run.Stream] = max(m.heads[run.Stream], r.N)
		}
	}
	return outcomes, nil
}

func (m *memory) Read(_ context.Context, stream string, after int, visit func(engine.Record) error) error {
	m.mu.Lock()
	records := m.records[:len(m.records):len(m.records)]
	m.mu.Unlock()
	for _, r := range records {
		if r.Stream == stream && r.N > after {
			if err := visit(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memory) Tail(_ context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from := min(int(after), len(m.records))
	return m.records[from:min(from+limit, len(m.records)):len(m.records)], nil
}

func (m *memory) Beat(context.Context, string, engine.Instant) (map[string]engine.Instant, error) {
	return map[string]engine.Instant{}, nil
}

func (m *memory) Close() error { return nil }

// deaf is the journal of a node that from some moment on hears nothing from the others.
type deaf struct {
	engine.Journal
	now atomic.Bool
}

func (d *deaf) Tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	if d.now.Load() {
		return nil, nil
	}
	return d.Journal.Tail(ctx, after, limit)
}
