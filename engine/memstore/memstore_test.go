package memstore

import (
	"context"
	"fmt"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/storetest"
)

func TestStore(t *testing.T) {
	storetest.Store(t, func(*testing.T) engine.Store { return New() })
}

func TestIdleBucketsAreForgotten(t *testing.T) {
	s := New()
	limit := engine.Limit{Burst: 2, Every: time.Second}
	most := 0
	for i := range engine.Instant(100_000) { // one new key a millisecond, each idle after a second
		if ok, _, err := s.Allow(context.Background(), fmt.Sprint(i), limit, 1_795_000_000_000+i); !ok || err != nil {
			t.Fatalf("key %d: %v, %v", i, ok, err)
		}
		most = max(most, len(s.buckets.full))
	}
	if most > 4*sweepFrom {
		t.Errorf("%d buckets were held at once; only 1,000 were in use", most)
	}
}

func TestWaitingAsToldIsEnough(t *testing.T) {
	s := New()
	limit := engine.Limit{Burst: 1, Every: time.Second / 3}
	now := engine.Instant(1_795_000_000_000)
	for i := range 10 {
		if ok, retry, _ := s.Allow(context.Background(), "k", limit, now); !ok {
			t.Fatalf("refused the %dth time, after waiting as told; now %v more", i, retry)
		}
		_, retry, _ := s.Allow(context.Background(), "k", limit, now)
		now = now.Add(retry)
	}
}

func TestSenselessLimits(t *testing.T) {
	s := New()
	for _, test := range []struct {
		limit engine.Limit
		ok    bool
	}{
		{engine.Limit{Burst: 0, Every: time.Second}, false},
		{engine.Limit{Burst: -1, Every: time.Second}, false},
		{engine.Limit{Burst: 1, Every: 0}, true},
	} {
		for range 3 {
			if ok, _, err := s.Allow(context.Background(), "k", test.limit, 1); ok != test.ok || err != nil {
				t.Errorf("%+v: %v, %v", test.limit, ok, err)
			}
		}
	}
}
