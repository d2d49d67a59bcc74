package sqlitejournal

import (
	"context"
	"database/sql"
	"fmt"

	"terang/engine"
)

// Beat implements engine.Journal: what it returns stood there before this beat, so that a
// node that starts under its old name learns when it was last alive.
func (d *DB) Beat(ctx context.Context, node string, at engine.Instant) (map[string]engine.Instant, error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.prepare(ctx); err != nil {
		return nil, fmt.Errorf("beat of %s: %w", node, err)
	}
	var before map[string]engine.Instant
	err := d.commit(ctx, func(ctx context.Context, w *writer) (err error) {
		if before, err = beats(w.conn.QueryContext(ctx, `select node, at from beat`)); err != nil {
			return err
		}
		if at == 0 {
			return nil
		}
		return w.exec(ctx, `insert into beat(node, at) values (?, ?) on conflict(node) do update set at = excluded.at`, node, int64(at))
	})
	if err != nil {
		return nil, fmt.Errorf("beat of %s: %w", node, err)
	}
	return before, nil
}

func beats(rows *sql.Rows, err error) (map[string]engine.Instant, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := map[string]engine.Instant{}
	for rows.Next() {
		var node string
		var i int64
		if err := rows.Scan(&node, &i); err != nil {
			return nil, err
		}
		at[node] = engine.Instant(i)
	}
	return at, rows.Err()
}
