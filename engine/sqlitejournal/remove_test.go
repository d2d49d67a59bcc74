package sqlitejournal

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

func TestRemover(t *testing.T) {
	for name, opts := range map[string]Options{"in memory": {}, "from the file": {Tail: 3}} {
		t.Run(name, func(t *testing.T) {
			storetest.Remover(t, func(t *testing.T) (storetest.Whole, func() storetest.Whole) {
				d, reopen := file(t, opts)
				return d, func() storetest.Whole { return reopen() }
			})
		})
	}
}

// remove takes streams out of a journal, which is its n-th removal, and returns where that stands.
func remove(t *testing.T, d *DB, n int, streams ...string) engine.Pos {
	t.Helper()
	out, err := d.Remove(t.Context(), engine.Removal{Streams: streams, Record: oneRun(engine.RemovalStream, n)})
	if err != nil || out.Conflict {
		t.Fatalf("removal %d, of %v: %+v, %v", n, streams, out, err)
	}
	return out.First
}

// What is removed stood in packs beside what stays, in rows of its own since an earlier removal,
// and in the table of streams that belong to no sitting. It is gone from the file.
func TestRemovedStreamsLeaveEveryTable(t *testing.T) {
	d, reopen := file(t, Options{})
	gone, stay := []string{"attempt/a", "attempt/b", "sitting/a", "exam/a"}, append(names(8), "exam/x")
	all := slices.Concat(gone, stay)
	fill(t, d, append(all, "attempt/first"), 1, 5)
	remove(t, d, 1, "attempt/first")
	fill(t, d, all, 6, 9)
	tables := []string{"event", "settled", "moved"}
	for _, table := range tables {
		if rowsOf(t, d, table, gone) == 0 {
			t.Errorf("%s holds nothing of what is to be removed", table)
		}
	}
	remove(t, d, 2, gone...)
	for _, table := range tables {
		if n := rowsOf(t, d, table, gone); n != 0 {
			t.Errorf("%s holds %d rows of what was removed", table, n)
		}
	}
	for range 2 {
		mustHold(t, d, stay, 9)
		mustHold(t, d, gone, 0)
		left, err := followed(d, 1000)
		if err != nil || len(left) != len(stay)+1 || left[engine.RemovalStream] != 2 {
			t.Errorf("left are %v, %v", left, err)
		}
		d = reopen()
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, stream := range all {
		for _, n := range []int{5, 9} {
			kept := bytes.Contains(file, bodyOf(stream, n))
			if want := slices.Contains(stay, stream); kept != want {
				t.Errorf("the file holds %q: %v", bodyOf(stream, n), kept)
			}
		}
	}
}

// rowsOf counts what a table holds of streams.
func rowsOf(t *testing.T, d *DB, table string, streams []string) (n int) {
	t.Helper()
	list, err := json.Marshal(streams)
	if err == nil {
		err = d.pool.QueryRowContext(t.Context(), "select count(*) from "+table+" where stream in "+namedStreams, string(list)).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}
