package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Prefixes of the streams' names.
const (
	AttemptStream = "attempt/"
	SittingStream = "sitting/"
	ExamStream    = "exam/"
	StaffStream   = "staff/"
	ItemStream    = "item/" // of the question bank, by the item's code

	ObjectionStream = "objection/" // of an exam, by its code
	PackStream      = "pack/"      // sealed packs, by the exam's code
	AuditStream     = "audit/"     // who read what and who signed in, by USER/DAY (UTC), so that they stay short
)

// Sink folds committed records in the journal's order: boards, stations, statistics. The
// event is the sink's during the call only: what it keeps, it copies.
type Sink interface {
	Apply(r Record, e *Event)
}

// ActSink is a sink that takes several acts of candidates at once, records of which Kind.IsAct is
// true: one lock for all of them, and memory that is waited for together. All other records come by Apply, in their place.
type ActSink interface {
	Sink
	ApplyActs(records []Record, events []Event)
}

// Hall is the exam as it runs on one node: attempts and sittings in memory, the writer,
// the timers, and the journal's tail, which tells what other nodes wrote.
type Hall struct {
	node    string
	site    string // EXAM.SITTING that this journal is the home of; "" is the centre's
	home    string // its stream
	clock   *Clock
	journal Journal
	store   Store
	writer  *Writer
	metrics *Metrics
	timers  *timers
	log     *slog.Logger
	sinks   []Sink

	mu       sync.RWMutex
	attempts map[string]*Live
	sittings map[string]*Room

	lately  lately
	room    []Record              // of catchUp
	acts    []Event               // the same
	pos     atomic.Int64          // how far the tail has been followed
	abreast atomic.Int64          // when the newest reading of it that reached its end began
	folded  atomic.Bool           // Recover has returned: what is admitted now may have a past
	trouble atomic.Pointer[error] // why the journal did not take the newest beat, nil if it did
	noted   struct {
		sync.Mutex
		set map[*Live]struct{}
	}
	behind bool // the session store did not answer the last time
	share  int  // of the pages, that was noted again last; only flush looks at it
	peers  peers
	apart  apart
	left   atomic.Int64                       // when the pages of this node were told to go elsewhere, 0 while they stay
	beats  atomic.Pointer[map[string]Instant] // when each node was last known to live
}

// NewHall returns a hall that holds nothing yet: Admit what there is, Recover, then Run.
func NewHall(node string, j Journal, s Store, clock *Clock, m *Metrics, log *slog.Logger, sinks ...Sink) *Hall {
	h := &Hall{
		node: node, clock: clock, journal: j, store: s, metrics: m, log: log, sinks: sinks,
		writer: NewWriter(j, m, clock), timers: newTimers(),
		attempts: make(map[string]*Live), sittings: make(map[string]*Room),
	}
	h.room, h.acts = make([]Record, 0, followMost), make([]Event, 0, foldMost)
	h.noted.set = make(map[*Live]struct{})
	h.peers.news = make(chan change, 64)
	return h
}

// Node is this node's name, unique to this run of the process.
func (h *Hall) Node() string { return h.node }

// Now is the node's instant.
func (h *Hall) Now() Instant { return h.clock.Now() }

// At makes the hall that of a site's journal, the home of the sitting EXAM.SITTING; it is
// called before anything is admitted. Without it the hall is the centre's.
func (h *Hall) At(sitting string) { h.site, h.home = sitting, SittingStream+sitting }

// Site is the sitting EXAM.SITTING that this journal is the home of; "" is the centre's.
func (h *Hall) Site() string { return h.site }

// Pos is how far this node has followed the journal.
func (h *Hall) Pos() Pos { return Pos(h.pos.Load()) }

// Writer commits runs of other streams beside the hall's own.
func (h *Hall) Writer() *Writer { return h.writer }

// Attempt returns the attempt, nil if no exam knows it.
func (h *Hall) Attempt(id string) *Live {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.attempts[id]
}

// Sitting returns the sitting EXAM.CODE, made when it is new.
func (h *Hall) Sitting(id string) *Room {
	h.mu.Lock()
	defer h.mu.Unlock()
	r, ok := h.sittings[id]
	if !ok {
		r = newRoom(id, h)
		h.sittings[id] = r
	}
	return r
}

// Sittings lists the sittings that this hall knows.
func (h *Hall) Sittings() []*Room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	rooms := make([]*Room, 0, len(h.sittings))
	for _, r := range h.sittings {
		rooms = append(rooms, r)
	}
	return rooms
}

