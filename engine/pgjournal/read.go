package pgjournal

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"terang/engine"
	"terang/engine/packed"
)

const (
	// page is how many records Read takes from the database at a time.
	page = 512
	// rowsMost is how many rows are read at a time of what follows a position.
	rowsMost = 256
)

// errDamaged: what is stored cannot have been stored by this program.
var errDamaged = errors.New("the database is damaged or was changed by hand: restore a backup")

var (
	//go:embed queries/read.sql
	selectStream string
	//go:embed queries/tail.sql
	selectTail string
)

// Read implements engine.Journal. No connection is held while visit runs, which may use
// the journal.
func (d *DB) Read(ctx context.Context, stream string, after int, visit func(engine.Record) error) error {
	after = max(after, 0)
	if inPacks(stream) { // where they stand is known of what was taken in
		if err := d.current(ctx); err != nil {
			return fmt.Errorf("read %s: %w", stream, err)
		}
	}
	for {
		records, err := d.page(ctx, stream, after)
		if err != nil {
			return fmt.Errorf("read %s after %d: %w", stream, after, err)
		}
		if inPacks(stream) && gap(records, after) > 0 {
			// What others have appended since may have been taken out of its pack in part.
			if err := d.current(ctx); err != nil {
				return fmt.Errorf("read %s after %d: %w", stream, after, err)
			}
			if records, err = d.page(ctx, stream, after); err != nil {
				return fmt.Errorf("read %s after %d: %w", stream, after, err)
			}
		}
		if n := gap(records, after); n > 0 {
			return fmt.Errorf("read %s: version %d is not there, and %d is: %w", stream, n, n+1, errDamaged)
		}
		for _, r := range records {
			after = r.N
			if err := visit(r); err != nil {
				return err
			}
		}
		if len(records) < page {
			return nil
		}
	}
}

// gap returns the first version that is missing among records after a version, 0 if none is.
func gap(records []engine.Record, after int) int {
	for i := range records {
		if n := after + 1 + i; records[i].N != n {
			return n
		}
	}
	return 0
}

// page returns the next versions of a stream.
func (d *DB) page(ctx context.Context, stream string, after int) (records []engine.Record, err error) {
	id, packs := d.known.packsOf(stream, after+1, after+page)
	packs = slices.Compact(packs)
	err = d.reading(ctx, func(ctx context.Context) error {
		rows, err := d.pool.Query(ctx, selectStream, stream, int64(after), int64(after+page), packs)
		if err != nil {
			return err
		}
		records = nil
		var r row
		_, err = pgx.ForEachRow(rows, []any{&r.pos, &r.n, &r.body, &r.hash}, func() error {
			return r.visit(func(p packed.Record) {
				if !r.packed() || p.Stream == id && after < p.N && p.N <= after+page {
					records = append(records, p.Of(stream))
				}
			})
		})
		return err
	})
	slices.SortFunc(records, func(a, b engine.Record) int { return cmp.Compare(a.N, b.N) })
	return records, err
}

// row is one of what is read of tables event and pack.
type row struct {
	pos    engine.Pos
	stream int64
	n      int
	body   []byte
	hash   pgtype.DriverBytes
}

// packed says that it holds several records.
func (r *row) packed() bool { return r.n == 0 }

// visit visits the records of a row, in the order of their positions.
func (r *row) visit(visit func(packed.Record)) error {
	if r.packed() {
		if !packed.Unpack(r.pos, r.body, visit) {
			return fmt.Errorf("the records packed from position %d on: %w", r.pos, errDamaged)
		}
		return nil
	}
	p := packed.Record{Pos: r.pos, Stream: r.stream, N: r.n, Body: r.body}
	if len(r.hash) != len(p.Hash) {
		return fmt.Errorf("the record at position %d has a hash of %d bytes: %w", r.pos, len(r.hash), errDamaged)
	}
	copy(p.Hash[:], r.hash)
	visit(p)
	return nil
}

// Tail implements engine.Journal. A position that the journal has not reached can only
// come from a journal that was set back since: this node stops.
func (d *DB) Tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	return d.follow(ctx, after, limit, nil)
}

