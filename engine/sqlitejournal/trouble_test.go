package sqlitejournal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"terang/engine"
)

func TestFullDisk(t *testing.T) {
	ctx := context.Background()
	d, reopen := file(t, Options{MaxPages: 40})
	n := 0
	var err error
	for err == nil {
		n++
		_, err = d.Append(ctx, []engine.Run{oneRun("attempt/a", n), padded("attempt/b", n), oneRun("exam/c", n)})
	}
	if !errors.Is(err, engine.ErrFull) || n < 3 {
		t.Fatalf("after %d batches: %v; want engine.ErrFull", n, err)
	}
	streams := []string{"attempt/a", "exam/c"}
	mustHold(t, d, streams, n-1) // nothing of the batch that failed
	if last := d.tail.last; int(last) != 3*(n-1) {
		t.Errorf("the tail ends at %d, want %d", last, 3*(n-1))
	}
	if err := d.Put(ctx, engine.Entry{Kind: "photo", ID: "1", Body: make([]byte, 200_000)}); !errors.Is(err, engine.ErrFull) {
		t.Errorf("put: %v; want engine.ErrFull", err)
	}
	if _, err := d.Keep(ctx, make([]byte, 200_000)); !errors.Is(err, engine.ErrFull) {
		t.Errorf("keep: %v; want engine.ErrFull", err)
	}
	// There is room again: it goes on, in the same process, with the same batch.
	if err := d.w.pragma(ctx, "max_page_count = 4000"); err != nil {
		t.Fatal(err)
	}
	outcomes, err := d.Append(ctx, []engine.Run{oneRun("attempt/a", n), padded("attempt/b", n), oneRun("exam/c", n)})
	if err != nil || outcomes[0].Conflict || outcomes[2].Conflict {
		t.Fatalf("with room: %+v, %v", outcomes, err)
	}
	mustHold(t, d, streams, n)
	mustHold(t, reopen(), streams, n)
}

func padded(stream string, n int) engine.Run {
	r := oneRun(stream, n)
	r.Records[0].Body = make([]byte, 5000)
	return r
}

// The answer to a commit is lost; memory must follow what the file says.
func TestUnknownOutcome(t *testing.T) {
	ctx := context.Background()
	d, _ := file(t, Options{})
	fill(t, d, []string{"attempt/a", "exam/b"}, 1, 3)
	broken := errors.New("the cable was pulled")
	d.after = func() error { return broken }
	_, err := d.Append(ctx, []engine.Run{oneRun("attempt/a", 4), oneRun("exam/b", 4), oneRun("attempt/new", 1)})
	if !errors.Is(err, broken) || errors.Is(err, engine.ErrFull) {
		t.Fatalf("got %v; want what happened", err)
	}
	d.after = nil
	mustHold(t, d, []string{"attempt/a", "exam/b"}, 4) // it had been stored
	mustHold(t, d, []string{"attempt/new"}, 1)
	outcomes, err := d.Append(ctx, []engine.Run{oneRun("attempt/a", 4), oneRun("exam/b", 5), oneRun("attempt/new", 2)})
	if err != nil || !outcomes[0].Conflict || outcomes[1].Conflict || outcomes[2].Conflict {
		t.Fatalf("%+v, %v; want the first a conflict", outcomes, err)
	}
	records, err := d.Tail(ctx, 0, 100)
	if err != nil || len(records) != 11 {
		t.Errorf("the tail has %d records, want 11: %v", len(records), err)
	}
}

// The connection fails before anything is written, as after an error of the disk.
func TestBrokenConnection(t *testing.T) {
	ctx := context.Background()
	for name, breakIt := range map[string]func(*writer) error{
		"refuses":   func(w *writer) error { return w.pragma(ctx, "query_only = 1") },
		"is closed": func(w *writer) error { return w.conn.Close() },
	} {
		d, _ := file(t, Options{})
		fill(t, d, []string{"attempt/a"}, 1, 3)
		if err := breakIt(d.w); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Append(ctx, []engine.Run{oneRun("attempt/a", 4)}); err == nil {
			t.Fatalf("an append through a connection that %s succeeded", name)
		}
		mustHold(t, d, []string{"attempt/a"}, 3)
		fill(t, d, []string{"attempt/a"}, 4, 5)
		mustHold(t, d, []string{"attempt/a"}, 5)
	}
}

