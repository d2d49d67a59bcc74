package engine

import (
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// Every operation is answered as it was the first time, however many came since, and
// none that never came is taken for one that did.
func TestAnOperationIsAnsweredAsTheFirstTime(t *testing.T) {
	kinds := []Kind{Answered, Marked, LateRefused, Held, Proposed}
	codes := map[Kind]Code{LateRefused: Late, Held: HeldNow}
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.Custom(func(t *rapid.T) string {
			u := uuid.UUID{15: rapid.Byte().Draw(t, "last"), 0: rapid.ByteRange(1, 2).Draw(t, "first")}
			return u.String()
		})
		var ops operations
		first := map[string]Event{}
		at := map[string]int{}
		for n := range rapid.IntRange(0, 300).Draw(t, "events") {
			e := Event{Op: few.Draw(t, "op"), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), At: Instant(n * 7)}
			if n%11 == 3 {
				e.Op = ""
			}
			ops.accept(&e, n+1)
			if _, known := first[e.Op]; !known && e.Op != "" && e.Kind != Proposed {
				first[e.Op], at[e.Op] = e, n+1
			}
		}
		for op, e := range first {
			a := ops.find(op)
			if a == nil {
				t.Fatalf("operation %s of version %d is forgotten", op, at[op])
			}
			r := repeated(a).(*Repeated)
			if r.N != at[op] || r.At != e.At || r.Code != codes[e.Kind] {
				t.Fatalf("operation %s: %+v, the first time it was %+v at version %d", op, r, e, at[op])
			}
		}
		if op := few.Draw(t, "another"); ops.version(op) != at[op] {
			t.Fatalf("operation %s is of version %d, not %d", op, ops.version(op), at[op])
		}
		if op := uuid.NewString(); ops.find(op) != nil {
			t.Fatalf("operation %s never came", op)
		}
	})
}
