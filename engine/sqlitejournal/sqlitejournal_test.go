package sqlitejournal

import (
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

func TestJournal(t *testing.T) {
	storetest.Journal(t, func(t *testing.T) (engine.Journal, func() engine.Journal) {
		d, reopen := file(t, Options{})
		return d, func() engine.Journal { return reopen() }
	})
}

// With a tail of three records in memory nearly everything is read from the file.
func TestJournalWithoutMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("short: TestJournalThatSettles reads from the file too")
	}
	storetest.Journal(t, func(t *testing.T) (engine.Journal, func() engine.Journal) {
		d, reopen := file(t, Options{Tail: 3})
		return d, func() engine.Journal { return reopen() }
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
