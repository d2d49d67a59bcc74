package sqlitejournal

import (
	"context"
	"encoding/json"
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

// The reader beside a writer has no heads in memory, and looks through all of event.
const selectStream = `
	select pos, ?1, n, body, hash from settled
	where stream = (select id from stream where name = ?1) and n > ?2
	union all
	select pos, ?1, n, body, hash from event
	where stream = (select id from stream where name = ?1) and n > ?2
	order by 3`

// Read implements engine.Journal. No transaction is open while visit runs, which may use
// the journal.
func (d *DB) Read(ctx context.Context, stream string, after int, visit func(engine.Record) error) error {
	after = max(after, 0)
	for {
		records, more, err := d.page(ctx, stream, after)
		if err != nil {
			return fmt.Errorf("read %s after %d: %w", stream, after, err)
		}
		for _, r := range records {
			if r.N <= after {
				continue // the same record, from the other table
			}
			if r.N != after+1 {
				return fmt.Errorf("read %s: after %d comes %d: the file is damaged, restore a backup", stream, after, r.N)
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
	if d.lock == nil {
		records, err = collect(pool.QueryContext(ctx, selectStream, stream, after))
		return records, false, err
	}
	to := after + min(page, math.MaxInt-after)
	positions := []engine.Pos{}
	d.mem.RLock()
	if h := d.heads[stream]; h != nil {
		positions = append(positions, h.positions(after+1, to)...)
	}
	d.mem.RUnlock()
	list, err := json.Marshal(positions)
	if err != nil {
		return nil, false, err
	}
	records, err = collect(pool.QueryContext(ctx, selectPage, stream, after, to, string(list)))
	return records, true, err
}
