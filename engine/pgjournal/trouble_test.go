package pgjournal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/storetest"
)

func exec(t testing.TB, d *DB, sql string) {
	t.Helper()
	if _, err := d.pool.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// failing makes every insert into a table fail with a code, while a condition holds.
func failing(t testing.TB, d *DB, table, code, while string) {
	t.Helper()
	exec(t, d, fmt.Sprintf(`create or replace function fail_%s() returns trigger language plpgsql as $$
		begin if %s then raise exception 'on purpose' using errcode = '%s'; end if; return new; end $$`, table, while, code))
	exec(t, d, fmt.Sprintf(`create trigger fail before insert on %[1]s for each row execute function fail_%[1]s()`, table))
}

// PostgreSQL says "disk full" when it cannot extend a table; the transaction is undone.
func fullDisk(t *testing.T, pg *storetest.PG) {
	ctx := context.Background()
	d, _ := fresh(t, pg)
	for _, table := range []string{"event", "pack", "register", "archive"} {
		failing(t, d, table, diskFull, "true")
	}
	run := chained("attempt/a", 1, 2, engine.FirstHash("attempt/a"), "")
	_, err := d.Append(ctx, []engine.Run{run})
	if !errors.Is(err, engine.ErrFull) {
		t.Errorf("append: %v; want engine.ErrFull", err)
	}
	if err := d.Put(ctx, engine.Entry{Kind: "k", ID: "1"}); !errors.Is(err, engine.ErrFull) {
		t.Errorf("put: %v; want engine.ErrFull", err)
	}
	if _, err := d.Keep(ctx, []byte("figure")); !errors.Is(err, engine.ErrFull) {
		t.Errorf("keep: %v; want engine.ErrFull", err)
	}
	if got := all(t, d); len(got) != 0 {
		t.Errorf("%d records were stored", len(got))
	}
	for _, table := range []string{"event", "pack", "register", "archive"} {
		exec(t, d, "drop trigger fail on "+table)
	}
	if out := one(t, d, run); out.Conflict {
		t.Error("with room again it is a conflict")
	}
}

// What did nothing because it met another transaction is tried again, what failed for
// another reason is not, and both leave nothing.
func racyStatements(t *testing.T, pg *storetest.PG) {
	ctx := context.Background()
	for _, test := range []struct {
		code  string
		times int // how often it fails
		want  bool
	}{
		{serializationFailure, 2, true},
		{deadlockDetected, 3, true},
		{uniqueViolation, 1, true},
		{serializationFailure, 100, false},
		{"P0001", 1, false},
	} {
		d, _ := fresh(t, pg)
		exec(t, d, "create sequence failures") // counts what is undone as well
		failing(t, d, "pack", test.code, fmt.Sprint("nextval('failures') <= ", test.times))
		outcomes, err := d.Append(ctx, []engine.Run{chained("attempt/a", 1, 1, engine.Hash{}, "")})
		if stored := err == nil && !outcomes[0].Conflict; stored != test.want || len(all(t, d)) > 0 != test.want {
			t.Errorf("%s, %d times: %+v, %v; want it stored: %v", test.code, test.times, outcomes, err, test.want)
		}
		if err != nil && !strings.Contains(err.Error(), "nothing was stored") {
			t.Errorf("%s: %v; want that nothing was stored", test.code, err)
		}
	}
}

// Somebody at a console holds the head row: the append gives up, and says that it did.
func heldHead(t *testing.T, pg *storetest.PG) {
	for i, alone := range []bool{true, false} {
		dsn := pg.Fresh(t, fmt.Sprint("held", i))
		d := mustOpenWith(t, dsn, Options{Timeout: 3 * time.Second})
		d.alone = alone
		giveUp(t, d)
	}
}

func giveUp(t *testing.T, d *DB) {
	ctx := context.Background()
	console, err := d.pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := console.Exec(ctx, "select from head for update"); err != nil {
		t.Fatal(err)
	}
	run := chained("attempt/a", 1, 1, engine.Hash{}, "")
	if _, err := d.Append(ctx, []engine.Run{run}); err == nil || !strings.Contains(err.Error(), "nothing was stored") {
		t.Errorf("got %v; want that nothing was stored", err)
	}
	if _, err := d.Tail(ctx, 0, 10); err != nil {
		t.Errorf("reading waits too: %v", err)
	}
	if err := console.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if out := one(t, d, run); out.Conflict {
		t.Error("a conflict with nobody")
	}
}

func TestUnsafeServersAreRefused(t *testing.T) {
	ctx := context.Background()
	pg := storetest.Postgres(t, "fsync=off", "full_page_writes=off")
	dsn := pg.Fresh(t, "unsafe")
	_, err := Open(ctx, dsn+"&synchronous_commit=off", Options{})
	if !errors.Is(err, ErrUnsafe) {
		t.Fatalf("got %v; want ErrUnsafe", err)
	}
	clock := engine.NewClock()
	found, checkErr := Check(ctx, dsn+"&synchronous_commit=off", Options{}, clock.Now)
	if checkErr != nil {
		t.Fatal(checkErr)
	}
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		if !strings.Contains(err.Error(), "set "+name+" = on") {
			t.Errorf("the refusal does not say what to do about %s: %v", name, err)
		}
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Name == name && f.Level == Danger && f.Remedy != "" }) {
			t.Errorf("Check does not find %s: %v", name, found)
		}
	}
}

