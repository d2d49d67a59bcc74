package crowd

import (
	"slices"
	"time"
)

func (l *Log) point(c Came) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.came[c.Point] == nil {
		l.came[c.Point] = make(map[string]Came)
	}
	if _, before := l.came[c.Point][c.Number]; !before {
		l.came[c.Point][c.Number] = c
	}
}

func (l *Log) goodbye(_, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away[code]++
}

func (l *Log) beat(took, ahead time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.beats.RecordValue(max(1, took.Microseconds()))
	if l.nearest == 0 || took < l.nearest {
		l.nearest, l.ahead = took, ahead
	}
}

func (l *Log) compare(number string, answers, differ int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.compared[number] = true
	l.answers += answers
	l.differ += differ
}

// ReadBack begins to count anew who was welcomed again and compared.
func (l *Log) ReadBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.compared)
}

// Reached is how many candidates have come to the point.
func (l *Log) Reached(p Point) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.came[p])
}

// Ahead is how far the server's clock is ahead of this machine's, as far as beats tell.
func (l *Log) Ahead() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ahead
}

// Delays are how long after its time each candidate came to a point, shortest first, and
// how many of them by a key; last is from the first time to the last arrival.
func (l *Log) Delays(p Point) (delays []time.Duration, last time.Duration, keys int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var first, end time.Time
	for _, c := range l.came[p] {
		due := c.Due.Add(-l.ahead) // as this machine's clock saw it
		delays = append(delays, max(0, c.At.Sub(due)))
		if first.IsZero() || due.Before(first) {
			first = due
		}
		if c.At.After(end) {
			end = c.At
		}
		if c.Key {
			keys++
		}
	}
	slices.Sort(delays)
	return delays, max(0, end.Sub(first)), keys
}

// FirstAcked are the waits of each candidate's first acknowledgement, shortest first.
func (l *Log) FirstAcked() []time.Duration {
	var waits []time.Duration
	for _, e := range l.ears {
		e.mu.Lock()
		seen := make(map[string]bool, len(e.acked.people))
		for i := range e.acked.n {
			op := e.acked.at(i)
			if number := e.acked.people[op.who].number; !seen[number] {
				seen[number] = true
				waits = append(waits, op.took)
			}
		}
		e.mu.Unlock()
	}
	slices.Sort(waits)
	return waits
}
