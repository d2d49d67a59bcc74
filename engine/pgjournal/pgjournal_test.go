package pgjournal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/storetest"
)

var databases atomic.Int64

// fresh makes an empty database on a server, opens it, and returns how to close it and
// open it again.
func fresh(t testing.TB, pg *storetest.PG) (*DB, func() *DB) {
	t.Helper()
	dsn := pg.Fresh(t, fmt.Sprint("journal", databases.Add(1)))
	d := mustOpen(t, dsn)
	return d, func() *DB {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d = mustOpen(t, dsn)
		return d
	}
}

func mustOpen(t testing.TB, dsn string) *DB {
	t.Helper()
	return mustOpenWith(t, dsn, Options{Name: "test", Timeout: time.Minute})
}

func mustOpenWith(t testing.TB, dsn string, opts Options) *DB {
	t.Helper()
	d, err := Open(context.Background(), dsn, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestADatabaseThatIsNotThereIsSaidToBeLookedFor(t *testing.T) {
	_, err := Open(t.Context(), "postgres://nobody@127.0.0.1:1/none", Options{})
	if err == nil || !strings.Contains(err.Error(), "see that PostgreSQL runs") || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Error(err)
	}
}

func TestJournal(t *testing.T) {
	pg := storetest.Postgres(t)
	storetest.Journal(t, func(t *testing.T) (engine.Journal, func() engine.Journal) {
		d, reopen := fresh(t, pg)
		return d, func() engine.Journal { return reopen() }
	})
}

func TestRegister(t *testing.T) {
	pg := storetest.Postgres(t)
	storetest.Register(t, func(t *testing.T) (engine.Register, func() engine.Register) {
		d, reopen := fresh(t, pg)
		return d, func() engine.Register { return reopen() }
	})
}

func TestArchive(t *testing.T) {
	pg := storetest.Postgres(t)
	storetest.Archive(t, func(t *testing.T) (engine.Archive, func() engine.Archive) {
		d, reopen := fresh(t, pg)
		return d, func() engine.Archive { return reopen() }
	})
}

// One server is enough for what does not hurt it.
func TestOneNode(t *testing.T) {
	pg := storetest.Postgres(t)
	for name, test := range map[string]func(*testing.T, *storetest.PG){
		"senseless runs are errors":                             senselessRuns,
		"a closed journal says so":                              closedJournal,
		"a cancelled append is not begun":                       cancelledAppend,
		"a clock that is off is seen":                           skewIsSeen,
		"damage is noticed":                                     damage,
		"names that were forgotten are asked again":             forgottenNames,
		"a full disk leaves nothing, and is told apart":         fullDisk,
		"what met another statement is tried again":             racyStatements,
		"an append that waits for a console gives up":           heldHead,
		"databases of others and of newer programs are refused": foreignDatabases,
		"who reads changes nothing":                             readersChangeNothing,
		"old backups and other histories are seen":              setBackIsSeen,
		"an old backup under a running node stops it":           oldBackup,
		"a hall ends when its journal is set back":              hallEnds,
		"terminated connections are made again":                 terminated,
	} {
		t.Run(name, func(t *testing.T) { test(t, pg) })
	}
}

// chained makes a run whose hashes are a chain, as the engine writes them.
func chained(stream string, n, count int, before engine.Hash, mark string) engine.Run {
	r := engine.Run{Stream: stream}
	for i := range count {
		body := fmt.Appendf(nil, `{"stream":%q,"n":%d,"mark":%q}`, stream, n+i, mark)
		before = before.Chain(body)
		r.Records = append(r.Records, engine.Record{Stream: stream, N: n + i, Body: body, Hash: before})
	}
	return r
}

// all returns the whole tail.
func all(t testing.TB, d *DB) []engine.Record {
	t.Helper()
	var records []engine.Record
	for after := engine.Pos(0); ; after = records[len(records)-1].Pos {
		more, err := d.Tail(context.Background(), after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if records = append(records, more...); len(more) == 0 {
			return records
		}
	}
}

// sound says what is wrong with the streams of a tail: holes, broken chains.
func sound(records []engine.Record) error {
	heads := map[string]int{}
	chains := map[string]engine.Hash{}
	for _, r := range records {
		before, ok := chains[r.Stream]
		if !ok {
			before = engine.FirstHash(r.Stream)
		}
		if r.N != heads[r.Stream]+1 {
			return fmt.Errorf("%s: version %d follows %d", r.Stream, r.N, heads[r.Stream])
		}
		if before.Chain(r.Body) != r.Hash {
			return fmt.Errorf("%s version %d: its hash does not follow the one before", r.Stream, r.N)
		}
		heads[r.Stream], chains[r.Stream] = r.N, r.Hash
	}
	return nil
}

func one(t testing.TB, d *DB, r engine.Run) engine.Outcome {
	t.Helper()
	outcomes, err := d.Append(context.Background(), []engine.Run{r})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0]
}

func senselessRuns(t *testing.T, pg *storetest.PG) {
	d, _ := fresh(t, pg)
	gap := chained("attempt/a", 1, 3, engine.Hash{}, "")
	gap.Records = append(gap.Records[:1], gap.Records[2])
	for name, run := range map[string]engine.Run{
		"empty":                  {Stream: "attempt/a"},
		"without a stream":       {Records: []engine.Record{{N: 1}}},
		"of two streams":         {Stream: "attempt/b", Records: chained("attempt/a", 1, 1, engine.Hash{}, "").Records},
		"with a gap":             gap,
		"beyond what n can hold": chained("attempt/a", 1<<31, 1, engine.Hash{}, ""),
	} {
		if _, err := d.Append(context.Background(), []engine.Run{chained("attempt/c", 1, 1, engine.Hash{}, ""), run}); err == nil {
			t.Errorf("a run %s was taken", name)
		}
	}
	if got := all(t, d); len(got) != 0 {
		t.Errorf("%d records were stored", len(got))
	}
	if outcomes, err := d.Append(context.Background(), nil); err != nil || len(outcomes) != 0 {
		t.Errorf("no runs: %v, %v", outcomes, err)
	}
}

func closedJournal(t *testing.T, pg *storetest.PG) {
	d, _ := fresh(t, pg)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	ctx := context.Background()
	_, appending := d.Append(ctx, []engine.Run{chained("attempt/a", 1, 1, engine.Hash{}, "")})
	_, tailing := d.Tail(ctx, 0, 1)
	_, beating := d.Beat(ctx, "n", 1)
	_, keeping := d.Keep(ctx, nil)
	for name, err := range map[string]error{"append": appending, "tail": tailing, "beat": beating, "keep": keeping,
		"read": d.Read(ctx, "attempt/a", 0, nil), "put": d.Put(ctx, engine.Entry{Kind: "k"})} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v; want ErrClosed", name, err)
		}
	}
}

