package pgjournal

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"terang/engine"
	"terang/engine/packed"
)

const (
	deleteStreams = `delete from event where stream = any(select id from stream where name = any($1::text[]))`
	deleteEntries = `delete from register r using unnest($1::text[], $2::text[]) as gone(kind, id)
		where r.kind = gone.kind and r.id = gone.id`
	deleteBodies = `delete from archive where hash = any($1::bytea[])`
	noteRemoved  = `update stream set removed = $1 where name = any($2::text[])`

	// removing is the advisory lock that removals take turns by.
	removing = 0x7465726f // "tero"

	// packsMost is how many packs are taken apart at a time.
	packsMost = 2000
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
	if lost(err) || d.w.IsClosed() {
		d.disconnect()
	}
	if err != nil {
		return engine.Outcome{}, fmt.Errorf("remove %d streams: %w", len(r.Streams), judge(err))
	}
	return out, nil
}

func (d *DB) remove(ctx context.Context, r engine.Removal) (out engine.Outcome, err error) {
	runs := []engine.Run{r.Record}
	streams, err := d.intern(ctx, runs)
	if err != nil {
		return out, err
	}
	if err := d.current(ctx); err != nil { // where the packs stand
		return out, err
	}
	tx, err := d.w.Begin(ctx)
	if err != nil {
		return out, err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after the commit it does nothing
	// However long it takes, no append of an exam that runs waits for it: the head row is
	// locked late, for a second look. By then whatever was appended to these streams
	// meanwhile can be seen, and nothing more can come.
	if err := d.clear(ctx, tx, r); err != nil {
		return out, err
	}
	seen, err := d.takeOut(ctx, tx, r.Streams, 0)
	if err != nil {
		return out, err
	}
	if err := d.current(ctx); err != nil { // what there is to read is read before others wait
		return out, err
	}
	if _, err := d.hold(ctx, tx); err != nil {
		return out, err
	}
	if err := d.current(ctx); err != nil {
		return out, err
	}
	if _, err := d.takeOut(ctx, tx, r.Streams, seen); err != nil {
		return out, err
	}
	b := d.decide(runs, streams)
	if _, err := d.send(ctx, tx, b); err != nil || b.outcomes[0].Conflict {
		return b.outcomes[0], err
	}
	last := b.base + engine.Pos(b.count)
	for _, do := range []statement{
		{deleteStreams, []any{r.Streams}},
		{noteRemoved, []any{int64(last), r.Streams}},
	} {
		if _, err := tx.Exec(ctx, do.sql, do.args...); err != nil {
			return out, err
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return out, err
	}
	d.known.forget()
	d.seen.record(last, r.Record.Records[len(r.Record.Records)-1].Hash)
	return b.outcomes[0], nil
}

// statement is one with its arguments.
type statement struct {
	sql  string
	args []any
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
	for _, do := range []statement{
		{`set local statement_timeout = 0`, nil},
		{`set local idle_in_transaction_session_timeout = '1min'`, nil},
		{`select pg_advisory_xact_lock($1)`, []any{removing}}, // a pack is taken apart once
		{deleteStreams, []any{r.Streams}},
		{deleteEntries, []any{kinds, ids}},
		{deleteBodies, []any{bodies}},
	} {
		if _, err := tx.Exec(ctx, do.sql, do.args...); err != nil {
			return err
		}
	}
	return nil
}

// takeOut takes apart the packs behind a position that hold records of streams; what others have in
// them it puts into table event, one by one. It returns up to where it looked.
func (d *DB) takeOut(ctx context.Context, tx pgx.Tx, names []string, behind engine.Pos) (engine.Pos, error) {
	end := d.known.end()
	gone := map[int64]bool{}
	var firsts []engine.Pos
	for _, name := range names {
		id, packs := d.known.packsOf(name, 1, math.MaxInt)
		gone[id] = true
		for _, first := range packs {
			if first > behind {
				firsts = append(firsts, first)
			}
		}
	}
	slices.Sort(firsts)
	for piece := range slices.Chunk(slices.Compact(firsts), packsMost) {
		if err := takeApart(ctx, tx, piece, gone); err != nil {
			return 0, err
		}
	}
	return end, nil
}

// takeApart moves what packs hold to table event, but for the streams that are gone.
func takeApart(ctx context.Context, tx pgx.Tx, firsts []engine.Pos, gone map[int64]bool) error {
	rows, err := tx.Query(ctx, `delete from pack where first = any($1::bigint[]) returning first, body`, firsts)
	if err != nil {
		return err
	}
	var pos, stream []int64
	var n []int32
	var body, hash [][]byte
	var r row
	if _, err = pgx.ForEachRow(rows, []any{&r.pos, &r.body}, func() error {
		return r.visit(func(p packed.Record) {
			if !gone[p.Stream] {
				pos, stream, n = append(pos, int64(p.Pos)), append(stream, p.Stream), append(n, int32(p.N))
				body, hash = append(body, p.Body), append(hash, p.Hash[:])
			}
		})
	}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into event(pos, stream, n, body, hash)
		select * from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bytea[], $5::bytea[])`, pos, stream, n, body, hash)
	return err
}
