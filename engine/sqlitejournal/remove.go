package sqlitejournal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"terang/engine"
)

// What is removed is found by a look through all rows: nothing waits for it, because a
// file has one writer and this is it.
const (
	namedStreams = `(select id from stream where name in (select value from json_each(?)))`

	dropMovedOf   = `delete from moved where stream in ` + namedStreams
	dropSettledOf = `delete from settled where stream in ` + namedStreams
	dropEventsOf  = `delete from event where stream in ` + namedStreams
)

// Remove implements engine.Remover. The names of the streams stay, so that their ids are
// never given again. What was removed is overwritten in the file, and gone from the log
// beside it with the next checkpoint.
func (d *DB) Remove(ctx context.Context, r engine.Removal) (engine.Outcome, error) {
	if err := r.Check(); err != nil {
		return engine.Outcome{}, err
	}
	if err := check([]engine.Run{r.Record}); err != nil {
		return engine.Outcome{}, fmt.Errorf("remove: %w", err)
	}
	names, err := json.Marshal(r.Streams)
	if err != nil {
		return engine.Outcome{}, fmt.Errorf("remove: %w", err)
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.prepare(ctx); err != nil {
		return engine.Outcome{}, fmt.Errorf("remove: %w", err)
	}
	b, err := d.judge(ctx, []engine.Run{r.Record})
	if err != nil || len(b.runs) == 0 {
		return engine.Outcome{Conflict: err == nil}, err
	}
	places, gone := d.placesOf(r.Streams)
	err = d.cleaned(ctx, func(ctx context.Context, w *writer) error {
		for some := range slices.Chunk(places, placesMost) {
			if err := w.takeApart(ctx, some, gone); err != nil {
				return err
			}
		}
		for _, statement := range []string{dropMovedOf, dropSettledOf, dropEventsOf} {
			if err := w.exec(ctx, statement, string(names)); err != nil {
				return err
			}
		}
		for _, e := range r.Entries {
			if err := w.exec(ctx, eraseEntry, e.Kind, e.ID); err != nil {
				return err
			}
		}
		for _, h := range r.Bodies {
			if err := w.exec(ctx, `delete from archive where hash = ?`, h[:]); err != nil {
				return err
			}
			if err := w.exec(ctx, `delete from piece where hash = ?`, h[:]); err != nil {
				return err
			}
		}
		return b.write(ctx, w)
	})
	if err != nil {
		return engine.Outcome{}, fmt.Errorf("remove %d streams: %w", len(r.Streams), err)
	}
	d.remember(b)
	d.forget(r.Streams)
	return b.outcomes[0], nil
}

// placesMost is from how many positions packs are taken apart at a time.
const placesMost = 4096

// placesOf are the positions of what streams hold in tables pack and event, ascending, and the
// ids of these streams.
func (d *DB) placesOf(streams []string) (places []engine.Pos, ids map[int64]bool) {
	d.mem.RLock()
	defer d.mem.RUnlock()
	ids = map[int64]bool{}
	for _, name := range streams {
		if h := d.heads[name]; h != nil {
			places = append(places, h.positions(1, h.n)...)
			ids[h.id] = true
		}
	}
	slices.Sort(places)
	return places, ids
}

// forget takes streams out of memory. The tail begins anew: who is behind reads the file.
func (d *DB) forget(streams []string) {
	d.mem.Lock()
	defer d.mem.Unlock()
	for _, name := range streams {
		delete(d.heads, name)
	}
	d.tail.reset(d.opts.Tail, d.tail.last)
}
