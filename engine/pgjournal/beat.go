package pgjournal

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"terang/engine"
)

// Both parts see the table as it was: what returns stood there before this beat.
const upsertBeat = `
	with done as (
		insert into beat(node, at) select $1::text, $2::bigint where $2 <> 0 on conflict (node) do update set at = excluded.at
	)
	select node, at from beat`

// Beat implements engine.Journal: what it returns stood there before this beat, so that a
// node that starts under its old name learns when it was last alive.
func (d *DB) Beat(ctx context.Context, node string, at engine.Instant) (map[string]engine.Instant, error) {
	var before map[string]engine.Instant
	err := d.changing(ctx, func(ctx context.Context) error {
		rows, err := d.pool.Query(ctx, upsertBeat, node, int64(at))
		if err != nil {
			return err
		}
		before = map[string]engine.Instant{}
		var node string
		var at int64
		_, err = pgx.ForEachRow(rows, []any{&node, &at}, func() error {
			before[node] = engine.Instant(at)
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("beat of %s: %w", node, err)
	}
	return before, nil
}

// Ahead implements engine.Timekeeper.
func (d *DB) Ahead(ctx context.Context, now func() engine.Instant) (time.Duration, error) {
	ahead, err := skew(ctx, d.pool, now)
	if err != nil {
		return 0, fmt.Errorf("the database's clock: %w", err)
	}
	return ahead, nil
}

// skew is by how much a node's clock is ahead of the database's, to within half of the fastest
// of three round trips. now is the node's clock.
func skew(ctx context.Context, q querier, now func() engine.Instant) (ahead time.Duration, err error) {
	fastest := time.Duration(-1)
	for range 3 {
		asked := now()
		began := time.Now()
		var there int64
		if err := q.QueryRow(ctx, `select (extract(epoch from clock_timestamp()) * 1000)::bigint`).Scan(&there); err != nil {
			return 0, err
		}
		if took := time.Since(began); fastest < 0 || took < fastest {
			fastest = took
			ahead = asked.Add(took / 2).Sub(engine.Instant(there))
		}
	}
	return ahead, nil
}
