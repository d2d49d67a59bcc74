package sqlitejournal

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"terang/engine"
)

// Who reads finds each stream whole, in the process that writes or in another, also while what
// stands beside it is written and removed.
func TestReadersBesideWritersAndRemovals(t *testing.T) {
	d, _ := file(t, Options{Tail: 16})
	streams, rehearsals := names(10), []string{"attempt/r1", "sitting/r2", "exam/r3", "attempt/r4", "attempt/r5"}
	fill(t, d, slices.Concat(streams, rehearsals), 1, 60)
	fill(t, d, streams, 61, 62) // what is removed is in no memory
	beside, err := OpenReader(d.path)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	done := make(chan struct{})
	var busy sync.WaitGroup
	for _, j := range []*DB{d, beside} {
		busy.Go(func() {
			for i := 0; ; i++ {
				stream := streams[i%len(streams)]
				if n, err := whole(j, stream); err != nil || n < 62 {
					t.Errorf("%s reaches %d: %v", stream, n, err)
					return
				}
				if _, err := followed(j, 61); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	busy.Go(func() { fill(t, d, streams, 63, 120) })
	for i, stream := range rehearsals {
		remove(t, d, i+1, stream)
	}
	close(done)
	busy.Wait()
	mustHold(t, d, streams, 120)
	mustHold(t, d, rehearsals, 0)
}

// followed reads the tail from its beginning to its end, so many records at a time, and returns
// where each stream ends; a hole in one is an error.
func followed(j *DB, limit int) (heads map[string]int, _ error) {
	var after engine.Pos
	heads = map[string]int{}
	for {
		records, err := j.Tail(context.Background(), after, limit)
		if err != nil || len(records) == 0 {
			return heads, err
		}
		for _, r := range records {
			if heads[r.Stream]++; r.N != heads[r.Stream] || r.Pos <= after {
				return heads, fmt.Errorf("%s %d at position %d, after version %d and position %d", r.Stream, r.N, r.Pos, heads[r.Stream]-1, after)
			}
			after = r.Pos
		}
	}
}

// Whatever else a batch has in it, and whatever is removed meanwhile, a record stands in the
// file where its outcome says, and a reader beside the writer finds all of each stream.
func TestRecordsStandWhereTheirOutcomesSay(t *testing.T) {
	d, reopen := file(t, Options{})
	r := rand.New(rand.NewPCG(1, 2))
	streams := append(names(6), "exam/b", "sitting/b.1", "staff/a") // what staff did is never removed
	removals := 0
	heads, at := map[string]int{}, map[engine.Pos]string{}
	beside, err := OpenReader(d.path)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	for range 300 {
		var runs []engine.Run
		for _, i := range r.Perm(len(streams))[:1+r.IntN(len(streams))] {
			s := streams[i]
			run := oneRun(s, heads[s]+1)
			if r.IntN(3) == 0 {
				run.Records = append(run.Records, oneRun(s, heads[s]+2).Records...)
			}
			heads[s] += len(run.Records)
			runs = append(runs, run)
		}
		outcomes, err := d.Append(t.Context(), runs)
		if err != nil {
			t.Fatal(err)
		}
		for i, run := range runs {
			for k, rec := range run.Records {
				at[outcomes[i].First+engine.Pos(k)] = fmt.Sprint(rec.Stream, " ", rec.N)
			}
		}
		switch r.IntN(20) {
		case 0:
			i := r.IntN(len(streams) - 1)
			gone := streams[i]
			streams[i] += "+"
			maps.DeleteFunc(at, func(_ engine.Pos, is string) bool { return strings.HasPrefix(is, gone+" ") })
			removals++
			at[remove(t, d, removals, gone)] = fmt.Sprint(engine.RemovalStream, " ", removals)
			mustHold(t, beside, []string{gone}, 0)
		case 1:
			d = reopen()
		}
		for _, s := range streams {
			if r.IntN(8) > 0 {
				continue
			}
			n, after := heads[s], r.IntN(3)*heads[s]/2
			err := beside.Read(t.Context(), s, after, func(rec engine.Record) error { after = rec.N; return nil })
			if err != nil || after != n {
				t.Fatalf("the reader ends %s at %d, it has %d: %v", s, after, n, err)
			}
		}
	}
	records, err := beside.Tail(t.Context(), 0, len(at)+1)
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != len(at) {
		t.Errorf("the file holds %d records, %d were stored", len(records), len(at))
	}
	for _, rec := range records {
		if is := fmt.Sprint(rec.Stream, " ", rec.N); at[rec.Pos] != is {
			t.Fatalf("at position %d stands %s; %q was promised", rec.Pos, is, at[rec.Pos])
		}
	}
}
