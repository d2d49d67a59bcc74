package storetest

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"terang/engine"
)

// OpenStore opens a fresh, empty store.
type OpenStore func(t *testing.T) engine.Store

// noon is where the clocks of these tests begin.
const noon engine.Instant = 1_795_000_000_000

// Store tests a store.
func Store(t *testing.T, open OpenStore) {
	t.Run("presence is replaced, and kept by sitting", func(t *testing.T) { presences(t, open(t)) })
	t.Run("a bucket gives its burst, then one per interval", func(t *testing.T) { bucket(t, open(t)) })
	t.Run("limits follow the model", func(t *testing.T) { limits(t, open(t)) })
	t.Run("of many at once the burst gets through", func(t *testing.T) { stampede(t, open(t)) })
	t.Run("due comes earliest first and stays", func(t *testing.T) { due(t, open(t)) })
	t.Run("schedules follow the model", func(t *testing.T) { schedules(t, open) })
}

func presences(t *testing.T, s engine.Store) {
	ctx := context.Background()
	note := func(seen ...engine.Presence) {
		t.Helper()
		if err := s.Note(ctx, seen); err != nil {
			t.Fatal(err)
		}
	}
	want := func(sitting string, want ...engine.Presence) {
		t.Helper()
		got, err := s.Presences(ctx, sitting)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, func(a, b engine.Presence) int { return cmp.Compare(a.Attempt, b.Attempt) })
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("presences of %s: %+v\nwant %+v", sitting, got, want)
		}
	}
	a := engine.Presence{Attempt: "a", Sitting: "X.1", Seat: "01", State: "running", Progress: 3, Last: noon, Ends: noon + 5000, Node: "n1", Told: 7, Noted: noon + 300}
	b := engine.Presence{Attempt: "b", Sitting: "X.1", Seat: "02", State: "paused", Last: noon, Ends: engine.Never, Node: "n2"}
	c := engine.Presence{Attempt: "c", Sitting: "X.10", Seat: "01", State: "ready"}
	want("X.1")
	note()
	note(a, b, c)
	want("X.1", a, b)
	want("X.10", c)
	a.Progress, a.Last, a.Node = 4, noon+1000, "n2"
	note(a)
	want("X.1", a, b)
	b.Sitting = "X.10" // moved to another sitting: no longer in the first
	note(b)
	want("X.1", a)
	want("X.10", b, c)
}

func bucket(t *testing.T, s engine.Store) {
	ctx := context.Background()
	limit := engine.Limit{Burst: 3, Every: 10 * time.Second}
	take := func(key string, at engine.Instant, ok bool, retry time.Duration) {
		t.Helper()
		gotOK, gotRetry, err := s.Allow(ctx, key, limit, at)
		if err != nil || gotOK != ok || gotRetry != retry {
			t.Errorf("%s at +%d ms: %v, retry %v, %v; want %v, retry %v", key, at-noon, gotOK, gotRetry, err, ok, retry)
		}
	}
	for range 3 {
		take("a", noon, true, 0)
	}
	take("a", noon, false, 10*time.Second)
	take("a", noon+1, false, 9999*time.Millisecond) // a refusal costs nothing
	take("b", noon+1, true, 0)                      // keys are apart
	take("a", noon+9_999, false, time.Millisecond)
	take("a", noon+10_000, true, 0)
	take("a", noon+10_000, false, 10*time.Second)
	take("a", noon+35_000, true, 0) // two and a half came back
	take("a", noon+35_000, true, 0)
	take("a", noon+35_000, false, 5*time.Second)
	take("a", noon+34_000, false, 6*time.Second) // a clock that is behind gives nothing away
	for range 3 {
		take("a", noon+10_000_000, true, 0) // never more than the burst
	}
	take("a", noon+10_000_000, false, 10*time.Second)
}

