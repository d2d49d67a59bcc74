package redisstore

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/storetest"
)

const noon engine.Instant = 1_795_000_000_000

// prefixes make each store of a test an empty one.
var prefixes atomic.Int64

func open(t testing.TB, url string, change ...func(*Options)) *Store {
	t.Helper()
	o := Options{URL: url, Here: memstore.New(), Prefix: fmt.Sprintf("t%d:", prefixes.Add(1)), Log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&o)
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	r := storetest.Redis(t)
	storetest.Store(t, func(t *testing.T) engine.Store { return open(t, r.URL) })
}

// Without the count in this process the suite sees Redis' own.
func TestStoreByRedisAlone(t *testing.T) {
	r := storetest.Redis(t)
	storetest.Store(t, func(t *testing.T) engine.Store { return open(t, r.URL, func(o *Options) { o.Here = nil }) })
}

// A cluster refuses a script or command whose keys stand in two slots, whoever serves them.
func TestStoreInACluster(t *testing.T) {
	port := freePort(t)
	r := storetest.Redis(t, "--cluster-enabled", "yes", "--bind", "127.0.0.1", "--port", port, "--cluster-port", freePort(t), "--cluster-announce-ip", "127.0.0.1")
	one := open(t, r.URL)
	if err := one.client.Do(t.Context(), "cluster", "addslotsrange", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	until(t, "the cluster believes in itself", func() bool { return one.client.Set(t.Context(), "x", "y", 0).Err() == nil })
	storetest.Store(t, func(t *testing.T) engine.Store { return open(t, "redis+cluster://127.0.0.1:"+port) })
	s := open(t, "redis+cluster://127.0.0.1:"+port)
	for _, want := range []bool{false, true} {
		if got, err := s.Kept(t.Context()); got != want || err != nil {
			t.Errorf("kept: %v, %v; want %v", got, err, want)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// What Redis counts and what memory counts is the same, to the millisecond, for intervals
// that are no whole milliseconds and clocks that step back, too.
func TestRedisCountsAsMemoryDoes(t *testing.T) {
	s, twin := open(t, storetest.Redis(t).URL, func(o *Options) { o.Here = nil }), memstore.New()
	rnd := rand.New(rand.NewPCG(4, 20))
	for key := range 60 {
		limit := engine.Limit{Burst: 1 + rnd.IntN(7), Every: time.Duration(1 + rnd.Int64N(int64(10*time.Second)))}
		if key%3 == 0 {
			limit.Every = time.Duration(1 + rnd.Int64N(int64(3*time.Millisecond)))
		}
		now := noon
		for try := range 60 {
			now = now.Add(time.Duration(rnd.Int64N(int64(limit.Every) * 3 / 2))).Add(time.Duration(rnd.IntN(3)-1) * time.Millisecond)
			ok, retry, err := s.Allow(t.Context(), fmt.Sprint(key), limit, now)
			wantOK, wantRetry, _ := twin.Allow(t.Context(), fmt.Sprint(key), limit, now)
			if err != nil || ok != wantOK || retry != wantRetry {
				t.Fatalf("%+v, try %d at +%d ms: %v, %v, %v; in memory %v, %v", limit, try, now-noon, ok, retry, err, wantOK, wantRetry)
			}
		}
	}
}

func TestSenselessLimits(t *testing.T) {
	s := open(t, "unix:///nowhere/redis.sock")
	for _, test := range []struct {
		limit engine.Limit
		ok    bool
	}{
		{engine.Limit{Burst: 0, Every: time.Second}, false},
		{engine.Limit{Burst: -1, Every: time.Second}, false},
		{engine.Limit{Burst: 1, Every: 0}, true},
	} {
		if ok, _, err := s.Allow(t.Context(), "k", test.limit, noon); ok != test.ok || err != nil {
			t.Errorf("%+v: %v, %v", test.limit, ok, err)
		}
	}
}

func TestEveryKeyGoesByItself(t *testing.T) {
	s := open(t, storetest.Redis(t).URL)
	ctx := t.Context()
	if err := s.Note(ctx, []engine.Presence{{Attempt: "a", Sitting: "X.1"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Schedule(ctx, map[string]engine.Instant{"a": noon}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Allow(ctx, "k", engine.Limit{Burst: 1, Every: time.Second}, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Kept(ctx); err != nil {
		t.Fatal(err)
	}
	keys, err := s.client.Keys(ctx, "*").Result()
	if err != nil || len(keys) != 5 {
		t.Fatalf("%q, %v; want five keys", keys, err)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, string(s.keys)) {
			t.Errorf("%q lacks the prefix %q", key, s.keys)
		}
		if left, err := s.client.TTL(ctx, key).Result(); err != nil || left <= 0 || left > keepSitting {
			t.Errorf("%q: time to live %v, %v", key, left, err)
		}
	}
}

func TestHintsThatNobodyRemovedGo(t *testing.T) {
	s := open(t, storetest.Redis(t).URL)
	for _, due := range []map[string]engine.Instant{
		{"old": noon, "kept": noon.Add(time.Hour)},
		{"new": noon.Add(keepHint + time.Minute)},
	} {
		if err := s.Schedule(t.Context(), due); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Due(t.Context(), engine.Never-1, 10)
	if err != nil || fmt.Sprint(got) != "[kept new]" {
		t.Errorf("%q, %v", got, err)
	}
}

// One batch may tell of an attempt twice, and of one that has moved meanwhile.
func TestABatchThatOvertakesItself(t *testing.T) {
	s := open(t, storetest.Redis(t).URL)
	if err := s.Note(t.Context(), []engine.Presence{
		{Attempt: "a", Sitting: "X.1"}, {Attempt: "b", Sitting: "X.1", Progress: 1},
		{Attempt: "a", Sitting: "X.2"}, {Attempt: "b", Sitting: "X.1", Progress: 2},
	}); err != nil {
		t.Fatal(err)
	}
	one, err := s.Presences(t.Context(), "X.1")
	if err != nil || len(one) != 1 || one[0].Attempt != "b" || one[0].Progress != 2 {
		t.Errorf("X.1: %+v, %v", one, err)
	}
	two, err := s.Presences(t.Context(), "X.2")
	if err != nil || len(two) != 1 || two[0].Attempt != "a" {
		t.Errorf("X.2: %+v, %v", two, err)
	}
}

func TestAddressesThatCannotBe(t *testing.T) {
	for _, url := range []string{"", "redis", "http://localhost", "unix://", "redis+cluster", "http+cluster://x", "redis://:hush@localhost/x"} {
		_, err := Open(Options{URL: url})
		if err == nil || !strings.Contains(err.Error(), "write redis://") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestTheDoctorHearsWhatEndangers(t *testing.T) {
	r := storetest.Redis(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru", "--maxclients", "50")
	got, err := open(t, r.URL).Inspect(t.Context())
	if err != nil || !strings.Contains(got.Version, ".") || got.MaxMemory != 100<<20 || got.Eviction != "allkeys-lru" || got.MaxClients != 50 {
		t.Errorf("%+v, %v", got, err)
	}
	if faults := strings.Join(got.Faults, "\n"); len(got.Faults) != 2 || !strings.Contains(faults, "noeviction") || !strings.Contains(faults, "maxclients") {
		t.Errorf("faults %q", faults)
	}
	if r := report("redis_version:6.2.14\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n"); len(r.Faults) != 1 {
		t.Errorf("an old one: %q", r.Faults)
	}
	if r := report("redis_version:10.1.0\r\n"); len(r.Faults) != 0 {
		t.Errorf("a new one: %q", r.Faults)
	}
}
