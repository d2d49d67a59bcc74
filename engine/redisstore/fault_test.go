package redisstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/storetest"
)

// ways are how Redis leaves in mid exam, and comes back.
var ways = []struct {
	name  string
	leave func(*storetest.RedisServer)
	back  func(*storetest.RedisServer)
}{
	{"kill -9", (*storetest.RedisServer).Kill, (*storetest.RedisServer).Restart},
	{"SIGSTOP", (*storetest.RedisServer).Pause, (*storetest.RedisServer).Resume},
}

// log is what an operator reads.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) lines() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), "\n")
}

// until asks again and again, as the hall does.
func until(t *testing.T, what string, ask func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for tick := time.Tick(5 * time.Millisecond); !ask(); {
		select {
		case <-tick:
		case <-ctx.Done():
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

func TestRedisLeavesAndComesBack(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			var said log
			r := storetest.Redis(t)
			s := open(t, r.URL, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&said, nil)) })
			ctx := t.Context()
			seen := []engine.Presence{{Attempt: "a", Sitting: "X.1"}}
			if err := s.Note(ctx, seen); err != nil {
				t.Fatal(err)
			}
			limit := engine.Limit{Burst: 3, Every: time.Minute}
			for range 2 {
				if ok, _, err := s.Allow(ctx, "pin", limit, noon); !ok || err != nil {
					t.Fatal(ok, err)
				}
			}

			way.leave(r)
			if err := s.Note(ctx, seen); err == nil {
				t.Fatal("noted in a Redis that is away")
			}
			// From here on nothing waits: this many calls that did would take an hour.
			skipped := 0
			for range 5000 {
				_, err := s.Presences(ctx, "X.1")
				if err == nil {
					t.Fatal("read from a Redis that is away")
				}
				if errors.Is(err, ErrAway) {
					skipped++
				}
			}
			if skipped < 4990 {
				t.Errorf("of 5000 calls %d failed at once", skipped)
			}
			// Tries go on where they stood, and no further.
			for i, want := range []bool{true, false, false} {
				if ok, retry, err := s.Allow(ctx, "pin", limit, noon); ok != want || err != nil || !ok && retry != time.Minute {
					t.Errorf("try %d while Redis is away: %v, %v, %v; want %v", i, ok, retry, err, want)
				}
			}

			way.back(r)
			until(t, "Redis is used again", func() bool { _, err := s.Kept(ctx); return err == nil })
			if err := s.Note(ctx, seen); err != nil {
				t.Error(err)
			}
			// Redis may have forgotten the tries, this node has not.
			if ok, _, err := s.Allow(ctx, "pin", limit, noon); ok || err != nil {
				t.Errorf("a try too many after Redis came back: %v, %v", ok, err)
			}
			if got := said.lines(); got != 2 {
				t.Errorf("the operator read %d lines, want one of its end and one of its return:\n%s", got, said.b.String())
			}
		})
	}
}

