package sqlitejournal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"terang/engine"
)

// mixed appends batches of records of many streams. Some belong to no sitting, and stand between
// the others' positions; some have long bodies.
func mixed(t *testing.T, d *DB, seed uint64, batches int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	for range batches {
		var runs []engine.Run
		for i := range 1 + r.IntN(40) {
			stream := fmt.Sprintf("attempt/%d", i)
			if i%7 == 5 {
				stream = fmt.Sprintf("exam/%d", i)
			}
			h, err := d.headFor(t.Context(), &batch{}, stream)
			if err != nil {
				t.Fatal(err)
			}
			from := h.n + 1
			run := engine.Run{Stream: stream}
			for j := range 1 + r.IntN(2) {
				body := bodyOf(stream, from+j)
				if r.IntN(50) == 0 {
					body = append(body, bytes.Repeat([]byte("."), 6000)...)
				}
				run.Records = append(run.Records, engine.Record{Stream: stream, N: from + j, Body: body, Hash: engine.FirstHash(stream).Chain(body)})
			}
			runs = append(runs, run)
		}
		outcomes, err := d.Append(t.Context(), runs)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.Conflict {
				t.Fatalf("%s from %d is a conflict", runs[i].Stream, runs[i].Records[0].N)
			}
		}
	}
}

// Wherever a reader of the file begins, and however few records it asks for, none is passed over
// and none comes twice: in packs and in rows, before and after some are removed.
func TestTheTailOfTheFileHasNoHoles(t *testing.T) {
	d, reopen := file(t, Options{Tail: 1})
	ctx := t.Context()
	mixed(t, d, 1, 8)
	gone := 0 // records that were removed
	mustFollow := func(when string) {
		t.Helper()
		all, err := tail(ctx, d.pool, 0, 1<<20)
		if err != nil || len(all) != int(d.tail.last)-gone {
			t.Fatalf("%s: %d records of %d without %d, %v", when, len(all), d.tail.last, gone, err)
		}
		last := engine.Pos(0)
		for i, r := range all {
			if r.Pos <= last || r.Stream == "" || r.Hash != engine.FirstHash(r.Stream).Chain(r.Body) {
				t.Fatalf("%s: record %d is %d of %q, after %d", when, i+1, r.Pos, r.Stream, last)
			}
			last = r.Pos
		}
		for _, limit := range []int{1, 2, 3, 7, 50} {
			next := 0
			for after := range last {
				if all[next].Pos <= after {
					next++
				}
				got, err := tail(ctx, d.pool, after, limit)
				if err != nil || len(got) == 0 || !reflect.DeepEqual(got, all[next:next+len(got)]) {
					t.Fatalf("%s: after %d, of %d asked for: %v, %v", when, after, limit, got, err)
				}
			}
		}
	}
	mustFollow("all packed")
	d = reopen()
	mustFollow("opened again")
	for i := range 5 {
		if err := takeApart(ctx, d, engine.Pos(10*i), 60); err != nil {
			t.Fatal(err)
		}
	}
	mixed(t, d, 2, 3)
	mustFollow("some taken apart")
	d = reopen()
	mixed(t, d, 3, 3)
	for _, stream := range []string{"attempt/1", "attempt/4", "exam/5"} {
		h, err := d.headFor(ctx, &batch{}, stream)
		if err != nil {
			t.Fatal(err)
		}
		gone += h.n
	}
	remove(t, d, 1, "attempt/1", "attempt/4", "exam/5")
	mustFollow("some removed")
	d = reopen()
	mustFollow("some removed, opened again")
}

// What an earlier program has written row by row is followed, goes on and is removed with the rest.
func TestAFileOfTheSecondSchemaGoesOn(t *testing.T) {
	path, old := oldFile(t, 2)
	streams := names(3)
	for i, stream := range streams {
		if _, err := old.ExecContext(t.Context(), "insert into stream values (?, ?)", i+1, stream); err != nil {
			t.Fatal(err)
		}
	}
	for pos := 1; pos <= 30; pos++ {
		r := oneRun(streams[pos%3], (pos+2)/3).Records[0]
		if _, err := old.ExecContext(t.Context(), "insert into event values (?, ?, ?, ?, ?)", pos, pos%3+1, r.N, r.Body, r.Hash[:]); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	d := mustOpen(t, path, Options{Tail: 1})
	defer func() { _ = d.Close() }()
	mustHold(t, d, streams, 10)
	fill(t, d, streams, 11, 20)
	mustHold(t, d, streams, 20)
	reader, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	mustHold(t, reader, streams, 20)
	if all, err := tail(t.Context(), d.pool, 0, 100); err != nil || len(all) != 60 || all[59].Pos != 60 {
		t.Errorf("%d records, %v", len(all), err)
	}
	remove(t, d, 1, streams[0])
	for _, j := range []*DB{d, reader} {
		mustHold(t, j, streams[:1], 0)
		mustHold(t, j, streams[1:], 20)
	}
}

// Who is far behind asks again and again: each time costs what is asked for, and not all that follows.
func TestNoQueryOfTheTailSorts(t *testing.T) {
	d, _ := file(t, Options{})
	for name, query := range map[string]string{"tail": selectTail, "places": selectPlaces} {
		rows, err := d.pool.QueryContext(context.Background(), "explain query plan "+query, 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(plan, "\n"); strings.Contains(said, "TEMP B-TREE") || !strings.Contains(said, "MERGE") {
			t.Errorf("%s:\n%s", name, said)
		}
	}
}
