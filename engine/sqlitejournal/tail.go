package sqlitejournal

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"

	"terang/engine"
	"terang/engine/packed"
)

// ringBytes bounds the bodies that a ring holds.
const ringBytes = 64 << 20

// ring holds the records after base, up to the last committed position. Positions have no
// gaps here: a run that is refused never gets any.
type ring struct {
	records    []engine.Record // at pos % len
	base, last engine.Pos
	bytes      int
}

func (r *ring) reset(size int, last engine.Pos) {
	*r = ring{records: make([]engine.Record, size), base: last, last: last}
}

func (r *ring) at(pos engine.Pos) *engine.Record { return &r.records[int(pos)%len(r.records)] }

func (r *ring) push(b *batch) {
	for _, p := range b.runs {
		for i, rec := range p.run.Records {
			rec.Pos = p.at + engine.Pos(i)
			if rec.Pos-r.base > engine.Pos(len(r.records)) {
				r.shift()
			}
			*r.at(rec.Pos) = rec
			r.last = rec.Pos
			r.bytes += len(rec.Body)
		}
	}
	for r.bytes > ringBytes {
		r.shift()
	}
}

// shift forgets the oldest record.
func (r *ring) shift() {
	r.base++
	old := r.at(r.base)
	r.bytes -= len(old.Body)
	*old = engine.Record{}
}

// after returns the records that follow a position, in room if that is enough, and false if the
// ring begins later.
func (r *ring) after(pos engine.Pos, limit int, room []engine.Record) ([]engine.Record, bool) {
	if pos < r.base || len(r.records) == 0 {
		return nil, false
	}
	records := slices.Grow(room[:0], int(max(0, min(int64(limit), int64(r.last-pos)))))
	for pos++; pos <= r.last && len(records) < limit; pos++ {
		records = append(records, *r.at(pos))
	}
	return records, true
}

// Every event stands in exactly one of the three parts; a pack has no n, and begins with the
// one that may hold what follows ?1. Cross join keeps the order.
const selectTail = `
	select pos, stream, n, body, hash from event where pos > ?1
	union all
	select m.pos, m.stream, m.n, s.body, s.hash
	from moved m cross join settled s on s.stream = m.stream and s.n = m.n where m.pos > ?1
	union all
	select first, 0, 0, body, x'' from pack
	where first >= coalesce((select first from pack where first <= ?1 order by first desc limit 1), 0)
	order by 1 limit ?2`

// Tail implements engine.Journal. Who is near the head is served from memory; the bodies
// are then shared and must not be changed.
func (d *DB) Tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	return d.follow(ctx, after, limit, nil)
}

// TailInto implements engine.Follower.
func (d *DB) TailInto(ctx context.Context, after engine.Pos, room []engine.Record) ([]engine.Record, error) {
	return d.follow(ctx, after, cap(room), room)
}

func (d *DB) follow(ctx context.Context, after engine.Pos, limit int, room []engine.Record) ([]engine.Record, error) {
	if limit <= 0 {
		return nil, nil
	}
	d.mem.RLock()
	records, ok := d.tail.after(after, limit, room)
	d.mem.RUnlock()
	if ok {
		return records, nil
	}
	pool, err := d.reading()
	if err != nil {
		return nil, fmt.Errorf("tail after %d: %w", after, named(err))
	}
	if records, err = tail(ctx, pool, after, limit); err != nil {
		return nil, fmt.Errorf("tail after %d: %w", after, named(err))
	}
	return records, nil
}

// tail reads from the file what follows a position.
func tail(ctx context.Context, pool *sql.DB, after engine.Pos, limit int) ([]engine.Record, error) {
	// The first pack may begin before the position; what else is read begins after it.
	enough := min(limit, math.MaxInt-packBytes) + packBytes/packed.Least
	all, next, err := collect(ctx, pool, enough, selectTail, int64(after), enough+1)
	if err != nil {
		return nil, err
	}
	// What was not read may stand between the records of a pack.
	all = slices.DeleteFunc(all, func(p packed.Record) bool { return p.Pos <= after || p.Pos >= next })
	slices.SortFunc(all, func(a, b packed.Record) int { return cmp.Compare(a.Pos, b.Pos) })
	all = all[:min(len(all), limit)]
	ids := map[int64]bool{}
	for _, p := range all {
		ids[p.Stream] = true
	}
	names, err := namesOf(ctx, pool, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	records := make([]engine.Record, len(all))
	for i, p := range all {
		records[i] = p.Of(names[p.Stream])
	}
	return records, nil
}

// collect reads rows of pos, stream, n, body, hash. One without n is a pack, which is taken apart:
// if it names a stream, for that stream's records. It stops at a row when it has enough records,
// and returns where that row begins.
func collect(ctx context.Context, from querier, enough int, query string, args ...any) (all []packed.Record, next engine.Pos, _ error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var r packed.Record
		var hash sql.RawBytes
		if err := rows.Scan(&r.Pos, &r.Stream, &r.N, &r.Body, &hash); err != nil {
			return nil, 0, err
		}
		if len(all) >= enough {
			return all, r.Pos, nil
		}
		if all, err = expand(all, r, hash); err != nil {
			return nil, 0, err
		}
	}
	return all, math.MaxInt64, rows.Err()
}

// expand adds the records of a row.
func expand(all []packed.Record, row packed.Record, hash []byte) ([]packed.Record, error) {
	if row.N == 0 {
		err := unpack(row.Pos, row.Body, func(r packed.Record) {
			if row.Stream == 0 || row.Stream == r.Stream {
				all = append(all, r)
			}
		})
		return all, err
	}
	if len(hash) != len(row.Hash) {
		return nil, fmt.Errorf("record at position %d has a hash of %d bytes: %w", row.Pos, len(hash), ErrDamaged)
	}
	copy(row.Hash[:], hash)
	return append(all, row), nil
}