func (h *Hall) each(visit func(*Live)) {
	h.mu.RLock()
	all := make([]*Live, 0, len(h.attempts))
	for _, l := range h.attempts {
		all = append(all, l)
	}
	h.mu.RUnlock()
	for _, l := range all {
		visit(l)
	}
}

// known is the sitting EXAM.CODE if there is one.
func (h *Hall) known(sitting string) *Room {
	if sitting == "" {
		return nil
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.sittings[sitting]
}

// withSitting returns the terms with the sitting as it now stands.
func withSitting(t *Terms, r *Room) *Terms {
	if r == nil {
		return t
	}
	s := r.State()
	if t.Sitting == s {
		return t
	}
	next := *t
	next.Sitting = s
	return &next
}

// Run keeps the hall going until ctx is done; what was submitted is committed first, and
// the other nodes are told. It ends by itself with ErrSetBack if the journal lacks what
// this node has seen in it; what is submitted from then on is refused.
func (h *Hall) Run(ctx context.Context) error {
	err := h.run(ctx)
	if err == nil {
		h.goodbye()
	}
	return err
}

func (h *Hall) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.writer.Run(ctx) })
	g.Go(func() error { return h.Follow(ctx) })
	g.Go(func() error { return h.divide(ctx) })
	h.beat() // before anybody is heard here: who dies at once is missed, too
	beaten := h.clock.Now()
	every(ctx, g, BeatEvery/8, func() {
		if now := h.clock.Now(); now.Sub(beaten) >= BeatEvery || h.writer.hangs() {
			beaten = now // more often while the journal hangs: it is how its return is seen
			h.beat()
		}
	})
	every(ctx, g, 50*time.Millisecond, h.expire)
	every(ctx, g, time.Second, h.listen)
	every(ctx, g, flushEvery, h.flush)
	every(ctx, g, sweepEvery, h.sweep)
	return g.Wait()
}

func every(ctx context.Context, g *errgroup.Group, d time.Duration, do func()) {
	g.Go(func() error { return Ticking(ctx, d, do) })
}

// Ticking does something every d until ctx is done.
func Ticking(ctx context.Context, d time.Duration, do func()) error {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			do()
		case <-ctx.Done():
			return nil
		}
	}
}

// beat stores that this node lives, and watches the machine's clock.
func (h *Hall) beat() {
	ctx, cancel := context.WithTimeout(context.Background(), BeatEvery)
	defer cancel()
	if beats, err := h.journal.Beat(ctx, h.node, pulseAt(h.clock.Now(), h.unsure() != "")); err != nil {
		if h.trouble.Swap(&err) == nil {
			h.log.Warn("the node's liveness cannot be stored: is the journal's disk full or its database down?", "error", err)
		}
	} else {
		if h.trouble.Swap(nil) != nil {
			h.log.Info("the journal answers again")
		}
		alive := lastAlive(beats)
		h.beats.Store(&alive)
		h.writer.works(h.clock.Now())
		h.heard(beats, h.clock.Now())
		h.compare(ctx)
	}
	if step := h.clock.Step(); step.Abs() > StepMost {
		h.log.Warn("the machine's clock was set while the exam runs; the exam keeps its own time", "step_ms", step.Milliseconds())
	}
}

// Missing says, in words for an operator, why this node should not be given new sockets.
// It drops none that it has: an exam that runs goes on as well as it can.
func (h *Hall) Missing() []string {
	var missing []string
	if err := h.trouble.Load(); err != nil {
		missing = append(missing, "the journal does not answer: "+(*err).Error())
	}
	if why := h.unsure(); why != "" && h.peers.sure.Load() {
		missing = append(missing, why+"; a node whose clock is right takes who comes")
	}
	return missing
}

// aliveAt is when another node was last known to live, 0 if it never was.
func (h *Hall) aliveAt(node string) Instant {
	if beats := h.beats.Load(); beats != nil {
		return (*beats)[node]
	}
	return 0
}

// expire looks at the attempts whose instant has come, and starts rooms that are due.
func (h *Hall) expire() {
	now := h.clock.Now()
	for _, id := range h.timers.pop(now) {
		if sitting, ok := strings.CutPrefix(id, SittingStream); ok {
			h.Sitting(sitting).tell(now)
		} else if l := h.Attempt(id); l != nil {
			l.expire(now)
		}
	}
}

