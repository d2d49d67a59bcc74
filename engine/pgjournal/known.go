package pgjournal

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"terang/engine"
	"terang/engine/packed"
)

// known is what this node has taken in of the journal, in order and without a gap, up to the
// position last: what its own appends have stored, and what it has read behind them.
type known struct {
	following chan struct{} // has an element while somebody reads what follows from the database
	begun     atomic.Uint64 // readings to the end, by their numbers; changed by who is following
	done      uint64        // the newest that came to the end; of who is following

	mu      sync.RWMutex
	last    engine.Pos
	streams streams
	recent  recent
}

// entry is a record as it is taken in.
type entry struct {
	engine.Record
	stream int64
	pack   engine.Pos // first position of the pack in which it stands, 0 for table event
	gone   []stream   // whose removal it records
}

// take takes in the records of a journal that ended at was before them and ends at is with them.
// What is known already is passed over; what does not join on is left for the database to tell.
func (k *known) take(was, is engine.Pos, entries []entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last < was || k.last >= is {
		return
	}
	for i := range entries {
		e := &entries[i]
		if e.Pos <= k.last {
			continue
		}
		k.recent.push(e.Record)
		if inPacks(e.Stream) {
			k.streams.add(e.stream, e.Stream, e.N).extend(e)
		}
		for _, gone := range e.gone {
			// Whoever is just asking for it may have had its answer before the removal.
			st := k.streams.add(gone.id, gone.name, 0)
			st.n, st.packs = 0, packed.Places{}
			k.recent.forget(e.Pos)
		}
	}
	k.last = is
}

// extend takes note of the stream's next record.
func (st *stream) extend(e *entry) {
	switch st.n = e.N; {
	case e.pack != 0:
		st.packs.Extend(e.pack)
	case st.packs.Len() > 0:
		st.packs.Extend(e.Pos) // it was taken out of its pack, and no other begins here
	}
}

// forget lets the database tell what it was told.
func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.recent.forget(k.last)
}

// end is up to where the journal is known.
func (k *known) end() engine.Pos {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.last
}

// after returns at most limit records behind a position, in room if that is enough. It is not ok
// where there are none or others may stand between: the database knows.
func (k *known) after(pos engine.Pos, limit int, room []engine.Record) ([]engine.Record, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.recent.after(pos, limit, room)
}

// joins says whether everything that follows a position follows what is known, and where that ends.
func (k *known) joins(pos engine.Pos) (end engine.Pos, joins bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	_, some := k.recent.after(pos, 1, nil)
	return k.last, k.recent.base <= pos && pos <= k.last && !some
}

// await waits until nobody else reads what follows; then leave must be called.
func (k *known) await(ctx context.Context) error {
	select {
	case k.following <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *known) leave() { <-k.following }

// packsOf returns a stream's id, and the first positions of the packs that hold its versions from..to.
func (k *known) packsOf(name string, from, to int) (id int64, firsts []engine.Pos) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if st := k.streams.byName[name]; st != nil {
		return st.id, st.packs.Of(st.n, from, to)
	}
	return 0, nil
}

// current takes in what others have appended before it was called. It may be much, for a node that has
// just begun: every call to the database has its own time.
func (d *DB) current(ctx context.Context) error {
	k := &d.known
	begun := k.begun.Load()
	waiting, cancel := context.WithTimeout(ctx, d.opts.Timeout)
	defer cancel()
	if err := k.await(waiting); err != nil {
		return err
	}
	defer k.leave()
	if k.done > begun {
		return nil // somebody has read to the end since
	}
	begun = k.begun.Add(1)
	ended := false // mostly nothing follows, and that question is answered in no time
	err := d.reading(ctx, func(ctx context.Context) (err error) {
		ended, err = d.ends(ctx, k.end())
		return err
	})
	for err == nil && !ended {
		err = d.reading(ctx, func(ctx context.Context) error {
			s, err := d.next(ctx, d.pool, k.end())
			ended = err == nil && s.whole
			return err
		})
	}
	if err == nil {
		k.done = begun
	}
	return err
}

// near takes in what a transaction sees behind what is known, up to the end that it holds.
func (d *DB) near(ctx context.Context, tx pgx.Tx) error {
	if err := d.known.await(ctx); err != nil {
		return err
	}
	defer d.known.leave()
	for {
		s, err := d.next(ctx, tx, d.known.end())
		if err != nil || s.whole {
			return err
		}
	}
}

// next reads on from where the journal was known a moment ago, and takes that in. The caller is
// following.
func (d *DB) next(ctx context.Context, from querier, at engine.Pos) (*stretch, error) {
	s, err := d.stretch(ctx, from, at, rowsMost)
	if err != nil {
		return nil, err
	}
	if err := explain(ctx, from, s); err != nil {
		return nil, err
	}
	d.known.take(s.was, s.is, s.entries)
	return s, nil
}

// ends says whether the journal ends at a position; it may not end before.
func (d *DB) ends(ctx context.Context, at engine.Pos) (bool, error) {
	least, _, _ := d.seen.now()
	var head engine.Pos
	if err := d.pool.QueryRow(ctx, `select coalesce((select last from head), -1)`).Scan(&head); err != nil {
		return false, err
	}
	return head == at, d.seen.atLeast(max(least, at), head)
}

// explain finds which streams are gone by the removals in a stretch.
func explain(ctx context.Context, from querier, s *stretch) error {
	for i := range s.entries {
		e := &s.entries[i]
		if e.Stream != engine.RemovalStream {
			continue
		}
		rows, err := from.Query(ctx, `select id, name from stream where removed = $1::bigint`, int64(e.Pos))
		if err != nil {
			return err
		}
		e.gone, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (st stream, err error) {
			return st, row.Scan(&st.id, &st.name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
