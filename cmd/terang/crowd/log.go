package crowd

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Log is what a crowd was told: its own record, to be held against a journal. It is safe
// for concurrent use.
type Log struct {
	mu      sync.Mutex
	acked   []Acked
	refused map[string]int
	noticed []string
	faults  int
	seated  map[string]bool
	again   int
	took    *hdrhistogram.Histogram // microseconds, since Begin
	began   time.Time
	since   int // acknowledged before Begin
	longest time.Duration
	gaps    []Gap
}

// Gap is a time in which a candidate could not store anything: from the last that was heard
// on a connection to the next welcome, or from when an operation was to be sent to its
// final answer.
type Gap struct {
	Attempt  string
	From, To time.Time
}

// noticedMost bounds the examples of what no page should see.
const noticedMost = 20

// NewLog returns an empty log.
func NewLog() *Log {
	return &Log{refused: make(map[string]int), seated: make(map[string]bool), took: newHistogram(), began: time.Now()}
}

// newHistogram holds a microsecond to ten minutes with three digits.
func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, 600_000_000, 3) }

// Follow lets the log hear what the candidate is told.
func (l *Log) Follow(c *Candidate) {
	c.Acked, c.Refused, c.Noticed, c.Seated, c.Gap = l.heard, l.refusal, l.notice, l.seat, l.gap
}

func (l *Log) heard(a Acked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked = append(l.acked, a)
	l.longest = max(l.longest, a.Took)
	_ = l.took.RecordValue(max(1, a.Took.Microseconds())) // beyond ten minutes the longest tells
}

func (l *Log) refusal(_, _, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused[code]++
}

func (l *Log) notice(number, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.faults++; len(l.noticed) < noticedMost {
		l.noticed = append(l.noticed, number+" "+what)
	}
}

func (l *Log) seat(number string, again bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seated[number] = true
	if again {
		l.again++
	}
}

func (l *Log) gap(g Gap) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gaps = append(l.gaps, g)
}

// Gaps returns the times in which candidates could not work, in no order.
func (l *Log) Gaps() []Gap {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.gaps)
}

// Begin starts a measurement: figures count from here.
func (l *Log) Begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took.Reset()
	l.began, l.since = time.Now(), len(l.acked)
}

// Figures are a crowd's figures since Begin.
type Figures struct {
	Seated    int // candidates that were welcomed, since ever
	Again     int // welcomes after the first, since ever
	Acked     int
	PerSecond float64
	P50, P99  time.Duration
	Longest   time.Duration  // wait of any operation, since ever
	Refused   map[string]int // by code, since ever
	Faults    int            // what no page should see, since ever
	Noticed   []string       // examples of these
}

// Figures returns the figures as they stand.
func (l *Log) Figures() Figures {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.acked) - l.since
	return Figures{
		Seated: len(l.seated), Again: l.again, Acked: n, PerSecond: float64(n) / time.Since(l.began).Seconds(),
		P50: quantile(l.took, 50), P99: quantile(l.took, 99), Longest: l.longest,
		Refused: maps.Clone(l.refused), Faults: l.faults, Noticed: slices.Clone(l.noticed),
	}
}

func quantile(h *hdrhistogram.Histogram, q float64) time.Duration {
	return time.Duration(h.ValueAtQuantile(q)) * time.Microsecond
}

// Acked returns all operations that were acknowledged so far.
func (l *Log) Acked() []Acked {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.acked)
}
