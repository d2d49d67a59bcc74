package sqlitejournal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

// settling is a journal that settles every stream as soon as it was written.
type settling struct{ *DB }

func (s settling) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	outcomes, err := s.DB.Append(ctx, runs)
	if err != nil {
		return nil, err
	}
	var streams []string
	for _, run := range runs {
		streams = append(streams, run.Stream)
	}
	return outcomes, s.Settle(ctx, streams)
}

// Moving events must not be noticed by anybody.
func TestJournalThatSettles(t *testing.T) {
	storetest.Journal(t, func(t *testing.T) (engine.Journal, func() engine.Journal) {
		d, reopen := file(t, Options{Tail: 3})
		return settling{d}, func() engine.Journal { return settling{reopen()} }
	})
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

// rows counts a table.
func rows(t *testing.T, d *DB, table string) (n int) {
	t.Helper()
	if err := d.pool.QueryRow("select count(*) from " + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSettledEventsLeaveMemoryAndTheOpenTable(t *testing.T) {
	d, reopen := file(t, Options{})
	streams := names(20)
	fill(t, d, streams, 1, 50)
	if err := d.Settle(context.Background(), append(streams[:10:10], streams[3], "attempt/absent", "exam/a")); err != nil {
		t.Fatal(err)
	}
	if e, s, m := rows(t, d, "event"), rows(t, d, "settled"), rows(t, d, "moved"); e != 500 || s != 500 || m != 500 {
		t.Errorf("event %d, settled %d, moved %d rows; want 500 each", e, s, m)
	}
	if len(d.heads) != 10 {
		t.Errorf("%d heads in memory, want 10", len(d.heads))
	}
	mustHold(t, d, streams, 50)
	fill(t, d, streams, 51, 60) // a settled stream goes on, say an attempt that is reopened
	mustHold(t, d, streams, 60)
	d = reopen()
	mustHold(t, d, streams, 60)
	fill(t, d, streams, 61, 61)
	if err := d.Settle(context.Background(), streams); err != nil {
		t.Fatal(err)
	}
	mustHold(t, d, streams, 61)
	if e, p := rows(t, d, "event"), rows(t, d, "pack"); e+p != 0 {
		t.Errorf("%d events and %d packs are left", e, p)
	}
}

func TestSettlingGoesOnAfterAnInterruption(t *testing.T) {
	for _, done := range []work{
		(*writer).takeApart, executing(copySettled), executing(copySettled, noteMoved, dropMoved),
	} {
		d, reopen := file(t, Options{})
		streams := names(5)
		fill(t, d, streams, 1, 40)
		// As a kill leaves it: some pieces done, the rest not, nothing in memory.
		var some []engine.Pos
		for pos := range engine.Pos(77) {
			some = append(some, pos+1)
		}
		if err := errors.Join(d.pieces(context.Background(), some, (*writer).takeApart), d.pieces(context.Background(), some, done)); err != nil {
			t.Fatal(err)
		}
		d = reopen()
		mustHold(t, d, streams, 40)
		if err := d.Settle(context.Background(), streams); err != nil {
			t.Fatal(err)
		}
		mustHold(t, d, streams, 40)
		if p, e, s, m := rows(t, d, "pack"), rows(t, d, "event"), rows(t, d, "settled"), rows(t, d, "moved"); p+e != 0 || s != 200 || m != 200 {
			t.Errorf("pack %d, event %d, settled %d, moved %d rows; want 0, 0, 200, 200", p, e, s, m)
		}
	}
}

func TestSettlingBesideReadersAndWriters(t *testing.T) {
	d, _ := file(t, Options{Tail: 16})
	streams := names(10)
	fill(t, d, streams, 1, 60)
	var busy sync.WaitGroup
	done := make(chan struct{})
	busy.Go(func() {
		for i := 0; ; i++ {
			stream := streams[i%len(streams)]
			if n, err := whole(d, stream); err != nil || n < 60 {
				t.Errorf("%s reaches %d: %v", stream, n, err)
				return
			}
			var last engine.Pos
			for range 20 {
				records, err := d.Tail(context.Background(), last, 61)
				if err != nil {
					t.Error(err)
					return
				}
				for _, r := range records {
					if last++; r.Pos != last {
						t.Errorf("the tail has %d where %d was expected", r.Pos, last)
						return
					}
				}
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	busy.Go(func() { fill(t, d, streams, 61, 120) })
	for range 5 {
		if err := d.Settle(context.Background(), streams); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	busy.Wait()
	mustHold(t, d, streams, 120)
}

// Whatever else a batch has in it, and whatever has left the open table meanwhile, a record
// stands in the file where its outcome says, and a reader beside the writer finds all of each
// stream.
func TestRecordsStandWhereTheirOutcomesSay(t *testing.T) {
	d, reopen := file(t, Options{})
	r := rand.New(rand.NewPCG(1, 2))
	streams := append(names(6), "staff/a", "exam/b", "sitting/b.1")
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
			if err := d.Settle(t.Context(), streams[:1+r.IntN(len(streams))]); err != nil {
				t.Fatal(err)
			}
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