// TailInto implements engine.Follower.
func (d *DB) TailInto(ctx context.Context, after engine.Pos, room []engine.Record) ([]engine.Record, error) {
	return d.follow(ctx, after, cap(room), room)
}

func (d *DB) follow(ctx context.Context, after engine.Pos, limit int, room []engine.Record) (records []engine.Record, err error) {
	if limit <= 0 {
		return nil, nil
	}
	if err := d.seen.why(); err != nil {
		return nil, fmt.Errorf("tail after %d: %w", after, err)
	}
	if records, ok := d.known.after(after, limit, room); ok {
		return records, nil
	}
	err = d.reading(ctx, func(ctx context.Context) (err error) {
		records, err = d.tail(ctx, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("tail after %d: %w", after, err)
	}
	return records, nil
}

// tail reads what follows a position, and takes it in if it joins what is known.
func (d *DB) tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	k := &d.known
	end, joins := k.joins(after)
	if after > end && end > 0 { // it was read behind what is known
		if err := d.current(ctx); err != nil {
			return nil, err
		}
		_, joins = k.joins(after)
	}
	if !joins {
		return d.behind(ctx, after, limit)
	}
	if err := k.await(ctx); err != nil {
		return nil, err
	}
	defer k.leave()
	if records, ok := k.after(after, limit, nil); ok {
		return records, nil // it has been read meanwhile
	}
	if end, joins = k.joins(after); !joins {
		return d.behind(ctx, after, limit)
	}
	var records []engine.Record
	ended, err := d.ends(ctx, end)
	for err == nil && !ended && len(records) < limit {
		var s *stretch
		if s, err = d.next(ctx, d.pool, end); err == nil {
			records, end, ended = s.add(records), s.is, s.whole
		}
	}
	return records[:min(len(records), limit)], err
}

// behind reads what follows a position, and takes nothing in.
func (d *DB) behind(ctx context.Context, after engine.Pos, limit int) (records []engine.Record, _ error) {
	for len(records) < limit {
		s, err := d.stretch(ctx, d.pool, after, min(limit-len(records), rowsMost))
		if err != nil {
			return nil, err
		}
		records, after = s.add(records), s.is
		if s.whole {
			break
		}
	}
	return records[:min(len(records), limit)], nil
}

// stretch is what was read of the journal behind the position was, up to is.
type stretch struct {
	was, is engine.Pos
	whole   bool // is is where the journal ended
	entries []entry
}

func (s *stretch) add(records []engine.Record) []engine.Record {
	for i := range s.entries {
		records = append(records, s.entries[i].Record)
	}
	return records
}

// stretch reads at most so many rows of what follows a position.
func (d *DB) stretch(ctx context.Context, from querier, after engine.Pos, most int) (*stretch, error) {
	least, _, _ := d.seen.now()
	rows, err := from.Query(ctx, selectTail, int64(after), int64(most))
	if err != nil {
		return nil, err
	}
	s := &stretch{was: after, is: -1}
	count := 0
	var pos *engine.Pos // nil if nothing follows
	var stream *int64
	var n *int
	var r row
	_, err = pgx.ForEachRow(rows, []any{&s.is, &pos, &stream, &n, &r.body, &r.hash}, func() error {
		if pos == nil {
			return nil
		}
		count++
		r.pos, r.stream, r.n = *pos, *stream, *n
		pack := engine.Pos(0)
		if r.packed() {
			pack = r.pos
		}
		return r.visit(func(p packed.Record) {
			if p.Pos > after {
				s.entries = append(s.entries, entry{Record: p.Of(""), stream: p.Stream, pack: pack})
			}
		})
	})
	if err != nil {
		return nil, err
	}
	if err := d.seen.atLeast(max(least, after), s.is); err != nil {
		return nil, err
	}
	if err := d.name(ctx, from, s.entries); err != nil {
		return nil, err
	}
	s.whole = count < most
	if len(s.entries) > 0 {
		last := &s.entries[len(s.entries)-1]
		d.seen.record(last.Pos, last.Hash)
		if !s.whole {
			s.is = last.Pos
		}
	}
	return s, nil
}
