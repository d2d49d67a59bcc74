package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"terang/cmd/terang/evidence"
)

// BenchmarkVerify verifies an exam of TERANG_VERIFY people (2,000 unless it is set) with 110
// answers each. Making them takes longer than checking them.
func BenchmarkVerify(b *testing.B) {
	people := 2000
	if text := os.Getenv("TERANG_VERIFY"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		people = n
	}
	export := newHeldSample(b, people, 110).export(b)
	defer debug.SetGCPercent(debug.SetGCPercent(readOnce)) // as the command has it
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		report, err := evidence.Verify(b.Context(), evidence.Case{Dir: export})
		if err != nil || !report.Sound() {
			b.Fatal(err, report)
		}
		b.ReportMetric(float64(people)/time.Since(began).Seconds(), "attempts/s")
	}
}
