package crowd

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Second is what was acknowledged in one second of a measurement.
type Second struct {
	At            time.Duration // of its beginning, since Begin
	Acked         int
	P50, P99, Max time.Duration
}

// course gathers a measurement second by second.
type course struct {
	done []Second
	at   time.Duration // beginning of the second that is gathered
	took *hdrhistogram.Histogram
}

func (c *course) add(took time.Duration) {
	if c.took == nil {
		c.took = hdrhistogram.New(1, 600_000_000, 2)
	}
	_ = c.took.RecordValue(max(1, took.Microseconds()))
}

func (c *course) close() {
	if c.took != nil && c.took.TotalCount() > 0 {
		c.done = append(c.done, Second{
			At: c.at, Acked: int(c.took.TotalCount()), P50: quantile(c.took, 50), P99: quantile(c.took, 99),
			Max: time.Duration(c.took.Max()) * time.Microsecond,
		})
		c.took.Reset()
	}
}

// Course is the measurement second by second up to now; seconds without an acknowledgement are
// left out.
func (l *Log) Course() []Second {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.began.Sub(l.made)
	for c := &l.course; c.at <= time.Since(l.began); c.at += time.Second {
		for _, e := range l.ears {
			e.seconds(before+c.at+time.Second, c.add)
		}
		c.close()
	}
	return append([]Second(nil), l.course.done...)
}
