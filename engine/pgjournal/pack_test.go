package pgjournal

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"terang/engine"
	"terang/engine/storetest"
)

// history is what was stored, in the order of the positions.
type history []engine.Record

// head is the last version of a stream.
func (h history) head(stream string) int {
	last := h.of(stream, 0)
	if len(last) == 0 {
		return 0
	}
	return last[len(last)-1].N
}

// of are the records of a stream after a version.
func (h history) of(stream string, after int) (records []engine.Record) {
	for _, r := range h {
		if r.Stream == stream && r.N > after {
			records = append(records, r)
		}
	}
	return records
}

// mixed appends batches of records of many streams, each by one of the nodes. Some of the streams
// are of table event; some bodies are longer than a pack, and than a page.
func (h *history) mixed(t *testing.T, r *rand.Rand, batches int, nodes ...*DB) {
	t.Helper()
	for range batches {
		var runs []engine.Run
		for i := range 1 + r.IntN(40) {
			stream := fmt.Sprint("attempt/", i)
			if i%7 == 5 {
				stream = fmt.Sprint("exam/", i)
			}
			from := h.head(stream) + 1
			run := engine.Run{Stream: stream}
			for j := range 1 + r.IntN(2) {
				body := fmt.Appendf(nil, "%s %d", stream, from+j)
				if r.IntN(50) == 0 {
					body = append(body, bytes.Repeat([]byte("."), 1500*(1+r.IntN(10)))...)
				}
				run.Records = append(run.Records, engine.Record{Stream: stream, N: from + j, Body: body, Hash: engine.FirstHash(stream).Chain(body)})
			}
			runs = append(runs, run)
		}
		outcomes, err := nodes[r.IntN(len(nodes))].Append(t.Context(), runs)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.Conflict {
				t.Fatalf("%s from %d is a conflict", runs[i].Stream, runs[i].Records[0].N)
			}
			for j, rec := range runs[i].Records {
				rec.Pos = o.First + engine.Pos(j)
				*h = append(*h, rec)
			}
		}
	}
	slices.SortFunc(*h, func(a, b engine.Record) int { return int(a.Pos - b.Pos) })
}

// extend appends a batch of as many records of each stream.
func (h *history) extend(t *testing.T, d *DB, count int, streams ...string) {
	t.Helper()
	var runs []engine.Run
	for _, stream := range streams {
		runs = append(runs, chained(stream, h.head(stream)+1, count, engine.Hash{}, ""))
	}
	outcomes, err := d.Append(t.Context(), runs)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		for j, r := range runs[i].Records {
			r.Pos = o.First + engine.Pos(j)
			*h = append(*h, r)
		}
	}
}

// mustBe fails the test unless a node finds this history, from wherever it begins to read and
// however little it asks for.
func (h history) mustBe(t *testing.T, when string, d *DB) {
	t.Helper()
	ctx := t.Context()
	if got := all(t, d); !reflect.DeepEqual(got, []engine.Record(h)) {
		t.Fatalf("%s: the tail has %d records, want %d", when, len(got), len(h))
	}
	for _, limit := range []int{1, 3, 50, 1000} {
		for i := 0; i < len(h); i += 1 + limit/20 {
			got, err := d.behind(ctx, h[i].Pos-1, limit)
			if want := h[i:min(i+limit, len(h))]; err != nil || !reflect.DeepEqual(got, []engine.Record(want)) {
				t.Fatalf("%s: of %d records after %d the database has %d, %v", when, limit, h[i].Pos-1, len(got), err)
			}
		}
	}
	for _, stream := range []string{"attempt/0", "attempt/3", "attempt/36", "exam/5", "attempt/none"} {
		for after := 0; after <= h.head(stream); after += 1 + h.head(stream)/20 {
			var got []engine.Record
			err := d.Read(ctx, stream, after, func(r engine.Record) error {
				got = append(got, r)
				return nil
			})
			if want := h.of(stream, after); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: %s after %d has %d records, want %d: %v", when, stream, after, len(got), len(want), err)
			}
		}
	}
}

func remove(t *testing.T, d *DB, n int, streams ...string) {
	t.Helper()
	out, err := d.Remove(t.Context(), engine.Removal{Streams: streams, Record: chained(engine.RemovalStream, n, 1, engine.Hash{}, "")})
	if err != nil || out.Conflict {
		t.Fatalf("%+v, %v", out, err)
	}
}

