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
	following sync.Mutex    // held to read what follows from the database
	begun     atomic.Uint64 // readings to the end, by their numbers; changed under following
	done      uint64        // the newest that came to the end; guarded by following

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
	gone   []int64    // streams whose removal it records
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
		for _, id := range e.gone {
			if st := k.streams.byID[id]; st != nil {
				st.n, st.packs = 0, packed.Places{}
			}
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
	k.following.Lock()
	defer k.following.Unlock()
	if k.done > begun {
		return nil // somebody has read to the end since
	}
	begun = k.begun.Add(1)
	for ended := false; !ended; {
		err := d.reading(ctx, func(ctx context.Context) (err error) {
			ended, err = d.advance(ctx, d.pool, k.end(), func(*stretch) bool { return false })
			return err
		})
		if err != nil {
			return err
		}
	}
	k.done = begun
	return nil
}

// newest takes in what others have appended, and returns whether there was nothing.
func (d *DB) newest(ctx context.Context, from querier) (nothing bool, err error) {
	k := &d.known
	k.following.Lock()
	defer k.following.Unlock()
	was := k.end()
	_, err = d.advance(ctx, from, was, func(*stretch) bool { return true })
	return err == nil && k.end() == was, err
}

// advance reads on from where the journal was known a moment ago while more is wanted, and returns
// whether that was its end. The caller holds following.
func (d *DB) advance(ctx context.Context, from querier, at engine.Pos, more func(*stretch) bool) (ended bool, _ error) {
	// Mostly nothing follows, and this question is planned and answered in no time.
	if ended, err := d.ends(ctx, from, at); err != nil || ended {
		return ended, err
	}
	for {
		s, err := d.read(ctx, from, at, rowsMost)
		if err != nil {
			return false, err
		}
		if err := s.explain(ctx, from); err != nil {
			return false, err
		}
		d.known.take(s.was, s.is, s.entries)
		if !more(s) || s.whole {
			return s.whole, nil
		}
		at = s.is
	}
}

// ends says whether the journal ends at a position; it may not end before.
func (d *DB) ends(ctx context.Context, from querier, at engine.Pos) (bool, error) {
	least, _, _ := d.seen.now()
	var head engine.Pos
	if err := from.QueryRow(ctx, `select coalesce((select last from head), -1)`).Scan(&head); err != nil {
		return false, err
	}
	return head == at, d.seen.atLeast(max(least, at), head)
}

// explain finds which streams are gone by the removals in a stretch.
func (s *stretch) explain(ctx context.Context, from querier) error {
	for i := range s.entries {
		e := &s.entries[i]
		if e.Stream != engine.RemovalStream {
			continue
		}
		rows, err := from.Query(ctx, `select id from stream where removed = $1::bigint`, int64(e.Pos))
		if err != nil {
			return err
		}
		if e.gone, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			return err
		}
	}
	return nil
}
