package web

import (
	"testing"

	"github.com/google/uuid"
)

// BenchmarkFrames reads and writes the two frames of an answer as they pass the socket.
func BenchmarkFrames(b *testing.B) {
	op := uuid.NewString()
	answer := []byte(`{"t":"answer","op":"` + op + `","q":57,"c":"b","ms":41000}`)
	b.Run("answer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if f, ok := readFrame(answer); !ok || f.Q != 57 {
				b.Fatalf("read %+v", f)
			}
		}
	})
	b.Run("ok", func(b *testing.B) {
		b.ReportAllocs()
		var frame []byte
		for b.Loop() {
			frame = appendOK(frame[:0], op, 61, 1_795_000_000_123)
		}
	})
}
