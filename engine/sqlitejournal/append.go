package sqlitejournal

import (
	"context"
	"fmt"
	"slices"

	"terang/engine"
	"terang/engine/packed"
)

const (
	insertStream  = "insert into stream(id, name) values "
	insertSettled = "insert into settled(stream, n, pos, body, hash) values "
	insertMoved   = "insert into moved(pos, stream, n) values "
)

// batch is what one Append is going to write.
type batch struct {
	outcomes []engine.Outcome
	runs     []placed
	loaded   map[string]*head // heads that are not in memory yet
	nextID   int64
	next     engine.Pos

	packs *packed.Packer

	streams, settled, moved []any // rows
}

// placed is a run that will be stored.
type placed struct {
	run  engine.Run
	head *head
	at   engine.Pos
}

// Append implements engine.Journal. One transaction holds the whole batch; which runs are
// in it is decided before, from the heads in memory, because nobody else writes the file.
func (d *DB) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if err := check(runs); err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.prepare(ctx); err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	b, err := d.judge(ctx, runs)
	if err != nil {
		return nil, fmt.Errorf("append: %w", err)
	}
	defer d.reuse(b)
	if len(b.runs) == 0 {
		return b.outcomes, nil
	}
	if err := d.commit(ctx, b.write); err != nil {
		return nil, fmt.Errorf("append %d runs: %w", len(b.runs), err)
	}
	d.remember(b)
	return b.outcomes, nil
}

// reuse keeps the rooms of a batch for the next one.
func (d *DB) reuse(b *batch) {
	clear(b.runs)
	d.runs = b.runs[:0]
}

// prepare returns whether a write can begin: no transaction was tried if it cannot.
func (d *DB) prepare(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := d.ready(ctx)
	if isFull(err) {
		return fmt.Errorf("%w (%w)", engine.ErrFull, err)
	}
	return err
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
		}
	}
	return nil
}

// judge decides which runs are stored, and where.
func (d *DB) judge(ctx context.Context, runs []engine.Run) (*batch, error) {
	d.batch++
	d.packs.Reset()
	b := &batch{
		outcomes: make([]engine.Outcome, len(runs)), nextID: d.nextID, next: d.tail.last + 1,
		runs: slices.Grow(d.runs[:0], len(runs)), packs: &d.packs,
	}
	for i, run := range runs {
		h, err := d.headFor(ctx, b, run.Stream)
		if err != nil {
			return nil, err
		}
		// A second run of a stream in one batch lost to the first.
		if run.Records[0].N != h.n+1 || h.batch == d.batch {
			b.outcomes[i].Conflict = true
			continue
		}
		h.batch = d.batch
		if h.id == 0 {
			h.id = b.nextID
			b.nextID++
			b.streams = append(b.streams, h.id, run.Stream)
		}
		b.outcomes[i].First = b.next
		b.add(run, h)
	}
	return b, nil
}

// headFor returns the head of a stream; its id is 0 if the stream does not exist.
func (d *DB) headFor(ctx context.Context, b *batch, stream string) (*head, error) {
	if h := d.heads[stream]; h != nil {
		return h, nil
	}
	if h := b.loaded[stream]; h != nil {
		return h, nil
	}
	h, err := d.w.load(ctx, stream)
	if err != nil {
		return nil, err
	}
	if h == nil {
		h = &head{}
	}
	if b.loaded == nil {
		b.loaded = map[string]*head{}
	}
	b.loaded[stream] = h
	return h, nil
}

func (b *batch) add(run engine.Run, h *head) {
	b.runs = append(b.runs, placed{run: run, head: h, at: b.next})
	pack := inPacks(run.Stream)
	for i := range run.Records {
		r := &run.Records[i]
		if pack {
			b.packs.Add(b.next, h.id, r)
		} else {
			body := r.Body
			if body == nil {
				body = []byte{} // nil would be stored as NULL
			}
			b.settled = append(b.settled, h.id, int64(r.N), int64(b.next), body, r.Hash[:])
			b.moved = append(b.moved, int64(b.next), h.id, int64(r.N))
		}
		b.next++
	}
}

// write inserts the batch's rows.
func (b *batch) write(ctx context.Context, w *writer) error {
	w.rows = packs(b.packs, w.rows[:0])
	defer func() { clear(w.rows) }()
	for _, t := range []struct {
		head    string
		columns int
		rows    []any
	}{
		{insertStream, 2, b.streams},
		{insertPack, 3, w.rows},
		{insertSettled, 5, b.settled},
		{insertMoved, 3, b.moved},
	} {
		if err := w.insert(ctx, t.head, t.columns, t.rows, ""); err != nil {
			return err
		}
	}
	return nil
}

// remember brings memory up to what was committed.
func (d *DB) remember(b *batch) {
	d.nextID = b.nextID
	d.mem.Lock()
	defer d.mem.Unlock()
	for _, p := range b.runs {
		if b.loaded[p.run.Stream] == p.head {
			d.heads[p.run.Stream] = p.head
		}
		p.head.n += len(p.run.Records)
		if !inPacks(p.run.Stream) {
			continue
		}
		for i := range p.run.Records {
			p.head.at.Extend(p.at + engine.Pos(i))
		}
	}
	d.tail.push(b)
}