// limits compares with a bucket counted in whole tokens and fractions of the interval.
func limits(t *testing.T, s engine.Store) {
	check := 0
	rapid.Check(t, func(rt *rapid.T) {
		check++
		key := fmt.Sprint("key ", check)
		limit := engine.Limit{
			Burst: rapid.IntRange(1, 6).Draw(rt, "burst"),
			Every: time.Duration(rapid.IntRange(1, 5000).Draw(rt, "every")) * time.Millisecond,
		}
		every := engine.Instant(limit.Every.Milliseconds())
		level, last := every*engine.Instant(limit.Burst), noon // tokens times every
		for range rapid.IntRange(1, 30).Draw(rt, "takes") {
			now := last + engine.Instant(rapid.IntRange(0, 6000).Draw(rt, "later"))
			level = min(level+now-last, every*engine.Instant(limit.Burst))
			last = now
			ok, retry, err := s.Allow(context.Background(), key, limit, now)
			if err != nil {
				rt.Fatal(err)
			}
			if want := level >= every; ok != want {
				rt.Fatalf("level %d of %d: allowed %v", level, every, ok)
			}
			if ok {
				level -= every
				if retry != 0 {
					rt.Fatalf("allowed, but retry %v", retry)
				}
			} else if want := time.Duration(every-level) * time.Millisecond; retry != want {
				rt.Fatalf("retry %v, want %v", retry, want)
			}
		}
	})
}

func stampede(t *testing.T, s engine.Store) {
	const burst = 20
	var mu sync.Mutex
	through := 0
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				ok, _, err := s.Allow(context.Background(), "door", engine.Limit{Burst: burst, Every: time.Minute}, noon)
				if err != nil {
					t.Error(err)
				}
				if ok {
					mu.Lock()
					through++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if through != burst {
		t.Errorf("%d came through, want %d", through, burst)
	}
}

func due(t *testing.T, s engine.Store) {
	ctx := context.Background()
	set := func(due map[string]engine.Instant) {
		t.Helper()
		if err := s.Schedule(ctx, due); err != nil {
			t.Fatal(err)
		}
	}
	want := func(now engine.Instant, max int, want ...string) {
		t.Helper()
		got, err := s.Due(ctx, now, max)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("due at +%d, at most %d: %q, %v; want %q", now-noon, max, got, err, want)
		}
	}
	want(noon, 10)
	set(map[string]engine.Instant{"a": noon + 30, "b": noon + 10, "c": noon + 20, "d": engine.Never})
	want(noon+9, 10)
	want(noon+10, 10, "b")
	want(noon+25, 10, "b", "c")
	want(noon+25, 10, "b", "c") // they stay
	want(noon+99, 2, "b", "c")
	want(noon+99, 0)
	set(map[string]engine.Instant{"b": noon + 50, "c": engine.Never, "absent": engine.Never})
	want(noon+49, 10, "a")
	want(noon+50, 10, "a", "b")
	want(engine.Never-1, 10, "a", "b")
}

func schedules(t *testing.T, open OpenStore) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		s := open(t)
		model := map[string]engine.Instant{}
		name := rapid.StringMatching(`[a-h]`)
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			set := rapid.MapOfN(name, rapid.Int64Range(0, 50), 0, 4).Draw(rt, "set")
			change := map[string]engine.Instant{}
			for attempt, at := range set {
				change[attempt] = noon + engine.Instant(at)
				model[attempt] = change[attempt]
				if at == 50 {
					change[attempt] = engine.Never
					delete(model, attempt)
				}
			}
			if err := s.Schedule(ctx, change); err != nil {
				rt.Fatal(err)
			}
			now := noon + engine.Instant(rapid.Int64Range(0, 50).Draw(rt, "now"))
			limit := rapid.IntRange(0, 9).Draw(rt, "max")
			got, err := s.Due(ctx, now, limit)
			if err != nil {
				rt.Fatal(err)
			}
			var instants, want []engine.Instant
			for _, attempt := range got {
				instants = append(instants, model[attempt])
			}
			for _, at := range model {
				if at <= now {
					want = append(want, at)
				}
			}
			slices.Sort(want)
			want = want[:min(limit, len(want))]
			// Which of two at the same instant comes first is open.
			if distinct := len(slices.Compact(slices.Sorted(slices.Values(got)))); distinct != len(got) || !slices.Equal(instants, want) {
				rt.Fatalf("due %q at %v, want %v", got, instants, want)
			}
		}
	})
}
