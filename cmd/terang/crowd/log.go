package crowd

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Log is what a crowd was told: its own record, to be held against a journal. It is safe
// for concurrent use.
type Log struct {
	ears []*ear // of the candidates in turn

	mu      sync.Mutex
	follows int // candidates
	refused map[string]int
	noticed []string
	faults  int
	seated  map[string]bool
	again   int
	made    time.Time
	waits   *hdrhistogram.Histogram // microseconds, of what nobody has ended
	began   time.Time
	ended   time.Time // of the measurement, zero while it runs
	since   int       // acknowledged before Begin
	until   int       // acknowledged when it ended
	longest time.Duration
	gaps    []Gap
	due     int // acts, since Begin

	came     map[Point]map[string]Came // the first time of each candidate
	away     map[string]int
	compared map[string]bool
	answers  int // compared with a later welcome
	differ   int
	beats    *hdrhistogram.Histogram
	nearest  time.Duration // time of the fastest beat
	ahead    time.Duration // of the server's clock, as the fastest beat says
	course   course
	onReturn func(number string)
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
	l := &Log{
		refused: make(map[string]int), seated: make(map[string]bool), waits: newHistogram(), made: time.Now(),
		came: make(map[Point]map[string]Came), away: make(map[string]int), compared: make(map[string]bool), beats: newHistogram(),
	}
	l.began = l.made
	for range min(2*runtime.GOMAXPROCS(0), earsMost) {
		l.ears = append(l.ears, &ear{took: newHistogram(), acked: ackedList{began: l.made}})
	}
	return l
}

// newHistogram holds a microsecond to ten minutes with three digits.
func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, 600_000_000, 3) }

// Follow lets the log hear what the candidate is told.
func (l *Log) Follow(c *Candidate) {
	c.Acked, c.Refused, c.Noticed, c.Seated, c.Gap = l.ear(), l.refusal, l.notice, l.seat, l.gap
	c.Due, c.Came, c.Away, c.Beaten, c.Compared = l.actDue, l.point, l.goodbye, l.beat, l.compare
}

// ear is where one candidate is heard.
func (l *Log) ear() func(Acked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.ears[l.follows%len(l.ears)]
	l.follows++
	var is who
	place := int32(-1)
	return func(a Acked) {
		if now := (who{a.Number, a.Attempt}); place < 0 || is != now {
			is, place = now, e.meet(now)
		}
		e.heard(place, &a)
	}
}

// count is how many were acknowledged so far.
func (l *Log) count() int {
	n := 0
	for _, e := range l.ears {
		e.mu.Lock()
		n += e.acked.n
		e.mu.Unlock()
	}
	return n
}

func (l *Log) actDue() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due++
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
		if l.onReturn != nil {
			l.onReturn(number)
		}
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

// OnReturn lets hear of each welcome after a candidate's first, from now on.
func (l *Log) OnReturn(hear func(number string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.onReturn = hear
}

// Begin starts a measurement: figures count from here.
func (l *Log) Begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.ears {
		e.begin()
	}
	l.waits.Reset()
	l.beats.Reset()
	l.course, l.due = course{}, 0
	l.began, l.ended, l.since = time.Now(), time.Time{}, l.count()
}

// End ends the time in which answers are counted. What was to be sent before and is
// acknowledged later still enters the quantiles.
func (l *Log) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended, l.until = time.Now(), l.count()
}

// Unanswered enters waits that nobody has ended.
func (l *Log) Unanswered(waits []time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range waits {
		l.longest = max(l.longest, w)
		_ = l.waits.RecordValue(max(1, w.Microseconds()))
	}
}

// Figures are a crowd's figures since Begin.
type Figures struct {
	Seated    int // candidates that were welcomed, since ever
	Again     int // welcomes after the first, since ever
	Acked     int
	Landed    int // acknowledged since Begin, also after End
	Due       int // acts for which the time came
	PerSecond float64
	P50, P99  time.Duration
	Longest   time.Duration  // wait of any operation, since ever
	Refused   map[string]int // by code, since ever
	Faults    int            // what no page should see, since ever
	Noticed   []string       // examples of these
	Away      map[string]int // goodbyes that asked to come back, since ever
	Beat      time.Duration  // median of the beats' round trips
	Compared  int            // candidates who were welcomed again, since ever
	Answers   int            // acknowledged operations that these welcomes were held against
	Differ    int            // of these, shown otherwise
}

// Figures returns the figures as they stand.
func (l *Log) Figures() Figures {
	l.mu.Lock()
	defer l.mu.Unlock()
	took, longest, acked := newHistogram(), l.longest, l.count()
	took.Merge(l.waits)
	for _, e := range l.ears {
		e.mu.Lock()
		took.Merge(e.took)
		longest = max(longest, e.longest)
		e.mu.Unlock()
	}
	n, during := acked-l.since, time.Since(l.began)
	if !l.ended.IsZero() {
		n, during = l.until-l.since, l.ended.Sub(l.began)
	}
	return Figures{
		Seated: len(l.seated), Again: l.again, Acked: n, Landed: acked - l.since, Due: l.due, PerSecond: float64(n) / during.Seconds(),
		Away: maps.Clone(l.away), Beat: quantile(l.beats, 50), Compared: len(l.compared), Answers: l.answers, Differ: l.differ,
		P50: quantile(took, 50), P99: quantile(took, 99), Longest: longest,
		Refused: maps.Clone(l.refused), Faults: l.faults, Noticed: slices.Clone(l.noticed),
	}
}

func quantile(h *hdrhistogram.Histogram, q float64) time.Duration {
	return time.Duration(h.ValueAtQuantile(q)) * time.Microsecond
}

// Acked returns all operations that were acknowledged so far; each candidate's are in the order
// in which they came.
func (l *Log) Acked() []Acked {
	var all []Acked
	for _, e := range l.ears {
		e.mu.Lock()
		all = slices.Grow(all, e.acked.n)
		for i := range e.acked.n {
			all = append(all, e.acked.acked(i))
		}
		e.mu.Unlock()
	}
	return all
}
