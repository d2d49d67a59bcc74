package engine_test

import (
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

// An instant is written as the time package writes it, whichever was written before.
func TestAnInstantIsWrittenAsRFC3339(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := engine.Instant(rapid.Int64Range(-1<<45, 1<<50).Draw(t, "at"))
		for range rapid.IntRange(1, 5).Draw(t, "times") {
			want := ""
			if at != 0 {
				want = at.Time().Format("2006-01-02T15:04:05.000Z")
			}
			if got := at.String(); got != want {
				t.Fatalf("%d is written %q, not %q", at, got, want)
			}
			at += engine.Instant(rapid.Int64Range(-1500, 1500).Draw(t, "step"))
		}
	})
}
