package storetest

import (
	"context"
	"errors"
	"testing"

	"terang/engine"
)

// Whole is a database that holds a journal, a register and an archive.
type Whole interface {
	engine.Journal
	engine.Register
	engine.Archive
	engine.Remover
}

// OpenWhole opens a fresh, empty database; reopen as for OpenJournal.
type OpenWhole func(t *testing.T) (d Whole, reopen func() Whole)

// Remover tests that a rehearsal can be taken out whole, and nothing else with it.
func Remover(t *testing.T, open OpenWhole) {
	t.Run("what is removed is gone whole, and the rest stands", func(t *testing.T) { removes(t, open) })
	t.Run("positions never go back", func(t *testing.T) { removesTheEnd(t, open) })
	t.Run("a record that is taken removes nothing", func(t *testing.T) { removesNothing(t, open) })
	t.Run("a removal without its record is refused", func(t *testing.T) { removesUnexplained(t, open) })
	t.Run("a removed stream takes nothing that follows what it held", func(t *testing.T) { removedStaysShut(t, open) })
}

// rehearsal are streams of every kind, and are removed below.
var rehearsal = []string{"attempt/gladi-1", "attempt/gladi-2", "sitting/gladi.s1", "exam/gladi"}

// stage writes a rehearsal and a real exam, one between the other.
func stage(t *testing.T, d Whole) (real []engine.Record) {
	t.Helper()
	ctx := context.Background()
	for n := 1; n <= 30; n += 3 {
		for _, stream := range rehearsal {
			stored(t, d, run(stream, n, 3, "gladi"))
		}
		for _, kind := range kinds {
			stored(t, d, run(kind+"-real", n, 3, "real"))
		}
	}
	for _, id := range []string{"gladi/1", "gladi/2", "skd/1"} {
		if err := d.Put(ctx, engine.Entry{Kind: "person", ID: id, Body: []byte("Sari")}); err != nil {
			t.Fatal(err)
		}
	}
	return realOnly(tailAll(t, d, 0, 7))
}

func realOnly(records []engine.Record) (real []engine.Record) {
	for _, r := range records {
		if len(r.Stream) > 5 && r.Stream[len(r.Stream)-5:] == "-real" {
			real = append(real, r)
		}
	}
	return real
}

func removal(n int) engine.Removal {
	return engine.Removal{
		Streams: append([]string{"attempt/never-written"}, rehearsal...),
		Entries: []engine.Entry{{Kind: "person", ID: "gladi/1"}, {Kind: "person", ID: "gladi/2"}, {Kind: "person", ID: "absent"}},
		Record:  run(engine.RemovalStream, n, 1, "who and why"),
	}
}

func removes(t *testing.T, open OpenWhole) {
	ctx := context.Background()
	d, reopen := open(t)
	real := stage(t, d)
	gone, err := d.Keep(ctx, randomBytes(1, 300_000))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := d.Keep(ctx, []byte("of another exam too"))
	if err != nil {
		t.Fatal(err)
	}
	r := removal(1)
	r.Bodies = []engine.Hash{gone}
	out, err := d.Remove(ctx, r)
	if err != nil || out.Conflict {
		t.Fatalf("removed: %+v, %v", out, err)
	}
	check := func(when string) {
		t.Helper()
		for _, stream := range rehearsal {
			if got := readAll(t, d, stream, 0); len(got) != 0 {
				t.Errorf("%s: %s still has %d records", when, stream, len(got))
			}
		}
		for _, limit := range []int{1, 7, 1000} {
			all := tailAll(t, d, 0, limit)
			if got := realOnly(all); !equal(got, real) {
				t.Errorf("%s: in pages of %d the other exam has %d records of %d, or others", when, limit, len(got), len(real))
			}
			if last := all[len(all)-1]; len(all) != len(real)+1 || last.Stream != engine.RemovalStream || last.Pos != out.First {
				t.Errorf("%s: %d records, the last %s at %d; want %d and the removal at %d", when, len(all), last.Stream, last.Pos, len(real)+1, out.First)
			}
		}
		// Who had read half of it goes on from there.
		for _, r := range real {
			next, err := d.Tail(ctx, r.Pos-1, 1)
			if err != nil || len(next) != 1 || next[0].Pos != r.Pos {
				t.Errorf("%s: after %d comes %v, %v; want %d", when, r.Pos-1, next, err, r.Pos)
			}
		}
		for _, k := range kinds {
			if got := len(readAll(t, d, k+"-real", 0)); got != 30 {
				t.Errorf("%s: %s-real has %d records, want 30", when, k, got)
			}
		}
		if got := list(t, d, "person", ""); len(got) != 1 || got[0] != "skd/1" {
			t.Errorf("%s: people %q are left", when, got)
		}
		if _, err := d.Fetch(ctx, gone); !errors.Is(err, engine.ErrAbsent) {
			t.Errorf("%s: the body is still there: %v", when, err)
		}
		if body, err := d.Fetch(ctx, kept); err != nil || len(body) == 0 {
			t.Errorf("%s: another body went with it: %v", when, err)
		}
	}
	check("at once")
	if reopen != nil {
		d = reopen()
		check("after reopening")
	}
	if _, err := d.Keep(ctx, randomBytes(1, 300_000)); err != nil {
		t.Error(err)
	}
	if body, err := d.Fetch(ctx, gone); err != nil || len(body) != 300_000 {
		t.Errorf("kept again: %d bytes, %v", len(body), err)
	}
}

