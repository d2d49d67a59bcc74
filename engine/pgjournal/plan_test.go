package pgjournal

import (
	"context"
	"fmt"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

// While the table of events grows from empty, no statement may look through all of it:
// the planner's first plan was made for a table that it took to be small.
func TestNothingScansTheEventsWhileTheyGrow(t *testing.T) {
	ctx := context.Background()
	d, _ := fresh(t, storetest.Postgres(t, "autovacuum=off"))
	const streams, versions = 64, 150
	var after engine.Pos
	for n := range versions {
		var runs []engine.Run
		for i := range streams {
			length := 1
			if i%8 == 0 {
				length = 2
			}
			stream := fmt.Sprint("attempt/", i)
			if i%2 == 0 {
				stream = fmt.Sprint("exam/", i)
			}
			runs = append(runs, chained(stream, n*length+1, length, engine.Hash{}, ""))
		}
		outcomes, err := d.Append(ctx, runs)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.Conflict {
				t.Fatalf("version %d of %s is a conflict", n, runs[i].Stream)
			}
		}
		records, err := d.Tail(ctx, after, 1000)
		if err != nil || len(records) != streams*9/8 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		after = records[len(records)-1].Pos
		d.known.forget() // the database is asked
		if _, err := d.Tail(ctx, after-1, 1); err != nil {
			t.Fatal(err)
		}
		for _, stream := range []string{"attempt/1", "exam/2"} {
			if err := d.Read(ctx, stream, n, func(engine.Record) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := d.Close(); err != nil { // its sessions hand in what they counted
		t.Fatal(err)
	}
	d = mustOpen(t, d.config.ConnString())
	for _, table := range []string{"event", "pack", "stream"} {
		var scans, read int64
		if err := d.pool.QueryRow(ctx, `select seq_scan, seq_tup_read from pg_stat_user_tables where relname = $1`, table).Scan(&scans, &read); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d scans of %d rows in all", table, scans, read)
		if read > 100_000 { // a scan a batch would be 800,000
			t.Errorf("%s: %d scans have read %d rows", table, scans, read)
		}
	}
}
