package sqlitejournal

import (
	"context"
	"fmt"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

// file opens a new file, and returns how to close it and open it again.
func file(t *testing.T, opts Options) (*DB, func() *DB) {
	t.Helper()
	path := t.TempDir() + "/terang.db"
	d := mustOpen(t, path, opts)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, func() *DB {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d = mustOpen(t, path, opts)
		return d
	}
}

func mustOpen(t *testing.T, path string, opts Options) *DB {
	t.Helper()
	d, err := Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fill appends versions from n to last to each stream, one version of all a batch.
func fill(t *testing.T, d *DB, streams []string, n, last int) {
	t.Helper()
	for ; n <= last; n++ {
		var runs []engine.Run
		for _, stream := range streams {
			runs = append(runs, oneRun(stream, n))
		}
		outcomes, err := d.Append(context.Background(), runs)
		if err != nil {
			t.Fatal(err)
		}
		for i, out := range outcomes {
			if out.Conflict {
				t.Fatalf("%s %d is a conflict", streams[i], n)
			}
		}
	}
}

func oneRun(stream string, n int) engine.Run {
	body := bodyOf(stream, n)
	return engine.Run{Stream: stream, Records: []engine.Record{{Stream: stream, N: n, Body: body, Hash: engine.FirstHash(stream).Chain(body)}}}
}

func bodyOf(stream string, n int) []byte { return fmt.Appendf(nil, "%s %d", stream, n) }

// whole reads a stream and checks every record; it returns the last version.
func whole(j engine.Journal, stream string) (int, error) {
	n := 0
	err := j.Read(context.Background(), stream, 0, func(r engine.Record) error {
		n++
		body := bodyOf(stream, n)
		if r.N != n || string(r.Body) != string(body) || r.Hash != engine.FirstHash(stream).Chain(body) {
			return fmt.Errorf("record %d is %d %q", n, r.N, r.Body)
		}
		return nil
	})
	return n, err
}

func mustHold(t *testing.T, d *DB, streams []string, want int) {
	t.Helper()
	for _, stream := range streams {
		if n, err := whole(d, stream); err != nil || n != want {
			t.Errorf("%s reaches %d, want %d: %v", stream, n, want, err)
		}
	}
}

func names(count int) []string {
	var all []string
	for i := range count {
		all = append(all, fmt.Sprintf("attempt/%d", i))
	}
	return all
}

func TestJournal(t *testing.T) {
	storetest.Journal(t, func(t *testing.T) (engine.Journal, func() engine.Journal) {
		d, reopen := file(t, Options{})
		return d, func() engine.Journal { return reopen() }
	})
}

// With a tail of three records in memory nearly everything is read from the file.
func TestJournalWithoutMemory(t *testing.T) {
	storetest.Journal(t, func(t *testing.T) (engine.Journal, func() engine.Journal) {
		d, reopen := file(t, Options{Tail: 3})
		return d, func() engine.Journal { return reopen() }
	})
}

// scattered is a journal in which about half of the packs are taken apart, as when something
// that stood in them was removed.
type scattered struct{ *DB }

func (s scattered) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	outcomes, err := s.DB.Append(ctx, runs)
	if err != nil {
		return nil, err
	}
	var positions []engine.Pos
	for _, out := range outcomes {
		if out.First%2 == 1 {
			positions = append(positions, out.First)
		}
	}
	return outcomes, takeApart(ctx, s.DB, positions...)
}

func takeApart(ctx context.Context, d *DB, positions ...engine.Pos) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.prepare(ctx); err != nil {
		return err
	}
	return d.commit(ctx, func(ctx context.Context, w *writer) error { return w.takeApart(ctx, positions, nil) })
}

// Whether a record stands in a pack or in a row of its own must not be noticed by anybody.
func TestJournalOfPacksAndRows(t *testing.T) {
	if testing.Short() {
		t.Skip("short: TestJournalWithoutMemory reads from the file too")
	}
	storetest.Journal(t, func(t *testing.T) (engine.Journal, func() engine.Journal) {
		d, reopen := file(t, Options{Tail: 3})
		return scattered{d}, func() engine.Journal { return scattered{reopen()} }
	})
}

func TestRegister(t *testing.T) {
	storetest.Register(t, func(t *testing.T) (engine.Register, func() engine.Register) {
		d, reopen := file(t, Options{})
		return d, func() engine.Register { return reopen() }
	})
}

func TestArchive(t *testing.T) {
	storetest.Archive(t, func(t *testing.T) (engine.Archive, func() engine.Archive) {
		d, reopen := file(t, Options{})
		return d, func() engine.Archive { return reopen() }
	})
}