func TestNothingIsLostWithoutBeingSaid(t *testing.T) {
	r := storetest.Redis(t)
	s := open(t, r.URL)
	kept := func(want bool) {
		t.Helper()
		if got, err := s.Kept(t.Context()); err != nil || got != want {
			t.Errorf("kept: %v, %v; want %v", got, err, want)
		}
	}
	kept(false) // a new process knows nothing
	kept(true)
	kept(true)
	r.FlushAll()
	kept(false)
	kept(true)

	r.Kill()
	if err := s.Note(t.Context(), []engine.Presence{{Attempt: "a", Sitting: "X.1"}}); err == nil {
		t.Fatal("noted in a Redis that is dead")
	}
	if _, err := s.Kept(t.Context()); err == nil {
		t.Fatal("a dead Redis keeps")
	}
	r.Restart()
	until(t, "Redis is used again", func() bool {
		got, err := s.Kept(t.Context())
		if err == nil && got {
			t.Fatal("said to be kept after a failure")
		}
		return err == nil
	})
	kept(true)

	r.Pause() // the mark arrives, its answer does not
	if _, err := s.Kept(t.Context()); err == nil {
		t.Fatal("a frozen Redis answers")
	}
	r.Resume()
	until(t, "Redis is used again", func() bool {
		got, err := s.Kept(t.Context())
		if err == nil && got {
			t.Fatal("said to be kept after a failure")
		}
		return err == nil
	})
	kept(true)

	// A write that Redis refuses.
	for key, write := range map[string]func() error{
		s.keys.seen("X.1"): func() error { return s.Note(t.Context(), []engine.Presence{{Attempt: "a", Sitting: "X.1"}}) },
		s.keys.due():       func() error { return s.Schedule(t.Context(), map[string]engine.Instant{"a": noon}) },
	} {
		if err := s.client.Set(t.Context(), key, "something else", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if err := write(); err == nil {
			t.Fatal("wrote to a key of another type")
		}
		kept(false)
		kept(true)
	}
}

// A Redis that comes back so fast that no call has failed, and with an older state, is
// noticed as well.
func TestAnOlderSnapshotIsNoticed(t *testing.T) {
	r := storetest.Redis(t, "--dbfilename", "old.rdb")
	s := open(t, r.URL)
	for _, want := range []bool{false, true} {
		if got, err := s.Kept(t.Context()); err != nil || got != want {
			t.Fatalf("%v, %v", got, err)
		}
	}
	if err := s.client.Save(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(r.Addr), "old.rdb")); err != nil {
		t.Fatal(err)
	}
	for range 3 { // the mark goes on, the snapshot does not
		if got, err := s.Kept(t.Context()); err != nil || !got {
			t.Fatalf("%v, %v", got, err)
		}
	}
	r.Restart()
	failed := false
	until(t, "Redis is used again", func() bool {
		got, err := s.Kept(t.Context())
		if err == nil && got {
			t.Fatal("the older state was taken for the newest")
		}
		failed = failed || err != nil
		return err == nil
	})
	t.Logf("a call had failed before: %v", failed)
}

// After FLUSHALL and SCRIPT FLUSH the script's text is sent again, once.
func TestAForgottenScriptIsSentAgain(t *testing.T) {
	s := open(t, storetest.Redis(t).URL)
	limit := engine.Limit{Burst: 1, Every: time.Minute}
	for i := range 3 {
		if ok, _, err := s.Allow(t.Context(), fmt.Sprint(i), limit, noon); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if ok, _, err := s.Allow(t.Context(), fmt.Sprint(i), limit, noon); ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := s.client.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// A guesser gains nothing from a Redis that is emptied again and again.
func TestGuessingStaysSlowWhateverRedisDoes(t *testing.T) {
	r := storetest.Redis(t)
	s := open(t, r.URL)
	limit := engine.Limit{Burst: 5, Every: time.Minute}
	through := 0
	for i := range 60 {
		switch i {
		case 10, 20:
			r.FlushAll()
		case 30:
			r.Kill()
		case 45:
			r.Restart()
		}
		ok, _, err := s.Allow(t.Context(), "pin", limit, noon)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			through++
		}
	}
	if through != limit.Burst {
		t.Errorf("%d tries came through, want %d", through, limit.Burst)
	}
}

func TestACallerThatLeavesDoesNotShutRedisOut(t *testing.T) {
	s := open(t, storetest.Redis(t).URL)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Presences(gone, "X.1"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, _, err := s.Allow(gone, "k", engine.Limit{Burst: 1, Every: time.Minute}, noon); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := s.Presences(t.Context(), "X.1"); err != nil {
		t.Errorf("%v", err)
	}
}

// Redis that still reads its data from disk, or runs out of memory, says so at once.
func TestAFullRedisHoldsNobodyUp(t *testing.T) {
	s := open(t, storetest.Redis(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction").URL)
	if err := s.Note(t.Context(), []engine.Presence{{Attempt: "a", Sitting: "X.1"}}); err == nil {
		t.Error("noted without memory")
	}
	limit := engine.Limit{Burst: 2, Every: time.Minute}
	for i, want := range []bool{true, true, false} {
		if ok, _, err := s.Allow(t.Context(), "pin", limit, noon); ok != want || err != nil {
			t.Errorf("try %d: %v, %v", i, ok, err)
		}
	}
}
