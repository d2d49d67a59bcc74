package proctor

import (
	"context"
	"errors"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/memstore"
)

// gone is a session store that does not answer.
type gone struct{ engine.Store }

func (gone) Allow(context.Context, string, engine.Limit, engine.Instant) (bool, time.Duration, error) {
	return false, 0, errors.New("connection refused")
}

func TestTriesAreCountedWithAndWithoutAStore(t *testing.T) {
	for name, store := range map[string]engine.Store{"memory": memstore.New(), "gone": gone{}} {
		t.Run(name, func(t *testing.T) {
			l, ctx, now := NewLimits(store), t.Context(), engine.Instant(1_000_000)
			for want := 2; want >= 0; want-- {
				if left, _ := l.slot(ctx, "k", 3, time.Minute, now); left != want {
					t.Fatalf("%d left, not %d", left, want)
				}
				now = now.Add(time.Second)
			}
			left, retry := l.slot(ctx, "k", 3, time.Minute, now)
			if left != -1 || retry != 57*time.Second {
				t.Fatalf("%d left, retry after %v", left, retry)
			}
			if left, _ := l.slot(ctx, "other", 3, time.Minute, now); left != 2 {
				t.Fatal("keys share their tries")
			}
			if left, _ := l.slot(ctx, "k", 3, time.Minute, now.Add(retry)); left != 2 {
				t.Fatal("a try does not come back")
			}
			limit := engine.Limit{Burst: 2, Every: time.Second}
			for _, want := range []bool{true, true, false} {
				if ok, _ := l.Allow(ctx, "burst", limit, now); ok != want {
					t.Fatalf("allowed %v", ok)
				}
			}
			if ok, _ := l.Allow(ctx, "burst", limit, now.Add(time.Second)); !ok {
				t.Fatal("a bucket is not refilled")
			}
		})
	}
}
