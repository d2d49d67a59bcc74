package pgjournal

import (
	"context"
	_ "embed"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"terang/engine"
)

//go:embed queries/append.sql
var appendBatch string

// batch is what one Append sends: a column an array, a record a row.
type batch struct {
	stream []int64
	n      []int32
	body   [][]byte
	hash   [][]byte
	first  []bool

	run map[int64]int // index of the run that is sent for a stream
}

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
	if lost(err) {
		d.disconnect()
	}
	return outcomes, judge(err)
}

func (d *DB) store(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	ids, err := d.intern(ctx, runs)
	if err != nil {
		return nil, err
	}
	outcomes := make([]engine.Outcome, len(runs))
	b := gather(runs, ids, outcomes)
	head, err := d.send(ctx, b, outcomes)
	if err != nil {
		return nil, err
	}
	d.recent.push(head-engine.Pos(len(b.n)), head, runs, outcomes)
	for i, o := range outcomes {
		if last := len(runs[i].Records) - 1; !o.Conflict {
			d.seen.record(o.First+engine.Pos(last), runs[i].Records[last].Hash)
		}
	}
	return outcomes, nil
}

// gather puts the runs into columns, and marks all of them as conflicts until the
// journal says otherwise.
func gather(runs []engine.Run, ids []int64, outcomes []engine.Outcome) *batch {
	rows := 0
	for i := range runs {
		rows += len(runs[i].Records)
	}
	b := &batch{
		stream: make([]int64, 0, rows), n: make([]int32, 0, rows), body: make([][]byte, 0, rows),
		hash: make([][]byte, 0, rows), first: make([]bool, 0, rows), run: make(map[int64]int, len(runs)),
	}
	for i := range runs {
		outcomes[i].Conflict = true
		// A second run of a stream in one batch lost to the first.
		if _, twice := b.run[ids[i]]; twice {
			continue
		}
		b.run[ids[i]] = i
		for k := range runs[i].Records {
			r := &runs[i].Records[k]
			body := r.Body
			if body == nil {
				body = []byte{} // nil would be stored as NULL
			}
			b.stream = append(b.stream, ids[i])
			b.n = append(b.n, int32(r.N))
			b.body = append(b.body, body)
			b.hash = append(b.hash, r.Hash[:])
			b.first = append(b.first, k == 0)
		}
	}
	return b
}

// send appends a batch. What returns without an error is on the disk: the commit comes
// after the rows, and an error of it with the end of the answer, which ForEachRow awaits.
// It returns where the journal ends.
func (d *DB) send(ctx context.Context, b *batch, outcomes []engine.Outcome) (engine.Pos, error) {
	known, _, _ := d.seen.now()
	rows, err := d.w.Query(ctx, appendBatch, b.stream, b.n, b.body, b.hash, b.first, int64(known))
	if err != nil {
		return 0, err
	}
	var head engine.Pos
	var stream *int64 // nil if all were refused
	var pos *engine.Pos
	tag, err := pgx.ForEachRow(rows, []any{&head, &stream, &pos}, func() error {
		if stream != nil {
			outcomes[b.run[*stream]] = engine.Outcome{First: *pos}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if tag.RowsAffected() == 0 {
		return 0, d.seen.setBack("it ends before position %d, which this node has seen", known)
	}
	d.seen.reached(head)
	return head, nil
}
