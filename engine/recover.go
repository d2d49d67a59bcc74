package engine

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// Recovery tells what a start found.
type Recovery struct {
	Events   int
	Running  int           // attempts that were running
	Outage   time.Duration // since any node was last alive, 0 if nothing was running
	Last     Instant       // of the journal's newest record
	Behind   bool          // the clock stands before it, by more than two nodes' clocks may differ
	Lately   bool          // a node lived shortly before that has said no goodbye: it may live
	Position Pos
	Took     time.Duration
}

// Recover folds the whole journal into what was admitted, and keeps every outage as an
// open gap: it is credited at the hello that ends it, before anything else is decided.
// It must have returned before Run.
func (h *Hall) Recover(ctx context.Context) (Recovery, error) {
	began := time.Now()
	var found Recovery
	// One reads and decodes while the other folds: a full restart keeps a hall waiting.
	reading, stop := context.WithCancel(ctx)
	defer stop()
	for part := range h.stretches(reading) {
		if part.err != nil {
			return found, part.err
		}
		for i := range part.events {
			here, err := h.restore(part.records[i], &part.events[i])
			if err != nil {
				return found, err
			}
			if here { // a site's clock says nothing about this machine's
				found.Last = max(found.Last, part.events[i].At)
			}
			h.pos.Store(int64(part.records[i].Pos))
		}
		found.Events += len(part.events)
	}
	if err := ctx.Err(); err != nil {
		return found, fmt.Errorf("recover after position %d: %w", h.Pos(), err)
	}
	beats, err := h.journal.Beat(ctx, h.node, 0) // Run says that this node lives
	if err != nil {
		return found, fmt.Errorf("read the nodes' liveness: %w", err)
	}
	delete(beats, h.node)
	now := h.clock.Now()
	h.heard(beats, now)
	for _, at := range beats { // below 0: it has said goodbye
		found.Lately = found.Lately || at > 0 && max(now, found.Last).Sub(at) < SilentAfter
	}
	beats = lastAlive(beats)
	h.beats.Store(&beats)
	alive := Instant(0)
	for _, at := range beats {
		alive = max(alive, at)
	}
	limit := now.Add(RetryTo + GapLimitAfter)
	h.each(func(l *Live) { found.Running += l.recover(beats, limit) })
	if found.Running > 0 {
		found.Outage = now.Sub(max(alive, found.Last))
	}
	found.Behind = found.Last.Sub(now) > StepMost
	h.folded.Store(true)
	found.Position, found.Took = h.Pos(), time.Since(began)
	return found, nil
}

// stretch is a part of the tail, read and decoded.
type stretch struct {
	records []Record
	events  []Event
	err     error
}

// stretches reads the tail to its end; the channel is closed after the last part, or
// after one with an error.
func (h *Hall) stretches(ctx context.Context) <-chan stretch {
	parts := make(chan stretch, 2)
	go func() {
		defer close(parts)
		for pos := h.Pos(); ; {
			part := h.stretch(ctx, pos)
			if len(part.records) == 0 && part.err == nil {
				return
			}
			select {
			case parts <- part:
			case <-ctx.Done():
				return
			}
			if part.err != nil {
				return
			}
			pos = part.records[len(part.records)-1].Pos
		}
	}()
	return parts
}

func (h *Hall) stretch(ctx context.Context, after Pos) stretch {
	records, err := h.journal.Tail(ctx, after, 16384)
	if err != nil {
		return stretch{err: fmt.Errorf("read after position %d: %w", after, err)}
	}
	part := stretch{records: records, events: make([]Event, len(records))}
	for i, r := range records {
		if part.events[i], err = Decode(r.Body); err != nil {
			return stretch{err: fmt.Errorf("%s version %d: %w", r.Stream, r.N, err)}
		}
	}
	return part
}

// restore folds one record, and says whether it was written here: what a sitting and its
// attempts went through since it was handed over may come from a site, and what is a site's own does.
func (h *Hall) restore(r Record, e *Event) (here bool, err error) {
	stream, n := "", 0
	var room *Room
	switch {
	case len(r.Stream) > len(AttemptStream) && r.Stream[:len(AttemptStream)] == AttemptStream:
		if l := h.Attempt(r.Stream[len(AttemptStream):]); l != nil {
			stream, n = l.state.Stream, l.state.N
			if r.N == n+1 && l.state.Hash.Chain(r.Body) == r.Hash {
				l.state.Apply(e, r.Hash)
				n++
			}
			room = h.known(cmp.Or(l.state.Sitting, l.terms.Expected))
		}
	case len(r.Stream) > len(SittingStream) && r.Stream[:len(SittingStream)] == SittingStream:
		room = h.Sitting(r.Stream[len(SittingStream):])
		stream, n = room.state.Stream, room.state.N
		if r.N == n+1 && room.state.Hash.Chain(r.Body) == r.Hash {
			room.state.Apply(e, r.Hash)
			room.show()
			n++
		}
	}
	if stream != "" && n != r.N {
		return false, fmt.Errorf("%s: version %d at position %d does not follow version %d, or is not what was hashed: the journal was changed; restore it from a backup", stream, r.N, r.Pos, n)
	}
	h.sink(r, e)
	return h.site != "" || !OfSite(r.Stream) && (room == nil || room.State().Handed == 0), nil
}

// recover readies an attempt after a start and reports whether it was running.
func (l *Live) recover(beats map[string]Instant, limit Instant) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known.Store(int64(l.state.N))
	l.keepUp()
	if l.state.BoundN > 0 {
		l.Touch(max(l.state.BoundAt, beats[l.state.Node]))
	}
	running := 0
	if l.away() != nil {
		l.watch()
		l.note()
		return running
	}
	if l.state.State == Running || l.state.State == OnPause {
		running = 1
		if l.state.SilentFrom == 0 && l.state.BoundN > 0 {
			l.limit = limit
		}
	}
	l.watch()
	l.note()
	return running
}