func cancelledAppend(t *testing.T, pg *storetest.PG) {
	d, _ := fresh(t, pg)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.Append(ctx, []engine.Run{chained("attempt/a", 1, 1, engine.Hash{}, "")}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want context.Canceled", err)
	}
	if got := all(t, d); len(got) != 0 {
		t.Errorf("%d records were stored", len(got))
	}
}

func skewIsSeen(t *testing.T, pg *storetest.PG) {
	d, _ := fresh(t, pg)
	for _, want := range []time.Duration{0, time.Hour, -time.Hour} {
		clock := engine.NewClock()
		got, err := d.Ahead(context.Background(), func() engine.Instant { return clock.Now().Add(want) })
		if err != nil || (got-want).Abs() > time.Second {
			t.Errorf("%v, %v; want about %v", got, err, want)
		}
	}
}

func damage(t *testing.T, pg *storetest.PG) {
	ctx := context.Background()
	d, _ := fresh(t, pg)
	for _, stream := range []string{"exam/a", "attempt/a"} {
		one(t, d, chained(stream, 1, 3, engine.FirstHash(stream), ""))
	}
	h, err := d.Keep(ctx, []byte("figure"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(stream string, after int) error {
		return d.Read(ctx, stream, after, func(engine.Record) error { return nil })
	}
	tail := func(after engine.Pos) error {
		d.known.forget() // what this node has appended itself it would not ask the database for
		_, err := d.Tail(ctx, after, 10)
		return err
	}
	for _, sql := range []string{`delete from event where n = 2`, `update event set hash = 'short' where n = 3`,
		`update archive set body = 'other'`} {
		exec(t, d, sql)
	}
	_, fetching := d.Fetch(ctx, h)
	broken := map[string]error{"a hole": read("exam/a", 0), "a short hash": read("exam/a", 2), "a short hash in the tail": tail(0),
		"other bytes": fetching}
	exec(t, d, `delete from event`)
	exec(t, d, `update pack set body = substring(body for 200)`)
	broken["a short pack"], broken["a short pack in the tail"] = read("attempt/a", 0), tail(3)
	for name, err := range broken {
		if !errors.Is(err, errDamaged) {
			t.Errorf("%s: %v; want that it is damaged", name, err)
		}
	}
}

func forgottenNames(t *testing.T, pg *storetest.PG) {
	d, _ := fresh(t, pg)
	one(t, d, chained("exam/a", 1, 1, engine.Hash{}, ""))
	one(t, d, chained("attempt/c", 1, 1, engine.Hash{}, ""))
	for i := range namesKept { // of others, and without records
		d.known.streams.add(int64(-1-i), fmt.Sprint("exam/", -i), 0)
	}
	d.known.prune()
	if left := len(d.known.streams.byID); left != 1 || len(d.known.streams.byName) != left {
		t.Errorf("%d streams are kept, want that which has a record in a pack", left)
	}
	one(t, d, chained("exam/b", 1, 1, engine.Hash{}, ""))
	d.known.forget()
	records := all(t, d)
	if len(records) != 3 || records[0].Stream != "exam/a" || records[1].Stream != "attempt/c" || records[2].Stream != "exam/b" {
		t.Errorf("the tail is %v", records)
	}
	for _, stream := range []string{"exam/a", "attempt/c"} {
		if out := one(t, d, chained(stream, 2, 1, engine.Hash{}, "")); out.Conflict {
			t.Errorf("%s has another id after it was forgotten", stream)
		}
	}
	if !bytes.Contains(records[0].Body, []byte("exam/a")) {
		t.Errorf("%q", records[0].Body)
	}
}
