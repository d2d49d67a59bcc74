package web

import (
	"context"
	"strings"
	"sync"
	"time"

	"terang/engine"
	"terang/scoring/aberrance"
)

// Watch looks, while an exam runs, at how its candidates answer, by the indicators of
// scoring/aberrance, and records as advisory signals what they say: once for each, in the
// sitting's stream, whichever node finds it first. It is a sink of the hall.
//
// What it hears with each answer costs a few additions: enough to say whose record is worth
// a look. The look itself reads that record from the journal, aside: at the finish, and
// while the candidate works at most every lookEvery. After each look the watch rests
// restTimes as long as the look took, so that it takes no more than two percent of a
// processor from the exam, and idleTimes when nobody works any more: a full hall is gone
// through some minutes later.
type Watch struct {
	journal engine.Journal
	folds   *Folds
	rules   aberrance.Rules
	server  *Server       // set by NewServer, before anything is looked at
	rest    time.Duration // restTimes, in a test less

	mu     sync.Mutex
	paces  map[string]*pace // by attempt
	queue  []string         // streams to look at, in order
	queued map[string]bool
	told   chan struct{}
	seen   map[string]map[string]bool // by sitting, number: true if looked at by time

	// The worker's own.
	exams map[string]*watched
	dirty map[string]bool // sittings with a new signal
}

const (
	lookEvery = 5 * time.Minute // at one candidate who still works
	restTimes = 49              // as long as a look took, while somebody works: two percent of a processor
	idleTimes = 4               // the same while nobody does
	placesDue = time.Second     // how soon rooms are looked at after a new signal
)

// NewWatch returns a watch over a journal, by the default rules.
func NewWatch(j engine.Journal, f *Folds) *Watch {
	return &Watch{
		journal: j, folds: f, rules: aberrance.DefaultRules(), rest: restTimes, paces: map[string]*pace{}, queued: map[string]bool{}, told: make(chan struct{}, 1),
		seen: map[string]map[string]bool{}, exams: map[string]*watched{}, dirty: map[string]bool{},
	}
}

// pace is what is kept of a candidate who works: how fast the newest answers came.
type pace struct {
	last   engine.Instant // of any act
	looked engine.Instant // when the record was queued for a look
	times  []int64        // of the newest answers, in milliseconds; a ring
	next   int
	sum    int64
	fast   int // answers
	short  int // looks
	paused bool

	reasons reason // for which the record was queued so far
}

// reason is why a record is worth a look; each new one is looked at at once.
type reason uint8

const (
	burst reason = 1 << iota
	hurry
	browse
)

// ApplyActs implements engine.ActSink.
func (w *Watch) ApplyActs(records []engine.Record, events []engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range records {
		w.attempt(strings.TrimPrefix(records[i].Stream, engine.AttemptStream), &events[i])
	}
}

// Apply implements engine.Sink.
func (w *Watch) Apply(r engine.Record, e *engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id, ok := strings.CutPrefix(r.Stream, engine.AttemptStream); ok {
		w.attempt(id, e)
	} else if strings.HasPrefix(r.Stream, engine.SittingStream) && e.Kind == engine.SittingEnded {
		w.line(r.Stream)
	}
}

func (w *Watch) attempt(id string, e *engine.Event) {
	switch e.Kind {
	case engine.Started:
		w.paces[id] = &pace{last: e.From}
	case engine.Resumed, engine.DeviceBound:
		if p := w.paces[id]; p != nil {
			p.last = max(e.At, e.To)
		}
	case engine.Finished:
		delete(w.paces, id)
		w.line(engine.AttemptStream + id)
	case engine.Answered, engine.Cleared, engine.Looked, engine.Marked:
		p := w.paces[id]
		if p == nil {
			p = &pace{last: e.At} // reopened
			w.paces[id] = p
		}
		why := p.took(e, &w.rules)
		if fresh := why &^ p.reasons; fresh != 0 || why != 0 && e.At.Sub(p.looked) >= lookEvery {
			p.looked, p.reasons = e.At, p.reasons|why
			w.line(engine.AttemptStream + id)
		}
	}
}

// took counts an act, and says why the record is worth a look, 0 if it is not. It may say so
// too often, and too seldom of somebody who changes answers: the look at the finish misses
// nothing.
func (p *pace) took(e *engine.Event, r *aberrance.Rules) (why reason) {
	ms := int64(max(0, e.At-p.last))
	p.last = max(p.last, e.At)
	p.paused = p.paused || ms >= r.BrowseGapMS
	switch e.Kind {
	case engine.Looked:
		if ms < r.BrowseMS {
			p.short++
		}
	case engine.Answered:
		if ms < 1000 {
			ms = max(ms, e.MS) // out of a device's outbox: only the page knows
		}
		if ms < r.FastMS {
			p.fast++
		}
		if len(p.times) < r.BurstAnswers {
			p.times = append(p.times, ms)
		} else {
			p.sum -= p.times[p.next]
			p.times[p.next] = ms
			p.next = (p.next + 1) % len(p.times)
		}
		p.sum += ms
	}
	if len(p.times) == r.BurstAnswers && p.sum <= r.BurstMeanMS*int64(r.BurstAnswers) {
		why |= burst
	}
	if p.fast >= r.FastLeast {
		why |= hurry
	}
	if p.paused && p.short >= r.BrowseItems {
		why |= browse
	}
	return why
}

// line queues a stream to be looked at. Called with the lock held.
func (w *Watch) line(stream string) {
	if w.queued[stream] {
		return
	}
	w.queued[stream] = true
	w.queue = append(w.queue, stream)
	select {
	case w.told <- struct{}{}:
	default:
	}
}

func (w *Watch) pop() (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return "", false
	}
	stream := w.queue[0]
	w.queue = w.queue[1:]
	delete(w.queued, stream)
	return stream, true
}

// Run looks at what is queued until ctx is done.
func (w *Watch) Run(ctx context.Context) error {
	tick := time.NewTicker(placesDue)
	defer tick.Stop()
	for {
		if stream, ok := w.pop(); ok {
			began := time.Now()
			w.look(ctx, stream)
			rest := time.NewTimer(w.times() * time.Since(began))
			select {
			case <-rest.C:
			case <-ctx.Done():
				rest.Stop()
				return nil
			}
			select {
			case <-tick.C:
				w.places(ctx)
			default:
			}
			continue
		}
		select {
		case <-w.told:
		case <-tick.C:
			w.places(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// times is how many times as long as a look the watch rests after it.
func (w *Watch) times() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.paces) == 0 {
		return min(idleTimes, w.rest)
	}
	return w.rest
}

func (w *Watch) look(ctx context.Context, stream string) {
	var err error
	if id, ok := strings.CutPrefix(stream, engine.AttemptStream); ok {
		err = w.examine(ctx, id)
	} else if id, ok := strings.CutPrefix(stream, engine.SittingStream); ok {
		err = w.over(ctx, id)
	}
	if err != nil && ctx.Err() == nil {
		w.server.log.Warn("advisory signals could not be looked for; the exam goes on", "stream", stream, "error", err)
	}
}

// looked counts a sitting's candidates whose times were looked at, and those whose times
// are compared with nobody's.
func (w *Watch) looked(sitting string) (examined, apart int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, by := range w.seen[sitting] {
		if by {
			examined++
		} else {
			apart++
		}
	}
	return examined, apart
}
