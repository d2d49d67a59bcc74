package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
	"terang/cmd/terang/rehearse"
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
	process.CollectSeldom() // as rehearse has it
	all := goals{binary: builtBinary(b)}
	for _, at := range arrangements {
		for _, c := range []rehearse.Cmd{
			{Profile: "max", Candidates: 64, For: 10 * time.Second, Baseline: true},
			{Profile: "max", Candidates: 1000, For: 10 * time.Second, Baseline: true},
			{Profile: "steady", Candidates: 1000, Rate: 1, For: 20 * time.Second, Baseline: true},
		} {
			all.measure(b, at.name, at.stores, c)
		}
	}
	all.print(b)
}

// BenchmarkNation measures what a node is designed for: as many candidates as a process
// has descriptors for, at the national pace, and all at once. TERANG_NATION makes them fewer.
func BenchmarkNation(b *testing.B) {
	most := nation(b)
	process.CollectSeldom() // as rehearse has it
	all := goals{binary: builtBinary(b)}
	for _, at := range arrangements {
		for _, c := range []rehearse.Cmd{
			{Profile: "steady", Candidates: most, Rate: 1.0 / 30, For: 30 * time.Second, Baseline: true},
			{Profile: "storm-start", Candidates: most, For: 20 * time.Second},
			{Profile: "storm-start", Candidates: most, For: 20 * time.Second, Unsealed: true},
			{Profile: "storm-finish", Candidates: most, For: 60 * time.Second},
			{Profile: "reconnect", Candidates: most, For: 20 * time.Second, Kill: true},
			// Of so many acknowledgements that the last hundredth is more than a handful.
			{Profile: "watchers", Candidates: min(1000, most), Rate: 0.1, Watchers: 10_000, For: time.Minute},
			{Profile: "watchers", Candidates: min(1000, most), Rate: 0.1, Watchers: 10_000, Board: true, Snapshots: 2000, For: time.Minute},
		} {
			c.Ramp = time.Duration(c.Candidates) * 4 * time.Millisecond
			all.measure(b, at.name, at.stores, c)
		}
	}
	all.print(b)
}

// nation is how many candidates stand for the nation's share of a node.
func nation(b *testing.B) int {
	most := 19_000
	if text := os.Getenv("TERANG_NATION"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			b.Fatalf("TERANG_NATION=%q: write a number of candidates", text)
		}
		most = n
	}
	if files := process.FilesAllowed(); files > 0 {
		most = min(most, int(files)-crowd.ReserveFiles)
	}
	return most
}

// measure rehearses without limits on time: what falls short stands beside its goal.
func (g *goals) measure(b *testing.B, arrangement string, stores func(*testing.B) (string, string), c rehearse.Cmd) {
	name := c.Profile
	if c.Unsealed {
		name += "-unsealed"
	}
	if c.Board {
		name += "-board"
	}
	b.Run(fmt.Sprintf("%s/%s/%d", arrangement, name, c.Candidates), func(b *testing.B) {
		for b.Loop() {
			c.Journal, c.Store = stores(b)
			c.Keys = filepath.Join(b.TempDir(), "keys")
			c.Binary, c.Out = g.binary, os.Stdout
			o, err := c.Rehearse(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if o.Lost == nil || *o.Lost != 0 || o.Errors != 0 {
				b.Errorf("lost %v, %d errors: %s", o.Lost, o.Errors, strings.Join(o.Reasons, "; "))
			}
			reportMetrics(b, o)
			g.take(arrangement, &c, o)
		}
	})
}

// reportMetrics reports the figures in benchstat's form.
func reportMetrics(b *testing.B, o *rehearse.Outcome) {
	b.ReportMetric(o.AckedPerS, "acked/s")
	b.ReportMetric(o.P50, "p50-ms")
	b.ReportMetric(o.P99, "p99-ms")
	if o.Ratio > 0 {
		b.ReportMetric(o.Ratio, "echo-ratio")
	}
	if o.Memory != nil {
		b.ReportMetric(o.Memory.Candidate, "B/candidate")
		b.ReportMetric(o.Memory.Ratio, "memory-ratio")
	}
	if o.P99Ratio > 0 {
		b.ReportMetric(o.P99Ratio, "p99-ratio")
	}
	for _, s := range o.Spreads {
		unit := strings.ReplaceAll(s.Name, " ", "-")
		b.ReportMetric(s.P99, unit+"-p99-ms")
		b.ReportMetric(s.Last, unit+"-last-ms")
	}
	b.ReportMetric(0, "ns/op")
}

// goals are what was measured, beside what is wanted, a column an arrangement.
type goals struct {
	binary string
	rows   []goalRow
}

type goalRow struct {
	what, goal string
	measured   map[string]string
}

func (g *goals) take(arrangement string, c *rehearse.Cmd, o *rehearse.Outcome) {
	n := c.Candidates
	switch {
	case c.Profile == "max":
		// Between the sizes for which there is a goal, there is none.
		goal := map[int]string{64: "at least 0.40", 1000: "at least 0.60"}[n]
		g.put(arrangement, fmt.Sprintf("answers over the echo's messages, %d sockets", n), goal, "%.2f (%.0f of %.0f a second)", o.Ratio, o.AckedPerS, o.EchoPerS)
	case c.Profile == "steady":
		g.put(arrangement, fmt.Sprintf("p99 of acknowledgements, %d candidates, %.3g a second each", n, c.Rate), "20 ms", "%s", rehearse.Long(o.P99))
		if m := o.Memory; m != nil {
			g.put(arrangement, fmt.Sprintf("memory of a candidate over the echo's, %d sockets", n), "at most 1.3", "%.2f (%.1f of %.1f kB)", m.Ratio, m.Candidate/1000, m.Echo/1000)
		}
	case c.Profile == "watchers":
		g.put(arrangement, "p99 of acknowledgements beside readers, over without", "at most 1.2", "%.2f", o.P99Ratio)
	}
	for _, s := range o.Spreads {
		goal, figure := map[string]string{rehearse.SpreadStart: "5 s", rehearse.SpreadFinish: "2 s", rehearse.SpreadBack: "15 s", rehearse.SpreadBehind: "1 s"}[s.Name], s.Last
		sealed := ""
		if c.Unsealed {
			goal, sealed = "", ", unsealed"
		}
		g.put(arrangement, fmt.Sprintf("%s%s, the last of %d", s.Name, sealed, s.Of), goal, "%s", rehearse.Long(figure))
	}
}

func (g *goals) put(arrangement, what, goal, format string, args ...any) {
	measured := fmt.Sprintf(format, args...)
	for _, r := range g.rows {
		if r.what == what {
			r.measured[arrangement] = measured
			return
		}
	}
	g.rows = append(g.rows, goalRow{what, cmp.Or(goal, "none"), map[string]string{arrangement: measured}})
}

// print shows the table, of those that were asked for.
func (g *goals) print(b *testing.B) {
	if len(g.rows) == 0 {
		return
	}
	p := &rehearse.Printer{W: os.Stdout}
	row := func(what, goal string, of func(arrangement string) string) {
		text := fmt.Sprintf("%-66s %-14s", what, goal)
		for _, at := range arrangements {
			text += fmt.Sprintf("  %-32s", of(at.name))
		}
		p.Line("%s", strings.TrimRight(text, " "))
	}
	p.Line("")
	row("", "goal", func(arrangement string) string { return arrangement })
	for _, r := range g.rows {
		row(r.what, r.goal, func(arrangement string) string { return cmp.Or(r.measured[arrangement], "-") })
	}
	p.Line("")
	if p.Err != nil {
		b.Error(p.Err)
	}
}
