package pgjournal

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"terang/engine"
)

const (
	deleteStreams = `delete from event where stream = any(select id from stream where name = any($1::text[]))`
	deleteEntries = `delete from register r using unnest($1::text[], $2::text[]) as gone(kind, id)
		where r.kind = gone.kind and r.id = gone.id`
	deleteBodies = `delete from archive where hash = any($1::bytea[])`
)

// Remove implements engine.Remover. The names of the streams stay: other nodes may
// remember their ids. A node that appends to a removed stream meets a conflict, because
// the predecessor is gone; it learns why from the record, which its tail brings it.
func (d *DB) Remove(ctx context.Context, r engine.Removal) (engine.Outcome, error) {
	if err := r.Check(); err != nil {
		return engine.Outcome{}, err
	}
	if err := check([]engine.Run{r.Record}); err != nil {
		return engine.Outcome{}, fmt.Errorf("remove: %w", err)
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.seen.why(); err != nil {
		return engine.Outcome{}, fmt.Errorf("remove: %w", err)
	}
	if d.w == nil {
		if err := d.connect(ctx); err != nil {
			return engine.Outcome{}, fmt.Errorf("remove: nothing was sent: %w", d.orStopped(err))
		}
	}
	out, err := d.remove(ctx, r)
	if lost(err) {
		d.disconnect()
	}
	if err != nil {
		return engine.Outcome{}, fmt.Errorf("remove %d streams: %w", len(r.Streams), judge(err))
	}
	return out, nil
}

func (d *DB) remove(ctx context.Context, r engine.Removal) (out engine.Outcome, err error) {
	runs := []engine.Run{r.Record}
	ids, err := d.intern(ctx, runs)
	if err != nil {
		return out, err
	}
	outcomes := make([]engine.Outcome, 1)
	b := gather(runs, ids, outcomes)
	var head engine.Pos
	tx, err := d.w.Begin(ctx)
	if err != nil {
		return out, err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after the commit it does nothing
	// However long it takes, no append of an exam that runs waits for it: the head row is
	// locked by the record, which comes last but for a second look. By then whatever
	// was appended to these streams meanwhile can be seen, and nothing more can come.
	if err := d.clear(ctx, tx, r); err != nil {
		return out, err
	}
	if head, err = record(ctx, tx, b, outcomes); err != nil || outcomes[0].Conflict {
		return outcomes[0], err
	}
	if _, err := tx.Exec(ctx, deleteStreams, r.Streams); err != nil {
		return out, err
	}
	if err := tx.Commit(ctx); err != nil {
		return out, err
	}
	d.recent.forget()
	d.seen.reached(head)
	d.seen.record(head, r.Record.Records[len(r.Record.Records)-1].Hash)
	return outcomes[0], nil
}

func (d *DB) clear(ctx context.Context, tx pgx.Tx, r engine.Removal) error {
	kinds, ids := make([]string, len(r.Entries)), make([]string, len(r.Entries))
	for i, e := range r.Entries {
		kinds[i], ids[i] = e.Kind, e.ID
	}
	bodies := make([][]byte, len(r.Bodies))
	for i := range r.Bodies {
		bodies[i] = r.Bodies[i][:]
	}
	for _, do := range []struct {
		statement string
		args      []any
	}{
		{`set local statement_timeout = 0`, nil},
		{deleteStreams, []any{r.Streams}},
		{deleteEntries, []any{kinds, ids}},
		{deleteBodies, []any{bodies}},
	} {
		if _, err := tx.Exec(ctx, do.statement, do.args...); err != nil {
			return err
		}
	}
	return nil
}

// record appends the removal's run in its transaction. What it returns is not believed
// before the commit.
func record(ctx context.Context, tx pgx.Tx, b *batch, outcomes []engine.Outcome) (head engine.Pos, err error) {
	rows, err := tx.Query(ctx, appendBatch, b.stream, b.n, b.body, b.hash, b.first, int64(0))
	if err != nil {
		return 0, err
	}
	var stream *int64 // nil if it was refused
	var pos *engine.Pos
	_, err = pgx.ForEachRow(rows, []any{&head, &stream, &pos}, func() error {
		if stream != nil {
			outcomes[0] = engine.Outcome{First: *pos}
		}
		return nil
	})
	return head, err
}
