package redisstore

import (
	"fmt"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/storetest"
)

// crowd is how many attempts a node holds.
const crowd = 20_000

func presences() []engine.Presence {
	seen := make([]engine.Presence, crowd)
	for i := range seen {
		seen[i] = engine.Presence{
			Attempt: fmt.Sprintf("0198f0c4-0000-7000-8000-%012d", i), Sitting: fmt.Sprintf("cpns.s%d", i/500), Seat: fmt.Sprint(i % 500),
			State: engine.Running, Progress: 55, Last: noon, Ends: noon + 6_000_000, Node: "node-1-aabbccdd",
		}
	}
	return seen
}

// BenchmarkRefill is what a node does when it finds Redis empty.
func BenchmarkRefill(b *testing.B) {
	s := open(b, storetest.Redis(b).URL)
	seen := presences()
	due := map[string]engine.Instant{}
	for _, p := range seen {
		due[p.Attempt] = p.Ends
	}
	for b.Loop() {
		if err := s.Note(b.Context(), seen); err != nil {
			b.Fatal(err)
		}
		if err := s.Schedule(b.Context(), due); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*crowd)/b.Elapsed().Seconds(), "attempts/s")
}

// BenchmarkAllow beside a bare PING, which is the network's and the library's part.
func BenchmarkAllow(b *testing.B) {
	s := open(b, storetest.Redis(b).URL)
	limit := engine.Limit{Burst: 1 << 30, Every: time.Millisecond}
	b.Run("allow", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.Allow(b.Context(), "k", limit, noon); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ping", func(b *testing.B) {
		for b.Loop() {
			if err := s.Ping(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Kept(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkAway is a call while Redis is gone.
func BenchmarkAway(b *testing.B) {
	r := storetest.Redis(b)
	s := open(b, r.URL)
	r.Kill()
	limit := engine.Limit{Burst: 1 << 30, Every: time.Millisecond}
	for b.Loop() {
		if _, _, err := s.Allow(b.Context(), "k", limit, noon); err != nil {
			b.Fatal(err)
		}
	}
}
