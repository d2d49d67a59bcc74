package main

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// BenchmarkEndToEnd measures whole answers, from the candidate's socket to the journal's
// disk and back, beside a bare gorilla echo with the same sockets and sizes in the same
// run: server in one process, clients in another.
func BenchmarkEndToEnd(b *testing.B) {
	binary := builtBinary(b)
	for _, c := range []rehearseCmd{
		{Profile: "steady", Candidates: 1000, Rate: 1, For: 20 * time.Second},
		{Profile: "max", Candidates: 64, Rate: 1, For: 10 * time.Second},
		{Profile: "max", Candidates: 1000, Rate: 1, For: 10 * time.Second},
	} {
		b.Run(fmt.Sprintf("%s/%d", c.Profile, c.Candidates), func(b *testing.B) {
			for b.Loop() {
				c.Baseline, c.Store, c.binary, c.out = true, "memory", binary, os.Stdout
				c.Journal, c.Keys, c.Target = "", "", "" // a fresh one each time
				o, err := c.rehearse(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				if o.Verdict != ready {
					b.Error(o.Reasons)
				}
				b.ReportMetric(o.AckedPerS, "acked/s")
				b.ReportMetric(o.P50, "p50-ms")
				b.ReportMetric(o.P99, "p99-ms")
				b.ReportMetric(o.Ratio, "echo-ratio")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}
