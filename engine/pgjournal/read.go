package pgjournal

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"terang/engine"
)

// page is how many records Read takes from the database at a time.
const page = 512

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
	for {
		records, err := d.page(ctx, stream, after)
		if err != nil {
			return fmt.Errorf("read %s after %d: %w", stream, after, err)
		}
		for _, r := range records {
			if r.N != after+1 {
				return fmt.Errorf("read %s: after %d comes %d: %w", stream, after, r.N, errDamaged)
			}
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

func (d *DB) page(ctx context.Context, stream string, after int) (records []engine.Record, err error) {
	err = d.reading(ctx, func(ctx context.Context) error {
		rows, err := d.pool.Query(ctx, selectStream, stream, int64(after), page)
		if err != nil {
			return err
		}
		records = nil
		r := engine.Record{Stream: stream}
		var hash pgtype.DriverBytes
		_, err = pgx.ForEachRow(rows, []any{&r.Pos, &r.N, &r.Body, &hash}, func() error {
			if err := take(&r, hash); err != nil {
				return err
			}
			records = append(records, r)
			return nil
		})
		return err
	})
	return records, err
}

// take puts a hash into its record.
func take(r *engine.Record, hash []byte) error {
	if len(hash) != len(r.Hash) {
		return fmt.Errorf("the record at position %d has a hash of %d bytes: %w", r.Pos, len(hash), errDamaged)
	}
	copy(r.Hash[:], hash)
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
	if records, ok := d.recent.after(after, limit, room); ok {
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

func (d *DB) tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	rows, err := d.pool.Query(ctx, selectTail, int64(after), int64(limit))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records []engine.Record
	var ids []int64
	var head engine.Pos = -1
	for rows.Next() {
		var pos *engine.Pos // nil if nothing follows
		var stream *int64
		var n *int
		var r engine.Record
		var hash pgtype.DriverBytes
		if err := rows.Scan(&head, &pos, &stream, &n, &r.Body, &hash); err != nil {
			return nil, err
		}
		if pos == nil {
			break
		}
		r.Pos, r.N = *pos, *n
		if err := take(&r, hash); err != nil {
			return nil, err
		}
		records, ids = append(records, r), append(ids, *stream)
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if head < after {
		return nil, d.seen.setBack("it ends at position %d, this node has seen %d", head, after)
	}
	d.seen.reached(head)
	if len(records) == 0 {
		return nil, nil
	}
	last := records[len(records)-1]
	d.seen.record(last.Pos, last.Hash)
	return records, d.name(ctx, records, ids)
}
