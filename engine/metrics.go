package engine

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics of the engine. No label names a candidate.
type Metrics struct {
	Acked     prometheus.Counter
	Refused   *prometheus.CounterVec
	Batch     prometheus.Histogram
	Commit    prometheus.Histogram
	Failed    prometheus.Counter
	Conflicts prometheus.Counter
	Connected prometheus.Gauge
	Finished  prometheus.Counter
	Ack       prometheus.Histogram
}

// NewMetrics registers the engine's metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		Acked:     f.NewCounter(prometheus.CounterOpts{Name: "terang_operations_acknowledged_total", Help: "Candidate operations stored and acknowledged."}),
		Refused:   f.NewCounterVec(prometheus.CounterOpts{Name: "terang_operations_refused_total", Help: "Candidate operations refused, by code."}, []string{"code"}),
		Batch:     f.NewHistogram(prometheus.HistogramOpts{Name: "terang_journal_batch_events", Help: "Events in a committed batch.", Buckets: prometheus.ExponentialBuckets(1, 4, 7)}),
		Commit:    f.NewHistogram(prometheus.HistogramOpts{Name: "terang_journal_commit_seconds", Help: "Time of one commit.", Buckets: prometheus.ExponentialBuckets(0.0002, 2, 14)}),
		Failed:    f.NewCounter(prometheus.CounterOpts{Name: "terang_journal_failures_total", Help: "Batches that failed or whose outcome is unknown."}),
		Conflicts: f.NewCounter(prometheus.CounterOpts{Name: "terang_journal_conflicts_total", Help: "Runs refused because another writer was first."}),
		Connected: f.NewGauge(prometheus.GaugeOpts{Name: "terang_candidates_connected", Help: "Candidates connected to this node."}),
		Finished:  f.NewCounter(prometheus.CounterOpts{Name: "terang_attempts_finished_total", Help: "Attempts finished by this node."}),
		Ack:       f.NewHistogram(prometheus.HistogramOpts{Name: "terang_acknowledge_seconds", Help: "From the frame read to the acknowledgement queued.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14)}),
	}
}

func (m *Metrics) committed(runs []Run, err error, took time.Duration) {
	n := 0
	for i := range runs {
		n += len(runs[i].Records)
	}
	m.Batch.Observe(float64(n))
	m.Commit.Observe(took.Seconds())
	if err != nil {
		m.Failed.Inc()
	}
}
