package pgjournal

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

// writer is what one node believes of the streams it shares with others.
type writer struct {
	t      testing.TB
	d      *DB
	random *rand.Rand
	n      map[string]int
	hash   map[string]engine.Hash
	acked  map[string][]byte // bodies by stream and version
	failed int               // appends without an answer
	refuse int               // runs refused
}

func newWriter(t testing.TB, d *DB, seed uint64) *writer {
	return &writer{t: t, d: d, random: rand.New(rand.NewPCG(seed, 1)), n: map[string]int{}, hash: map[string]engine.Hash{}, acked: map[string][]byte{}}
}

// batch makes runs of one to three records for some of the streams, one in ten with a hole.
func (w *writer) batch(streams, size int, mark string) []engine.Run {
	var runs []engine.Run
	for _, i := range w.random.Perm(streams)[:size] {
		stream := fmt.Sprint("attempt/", i)
		if _, known := w.hash[stream]; !known {
			w.hash[stream] = engine.FirstHash(stream)
		}
		n := w.n[stream] + 1
		if w.random.IntN(10) == 0 {
			n += 1000 // further than the others can have come: it can only be a hole
		}
		length := 1 + w.random.IntN(3)
		runs = append(runs, chained(stream, n, length, w.hash[stream], fmt.Sprint(mark, " of ", length)))
	}
	return runs
}

// append sends a batch, and reads again whatever was not stored for certain.
func (w *writer) append(runs []engine.Run) error {
	outcomes, err := w.d.Append(context.Background(), runs)
	if err != nil {
		w.failed++
	}
	for i, r := range runs {
		if err == nil && !outcomes[i].Conflict {
			for _, rec := range r.Records {
				w.acked[fmt.Sprint(rec.Stream, " ", rec.N)] = rec.Body
			}
			last := r.Records[len(r.Records)-1]
			w.n[r.Stream], w.hash[r.Stream] = last.N, last.Hash
			continue
		}
		w.refuse++
		if err := w.reload(r.Stream); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) reload(stream string) error {
	return w.d.Read(context.Background(), stream, w.n[stream], func(r engine.Record) error {
		w.n[stream], w.hash[stream] = r.N, r.Hash
		return nil
	})
}

// audit compares a journal at rest with what a writer was told.
func audit(t testing.TB, records []engine.Record, writers ...*writer) {
	t.Helper()
	if err := sound(records); err != nil {
		t.Error(err)
	}
	bodies := map[string][]byte{}
	runs := map[string]int{}
	for _, r := range records {
		bodies[fmt.Sprint(r.Stream, " ", r.N)] = r.Body
		_, mark, _ := bytes.Cut(r.Body, []byte(`"mark":`))
		runs[r.Stream+" "+string(mark)]++
	}
	for run, got := range runs {
		var length int
		if _, err := fmt.Sscanf(run[bytes.LastIndex([]byte(run), []byte(" of ")):], " of %d", &length); err != nil || got != length {
			t.Errorf("of the run %s %d records were stored: %v", run, got, err)
		}
	}
	acked, lost := 0, 0
	for _, w := range writers {
		for key, body := range w.acked {
			if acked++; !bytes.Equal(bodies[key], body) {
				lost++
				t.Errorf("%s was acknowledged as %q, the journal has %q", key, body, bodies[key])
			}
		}
	}
	if acked == 0 {
		t.Error("nothing was acknowledged: this history tested nothing")
	}
	t.Logf("%d records, %d acknowledged, %d lost, %d runs", len(records), acked, lost, len(runs))
}

// Two nodes write to shared streams, each with two writers, and a third follows the tail.
func TestTwoNodesShareStreams(t *testing.T) {
	const streams, batches = 40, 250
	pg := storetest.Postgres(t)
	dsn := pg.Fresh(t, "shared")
	nodes := []*DB{mustOpen(t, dsn), mustOpen(t, dsn)}
	reader := mustOpen(t, dsn)
	done := make(chan struct{})
	var following, writing sync.WaitGroup
	var followed []engine.Record
	following.Go(func() { followed = follow(t, reader, done) })
	var writers []*writer
	for i := range 4 {
		w := newWriter(t, nodes[i%2], uint64(i))
		writers = append(writers, w)
		writing.Go(func() {
			for b := range batches {
				if err := w.append(w.batch(streams, 10, fmt.Sprint("writer ", i, " batch ", b))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	close(done)
	following.Wait()
	records := all(t, reader)
	audit(t, records, writers...)
	missed := len(records) != len(followed)
	for i := 0; !missed && i < len(records); i++ {
		missed = records[i].Pos != followed[i].Pos || records[i].Hash != followed[i].Hash
	}
	if missed {
		t.Errorf("the journal has %d records, the tail gave %d, or others", len(records), len(followed))
	}
	for i, w := range writers {
		if w.failed > 0 || w.refuse == 0 {
			t.Errorf("writer %d: %d appends failed, %d runs were refused; want none failed, some refused", i, w.failed, w.refuse)
		}
	}
}

// follow reads the tail until done, and then to its end.
func follow(t testing.TB, d *DB, done <-chan struct{}) (seen []engine.Record) {
	var after engine.Pos
	for last := false; ; {
		records, err := d.Tail(context.Background(), after, 100)
		if err != nil {
			t.Error(err)
			return seen
		}
		if seen = append(seen, records...); len(records) > 0 {
			after = records[len(records)-1].Pos
			continue
		}
		if last {
			return seen
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
}

// Nodes that start together bring one schema up to date once.
func TestNodesStartTogether(t *testing.T) {
	pg := storetest.Postgres(t)
	dsn := pg.Fresh(t, "together")
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			d, err := Open(context.Background(), dsn, Options{Conns: 2})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := d.Append(context.Background(), []engine.Run{chained("exam/x", 1, 1, engine.Hash{}, "")}); err != nil {
				t.Error(err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var rows int
	d := mustOpen(t, dsn)
	if err := d.pool.QueryRow(context.Background(), `select count(*) from schema_version`).Scan(&rows); err != nil || rows != newest {
		t.Errorf("%d migrations are recorded, want %d: %v", rows, newest, err)
	}
}