// While the file cannot be opened again every call fails; then it goes on.
func TestFileThatCannotBeOpenedAgain(t *testing.T) {
	ctx := context.Background()
	d, _ := file(t, Options{})
	fill(t, d, []string{"attempt/a"}, 1, 3)
	real := d.path
	d.after = func() error {
		d.path = t.TempDir() // a directory
		return errors.New("the disk is gone")
	}
	for range 3 {
		if _, err := d.Append(ctx, []engine.Run{oneRun("attempt/a", 4)}); err == nil {
			t.Fatal("an append without a file succeeded")
		}
		if _, err := d.Get(ctx, "person", "1"); err == nil {
			t.Fatal("a read without a file succeeded")
		}
	}
	d.after, d.path = nil, real
	fill(t, d, []string{"attempt/a"}, 5, 6) // 4 was stored before the disk went
	mustHold(t, d, []string{"attempt/a"}, 6)
}

func TestSecondProcessIsToldWhoWrites(t *testing.T) {
	d, reopen := file(t, Options{})
	_, err := Open(d.path, Options{})
	if !errors.Is(err, engine.ErrLocked) || !strings.Contains(err.Error(), "process ") {
		t.Errorf("got %v; want engine.ErrLocked and the process", err)
	}
	fill(t, reopen(), []string{"attempt/a"}, 1, 1) // closing freed it
}

func TestForeignFilesAreRefused(t *testing.T) {
	d, _ := file(t, Options{})
	for _, test := range []struct{ name, sql, want string }{
		{"newer", "pragma user_version = 99", "99"},
		{"another program's", "pragma application_id = 7", "another program"},
	} {
		if _, err := d.w.conn.ExecContext(context.Background(), test.sql); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 { // a refusal frees the lock
			if _, err := Open(d.path, Options{}); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v; want ErrForeign with %q", test.name, err, test.want)
			}
		}
		if _, err := OpenReader(d.path); !errors.Is(err, ErrForeign) {
			t.Errorf("%s, reader: %v; want ErrForeign", test.name, err)
		}
		d, _ = file(t, Options{})
	}
	text := t.TempDir() + "/text"
	if err := os.WriteFile(text, bytes.Repeat([]byte("no database\n"), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(text, Options{}); err == nil {
		t.Error("a text file was opened")
	}
	if after, err := os.ReadFile(text); err != nil || len(after) != 6000 {
		t.Errorf("the text file was changed: %d bytes, %v", len(after), err)
	}
}

func TestClosedJournal(t *testing.T) {
	d, _ := file(t, Options{})
	fill(t, d, []string{"attempt/a"}, 1, 1)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Append(context.Background(), []engine.Run{oneRun("attempt/a", 2)}); !errors.Is(err, ErrClosed) {
		t.Errorf("append: %v; want ErrClosed", err)
	}
	if _, err := whole(d, "attempt/a"); !errors.Is(err, ErrClosed) {
		t.Errorf("read: %v; want ErrClosed", err)
	}
}

func TestSenselessRunsAreErrors(t *testing.T) {
	d, _ := file(t, Options{})
	gap := oneRun("attempt/a", 1)
	gap.Records = append(gap.Records, oneRun("attempt/a", 3).Records...)
	for name, run := range map[string]engine.Run{
		"empty":            {Stream: "attempt/a"},
		"without a stream": {Records: []engine.Record{{N: 1}}},
		"of two streams":   {Stream: "attempt/b", Records: oneRun("attempt/a", 1).Records},
		"with a gap":       gap,
	} {
		if _, err := d.Append(context.Background(), []engine.Run{oneRun("attempt/c", 1), run}); err == nil {
			t.Errorf("a run %s was taken", name)
		}
	}
	mustHold(t, d, []string{"attempt/a", "attempt/b", "attempt/c"}, 0)
}

// Pages that a disk gives back as noise are told to whoever reads them, with what to do.
func TestADamagedFileIsSaidToBeRestored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	d, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := d.Keep(t.Context(), bytes.Repeat([]byte("soal"), 1<<16))
	if err := errors.Join(err, d.Put(t.Context(), engine.Entry{Kind: "k", ID: "1", Body: []byte("x")}), d.Close()); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096 // the first holds the schema and stays
	for i := page; i < len(file); i++ {
		file[i] = 0xff
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err = OpenReader(path); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	_, fetched := d.Fetch(t.Context(), h)
	_, got := d.Get(t.Context(), "k", "1")
	_, tailed := d.Tail(t.Context(), 0, 10)
	for name, err := range map[string]error{"fetch": fetched, "get": got, "tail": tailed} {
		if err == nil || !strings.Contains(err.Error(), "malformed") || !strings.Contains(err.Error(), "the file is damaged, restore a backup") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
