package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"terang/engine"
)

// OpenJournal opens a fresh, empty journal that closes itself at the end of the test.
// reopen closes the journal and opens what it left; nil if nothing outlives it.
type OpenJournal func(t *testing.T) (j engine.Journal, reopen func() engine.Journal)

// kinds of streams: an implementation may keep them apart.
var kinds = []string{"attempt/one", "sitting/one", "exam/one"}

// Journal tests a journal.
func Journal(t *testing.T, open OpenJournal) {
	for _, test := range []struct {
		name string
		test func(*testing.T, OpenJournal)
	}{
		{"what was appended is read as it was", readsBack},
		{"a run holds together at ascending positions", positions},
		{"a run whose predecessor is missing is a conflict", predecessor},
		{"the same run again is a conflict", repeated},
		{"a conflict leaves its neighbours", neighbours},
		{"no two runs of a batch share a stream's version", twice},
		{"read begins after n", readAfter},
		{"read ends with the visitor's error", visitorFails},
		{"visitors may use the journal", visitorReads},
		{"bodies of any size and content", bodies},
		{"a batch of a thousand runs", large},
		{"tail pages through everything", pages},
		{"reopen keeps all", reopens},
		{"beat tells of all nodes", beat},
		{"random histories follow the model", histories},
		{"of concurrent runs one wins", race},
		{"concurrent writers, followed by the tail", concurrent},
	} {
		t.Run(test.name, func(t *testing.T) { test.test(t, open) })
	}
	for name, fault := range map[string]Fault{"failing before": FailBefore, "cut off": CutOff, "delayed": Delay, "full": Full} {
		t.Run("concurrent writers, "+name, func(t *testing.T) {
			concurrent(t, func(t *testing.T) (engine.Journal, func() engine.Journal) {
				j, reopen := open(t)
				return NewFlaky(j, fault, 7), reopen
			})
		})
	}
}

func readsBack(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	for _, stream := range kinds {
		r := run(stream, 1, 3, "a")
		first := stored(t, j, r)
		for i := range r.Records {
			r.Records[i].Pos = first + engine.Pos(i)
		}
		if got := readAll(t, j, stream, 0); !reflect.DeepEqual(got, r.Records) {
			t.Errorf("read %s: got %v\nwant %v", stream, got, r.Records)
		}
		if got := tailAll(t, j, first-1, 100); !reflect.DeepEqual(got, r.Records) {
			t.Errorf("tail after %d: got %v\nwant %v", first-1, got, r.Records)
		}
	}
	if got := readAll(t, j, "attempt/absent", 0); got != nil {
		t.Errorf("a stream that does not exist has %v", got)
	}
}

func positions(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	runs := []engine.Run{run("attempt/z", 1, 3, ""), run("exam/y", 1, 2, ""), run("attempt/a", 1, 4, "")}
	outcomes, err := j.Append(context.Background(), runs)
	if err != nil {
		t.Fatal(err)
	}
	var last engine.Pos
	for _, r := range tailAll(t, j, 0, 100) {
		if r.Pos <= last {
			t.Errorf("position %d after %d", r.Pos, last)
		}
		last = r.Pos
	}
	for i, run := range runs {
		for k, r := range readAll(t, j, run.Stream, 0) {
			if want := outcomes[i].First + engine.Pos(k); r.Pos != want {
				t.Errorf("%s %d stands at %d, want %d", r.Stream, r.N, r.Pos, want)
			}
		}
	}
}

func predecessor(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	for _, stream := range kinds {
		refused(t, j, run(stream, 2, 1, ""))
		refused(t, j, run(stream, 0, 1, ""))
		refused(t, j, run(stream, -1, 2, ""))
		stored(t, j, run(stream, 1, 2, ""))
		refused(t, j, run(stream, 4, 1, ""))
		stored(t, j, run(stream, 3, 1, ""))
		if n := len(readAll(t, j, stream, 0)); n != 3 {
			t.Errorf("%s has %d records, want 3", stream, n)
		}
	}
}

