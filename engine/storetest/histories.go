package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

// histories draws batches of runs, fitting and not, and compares with a map.
func histories(t *testing.T, open OpenJournal) {
	j, reopen := open(t)
	history := 0
	rapid.Check(t, func(rt *rapid.T) {
		history++
		heads := map[string]int{}
		after := lastPos(t, j)
		var want []engine.Record
		steps := rapid.IntRange(1, 12).Draw(rt, "steps")
		for step := range steps {
			if reopen != nil && rapid.IntRange(0, 30).Draw(rt, "reopen") == 0 {
				j = reopen()
			}
			var runs []engine.Run
			for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 5), 1, 6, rapid.ID[int]).Draw(rt, "streams") {
				stream := fmt.Sprintf("%s/%d-%d", []string{"attempt", "exam"}[i%2], history, i)
				n := heads[stream] + rapid.SampledFrom([]int{1, 1, 1, 0, 2, -1}).Draw(rt, "n")
				runs = append(runs, run(stream, n, rapid.IntRange(1, 4).Draw(rt, "length"), fmt.Sprint(step)))
			}
			outcomes, err := j.Append(context.Background(), runs)
			if err != nil || len(outcomes) != len(runs) {
				rt.Fatalf("append: %d outcomes for %d runs, %v", len(outcomes), len(runs), err)
			}
			for i, run := range runs {
				fits := run.Records[0].N == heads[run.Stream]+1
				if outcomes[i].Conflict == fits {
					rt.Fatalf("%s at %d, run from %d: %+v", run.Stream, heads[run.Stream], run.Records[0].N, outcomes[i])
				}
				if fits {
					heads[run.Stream] += len(run.Records)
					want = append(want, run.Records...)
				}
			}
		}
		got := tailAll(t, j, after, rapid.IntRange(1, 50).Draw(rt, "limit"))
		if len(got) != len(want) {
			rt.Fatalf("the tail has %d new records, want %d", len(got), len(want))
		}
		// One batch may order its runs as it likes.
		byKey := map[string]engine.Record{}
		for _, r := range got {
			byKey[fmt.Sprint(r.Stream, r.N)] = r
		}
		for _, r := range want {
			if g := byKey[fmt.Sprint(r.Stream, r.N)]; !bytes.Equal(g.Body, r.Body) || g.Hash != r.Hash {
				rt.Fatalf("%s %d is %q, want %q", r.Stream, r.N, g.Body, r.Body)
			}
		}
		for stream, n := range heads {
			if err := whole(readAll(t, j, stream, 0), n); err != nil {
				rt.Fatalf("%s: %v", stream, err)
			}
		}
	})
}

func lastPos(t *testing.T, j engine.Journal) engine.Pos {
	t.Helper()
	all := tailAll(t, j, 0, 1<<16)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Pos
}

// whole says what is wrong with a stream that should reach from 1 to n.
func whole(records []engine.Record, n int) error {
	if len(records) != n {
		return fmt.Errorf("%d records, want %d", len(records), n)
	}
	var last engine.Pos
	for i, r := range records {
		if r.N != i+1 || r.Pos <= last {
			return fmt.Errorf("record %d has version %d and position %d after %d", i, r.N, r.Pos, last)
		}
		last = r.Pos
	}
	return nil
}

// race: many goroutines want the same version at once.
func race(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	const writers, rounds = 8, 20
	for _, stream := range kinds {
		n := 1
		for range rounds {
			var mu sync.Mutex
			var winners []string
			var all sync.WaitGroup
			for w := range writers {
				all.Go(func() {
					mark := fmt.Sprint("writer ", w)
					outcomes, err := j.Append(context.Background(), []engine.Run{run(stream, n, 2, mark)})
					if err != nil {
						t.Error(err)
					} else if !outcomes[0].Conflict {
						mu.Lock()
						winners = append(winners, mark)
						mu.Unlock()
					}
				})
			}
			all.Wait()
			if len(winners) != 1 {
				t.Fatalf("%s from %d: %d winners %v, want one", stream, n, len(winners), winners)
			}
			for _, r := range readAll(t, j, stream, n-1) {
				if want := record(stream, r.N, winners[0]); !bytes.Equal(r.Body, want.Body) {
					t.Errorf("%s %d is %q, but %s won", stream, r.N, r.Body, winners[0])
				}
			}
			n += 2
		}
	}
}

// ledger is what the writers of a history were told.
type ledger struct {
	mu    sync.Mutex
	acked map[string]string // stream and version: mark
}

func (l *ledger) ack(r engine.Run, mark string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, rec := range r.Records {
		l.acked[fmt.Sprint(rec.Stream, " ", rec.N)] = mark
	}
}

// concurrent: writers share streams, some runs have holes, a reader follows the tail
// meanwhile. The journal may fail: then whoever wrote reads before writing again.
func concurrent(t *testing.T, open OpenJournal) {
	j, reopen := open(t)
	const writers, batches = 4, 60
	told := &ledger{acked: map[string]string{}}
	done := make(chan struct{})
	var following, writing sync.WaitGroup
	var followed []engine.Record
	following.Go(func() { followed = follow(t, j, done) })
	for w := range writers {
		writing.Go(func() { write(t, j, told, w, batches) })
	}
	writing.Wait()
	close(done)
	following.Wait()
	if reopen != nil {
		j = reopen()
	} else if f, ok := j.(*Flaky); ok {
		j = f.Journal
	}
	audit(t, j, told, followed)
}

