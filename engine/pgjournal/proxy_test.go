package pgjournal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

// Every third append is cut before or after the server has done it. Whoever wrote reads
// again, and nothing is lost, doubled or left out.
func TestConnectionsThatAreCut(t *testing.T) {
	ctx := context.Background()
	pg := storetest.Postgres(t)
	for name, cut := range map[string]func(*storetest.Proxy, int){"before the write": (*storetest.Proxy).CutBefore, "after the write": (*storetest.Proxy).CutAfter} {
		t.Run(name, func(t *testing.T) {
			dsn := pg.Fresh(t, "cut "+name)
			p := storetest.NewProxy(t, "unix", pg.Addr)
			d := mustOpen(t, p.DSN(t, dsn))
			const stream = "attempt/a"
			n, hash, cuts := 0, engine.FirstHash(stream), 0
			for step := range 30 {
				run := chained(stream, n+1, 1+step%3, hash, fmt.Sprint("step ", step, " of ", 1+step%3))
				if step%3 == 2 {
					cut(p, 1)
				}
				outcomes, err := d.Append(ctx, []engine.Run{run})
				was := n
				if readErr := d.Read(ctx, stream, n, func(r engine.Record) error {
					n, hash = r.N, r.Hash
					return nil
				}); readErr != nil {
					t.Fatal(readErr)
				}
				stored := n == was+len(run.Records)
				switch {
				case err == nil && (outcomes[0].Conflict || !stored):
					t.Fatalf("step %d: %+v, but the stream went from %d to %d", step, outcomes[0], was, n)
				case err != nil && (!strings.Contains(err.Error(), "outcome unknown") || errors.Is(err, engine.ErrFull)):
					t.Fatalf("step %d: %v; want that the outcome is unknown", step, err)
				case err != nil && stored != (name == "after the write"):
					t.Fatalf("step %d was cut %s, and stored: %v", step, name, stored)
				case err != nil:
					cuts++
					if out := one(t, d, run); out.Conflict != stored {
						t.Fatalf("step %d again: %+v", step, out)
					}
					n, hash = run.Records[len(run.Records)-1].N, run.Records[len(run.Records)-1].Hash
				}
			}
			if records := all(t, d); sound(records) != nil || len(records) != 60 || cuts != 10 {
				t.Errorf("%d records, want 60; %d cuts, want 10: %v", len(records), cuts, sound(records))
			}
		})
	}
}

// A new stream takes two questions to the server: a cut after the first stores nothing.
func TestCutWhileNamesAreGiven(t *testing.T) {
	pg := storetest.Postgres(t)
	p := storetest.NewProxy(t, "unix", pg.Addr)
	d := mustOpen(t, p.DSN(t, pg.Fresh(t, "names")))
	run := chained("attempt/new", 1, 2, engine.FirstHash("attempt/new"), "")
	p.CutAfter(1)
	if _, err := d.Append(context.Background(), []engine.Run{run}); err == nil {
		t.Fatal("a cut append succeeded")
	}
	if got := all(t, d); len(got) != 0 {
		t.Fatalf("%d records were stored", len(got))
	}
	if out := one(t, d, run); out.Conflict {
		t.Error("what was not stored is a conflict")
	}
}
