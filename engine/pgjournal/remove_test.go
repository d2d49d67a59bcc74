package pgjournal

import (
	"context"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

func TestRemover(t *testing.T) {
	pg := storetest.Postgres(t)
	storetest.Remover(t, func(t *testing.T) (storetest.Whole, func() storetest.Whole) {
		d, reopen := fresh(t, pg)
		return d, func() storetest.Whole { return reopen() }
	})
}

// append1 appends one run and returns its outcome.
func append1(t *testing.T, d *DB, r engine.Run) engine.Outcome {
	t.Helper()
	outcomes, err := d.Append(context.Background(), []engine.Run{r})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0]
}

// A node that was cut off while the newest record that it knew was removed finds the
// reason, and does not take the journal for one that was set back.
func TestARemovalIsNoSetback(t *testing.T) {
	ctx := context.Background()
	pg := storetest.Postgres(t)
	dsn := pg.Fresh(t, "removal")
	node, office := mustOpen(t, dsn), mustOpen(t, dsn)
	append1(t, node, chained("attempt/gladi", 1, 5, engine.FirstHash("attempt/gladi"), ""))
	out, err := office.Remove(ctx, engine.Removal{
		Streams: []string{"attempt/gladi"}, Record: chained(engine.RemovalStream, 1, 1, engine.FirstHash(engine.RemovalStream), ""),
	})
	if err != nil || out.Conflict {
		t.Fatalf("removed: %+v, %v", out, err)
	}
	node.disconnect()
	node.pool.Reset()
	if out := append1(t, node, chained("attempt/gladi", 6, 1, engine.Hash{}, "")); !out.Conflict {
		t.Errorf("a removed stream went on at %d", out.First)
	}
	records, err := node.Tail(ctx, 5, 10)
	if err != nil || len(records) != 1 || records[0].Stream != engine.RemovalStream {
		t.Errorf("the tail brings %d records, %v; want the removal", len(records), err)
	}
	append1(t, node, chained("attempt/next", 1, 1, engine.FirstHash("attempt/next"), ""))
}

// Without a removal, a record that is gone still means that the journal was set back.
func TestAMissingRecordIsASetback(t *testing.T) {
	pg := storetest.Postgres(t)
	d := mustOpen(t, pg.Fresh(t, "missing"))
	append1(t, d, chained("attempt/a", 1, 5, engine.FirstHash("attempt/a"), ""))
	if _, err := d.pool.Exec(context.Background(), `delete from pack`); err != nil {
		t.Fatal(err)
	}
	d.disconnect()
	d.pool.Reset()
	stopped(t, d)
}
