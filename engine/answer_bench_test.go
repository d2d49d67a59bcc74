package engine

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// examItems is how many positions a form of the selection has.
const examItems = 110

// newSitter has a candidate who is working on a form of a whole exam.
func newSitter(b *testing.B) *desk {
	d := newDesk(b)
	d.terms.Form = testForm(examItems)
	return d
}

// choice is the k-th answer of somebody who goes through the form again and again.
func choice(d *desk, k int, op string, at Instant) Command {
	return Command{Act: ActAnswer, By: "candidate", Op: op, At: at, Since: at, Q: 1 + k%examItems, C: string("abc"[k/examItems%3]), MS: 41_000, Gen: d.a.Gen}
}

// ops are made before the clock runs: they are the page's work.
func ops(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = uuid.NewString()
	}
	return all
}

// BenchmarkDecideApply is what Live.turn does with an answer between the queue and the
// writer: decide, encode and link, apply. An attempt takes what a busy candidate does in
// an exam, then another begins, so that no map grows as none does in truth.
func BenchmarkDecideApply(b *testing.B) {
	const each = 2 * examItems
	made := ops(each)
	begun := newSitter(b)
	at := start + 1000
	var a *Attempt
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		if n%each == 0 {
			b.StopTimer()
			a = NewAttempt(begun.a.Stream)
			for _, r := range begun.log {
				if err := a.Fold(r); err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
		}
		c := choice(begun, n%each, made[n%each], at)
		events, err := Decide(a, &c, begun.terms)
		if err != nil {
			b.Fatal(err)
		}
		for i, r := range Link(a.Stream, a.N, a.Hash, events) {
			a.Apply(&events[i], r.Hash)
		}
	}
}

// BenchmarkFold reads a whole attempt back from what was stored, every link checked.
func BenchmarkFold(b *testing.B) {
	d := newSitter(b)
	for k, op := range ops(2 * examItems) {
		d.must(choice(d, k, op, start+1000))
	}
	b.ReportAllocs()
	for b.Loop() {
		a := NewAttempt(d.a.Stream)
		for _, r := range d.log {
			if err := a.Fold(r); err != nil {
				b.Fatal(err)
			}
		}
		if a.Answers != examItems {
			b.Fatalf("%d positions are answered", a.Answers)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(d.log)), "ns/event")
}

// BenchmarkCodec writes and reads the bytes of an answer as the journal keeps them.
func BenchmarkCodec(b *testing.B) {
	e := Event{
		Kind: Answered, At: start + Instant(time.Hour.Milliseconds()), By: "candidate", Op: uuid.NewString(), Q: 57, C: "b", Item: "TIU-NUM-014", Option: "d", MS: 41_000,
	}
	body := e.AppendTo(nil)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		buf := make([]byte, 0, len(body))
		for b.Loop() {
			buf = e.AppendTo(buf[:0])
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			if _, err := Decode(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("chain", func(b *testing.B) {
		b.ReportAllocs()
		var h Hash
		for b.Loop() {
			h = h.Chain(body)
		}
	})
}