// Who appends, who has only read, and who comes new see the same, before and after packs were
// taken apart because something in them was removed.
func TestAllNodesSeeTheSame(t *testing.T) {
	dsn := storetest.Postgres(t).Fresh(t, "packs")
	a, b, reader := mustOpen(t, dsn), mustOpen(t, dsn), mustOpen(t, dsn)
	r := rand.New(rand.NewPCG(1, 2))
	var h history
	mustBe := func(when string) {
		t.Helper()
		for name, d := range map[string]*DB{"one that appends": a, "another": b, "a reader": reader, "a new one": mustOpen(t, dsn)} {
			h.mustBe(t, when+", "+name, d)
		}
	}
	h.mixed(t, r, 12, a, b)
	h.extend(t, a, page+100, "attempt/3") // more than a page, that will stay packed
	for range 40 {
		h.extend(t, b, 1, "attempt/1", "attempt/3") // that will be taken apart
	}
	mustBe("packed")
	remove(t, b, 1, "attempt/1", "attempt/4", "exam/5")
	for _, gone := range []string{"attempt/1", "attempt/4", "exam/5"} {
		if out := one(t, a, chained(gone, h.head(gone)+1, 1, engine.Hash{}, "")); !out.Conflict {
			t.Errorf("%s goes on at %d", gone, out.First)
		}
	}
	h = slices.DeleteFunc(h, func(r engine.Record) bool {
		return slices.Contains([]string{"attempt/1", "attempt/4", "exam/5"}, r.Stream)
	})
	after := h[len(h)-1].Pos
	record, err := reader.behind(t.Context(), after, 2)
	if err != nil || len(record) != 1 || record[0].Stream != engine.RemovalStream {
		t.Fatalf("after the rest come %d records, %v; want the removal", len(record), err)
	}
	h = append(h, record[0])
	for _, d := range []*DB{a, reader} { // as every node does all the time
		if err := d.current(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	mustBe("some taken apart")
	h.mixed(t, r, 6, a, b)
	h.extend(t, b, page+100, "attempt/3")
	mustBe("some taken apart, and more appended")
	var left int
	if err := a.pool.QueryRow(t.Context(), `select count(*) from event where stream in (select id from stream where name like 'attempt/%')`).Scan(&left); err != nil || left == 0 {
		t.Errorf("%d records of attempts stand in table event (%v): nothing was taken apart", left, err)
	}
}

// A removal that takes its time goes on beside an exam: what the exam appends meanwhile stays, and
// what is appended to the removed streams meanwhile goes with them.
func TestARemovalBesideAnExam(t *testing.T) {
	dsn := storetest.Postgres(t).Fresh(t, "beside")
	nodes := []*DB{mustOpen(t, dsn), mustOpen(t, dsn)}
	office := mustOpen(t, dsn)
	gone := []string{"attempt/gladi-1", "attempt/gladi-2"}
	begun, removed := make(chan struct{}), make(chan struct{})
	var writing sync.WaitGroup
	for i, d := range nodes {
		writing.Go(func() {
			hash := map[string]engine.Hash{}
			for n := 1; ; n++ {
				var runs []engine.Run
				for _, stream := range []string{fmt.Sprint("attempt/real-", i), gone[i]} {
					run := chained(stream, n, 1, hash[stream], "")
					hash[stream] = run.Records[0].Hash
					runs = append(runs, run)
				}
				outcomes, err := d.Append(context.Background(), runs)
				if err != nil || outcomes[0].Conflict {
					t.Errorf("node %d, version %d: %+v, %v", i, n, outcomes, err)
					return
				}
				if n == 50 {
					begun <- struct{}{}
				}
				select {
				case <-removed:
					if !outcomes[1].Conflict {
						continue // it was stored before
					}
					if n > 100 {
						return
					}
				default:
				}
			}
		})
	}
	for range nodes {
		<-begun
	}
	remove(t, office, 1, gone...)
	close(removed)
	writing.Wait()
	for _, d := range append(nodes, office, mustOpen(t, dsn)) {
		next := map[string]int{}
		for _, r := range all(t, d) {
			if next[r.Stream]++; r.N != next[r.Stream] || slices.Contains(gone, r.Stream) {
				t.Fatalf("at %d stands version %d of %s", r.Pos, r.N, r.Stream)
			}
		}
		if next["attempt/real-0"] < 100 || next["attempt/real-1"] < 100 || next[engine.RemovalStream] != 1 {
			t.Errorf("the journal has %v", next)
		}
	}
}

// What an earlier program has written row by row is followed and goes on; that program itself can
// not write any more what it would not see.
func TestADatabaseOfTheFirstSchemaGoesOn(t *testing.T) {
	ctx := t.Context()
	dsn := storetest.Postgres(t).Fresh(t, "first")
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return apply(ctx, tx, 1, "0001_journal.sql") }); err != nil {
		t.Fatal(err)
	}
	var h history
	for pos := engine.Pos(1); pos <= 30; pos++ {
		stream := []string{"attempt/0", "attempt/1", "attempt/quiet"}[pos%3]
		r := chained(stream, int(pos+2)/3, 1, engine.Hash{}, "").Records[0]
		r.Pos = pos
		h = append(h, r)
		for _, do := range []statement{
			{`insert into terang.stream(name) values ($1) on conflict do nothing`, []any{stream}},
			{`insert into terang.event select $1, id, $2, $3, $4 from terang.stream where name = $5`, []any{int64(pos), r.N, r.Body, r.Hash[:], stream}},
			{`update terang.head set p = $1`, []any{int64(pos)}},
		} {
			if _, err := conn.Exec(ctx, do.sql, do.args...); err != nil {
				t.Fatal(err)
			}
		}
	}
	a, b := mustOpen(t, dsn), mustOpen(t, dsn)
	r := rand.New(rand.NewPCG(3, 4))
	h.mixed(t, r, 1, a) // it has read nothing
	h.mixed(t, r, 4, a, b)
	for _, d := range []*DB{a, b, mustOpen(t, dsn)} {
		h.mustBe(t, "after the migration", d)
	}
	for i := range namesKept { // so many that some are forgotten
		a.known.streams.add(int64(-2-i), fmt.Sprint("exam/", -i), 0)
	}
	h.mixed(t, r, 1, a)
	if a.known.streams.byName["attempt/quiet"] != nil {
		t.Error("a stream that has nothing in packs is remembered among so many")
	}
	if out := one(t, a, chained("attempt/quiet", 10, 1, engine.Hash{}, "")); !out.Conflict {
		t.Error("a version of a forgotten stream was stored twice")
	}
	if out := one(t, a, chained("attempt/quiet", 11, 1, engine.Hash{}, "")); out.Conflict {
		t.Error("a forgotten stream does not go on")
	}
	if _, err := conn.Exec(ctx, `update terang.head set p = p + 1`); err == nil {
		t.Error("the earlier program can still append")
	}
}

