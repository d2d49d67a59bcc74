package sqlitejournal

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"terang/engine"
)

// settlePiece is how long moving events may keep an append waiting.
const settlePiece = 5 * time.Millisecond

// drainEvery is after how many pieces the log is copied into the file.
const drainEvery = 32

const (
	// Stream after stream, so that the new table is written page after page. A record that
	// an interrupted move has copied before stays.
	copySettled = `insert or ignore into settled(stream, n, pos, body, hash)
		select stream, n, pos, body, hash from event
		where pos in (select value from json_each(?)) order by stream, n`
	// In commit order, for the same reason; only what really was copied.
	noteMoved = `insert into moved(pos, stream, n)
		select e.pos, e.stream, e.n from event e cross join settled s on s.stream = e.stream and s.n = e.n and s.pos = e.pos
		where e.pos in (select value from json_each(?)) order by e.pos`
	dropMoved = `delete from event where pos in (select value from json_each(?))
		and pos in (select pos from moved)`
)

// moving is a stream whose events are to be settled.
type moving struct {
	name string
	id   int64
	at   []engine.Pos
}

// Settle moves what these streams hold so far under (stream, n), where reading one stream
// costs little and opening the file nothing: for closed sittings. It works in small pieces
// between the appends. Called again after it was interrupted, it goes on.
func (d *DB) Settle(ctx context.Context, streams []string) error {
	if d.lock == nil {
		return fmt.Errorf("settle: %w", ErrReadOnly)
	}
	todo := d.movable(streams)
	var byStream, byPos []engine.Pos
	for _, m := range todo {
		byStream = append(byStream, m.at...)
	}
	byPos = slices.Clone(byStream)
	slices.Sort(byPos)
	if err := d.pieces(ctx, byPos, (*writer).takeApart); err != nil {
		return fmt.Errorf("settle: taking apart: %w", err)
	}
	// Both are whole passes: between them every event stands in both tables, and no
	// page is written more often than it must be.
	if err := d.pieces(ctx, byStream, executing(copySettled)); err != nil {
		return fmt.Errorf("settle: copying: %w", err)
	}
	if err := d.pieces(ctx, byPos, executing(noteMoved, dropMoved)); err != nil {
		return fmt.Errorf("settle: removing: %w", err)
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	d.mem.Lock()
	defer d.mem.Unlock()
	for _, m := range todo {
		h := d.heads[m.name]
		if h == nil {
			continue
		}
		if h.at.Drop(m.at[len(m.at)-1]); h.at.Len() == 0 {
			delete(d.heads, m.name)
		}
	}
	return nil
}

func (d *DB) movable(streams []string) []moving {
	d.mem.RLock()
	defer d.mem.RUnlock()
	var todo []moving
	for _, name := range streams {
		if h := d.heads[name]; h != nil && h.at.Len() > 0 {
			todo = append(todo, moving{name: name, id: h.id, at: h.positions(1, h.n)})
		}
	}
	slices.SortFunc(todo, func(a, b moving) int { return cmp.Compare(a.id, b.id) })
	return slices.CompactFunc(todo, func(a, b moving) bool { return a.id == b.id })
}

// work is done for positions in a transaction.
type work func(*writer, context.Context, []engine.Pos) error

// executing runs statements for a list of positions.
func executing(statements ...string) work {
	return func(w *writer, ctx context.Context, positions []engine.Pos) error {
		list, err := json.Marshal(positions)
		if err != nil {
			return err
		}
		for _, statement := range statements {
			if err := w.exec(ctx, statement, string(list)); err != nil {
				return err
			}
		}
		return nil
	}
}

// pieces does something for all positions, for so many at a time as fit into settlePiece.
func (d *DB) pieces(ctx context.Context, positions []engine.Pos, do work) error {
	size := 32
	for i := 1; len(positions) > 0; i++ {
		if i%drainEvery == 0 {
			if err := d.drain(ctx); err != nil && !isFull(err) {
				return err
			}
		}
		size = min(size, len(positions))
		took, err := d.piece(ctx, positions[:size], do)
		if err != nil {
			return err
		}
		positions = positions[size:]
		switch {
		case took > settlePiece*4/5:
			size = max(size/2, 1)
		case took < settlePiece*2/5:
			size *= 2
		}
	}
	return nil
}

func (d *DB) piece(ctx context.Context, positions []engine.Pos, do work) (took time.Duration, err error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.prepare(ctx); err != nil {
		return 0, err
	}
	from := d.clock.Now()
	err = d.commit(ctx, func(ctx context.Context, w *writer) error { return do(w, ctx, positions) })
	return d.clock.Now().Sub(from), err
}
