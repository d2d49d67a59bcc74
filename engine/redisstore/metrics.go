package redisstore

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics of the session store. No label names a key.
type metrics struct {
	Calls   *prometheus.CounterVec
	Seconds *prometheus.HistogramVec
	Away    prometheus.Gauge
	Here    prometheus.Counter
	Lost    prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	return &metrics{
		Calls: f.NewCounterVec(prometheus.CounterOpts{Name: "terang_store_calls_total",
			Help: "Calls of the session store by outcome: done, failed, or skipped because Redis was away."}, []string{"call", "outcome"}),
		Seconds: f.NewHistogramVec(prometheus.HistogramOpts{Name: "terang_store_call_seconds",
			Help: "Time of one call of the session store.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 8)}, []string{"call"}),
		Away: f.NewGauge(prometheus.GaugeOpts{Name: "terang_store_away", Help: "1 while Redis does not answer this node."}),
		Here: f.NewCounter(prometheus.CounterOpts{Name: "terang_store_limits_here_total",
			Help: "Tries that this node alone has counted, because Redis was away."}),
		Lost: f.NewCounter(prometheus.CounterOpts{Name: "terang_store_lost_total",
			Help: "Times that what this node had noted was, or may have been, gone."}),
	}
}