func TestCheckLooksAtAGoodServer(t *testing.T) {
	ctx := context.Background()
	pg := storetest.Postgres(t, "max_connections=10")
	dsn := pg.Fresh(t, "good")
	clock := engine.NewClock()
	levels := func(now func() engine.Instant) map[string]Level {
		t.Helper()
		found, err := Check(ctx, dsn, Options{}, now)
		if err != nil {
			t.Fatal(err)
		}
		levels := map[string]Level{}
		for _, f := range found {
			levels[f.Name] = f.Level
			if (f.Level == Fine) != (f.Remedy == "") || f.Value == "" {
				t.Errorf("a finding that does not help: %+v", f)
			}
		}
		return levels
	}
	got := levels(clock.Now) // before there are tables
	for name, want := range map[string]Level{"fsync": Fine, "synchronous_commit": Fine, "replicas": Unwise, "data_checksums": Unwise, "checkpoints": Unwise,
		"free connections": Unwise, "schema": Fine, "this clock against the database's": Fine} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	mustOpen(t, dsn)
	ahead := levels(func() engine.Instant { return clock.Now().Add(time.Minute) })
	if ahead["this clock against the database's"] != Unwise || ahead["schema"] != Fine {
		t.Errorf("a clock that is a minute ahead: %v", ahead)
	}
}

func foreignDatabases(t *testing.T, pg *storetest.PG) {
	ctx := context.Background()
	for _, test := range []struct{ name, sql, want string }{
		{"newer", "insert into schema_version(version, name) values (99, 'later')", "99"},
		{"another program's", "drop table schema_version", "another program"},
	} {
		dsn := pg.Fresh(t, test.name)
		d := mustOpen(t, dsn)
		exec(t, d, test.sql)
		if _, err := Open(ctx, dsn, Options{}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v; want ErrForeign with %q", test.name, err, test.want)
		}
	}
	if _, err := Open(ctx, pg.Database("absent"), Options{}); err == nil {
		t.Error("a database that is not there was opened")
	}
	if _, err := Open(ctx, "postgres://a:secret@%zz/", Options{}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a malformed address: %v", err)
	}
}

// Nodes of an earlier program may be serving from a database that this program looks at: who
// opens to read leaves its schema as it is, and changes nothing.
func readersChangeNothing(t *testing.T, pg *storetest.PG) {
	dsn := pg.Fresh(t, "reading")
	if _, err := OpenReader(t.Context(), dsn, Options{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty database: %v", err)
	}
	script, err := migrations.ReadFile("migrations/0001_journal.sql")
	if err != nil {
		t.Fatal(err)
	}
	earlier := "create schema terang; set search_path = terang;\n" + string(script) + "\ninsert into schema_version(version, name) values (1, '0001_journal.sql')"
	pg.Tool(t, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-c", earlier)
	for range 2 {
		if _, err := OpenReader(t.Context(), dsn, Options{}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "it has schema 1, this program reads 2") {
			t.Errorf("an earlier program's tables: %v", err)
		}
	}
	writer := mustOpen(t, dsn)
	run := chained("exam/x", 1, 1, engine.FirstHash("exam/x"), "")
	one(t, writer, run)

	d, err := OpenReader(t.Context(), dsn, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if records := all(t, d); len(records) != 1 || records[0].Hash != run.Records[0].Hash {
		t.Errorf("read: %v", records)
	}
	if _, err := d.Append(t.Context(), []engine.Run{chained("exam/x", 2, 1, run.Records[0].Hash, "")}); err == nil {
		t.Error("a reader appended")
	}
	if err := d.Put(t.Context(), engine.Entry{Kind: "note", ID: "x", Body: []byte("y")}); err == nil {
		t.Error("a reader wrote to the register")
	}
}

// What the database's owner sets for everybody does not reach the journal's statements.
func TestForeignDefaultsDoNotMatter(t *testing.T) {
	pg := storetest.Postgres(t, "default_transaction_isolation=serializable", "jit_above_cost=0", "statement_timeout=1ms")
	dsn := pg.Database("postgres")
	a, b := mustOpen(t, dsn), mustOpen(t, dsn)
	hash := map[*DB]engine.Hash{a: engine.FirstHash("attempt/a"), b: engine.FirstHash("attempt/b")}
	for n := range 50 {
		for stream, d := range map[string]*DB{"attempt/a": a, "attempt/b": b} {
			run := chained(stream, n+1, 1, hash[d], "")
			hash[d] = run.Records[0].Hash
			if out := one(t, d, run); out.Conflict {
				t.Fatalf("%s %d is a conflict", stream, n+1)
			}
		}
	}
	if err := sound(all(t, a)); err != nil {
		t.Error(err)
	}
}
