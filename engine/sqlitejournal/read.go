package sqlitejournal

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"terang/engine"
)

// page is how many records Read takes from the file at a time.
const page = 512

// A record stands in exactly one of the three parts; a pack has no n.
const selectPage = `
	select pos, stream, n, body, hash from settled
	where stream = (select id from stream where name = ?2) and n > ?3 and n <= ?4
	union all
	select pos, stream, n, body, hash from event
	where pos in (select value from json_each(?1)) and n > ?3 and n <= ?4
	union all
	select first, (select id from stream where name = ?2), 0, body, x'' from ` + packsAt + ` cross join pack on first = at`

// Read implements engine.Journal. No transaction is open while visit runs, which may use
// the journal.
func (d *DB) Read(ctx context.Context, stream string, after int, visit func(engine.Record) error) error {
	after = max(after, 0)
	for {
		records, err := d.page(ctx, stream, after)
		if err != nil {
			return fmt.Errorf("read %s after %d: %w", stream, after, named(err))
		}
		for _, r := range records {
			if r.N != after+1 {
				return fmt.Errorf("read %s: after %d comes %d: %w", stream, after, r.N, ErrDamaged)
			}
			after = r.N
			if err := visit(r); err != nil {
				return err
			}
		}
		if len(records) == 0 {
			return nil
		}
	}
}

// page returns the next records of a stream; none are left if it has none.
func (d *DB) page(ctx context.Context, stream string, after int) (records []engine.Record, err error) {
	pool, err := d.reading()
	if err != nil {
		return nil, err
	}
	to := after + min(page, math.MaxInt-after)
	positions, err := d.positions(ctx, pool, stream, after+1, to)
	if err != nil {
		return nil, err
	}
	list, err := json.Marshal(append([]engine.Pos{}, positions...)) // nil would be null
	if err != nil {
		return nil, err
	}
	all, _, err := collect(ctx, pool, math.MaxInt, selectPage, string(list), stream, after, to)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if after < p.N && p.N <= to {
			records = append(records, p.Of(stream))
		}
	}
	slices.SortFunc(records, func(a, b engine.Record) int { return cmp.Compare(a.N, b.N) })
	return records, nil
}

// positions returns where the versions from..to of a stream stand in tables pack and event. Who
// writes has that in memory; a reader gathers it as it goes, so that many streams cost one pass over
// the tables and not one each.
func (d *DB) positions(ctx context.Context, pool *sql.DB, stream string, from, to int) ([]engine.Pos, error) {
	if !inPacks(stream) {
		return nil, nil
	}
	if d.lock != nil {
		d.mem.RLock()
		defer d.mem.RUnlock()
		return d.heads[stream].positions(from, to), nil
	}
	var id int64
	err := pool.QueryRowContext(ctx, `select id from stream where name = ?`, stream).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d.mem.Lock()
	defer d.mem.Unlock()
	if err := d.gathered.follow(ctx, pool); err != nil {
		return nil, err
	}
	return d.gathered.heads[id].positions(from, to), nil
}
