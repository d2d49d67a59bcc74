package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"terang/engine/storetest"
)

// arrangements are the stores that are measured: the embedded default, and PostgreSQL
// with fsync beside Redis, both private and on this machine.
var arrangements = []struct {
	name   string
	stores func(b *testing.B) (journal, store string)
}{
	{"embedded", func(b *testing.B) (string, string) {
		return "sqlite:" + filepath.Join(b.TempDir(), "terang.db"), "memory"
	}},
	{"postgresql+redis", func(b *testing.B) (string, string) {
		return storetest.Postgres(b).Fresh(b, "exam"), storetest.Redis(b).URL
	}},
}

// BenchmarkEndToEnd measures whole answers, from the candidate's socket to the journal's
// disk and back, beside a bare gorilla echo with the same sockets and sizes in the same
// run: server in one process, clients in another.
func BenchmarkEndToEnd(b *testing.B) {
	binary := builtBinary(b)
	for _, at := range arrangements {
		for _, c := range []rehearseCmd{
			{Profile: "max", Candidates: 64, For: 10 * time.Second, Baseline: true},
			{Profile: "max", Candidates: 1000, For: 10 * time.Second, Baseline: true},
			{Profile: "steady", Candidates: 1000, Rate: 1, For: 20 * time.Second, Baseline: true},
		} {
			b.Run(fmt.Sprintf("%s/%s/%d", at.name, c.Profile, c.Candidates), func(b *testing.B) {
				for b.Loop() {
					c.Journal, c.Store = at.stores(b)
					measure(b, binary, c)
				}
			})
		}
	}
}

// BenchmarkNation measures what a node is designed for: as many candidates as a process
// has descriptors for, at the national pace, and all at once.
func BenchmarkNation(b *testing.B) {
	const most = 19_000
	binary := builtBinary(b)
	for _, c := range []rehearseCmd{
		{Profile: "steady", Candidates: most, Rate: 1.0 / 30, For: 30 * time.Second},
		{Profile: "storm-start", Candidates: most, For: 20 * time.Second},
		{Profile: "storm-start", Candidates: most, For: 20 * time.Second, Unsealed: true},
		{Profile: "storm-finish", Candidates: most, For: 60 * time.Second},
		{Profile: "reconnect", Candidates: most, For: 20 * time.Second, Kill: true},
		{Profile: "watchers", Candidates: 1000, Watchers: 10_000, For: 20 * time.Second},
	} {
		name := c.Profile
		if c.Unsealed {
			name += "-unsealed"
		}
		b.Run(fmt.Sprintf("%s/%d", name, c.Candidates), func(b *testing.B) {
			for b.Loop() {
				c.Journal, c.Store = arrangements[0].stores(b)
				c.Ramp = time.Duration(c.Candidates) * 4 * time.Millisecond
				measure(b, binary, c)
			}
		})
	}
}

// measure rehearses without limits on time: what falls short stands beside its goal.
func measure(b *testing.B, binary string, c rehearseCmd) {
	b.Helper()
	c.Keys = filepath.Join(b.TempDir(), "keys")
	c.binary, c.out = binary, os.Stdout
	o, err := c.rehearse(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if o.Lost == nil || *o.Lost != 0 || o.Errors != 0 {
		b.Errorf("lost %v, %d errors: %s", o.Lost, o.Errors, strings.Join(o.Reasons, "; "))
	}
	b.ReportMetric(o.AckedPerS, "acked/s")
	b.ReportMetric(o.P50, "p50-ms")
	b.ReportMetric(o.P99, "p99-ms")
	if o.Ratio > 0 {
		b.ReportMetric(o.Ratio, "echo-ratio")
	}
	for _, s := range o.Spreads {
		unit := strings.ReplaceAll(s.Name, " ", "-")
		b.ReportMetric(s.P99, unit+"-p99-ms")
		b.ReportMetric(s.Last, unit+"-last-ms")
	}
	b.ReportMetric(0, "ns/op")
}
