package sqlitejournal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"terang/engine"
)

// page is how many records Read takes from the file at a time.
const page = 512

// While a stream settles, a record stands in both parts for a while.
const selectPage = `
	select pos, ?1, n, body, hash from settled
	where stream = (select id from stream where name = ?1) and n > ?2 and n <= ?3
	union all
	select pos, ?1, n, body, hash from event
	where pos in (select value from json_each(?4)) and n > ?2 and n <= ?3
	order by 3`

// Read implements engine.Journal. No transaction is open while visit runs, which may use
// the journal.
func (d *DB) Read(ctx context.Context, stream string, after int, visit func(engine.Record) error) error {
	after = max(after, 0)
	for {
		records, more, err := d.page(ctx, stream, after)
		if err != nil {
			return fmt.Errorf("read %s after %d: %w", stream, after, named(err))
		}
		for _, r := range records {
			if r.N <= after {
				continue // the same record, from the other table
			}
			if r.N != after+1 {
				return fmt.Errorf("read %s: after %d comes %d: %w", stream, after, r.N, ErrDamaged)
			}
			after = r.N
			if err := visit(r); err != nil {
				return err
			}
		}
		if !more || len(records) == 0 {
			return nil
		}
	}
}

// page returns the next records of a stream, and whether there may be more.
func (d *DB) page(ctx context.Context, stream string, after int) (records []engine.Record, more bool, err error) {
	pool, err := d.reading()
	if err != nil {
		return nil, false, err
	}
	to := after + min(page, math.MaxInt-after)
	positions, err := d.waiting(ctx, pool, stream, after+1, to)
	if err != nil {
		return nil, false, err
	}
	list, err := json.Marshal(append([]engine.Pos{}, positions...)) // nil would be null
	if err != nil {
		return nil, false, err
	}
	records, err = collect(pool.QueryContext(ctx, selectPage, stream, after, to, string(list)))
	return records, true, err
}

// waiting returns where those of the versions from..to of a stream stand that are in table event. Who
// writes has that in memory; a reader gathers it as it goes, so that many streams cost one pass over
// the table and not one each.
func (d *DB) waiting(ctx context.Context, pool *sql.DB, stream string, from, to int) ([]engine.Pos, error) {
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