// A node that holds the journal's end and says nothing more does not keep the others from appending.
func TestANodeThatIsGoneLetsGoOfTheEnd(t *testing.T) {
	ctx := t.Context()
	dsn := storetest.Postgres(t).Fresh(t, "gone")
	d := mustOpen(t, dsn)
	gone, err := pgx.ConnectConfig(ctx, d.config.Copy())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = gone.Close(ctx) }()
	tx, err := gone.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.hold(ctx, tx); err != nil {
		t.Fatal(err)
	}
	patient := mustOpenWith(t, dsn, Options{Timeout: 12 * time.Second})
	if out := one(t, patient, chained("attempt/a", 1, 1, engine.Hash{}, "")); out.Conflict {
		t.Error("a conflict with nobody")
	}
}

// A run that is refused leaves positions at the end that nobody has. Who follows goes on from there
// with what others append, and takes it in.
func TestTheTailGoesOnBehindUnusedPositions(t *testing.T) {
	dsn := storetest.Postgres(t).Fresh(t, "unused")
	a, b := mustOpen(t, dsn), mustOpen(t, dsn)
	outcomes, err := a.Append(t.Context(), []engine.Run{chained("exam/a", 1, 2, engine.Hash{}, ""), chained("exam/b", 7, 3, engine.Hash{}, "")})
	if err != nil || outcomes[0].Conflict || !outcomes[1].Conflict {
		t.Fatal(outcomes, err)
	}
	after := outcomes[0].First + 1
	if got, err := a.Tail(t.Context(), after, 10); err != nil || len(got) != 0 {
		t.Fatalf("%d records after the last, %v", len(got), err)
	}
	const many = 4 * farMost // more than is read at a time
	out := one(t, b, chained("attempt/a", 1, many, engine.Hash{}, ""))
	for _, limit := range []int{1, 10} {
		got, err := a.Tail(t.Context(), after, limit)
		if err != nil || len(got) != limit || got[0].Pos != out.First {
			t.Fatalf("%d records after %d, %v; want the other node's", len(got), after, err)
		}
	}
	if end := a.known.end(); end <= out.First {
		t.Errorf("the journal is known up to %d only", end)
	}
	// What was read behind it is taken in as well.
	if got, err := a.behind(t.Context(), a.known.end(), 2*many); err != nil || len(got) == 0 {
		t.Fatal(len(got), err)
	}
	last := out.First + many - 1
	if got, err := a.Tail(t.Context(), last, 1); err != nil || len(got) != 0 || a.known.end() != last {
		t.Errorf("%d records after the last, %v; the journal is known up to %d of %d", len(got), err, a.known.end(), last)
	}
	// A node that knows nothing of it yet appends behind it.
	anew := mustOpen(t, dsn)
	if out := one(t, anew, chained("attempt/a", many+1, 1, engine.Hash{}, "")); out.Conflict || out.First != last+1 {
		t.Errorf("%+v", out)
	}
}

// While a stream is read others go on with it, and something that was packed with it is removed.
func TestAReaderWhomOthersOvertake(t *testing.T) {
	dsn := storetest.Postgres(t).Fresh(t, "overtake")
	a, b := mustOpen(t, dsn), mustOpen(t, dsn)
	one(t, b, chained("attempt/a", 1, page, engine.Hash{}, ""))
	last := 0
	err := a.Read(t.Context(), "attempt/a", 0, func(r engine.Record) error {
		if last = r.N; r.N == page {
			one(t, b, chained("attempt/a", page+1, 2, engine.Hash{}, ""))
			if _, err := b.Append(t.Context(), []engine.Run{chained("attempt/a", page+3, 1, engine.Hash{}, ""), chained("attempt/gladi", 1, 1, engine.Hash{}, "")}); err != nil {
				return err
			}
			remove(t, b, 1, "attempt/gladi")
		}
		return nil
	})
	if err != nil || last != page+3 {
		t.Errorf("read up to %d of %d: %v", last, page+3, err)
	}
}
