package pgjournal

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"terang/engine"
)

var (
	//go:embed queries/append.sql
	appendBatch string
	//go:embed queries/pack.sql
	appendPacks string
)

const lockHead = `select last from head for update`

// packBytes is what a pack holds, as rows of table pack: four of them fill a page.
const packBytes = 1980

// Append implements engine.Journal. There is one append in flight from a node; those of
// several take turns at the journal's head row.
func (d *DB) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if err := check(runs); err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	if err := d.seen.why(); err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	if len(runs) == 0 {
		return nil, nil
	}
	// A call that is cancelled half way through a commit would leave its outcome unknown.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.opts.Timeout)
	defer cancel()
	outcomes, err := d.append(ctx, runs)
	if err != nil {
		return nil, fmt.Errorf("append %d runs: %w", len(runs), err)
	}
	return outcomes, nil
}

// check refuses what no caller may send: it would break a stream.
func check(runs []engine.Run) error {
	for _, run := range runs {
		if run.Stream == "" || len(run.Records) == 0 {
			return fmt.Errorf("run of %d records for stream %q: name a stream and give at least one record", len(run.Records), run.Stream)
		}
		for i, r := range run.Records {
			if r.Stream != run.Stream || r.N != run.Records[0].N+i {
				return fmt.Errorf("run of %s from %d: record %d is %s %d: a run holds one stream's consecutive versions",
					run.Stream, run.Records[0].N, i, r.Stream, r.N)
			}
			if r.N > math.MaxInt32 {
				return fmt.Errorf("run of %s from %d: a stream has at most %d versions", run.Stream, run.Records[0].N, math.MaxInt32)
			}
		}
	}
	return nil
}

// append tries again only what is known to have stored nothing.
func (d *DB) append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if d.w == nil {
		if err := d.connect(ctx); err != nil {
			return nil, fmt.Errorf("nothing was sent: %w", d.orStopped(err))
		}
	}
	var outcomes []engine.Outcome
	var err error
	for range attempts {
		if outcomes, err = d.store(ctx, runs); !racy(err) {
			break
		}
	}
	if lost(err) || d.w.IsClosed() {
		d.disconnect()
	}
	return outcomes, judge(err)
}

func (d *DB) store(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	d.known.prune()
	streams, err := d.intern(ctx, runs)
	if err != nil {
		return nil, err
	}
	if b := d.decide(runs, streams); d.alone || b.anyhow() {
		ok, err := d.send(ctx, d.w, b)
		if err != nil {
			return nil, err
		}
		if ok {
			return d.stored(b), nil
		}
	}
	return d.inTurn(ctx, runs, streams)
}

// inTurn appends when others append too: it decides while they wait.
func (d *DB) inTurn(ctx context.Context, runs []engine.Run, streams []*stream) ([]engine.Outcome, error) {
	for {
		outcomes, far, err := d.turn(ctx, runs, streams)
		if err != nil || !far {
			return outcomes, err
		}
		if err := d.current(ctx); err != nil {
			return nil, err
		}
	}
}

// farMost is behind how many positions a node reads on before it lets others wait for it.
const farMost = 2048

// turn holds the end of the journal, looks at what others have appended, and appends. If that is far
// it does nothing.
func (d *DB) turn(ctx context.Context, runs []engine.Run, streams []*stream) (outcomes []engine.Outcome, far bool, err error) {
	tx, err := d.w.Begin(ctx)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after the commit it does nothing
	behind, err := d.hold(ctx, tx)
	if err != nil || behind > farMost {
		return nil, true, err
	}
	if d.alone = behind == 0; !d.alone {
		if err := d.near(ctx, tx); err != nil {
			return nil, false, err
		}
	}
	b := d.decide(runs, streams)
	switch ok, err := d.send(ctx, tx, b); {
	case err != nil:
		return nil, false, err
	case !ok:
		return nil, false, fmt.Errorf("the journal's end moved while it was held: %w", errDamaged)
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, false, err
	}
	return d.stored(b), false, nil
}

// hold lets nobody append until the transaction ends, and returns how far the journal reaches beyond
// what is known of it.
func (d *DB) hold(ctx context.Context, tx pgx.Tx) (behind engine.Pos, err error) {
	least, _, _ := d.seen.now()
	known := d.known.end()
	var head engine.Pos
	if err := tx.QueryRow(ctx, lockHead).Scan(&head); errors.Is(err, pgx.ErrNoRows) {
		head = -1
	} else if err != nil {
		return 0, err
	}
	return head - known, d.seen.atLeast(max(least, known), head)
}

// send appends a batch; ok is false, and nothing stored, if the journal does not end where
// the batch was decided. What returns without an error, outside a transaction, is on the disk:
// the commit comes after the rows, and an error of it with the end of the answer, which
// ForEachRow awaits.
func (d *DB) send(ctx context.Context, to querier, b *batch) (ok bool, err error) {
	least, _, _ := d.seen.now()
	query, args := appendPacks, []any{b.count, int64(least), int64(b.at), b.first, b.last, b.packs}
	if len(b.n) > 0 || b.anyhow() {
		query, args = appendBatch, append(args, b.stream, b.n, b.body, b.hash, b.begins)
	}
	rows, err := to.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	var base engine.Pos
	var stream *int64 // nil if all were refused
	var pos *engine.Pos
	tag, err := pgx.ForEachRow(rows, []any{&base, &stream, &pos}, func() error {
		b.base = base
		if stream != nil {
			b.outcomes[b.run[*stream]] = engine.Outcome{First: *pos}
		}
		return nil
	})
	return tag.RowsAffected() > 0, err
}

// stored takes in a batch that is on the disk.
func (d *DB) stored(b *batch) []engine.Outcome {
	entries := b.settle()
	d.known.take(b.base, b.base+engine.Pos(b.count), entries)
	d.seen.reached(b.base + engine.Pos(b.count))
	if len(entries) > 0 {
		last := entries[len(entries)-1]
		d.seen.record(last.Pos, last.Hash)
	}
	return b.outcomes
}