// listen records the silence of candidates whose page has not been heard.
func (h *Hall) listen() {
	now := h.clock.Now()
	h.each(func(l *Live) {
		p := l.cached.Load()
		if p == nil || p.State != Running && p.State != OnPause || now.Sub(l.Last()) < SilentAfter {
			return
		}
		l.mu.Lock()
		quiet := l.state.SilentFrom == 0 && l.state.BoundN > 0 && l.state.Node == h.node && !l.flying && l.blocked == 0
		l.mu.Unlock()
		if quiet {
			l.Do(Task{Command: Command{Act: ActSilent, By: "engine", At: now, Since: l.Last()}})
		}
	})
}

// Follow applies what is committed, in order, within 200 ms, until ctx is done. Run does it too;
// by itself it is for a program that acts once and holds nobody: Abreast waits for it.
func (h *Hall) Follow(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	lost := false
	for {
		for {
			n, err := h.catchUp(ctx)
			if errors.Is(err, ErrSetBack) {
				return err
			}
			if err != nil && !lost && ctx.Err() == nil {
				h.log.Error("the journal's tail cannot be read; boards and other nodes' acts wait until it can", "error", err)
			}
			lost = err != nil
			if n == 0 || err != nil {
				break
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// read visits a whole stream. An attempt or a room waits for it under its lock, so it is
// not let to wait for long.
func (h *Hall) read(stream string, visit func(Record) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	err := h.journal.Read(ctx, stream, 0, visit)
	if err != nil && ctx.Err() != nil {
		h.writer.waited()
	}
	return err
}

// readWithin is how long reading one stream may take.
const readWithin = 5 * time.Second

// followMost is how many records are followed at a time.
const followMost = 1024

// foldMost is how many acts a sink is given at once.
const foldMost = 64

// catchUp reads one stretch of the tail and reports how many records it held.
func (h *Hall) catchUp(ctx context.Context) (int, error) {
	began := h.Now()
	records, err := tailInto(ctx, h.journal, h.Pos(), h.room)
	if err != nil {
		return 0, fmt.Errorf("tail after %d: %w", h.Pos(), err)
	}
	defer clear(h.room[:min(len(records), cap(h.room))]) // their bytes are not held on to; what is not in it is the journal's
	acts, from := h.acts[:0], 0                          // acts are the events of records[from:]
	for i, r := range records {
		acts = acts[:len(acts)+1]
		e := &acts[len(acts)-1]
		if !h.lately.take(r.Pos, e) { // else its attempt knows it as well
			if *e, err = Decode(r.Body); err != nil {
				h.fold(records[from:i], acts[:len(acts)-1])
				return 0, fmt.Errorf("%s version %d: %w", r.Stream, r.N, err)
			}
			h.follow(r, e)
		}
		if !e.Kind.IsAct() || len(acts) == cap(acts) {
			h.fold(records[from:i+1], acts)
			acts, from = acts[:0], i+1
		}
	}
	h.fold(records[from:], acts)
	if len(records) == 0 { // a few may be those that this node remembers, and others' stand behind them
		h.abreast.Store(int64(began))
	}
	return len(records), nil
}

// Abreast waits until the sinks have folded all that was committed before it was called, at
// whatever node: what is decided on what they say is then decided on all of it.
func (h *Hall) Abreast(ctx context.Context) error {
	asked := h.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for h.abreast.Load() <= int64(asked) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("follow the journal to its end: %w", ctx.Err())
		}
	}
	return nil
}

// fold hands records to the sinks: acts, of which the last may be something else.
func (h *Hall) fold(records []Record, events []Event) {
	n := len(events)
	if n == 0 {
		return
	}
	if !events[n-1].Kind.IsAct() {
		n--
	}
	for _, s := range h.sinks {
		if many, ok := s.(ActSink); ok {
			many.ApplyActs(records[:n], events[:n])
			continue
		}
		for i := range n {
			s.Apply(records[i], &events[i])
		}
	}
	if n < len(events) {
		h.sink(records[n], &events[n])
	}
	h.pos.Store(int64(records[len(events)-1].Pos))
}

// sink hands one record to all sinks.
func (h *Hall) sink(r Record, e *Event) {
	for _, s := range h.sinks {
		s.Apply(r, e)
	}
}

// follow tells whom a record is about.
func (h *Hall) follow(r Record, e *Event) {
	if id, ok := strings.CutPrefix(r.Stream, AttemptStream); ok {
		if l := h.Attempt(id); l != nil {
			l.follow(r, e)
		}
	} else if id, ok := strings.CutPrefix(r.Stream, SittingStream); ok {
		h.Sitting(id).follow(r, e)
	}
}