// write appends batches over shared streams from what this writer last saw of them.
func write(t *testing.T, j engine.Journal, told *ledger, writer, batches int) {
	ctx := context.Background()
	heads := map[string]int{}
	for b := range batches {
		var runs []engine.Run
		for i := range 5 {
			stream := fmt.Sprintf("%s/%d", []string{"attempt", "exam"}[i%2], (i*7+b+writer)%10)
			n := heads[stream] + 1
			if (b+i)%11 == 0 {
				n += 2 // a hole, unless others filled it
			}
			runs = append(runs, run(stream, n, 1+(b+i)%3, mark(writer, b, 1+(b+i)%3)))
		}
		outcomes, err := j.Append(ctx, runs)
		for i, r := range runs {
			if err == nil && !outcomes[i].Conflict {
				told.ack(r, mark(writer, b, len(r.Records)))
				heads[r.Stream] = r.Records[len(r.Records)-1].N
				continue
			}
			heads[r.Stream] = head(t, j, r.Stream, heads[r.Stream])
		}
	}
}

func mark(writer, batch, length int) string {
	return fmt.Sprintf("writer %d batch %d of %d", writer, batch, length)
}

// head reads on until the journal lets it.
func head(t *testing.T, j engine.Journal, stream string, after int) int {
	for range 1000 {
		err := j.Read(context.Background(), stream, after, func(r engine.Record) error {
			if r.N != after+1 {
				t.Errorf("read %s: %d follows %d", stream, r.N, after)
			}
			after = r.N
			return nil
		})
		if err == nil {
			return after
		}
		if !errors.Is(err, ErrFlaky) {
			t.Errorf("read %s: %v", stream, err)
			return after
		}
	}
	t.Errorf("read %s: fails for ever", stream)
	return after
}

// follow reads the tail until done, and then to its end.
func follow(t *testing.T, j engine.Journal, done <-chan struct{}) []engine.Record {
	var seen []engine.Record
	var after engine.Pos
	for last := false; ; {
		records, err := j.Tail(context.Background(), after, 17)
		if err != nil && !errors.Is(err, ErrFlaky) {
			t.Errorf("tail after %d: %v", after, err)
			return seen
		}
		for _, r := range records {
			if r.Pos <= after {
				t.Errorf("tail: %d after %d", r.Pos, after)
			}
			after = r.Pos
			seen = append(seen, r)
		}
		if len(records) > 0 || err != nil {
			continue
		}
		if last {
			return seen
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
}

// audit compares a journal at rest with what writers were told and a follower saw.
func audit(t *testing.T, j engine.Journal, told *ledger, followed []engine.Record) {
	t.Helper()
	all := tailAll(t, j, 0, 100)
	if len(all) != len(followed) {
		t.Errorf("the follower saw %d records, the journal has %d", len(followed), len(all))
	}
	for i := range min(len(all), len(followed)) {
		if all[i].Pos != followed[i].Pos || all[i].Stream != followed[i].Stream || all[i].N != followed[i].N {
			t.Fatalf("the follower saw %s %d at %d where the journal has %s %d at %d", followed[i].Stream, followed[i].N,
				followed[i].Pos, all[i].Stream, all[i].N, all[i].Pos)
		}
	}
	heads := map[string]int{}
	bodies := map[string][]byte{}
	for _, r := range all {
		if heads[r.Stream]++; r.N != heads[r.Stream] {
			t.Errorf("%s: version %d where %d was expected", r.Stream, r.N, heads[r.Stream])
		}
		bodies[fmt.Sprint(r.Stream, " ", r.N)] = r.Body
	}
	for key, mark := range told.acked {
		if !bytes.Contains(bodies[key], []byte(mark+`"`)) {
			t.Errorf("%s was acknowledged to %s, the journal has %q", key, mark, bodies[key])
		}
	}
	partial(t, all)
	for stream, n := range heads {
		if err := whole(readAll(t, j, stream, 0), n); err != nil {
			t.Errorf("%s: %v", stream, err)
		}
	}
	if len(told.acked) == 0 {
		t.Error("nothing was acknowledged: this history tested nothing")
	}
}

// partial finds runs of which only a part was stored: write's marks end in the length.
func partial(t *testing.T, all []engine.Record) {
	t.Helper()
	count := map[string]int{}
	want := map[string]int{}
	for _, r := range all {
		_, mark, _ := bytes.Cut(r.Body, []byte(`"mark":`))
		var writer, batch, length int
		if _, err := fmt.Sscanf(string(mark), `"writer %d batch %d of %d"`, &writer, &batch, &length); err != nil {
			t.Fatalf("%q: %v", r.Body, err)
		}
		key := fmt.Sprint(r.Stream, " ", string(mark))
		count[key]++
		want[key] = length
	}
	for key, n := range count {
		if n != want[key] {
			t.Errorf("%s: only %d records were stored", key, n)
		}
	}
}
