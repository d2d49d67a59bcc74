package sqlitejournal

import (
	"context"
	"fmt"
	"os"
	"testing"

	"terang/engine"
)

// BenchmarkAppend measures durable events a second, by size of batch, beside the same
// bytes written to a plain file with one fsync a batch.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 64, 500} {
		body := make([]byte, 200)
		b.Run(fmt.Sprintf("journal/%d", size), func(b *testing.B) {
			d, err := Open(b.TempDir()+"/terang.db", Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			streams := names(size)
			runs := make([]engine.Run, size)
			n := 0
			for b.Loop() {
				n++
				for i, stream := range streams {
					runs[i] = engine.Run{Stream: stream, Records: []engine.Record{{Stream: stream, N: n, Body: body}}}
				}
				if _, err := d.Append(context.Background(), runs); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "events/s")
		})
		b.Run(fmt.Sprintf("plain file/%d", size), func(b *testing.B) {
			f, err := os.Create(b.TempDir() + "/plain")
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			batch := make([]byte, size*(len(body)+48))
			for b.Loop() {
				if _, err := f.Write(batch); err != nil {
					b.Fatal(err)
				}
				if err := f.Sync(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