func repeated(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	for _, stream := range kinds {
		stored(t, j, run(stream, 1, 1, ""))
		stored(t, j, run(stream, 2, 3, ""))
		refused(t, j, run(stream, 2, 3, ""))
		refused(t, j, run(stream, 3, 2, "")) // its end is new as little as its beginning
		refused(t, j, run(stream, 4, 2, "")) // overlaps, and would go beyond
		if n := len(readAll(t, j, stream, 0)); n != 4 {
			t.Errorf("%s has %d records, want 4", stream, n)
		}
	}
	if n := len(tailAll(t, j, 0, 100)); n != 4*len(kinds) {
		t.Errorf("the tail has %d records, want %d", n, 4*len(kinds))
	}
}

func neighbours(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	stored(t, j, run("attempt/b", 1, 1, ""))
	outcomes, err := j.Append(context.Background(), []engine.Run{
		run("attempt/a", 1, 2, ""),
		run("attempt/b", 1, 2, ""), // taken
		run("exam/c", 1, 1, ""),
		run("attempt/d", 7, 1, ""), // hole
		run("attempt/e", 1, 3, ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, conflict := range []bool{false, true, false, true, false} {
		if outcomes[i].Conflict != conflict {
			t.Errorf("run %d: %+v, want conflict %v", i, outcomes[i], conflict)
		}
	}
	for stream, want := range map[string]int{"attempt/a": 2, "attempt/b": 1, "exam/c": 1, "attempt/d": 0, "attempt/e": 3} {
		if got := len(readAll(t, j, stream, 0)); got != want {
			t.Errorf("%s has %d records, want %d", stream, got, want)
		}
	}
}

// twice: callers put at most one run per stream into a batch. One that does not may get
// an error or a conflict, but never two records at one version.
func twice(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	for _, stream := range kinds {
		outcomes, err := j.Append(context.Background(), []engine.Run{run(stream, 1, 1, "a"), run(stream, 1, 2, "b")})
		want := 0
		for i, out := range outcomes {
			if err == nil && !out.Conflict {
				want += i + 1
			}
		}
		if got := len(readAll(t, j, stream, 0)); err == nil && got != want || got > 2 {
			t.Errorf("%s has %d records, but the outcomes were %+v, %v", stream, got, outcomes, err)
		}
	}
}

func readAfter(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	for _, stream := range kinds {
		for n := 1; n <= 1200; n += 300 { // more than any page
			stored(t, j, run(stream, n, 300, ""))
		}
		for _, after := range []int{0, 1, 299, 300, 511, 512, 513, 1199, 1200, 5000} {
			got := readAll(t, j, stream, after)
			if want := max(1200-after, 0); len(got) != want {
				t.Errorf("read %s after %d: %d records, want %d", stream, after, len(got), want)
			}
			for i, r := range got {
				if r.N != after+1+i {
					t.Fatalf("read %s after %d: record %d has version %d", stream, after, i, r.N)
				}
			}
		}
	}
}

func visitorFails(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	stored(t, j, run("attempt/a", 1, 5, ""))
	enough, seen := errors.New("enough"), 0
	err := j.Read(context.Background(), "attempt/a", 0, func(engine.Record) error {
		if seen++; seen == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || seen != 2 {
		t.Errorf("visited %d records, error %v; want 2 and the visitor's", seen, err)
	}
}

func visitorReads(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	stored(t, j, run("attempt/a", 1, 3, ""))
	n := 3
	err := j.Read(context.Background(), "attempt/a", 0, func(r engine.Record) error {
		if r.N > 3 {
			return nil // appended below: whether this visit sees them is open
		}
		n++
		stored(t, j, run("attempt/a", n, 1, ""))
		if got := len(readAll(t, j, "attempt/a", 0)); got != n {
			t.Errorf("%d records inside a visit, want %d", got, n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func bodies(t *testing.T, open OpenJournal) {
	j, reopen := open(t)
	for i, size := range []int{0, 1, 4095, 4096, 70_000, 1 << 20, 3<<20 + 1} {
		for _, kind := range []string{"attempt", "exam"} {
			stream := fmt.Sprintf("%s/%d", kind, i)
			body := randomBytes(uint64(i), size)
			want := engine.Record{Stream: stream, N: 1, Body: body, Hash: hashOf(body)}
			stored(t, j, engine.Run{Stream: stream, Records: []engine.Record{want}})
			check := func(when string) {
				t.Helper()
				got := readAll(t, j, stream, 0)
				if len(got) != 1 || !bytes.Equal(got[0].Body, body) || got[0].Hash != want.Hash {
					t.Errorf("%s: a body of %d bytes did not come back", when, size)
				}
			}
			check("at once")
			if reopen != nil && i%3 == 0 {
				j = reopen()
				check("after reopening")
			}
		}
	}
}

func large(t *testing.T, open OpenJournal) {
	j, _ := open(t)
	var runs []engine.Run
	records := 0
	for i := range 1000 {
		runs = append(runs, run(fmt.Sprintf("attempt/%d", i), 1, 1+i%3, ""))
		records += 1 + i%3
	}
	outcomes, err := j.Append(context.Background(), runs)
	if err != nil {
		t.Fatal(err)
	}
	for i, out := range outcomes {
		if out.Conflict {
			t.Errorf("run %d is a conflict", i)
		}
	}
	if got := len(tailAll(t, j, 0, 10_000)); got != records {
		t.Errorf("the tail has %d records, want %d", got, records)
	}
}

func pages(t *testing.T, open OpenJournal) {
	j, reopen := open(t)
	for n := 1; n <= 20; n++ {
		for _, stream := range kinds {
			stored(t, j, run(stream, n, 1, ""))
		}
	}
	check := func() {
		t.Helper()
		all := tailAll(t, j, 0, 1000)
		if len(all) != 20*len(kinds) {
			t.Fatalf("%d records, want %d", len(all), 20*len(kinds))
		}
		for _, limit := range []int{1, 7, 59, 60, 61} {
			if got := tailAll(t, j, 0, limit); !reflect.DeepEqual(got, all) {
				t.Errorf("in pages of %d the tail is another", limit)
			}
		}
		for i, r := range all {
			if got := tailAll(t, j, r.Pos, 1000); len(got) != len(all)-i-1 {
				t.Errorf("after %d: %d records, want %d", r.Pos, len(got), len(all)-i-1)
			}
		}
	}
	check()
	if reopen != nil {
		j = reopen()
		check()
	}
}

func reopens(t *testing.T, open OpenJournal) {
	j, reopen := open(t)
	if reopen == nil {
		t.Skip("nothing outlives this journal")
	}
	var before []engine.Record
	for round := range 3 {
		for _, stream := range kinds {
			refused(t, j, run(stream, 2*round, 1, ""))
			stored(t, j, run(stream, 2*round+1, 2, fmt.Sprint(round)))
		}
		all := tailAll(t, j, 0, 1000)
		if want := len(before) + 2*len(kinds); len(all) != want {
			t.Fatalf("round %d: %d records, want %d", round, len(all), want)
		}
		for i, r := range before {
			if !reflect.DeepEqual(all[i], r) {
				t.Fatalf("round %d: the record at %d is another than before", round, r.Pos)
			}
		}
		before = all
		j = reopen()
	}
	if all := tailAll(t, j, 0, 1000); !reflect.DeepEqual(all, before) {
		t.Error("reopening changed the tail")
	}
}

func beat(t *testing.T, open OpenJournal) {
	j, reopen := open(t)
	ctx := context.Background()
	do := func(node string, at engine.Instant, want map[string]engine.Instant) {
		t.Helper()
		got, err := j.Beat(ctx, node, at)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("beat of %s at %d returns %v, want %v", node, at, got, want)
		}
	}
	do("a", 1000, nil)
	do("b", 1500, map[string]engine.Instant{"a": 1000})
	do("d", 0, map[string]engine.Instant{"a": 1000, "b": 1500}) // who only looks leaves nothing
	do("a", 0, map[string]engine.Instant{"a": 1000, "b": 1500})
	do("a", 3000, map[string]engine.Instant{"a": 1000, "b": 1500})
	if reopen != nil {
		j = reopen()
	}
	// A node that comes back under its name learns when its earlier life ended.
	do("b", 9000, map[string]engine.Instant{"a": 3000, "b": 1500})
	do("b", 8000, map[string]engine.Instant{"a": 3000, "b": 9000})
	do("c", 9500, map[string]engine.Instant{"a": 3000, "b": 8000})
	// A goodbye keeps when the node was last alive.
	do("b", -9700, map[string]engine.Instant{"a": 3000, "b": 8000, "c": 9500})
	if reopen != nil {
		j = reopen()
	}
	do("a", 10_000, map[string]engine.Instant{"a": 3000, "b": -9700, "c": 9500})
}