func equal(a, b []engine.Record) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Pos != b[i].Pos || a[i].Stream != b[i].Stream || a[i].N != b[i].N || a[i].Hash != b[i].Hash {
			return false
		}
	}
	return true
}

// removesTheEnd: what is removed stood at the journal's end, and all that there was.
func removesTheEnd(t *testing.T, open OpenWhole) {
	d, reopen := open(t)
	var last engine.Pos
	for _, stream := range rehearsal {
		last = stored(t, d, run(stream, 1, 20, ""))
	}
	last += 19
	out, err := d.Remove(context.Background(), removal(1))
	if err != nil || out.First <= last {
		t.Fatalf("the removal stands at %d (%v), what it removed reached to %d", out.First, err, last)
	}
	if got := tailAll(t, d, last, 10); len(got) != 1 || got[0].Stream != engine.RemovalStream {
		t.Errorf("who has read to %d meets %d records", last, len(got))
	}
	if reopen != nil {
		d = reopen()
	}
	if next := stored(t, d, run("attempt/next", 1, 1, "")); next <= out.First {
		t.Errorf("after the removal at %d the next record stands at %d", out.First, next)
	}
}

func removesNothing(t *testing.T, open OpenWhole) {
	d, _ := open(t)
	stage(t, d)
	before := tailAll(t, d, 0, 1000)
	for _, n := range []int{2, 0} { // a hole, and before the first
		if out, err := d.Remove(context.Background(), removal(n)); err != nil || !out.Conflict {
			t.Errorf("a record at version %d: %+v, %v; want a conflict", n, out, err)
		}
	}
	if after := tailAll(t, d, 0, 1000); !equal(before, after) {
		t.Errorf("%d records became %d", len(before), len(after))
	}
	if got := list(t, d, "person", ""); len(got) != 3 {
		t.Errorf("people %q are left", got)
	}
	stored(t, d, run(rehearsal[0], 31, 1, "")) // and it goes on
}

func removesUnexplained(t *testing.T, open OpenWhole) {
	d, _ := open(t)
	stage(t, d)
	for name, r := range map[string]engine.Removal{
		"no record":               {Streams: rehearsal},
		"a record elsewhere":      {Streams: rehearsal, Record: run("exam/gladi", 31, 1, "")},
		"what staff did":          {Streams: []string{"staff/accounts"}, Record: run(engine.RemovalStream, 1, 1, "")},
		"the removals themselves": {Streams: []string{engine.RemovalStream}, Record: run(engine.RemovalStream, 1, 1, "")},
	} {
		if _, err := d.Remove(context.Background(), r); err == nil {
			t.Errorf("%s: it was removed", name)
		}
	}
	if got := readAll(t, d, rehearsal[0], 0); len(got) != 30 {
		t.Errorf("%d records are left, want 30", len(got))
	}
}

// removedStaysShut: a process that remembers a stream cannot leave a piece of it behind.
func removedStaysShut(t *testing.T, open OpenWhole) {
	d, _ := open(t)
	stage(t, d)
	if _, err := d.Remove(context.Background(), removal(1)); err != nil {
		t.Fatal(err)
	}
	for _, stream := range rehearsal {
		refused(t, d, run(stream, 31, 1, ""))
		refused(t, d, run(stream, 2, 1, ""))
	}
	again := removal(2) // there is nothing left to remove, and that is recorded too
	if out, err := d.Remove(context.Background(), again); err != nil || out.Conflict {
		t.Errorf("removed again: %+v, %v", out, err)
	}
}
