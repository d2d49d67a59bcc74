package pgjournal

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/sqlitejournal"
	"terang/engine/storetest"
)

// BenchmarkAppend measures durable events a second when so many runs wait, each for its own
// answer, through the engine's writer: from one node, from two that take turns, beside the
// embedded journal and beside a bare insert of the records, one a row. It begins with an empty
// table, as an exam does.
func BenchmarkAppend(b *testing.B) {
	for _, waiting := range []int{64, 1000} {
		b.Run(fmt.Sprintf("postgres/%d", waiting), func(b *testing.B) {
			d, _ := fresh(b, storetest.Postgres(b))
			appendLoop(b, waiting, d)
		})
		b.Run(fmt.Sprintf("postgres two nodes/%d", waiting), func(b *testing.B) {
			dsn := storetest.Postgres(b).Fresh(b, "nodes")
			appendLoop(b, waiting, mustOpen(b, dsn), mustOpen(b, dsn))
		})
		b.Run(fmt.Sprintf("postgres bare/%d", waiting), func(b *testing.B) {
			d, _ := fresh(b, storetest.Postgres(b))
			appendLoop(b, waiting, &bare{DB: d})
		})
		b.Run(fmt.Sprintf("sqlite/%d", waiting), func(b *testing.B) {
			d, err := sqlitejournal.Open(b.TempDir()+"/terang.db", sqlitejournal.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = d.Close() })
			appendLoop(b, waiting, d)
		})
	}
}

// bare only inserts, a record a row: no check, no positions from one row, no conflicts.
type bare struct {
	*DB
	pos int64
}

func (j *bare) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	outcomes := make([]engine.Outcome, len(runs))
	streams, err := j.intern(ctx, runs)
	if err != nil {
		return nil, err
	}
	rows := &batch{runs: runs, streams: streams}
	for i := range runs {
		rows.add(i)
	}
	_, err = j.w.Exec(ctx, `insert into event(pos, stream, n, body, hash)
		select $1::bigint + o, s, n, b, h from unnest($2::bigint[], $3::integer[], $4::bytea[], $5::bytea[]) with ordinality u(s, n, b, h, o)
		on conflict (stream, n) do nothing`, j.pos, rows.stream, rows.n, rows.body, rows.hash)
	j.pos += int64(len(rows.n))
	return outcomes, err
}

// appendLoop appends b.N events from streams that each wait for their last answer.
func appendLoop(b *testing.B, waiting int, journals ...engine.Journal) {
	ctx, stop := context.WithCancel(context.Background())
	var writing, candidates sync.WaitGroup
	var writers []*engine.Writer
	for _, j := range journals {
		w := engine.NewWriter(j, engine.NewMetrics(prometheus.NewRegistry()), engine.NewClock())
		writers = append(writers, w)
		writing.Go(func() {
			if err := w.Run(ctx); err != nil {
				b.Error(err)
			}
		})
	}
	body := make([]byte, 200)
	var mu sync.Mutex
	var waits []time.Duration
	append1 := func(i, n int) time.Duration {
		stream := fmt.Sprint("attempt/", i)
		began := time.Now()
		out, err := writers[i%len(writers)].Append(engine.Run{Stream: stream, Records: []engine.Record{{Stream: stream, N: n, Body: body}}})
		if err != nil || out.Conflict {
			b.Errorf("%s %d: %+v, %v", stream, n, out, err)
		}
		return time.Since(began)
	}
	for i := range waiting { // the names are given before the exam begins
		candidates.Go(func() { append1(i, 1) })
	}
	candidates.Wait()
	b.ResetTimer()
	for i := range waiting {
		candidates.Go(func() {
			var mine []time.Duration
			for k := range (b.N + waiting - 1) / waiting {
				mine = append(mine, append1(i, k+2))
			}
			mu.Lock()
			waits = append(waits, mine...)
			mu.Unlock()
		})
	}
	candidates.Wait()
	b.StopTimer()
	stop()
	writing.Wait()
	slices.Sort(waits)
	b.ReportMetric(float64(len(waits))/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
