package engine_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/pgjournal"
	"terang/engine/sqlitejournal"
	"terang/engine/storetest"
)

const (
	recovered = 20_000 // running attempts
	answered  = 55     // half of an exam each
)

// BenchmarkRecovery is a full restart in mid exam: 20,000 running attempts of half an
// exam each are folded from the journal. The goal is under 5 s.
func BenchmarkRecovery(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		db, err := sqlitejournal.Open(b.TempDir()+"/j.db", sqlitejournal.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		recovery(b, db)
	})
	b.Run("postgres", func(b *testing.B) {
		db, err := pgjournal.Open(b.Context(), storetest.Postgres(b).DSN, pgjournal.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		recovery(b, db)
	})
}

func recovery(b *testing.B, j engine.Journal) {
	ids := fill(b, j)
	log := slog.New(slog.DiscardHandler)
	for b.Loop() {
		hall := engine.NewHall("n2", j, memstore.New(), engine.NewClock(), engine.NewMetrics(prometheus.NewRegistry()), log)
		terms := &engine.Terms{Policy: engine.DefaultPolicy(), Length: 100 * time.Minute, Form: &engine.Form{}}
		for _, id := range ids {
			hall.Admit(id, terms)
		}
		found, err := hall.Recover(b.Context())
		if err != nil || found.Running != recovered {
			b.Fatalf("%d running: %v", found.Running, err)
		}
		b.ReportMetric(found.Took.Seconds(), "s/recovery")
		b.ReportMetric(float64(found.Events)/found.Took.Seconds(), "events/s")
	}
}

// fill writes the attempts in the order in which a sitting writes them: everybody's
// first answers before anybody's last.
func fill(b *testing.B, j engine.Journal) []string {
	b.Helper()
	type writing struct {
		stream string
		n      int
		hash   engine.Hash
	}
	all := make([]writing, recovered)
	ids := make([]string, recovered)
	for i := range all {
		ids[i] = uuid.NewString()
		all[i] = writing{stream: engine.AttemptStream + ids[i], hash: engine.FirstHash(engine.AttemptStream + ids[i])}
	}
	at := engine.NewClock().Now().Add(-time.Hour)
	step := func(events func(i int) []engine.Event) {
		for from := 0; from < recovered; from += 1000 {
			var runs []engine.Run
			for i := from; i < min(from+1000, recovered); i++ {
				w := &all[i]
				records := engine.Link(w.stream, w.n, w.hash, events(i))
				w.n, w.hash = records[len(records)-1].N, records[len(records)-1].Hash
				runs = append(runs, engine.Run{Stream: w.stream, Records: records})
			}
			outcomes, err := j.Append(b.Context(), runs)
			if err != nil || outcomes[0].Conflict {
				b.Fatalf("fill: %v", err)
			}
		}
	}
	step(func(i int) []engine.Event {
		return []engine.Event{
			{Kind: engine.CheckedIn, At: at, By: "setup", Sitting: "skd.s1", Seat: "A-1", Number: fmt.Sprint(i)},
			{Kind: engine.SignedIn, At: at, By: "candidate", Device: "d", Session: "s"},
			{Kind: engine.Confirmed, At: at, By: "candidate"},
			{Kind: engine.DeviceBound, At: at, By: "candidate", Device: "d", Gen: 1, Node: "n1"},
			{Kind: engine.Started, At: at, By: "engine", From: at, MS: 6_000_000},
		}
	})
	for q := 1; q <= answered; q++ {
		at = at.Add(time.Minute)
		step(func(int) []engine.Event {
			return []engine.Event{{
				Kind: engine.Answered, At: at, By: "candidate", Op: uuid.NewString(), Q: q, C: "b", Item: "TWK-NAS-001", Option: "a", MS: 41_000,
			}}
		})
	}
	return ids
}
