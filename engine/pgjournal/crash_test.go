package pgjournal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"terang/engine"
	"terang/engine/storetest"
)

// The server dies while two nodes append, and comes back with its disk: every record that
// was acknowledged is there, and the nodes go on by themselves.
func TestAcknowledgedRecordsOutliveTheServer(t *testing.T) {
	const rounds, streams = 4, 30
	pg := storetest.Postgres(t)
	dsn := pg.Fresh(t, "crash")
	writers := []*writer{newWriter(t, mustOpen(t, dsn), 1), newWriter(t, mustOpen(t, dsn), 2)}
	for round := range rounds {
		var writing sync.WaitGroup
		for i, w := range writers {
			underway := make(chan struct{})
			writing.Go(func() {
				for b := 0; ; b++ {
					if b == 40+30*round {
						close(underway)
					}
					err := w.append(w.batch(streams, 8, fmt.Sprint("writer ", i, " round ", round, " batch ", b)))
					if err != nil {
						return // the server is gone, reading fails too
					}
				}
			})
			if i == len(writers)-1 {
				<-underway
				pg.Kill()
			}
		}
		writing.Wait()
		pg.Restart()
		for i, w := range writers {
			for stream := range w.hash {
				if err := w.reload(stream); err != nil {
					t.Fatalf("writer %d after the restart: %v", i, err)
				}
			}
			// The first append finds the connection dead, the next one a new one.
			for try := range 2 {
				before := w.failed
				if err := w.append(w.batch(streams, 8, fmt.Sprint("writer ", i, " again ", round, " try ", try))); err != nil {
					t.Fatalf("writer %d after the restart: %v", i, err)
				}
				if w.failed == before {
					break
				} else if try == 1 {
					t.Fatalf("writer %d does not go on after the restart", i)
				}
			}
		}
		audit(t, all(t, writers[0].d), writers...)
	}
	for i, w := range writers {
		if w.failed == 0 {
			t.Errorf("writer %d never met a dead server", i)
		}
	}
}

// A server that hangs gets no more than the node's patience; what it had in hand counts as
// unknown, and is done or not when it wakes.
func TestServerThatHangs(t *testing.T) {
	pg := storetest.Postgres(t)
	dsn := pg.Fresh(t, "hangs")
	d := mustOpenWith(t, dsn, Options{Timeout: 1500 * time.Millisecond})
	first := engine.FirstHash("attempt/a")
	run := chained("attempt/a", 1, 3, first, "")
	one(t, d, engine.Run{Stream: run.Stream, Records: run.Records[:1]})
	pg.Pause()
	_, err := d.Append(context.Background(), []engine.Run{{Stream: run.Stream, Records: run.Records[1:2]}})
	if err == nil || !strings.Contains(err.Error(), "outcome unknown") || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("append: %v; want that the outcome is unknown after the deadline", err)
	}
	if _, err := d.Tail(context.Background(), 1, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("tail: %v; want a deadline exceeded", err)
	}
	pg.Resume()
	patient := mustOpen(t, dsn)
	again := one(t, patient, engine.Run{Stream: run.Stream, Records: run.Records[1:2]})
	one(t, patient, engine.Run{Stream: run.Stream, Records: run.Records[2:]})
	records := all(t, patient)
	if err := sound(records); err != nil || len(records) != 3 {
		t.Errorf("%d records, want 3 (the second a conflict: %v): %v", len(records), again.Conflict, err)
	}
}

// An operator, or a failover, ends all connections of a server that lives on.
func terminated(t *testing.T, pg *storetest.PG) {
	ctx := context.Background()
	dsn := pg.Fresh(t, "terminated")
	d := mustOpen(t, dsn)
	one(t, d, chained("attempt/a", 1, 1, engine.Hash{}, ""))
	for _, conn := range []*pgxpool.Conn{acquire(t, d), acquire(t, d), acquire(t, d)} {
		conn.Release() // they wait in the pool, and will be dead
	}
	other := mustOpen(t, pg.Fresh(t, "beside "+t.Name()))
	terminate(t, other, "terminated")
	if _, err := d.Tail(ctx, 0, 10); err != nil {
		t.Errorf("a reading call noticed: %v", err)
	}
	if _, err := d.Append(ctx, []engine.Run{chained("attempt/a", 2, 1, engine.Hash{}, "")}); err == nil {
		t.Error("the append did not notice: it must not repeat what may be stored")
	}
	if out := one(t, d, chained("attempt/a", 2, 1, engine.Hash{}, "")); out.Conflict {
		t.Error("nothing had been stored, but it is a conflict")
	}
}

func acquire(t testing.TB, d *DB) *pgxpool.Conn {
	t.Helper()
	conn, err := d.pool.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// terminate ends every other connection to a database, and waits until they are gone.
func terminate(t testing.TB, from *DB, database string) {
	t.Helper()
	if _, err := from.pool.Exec(context.Background(),
		`select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`, database); err != nil {
		t.Fatal(err)
	}
}
