package proctor

import (
	"context"
	"fmt"
	"sync"

	"terang/engine"
)

// Appender commits one run: an engine.Writer beside a running hall, or Direct.
type Appender interface {
	Append(engine.Run) (engine.Outcome, error)
}

// Direct appends straight to a journal, for commands that run without a hall.
func Direct(j engine.Journal) Appender { return direct{j} }

type direct struct{ journal engine.Journal }

func (d direct) Append(run engine.Run) (engine.Outcome, error) {
	outcomes, err := d.journal.Append(context.Background(), []engine.Run{run})
	if err != nil {
		return engine.Outcome{}, err
	}
	return outcomes[0], nil
}

// Log appends to the short streams that nobody holds in memory: exam/CODE and
// staff/accounts. Attempts and sittings are written by the hall alone.
type Log struct {
	journal engine.Journal
	writer  Appender
	mu      sync.Mutex // a stream has at most one run under way
}

// NewLog returns a log over a journal and whoever writes to it.
func NewLog(j engine.Journal, w Appender) *Log { return &Log{journal: j, writer: w} }

// Append stores the events at the stream's end, whole or not at all.
func (l *Log) Append(ctx context.Context, stream string, events ...engine.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range 4 {
		n, hash, at := 0, engine.FirstHash(stream), engine.Instant(0)
		err := l.journal.Read(ctx, stream, 0, func(r engine.Record) error {
			e, err := engine.Decode(r.Body)
			n, hash, at = r.N, r.Hash, max(at, e.At)
			return err
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", stream, err)
		}
		for i := range events {
			events[i].At = max(events[i].At, at)
		}
		o, err := l.writer.Append(engine.Run{Stream: stream, Records: engine.Link(stream, n, hash, events)})
		if err != nil {
			return fmt.Errorf("append to %s: %w", stream, err)
		}
		if !o.Conflict {
			return nil
		}
	}
	return fmt.Errorf("append to %s: others write to it without pause, try again: %w", stream, engine.Busy)
}
