package sqlitejournal

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"terang/engine"
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

// Every event stands in exactly one of the two parts. The names come by a subquery so
// that nothing can make the planner begin with table stream; cross join keeps the order.
const selectTail = `
	select pos, (select name from stream where id = event.stream), n, body, hash
	from event where pos > ?1
	union all
	select m.pos, (select name from stream where id = m.stream), m.n, s.body, s.hash
	from moved m cross join settled s on s.stream = m.stream and s.n = m.n where m.pos > ?1
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
	records, err = collect(pool.QueryContext(ctx, selectTail, int64(after), limit))
	if err != nil {
		return nil, fmt.Errorf("tail after %d: %w", after, named(err))
	}
	return records, nil
}

// collect reads rows of pos, stream, n, body, hash.
func collect(rows *sql.Rows, err error) ([]engine.Record, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records []engine.Record
	names := map[string]string{} // one string a stream, not one a record
	for rows.Next() {
		var r engine.Record
		var name, hash sql.RawBytes
		if err := rows.Scan(&r.Pos, &name, &r.N, &r.Body, &hash); err != nil {
			return nil, err
		}
		if len(hash) != len(r.Hash) {
			return nil, fmt.Errorf("record at position %d has a hash of %d bytes: %w", r.Pos, len(hash), ErrDamaged)
		}
		copy(r.Hash[:], hash)
		stream, ok := names[string(name)]
		if !ok {
			stream = string(name)
			names[stream] = stream
		}
		r.Stream = stream
		records = append(records, r)
	}
	return records, rows.Err()
}
