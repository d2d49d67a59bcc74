package keeper

import (
	"fmt"
	"testing"

	"terang/engine"
)

// What the log costs the journal's tail for an answer: it stands behind every one of them.
func BenchmarkAnAnswerPassesTheFold(b *testing.B) {
	f := NewFold()
	f.Apply(engine.Record{Stream: "exam/skd", N: 1, Pos: 1}, &engine.Event{Kind: engine.ExamDefined})
	const candidates, items = 1000, 110
	streams, names := make([]string, candidates), make([]string, items)
	for i := range streams {
		streams[i] = fmt.Sprintf("attempt/0197a3c4-5b6d-7e8f-9a0b-%012d", i)
		f.Apply(engine.Record{Stream: streams[i], N: 1, Pos: 2}, &engine.Event{Kind: engine.CheckedIn, Sitting: "skd.sesi-1"})
	}
	for i := range names {
		names[i] = fmt.Sprintf("TWK-%03d", i)
	}
	e := engine.Event{Kind: engine.Answered, By: "candidate", Option: "b"}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e.Q = 1 + i%items
		e.Item = names[e.Q-1]
		f.Apply(engine.Record{Stream: streams[i%candidates], N: 2, Pos: 3}, &e)
	}
}
