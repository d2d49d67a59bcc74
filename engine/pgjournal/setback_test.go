package pgjournal

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/storetest"
)

// A dump into a fresh cluster keeps positions, chains, people and pictures, and goes on.
func TestDumpAndRestore(t *testing.T) {
	ctx := context.Background()
	from := storetest.Postgres(t)
	d := mustOpen(t, from.Fresh(t, "exam"))
	w := newWriter(t, d, 1)
	for range 50 {
		if err := w.append(w.batch(20, 5, "before of 0")); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Put(ctx, engine.Entry{Kind: "person", ID: "é/1", Body: []byte("Sari")}); err != nil {
		t.Fatal(err)
	}
	h, err := d.Keep(ctx, []byte("figure"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Beat(ctx, "node", 1234); err != nil {
		t.Fatal(err)
	}
	before := all(t, d)

	file := filepath.Join(from.Folder(), "exam.dump")
	from.Tool(t, "pg_dump", "-Fc", "-f", file, from.Database("exam"))
	to := storetest.Postgres(t)
	dsn := to.Fresh(t, "restored")
	to.Tool(t, "pg_restore", "--exit-on-error", "-d", dsn, file)

	restored := mustOpen(t, dsn)
	after := all(t, restored)
	if !reflect.DeepEqual(before, after) || sound(after) != nil {
		t.Fatalf("%d records became %d, or others: %v", len(before), len(after), sound(after))
	}
	if body, err := restored.Get(ctx, "person", "é/1"); err != nil || string(body) != "Sari" {
		t.Errorf("register: %q, %v", body, err)
	}
	if body, err := restored.Fetch(ctx, h); err != nil || string(body) != "figure" {
		t.Errorf("archive: %q, %v", body, err)
	}
	if beats, err := restored.Beat(ctx, "other", 5); err != nil || beats["node"] != 1234 {
		t.Errorf("beats: %v, %v", beats, err)
	}
	w.d = restored
	for range 20 {
		if err := w.append(w.batch(30, 5, "after of 0")); err != nil { // new streams as well
			t.Fatal(err)
		}
	}
	later := all(t, restored)
	if err := sound(later); err != nil || len(later) <= len(after) || later[len(after)].Pos <= after[len(after)-1].Pos {
		t.Errorf("after the restore %d records follow %d: %v", len(later), len(after), err)
	}
}

// stopped fails the test unless everything says that the journal was set back.
func stopped(t *testing.T, d *DB) {
	t.Helper()
	ctx := context.Background()
	_, appending := d.Append(ctx, []engine.Run{chained("attempt/z", 1, 1, engine.Hash{}, "")})
	_, tailing := d.Tail(ctx, 0, 10)
	_, beating := d.Beat(ctx, "n", 1)
	for name, err := range map[string]error{
		"append": appending, "tail": tailing, "beat": beating,
		"read": d.Read(ctx, "attempt/a", 0, func(engine.Record) error { return nil }),
		"put":  d.Put(ctx, engine.Entry{Kind: "k"}),
	} {
		if !errors.Is(err, ErrSetBack) || errors.Is(err, engine.ErrFull) {
			t.Errorf("%s: %v; want ErrSetBack", name, err)
		}
	}
}

// An older dump takes the database's place while a node runs.
func oldBackup(t *testing.T, pg *storetest.PG) {
	ctx := context.Background()
	dsn := pg.Fresh(t, "exam")
	d, other := mustOpen(t, dsn), mustOpen(t, pg.Fresh(t, "beside "+t.Name()))
	one(t, d, chained("attempt/a", 1, 3, engine.FirstHash("attempt/a"), ""))
	file := filepath.Join(pg.Folder(), "old.dump")
	pg.Tool(t, "pg_dump", "-Fc", "-f", file, dsn)
	one(t, d, chained("attempt/b", 1, 1, engine.FirstHash("attempt/b"), ""))
	exec(t, other, `drop database exam with (force)`)
	exec(t, other, `create database exam`)
	pg.Tool(t, "pg_restore", "--exit-on-error", "-d", dsn, file)
	_, _ = d.Append(ctx, []engine.Run{chained("attempt/b", 2, 1, engine.Hash{}, "")}) // finds the connection dead
	stopped(t, d)
	// A node that starts now takes the database as it is; meanwhile others go beyond what the
	// first one has seen, and still it does not go on.
	anew := mustOpen(t, dsn)
	one(t, anew, chained("attempt/c", 1, 5, engine.FirstHash("attempt/c"), ""))
	stopped(t, d)
	if records := all(t, anew); len(records) != 8 {
		t.Errorf("%d records, want 8", len(records))
	}
}

// A hall does not go on with such a journal: it ends and says why, and what is asked of it
// then is refused instead of waiting for ever.
func hallEnds(t *testing.T, pg *storetest.PG) {
	d, _ := fresh(t, pg)
	h := engine.NewHall("n", d, memstore.New(), engine.NewClock(), engine.NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
	live := h.Admit("a", &engine.Terms{Policy: engine.DefaultPolicy()})
	if _, err := h.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(t.Context()) }()
	room := h.Sitting("x.s")
	if _, err := room.Act(engine.Command{Act: engine.ActOpenCheckin, By: "test", At: h.Now()}); err != nil {
		t.Fatal(err)
	}
	exec(t, d, `update head set last = last - 1`)
	select {
	case err := <-ended:
		if !errors.Is(err, engine.ErrSetBack) || !errors.Is(err, ErrSetBack) {
			t.Errorf("the hall ended with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the hall goes on")
	}
	checkin := engine.Command{Act: engine.ActCheckin, By: "test", At: h.Now(), Sitting: room.ID, Seat: "01", Number: "1"}
	if r := live.Ask(checkin, nil); !errors.Is(r.Err, engine.Busy) {
		t.Errorf("a check-in after the end: %v", r.Err)
	}
	if _, err := room.Act(engine.Command{Act: engine.ActCloseCheckin, By: "test", At: h.Now()}); err == nil {
		t.Error("the sitting goes on")
	}
}

// The ways in which a node finds out.
func setBackIsSeen(t *testing.T, pg *storetest.PG) {
	ctx := context.Background()
	other := mustOpen(t, pg.Fresh(t, "beside "+t.Name()))
	for name, test := range map[string]struct {
		sql   string
		first func(*DB) error
	}{
		"by an append": {`update head set last = last - 1`, func(d *DB) error {
			_, err := d.Append(ctx, []engine.Run{chained("attempt/a", 4, 1, engine.Hash{}, "")})
			return err
		}},
		"by the tail": {`update head set last = last - 1`, func(d *DB) error {
			_, err := d.Tail(ctx, 3, 10)
			return err
		}},
		"by an append, for want of a head": {`delete from head`, func(d *DB) error {
			_, err := d.Append(ctx, []engine.Run{chained("attempt/a", 4, 1, engine.Hash{}, "")})
			return err
		}},
		"by a new connection, to a shorter journal": {`update head set last = last - 1`, func(d *DB) error {
			terminate(t, other, d.config.Database)
			return d.Read(ctx, "attempt/a", 0, func(engine.Record) error { return nil })
		}},
		// As long as before, but another: a replica that lagged has been promoted and written.
		"by a new connection, to another journal": {`update pack set body = set_byte(body, length(body) - 50, 255 - get_byte(body, length(body) - 50))`, func(d *DB) error {
			terminate(t, other, d.config.Database)
			_, _ = d.Append(ctx, []engine.Run{chained("attempt/a", 4, 1, engine.Hash{}, "")})
			_, err := d.Append(ctx, []engine.Run{chained("attempt/a", 4, 1, engine.Hash{}, "")})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := fresh(t, pg)
			one(t, d, chained("attempt/a", 1, 3, engine.FirstHash("attempt/a"), ""))
			exec(t, d, test.sql)
			if err := test.first(d); !errors.Is(err, ErrSetBack) {
				t.Errorf("got %v; want ErrSetBack", err)
			}
			stopped(t, d)
		})
	}
}
