package engine

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Live is an attempt that a node holds in memory: its state, the commands that wait,
// and the page that is connected. At most one append is in flight; what comes meanwhile
// is decided together as one run when it is done, always on committed state.
type Live struct {
	mu      sync.Mutex
	flying  bool
	stale   bool         // memory is not trusted: read again before the next decision
	warned  bool         // that it was begun on another form
	noted   atomic.Bool  // stands among what is to be noted in the session store
	last    atomic.Int64 // last contact, an Instant
	known   atomic.Int64 // version up to which the page has been told
	blocked Instant      // since when appends have failed, 0 if they work
	state   *Attempt
	terms   *Terms
	later   *Terms // given for what the stream does not say yet; nil as a rule
	hall    *Hall
	room    *Room  // of the attempt's sitting, once it is known
	queue   []Task // while flying, or until it is decided
	watched *Terms // those that due was last told by
	counted int    // answers, when what a station shows was last left

	run       flight // while flying
	flown     flown  // the same, of an act that is flown alone
	submitted Instant
	records   []Record // room for the next run, when nothing is under way

	ID       string // without the stream's prefix
	conn     Conn
	due      Instant                  // entry in the hall's timers
	limit    Instant                  // of a server's own gap, after a recovery
	rereadAt Instant                  // when that was last done on a word of a page
	cached   atomic.Pointer[Presence] // without last contact
	told     atomic.Int64             // version of the clock that the page has said it shows
	reading  atomic.Bool              // the lock is held for as long as the journal takes
}

// Task is a command with who waits for its answer.
type Task struct {
	Command Command
	Conn    Conn         // of a hello: takes the attempt when it is admitted
	Reply   func(Result) // called once, under the attempt's lock; must not block; may be nil
	To      Hearer       // the same, when Reply is nil; may be nil
	tries   int
}

// Hearer hears what became of many tasks: of the command with this Op and At.
type Hearer interface {
	Heard(op string, at Instant, r Result)
}

// Result answers a Task. State and Terms may be read during Reply only.
type Result struct {
	Err   error // nil, a *Refusal, or what the journal said
	N     int   // version that the operation is stored at
	At    Instant
	Now   Instant // when it is told, if a decision was made
	State *Attempt
	Terms *Terms
}

// Conn is a connected page. Its methods are called under the attempt's lock and must
// not block.
type Conn interface {
	// Committed tells what has happened to the attempt, after it was stored. Without events
	// it is the sitting that has changed, while the page waits for its start, or the time is
	// over and answers are held from now on. Of acts alone it does not tell: who sent them has a
	// reply. The events are the page's during the call only.
	Committed(a *Attempt, t *Terms, events []Event)
	// Bye ends the connection; another has taken its place, or nobody may have it.
	Bye(code Code)
}

// QueueMost is how many commands of one attempt may wait.
const QueueMost = 256

// flight is the run of an attempt that is being stored.
type flight struct {
	verdicts []verdict
	events   []Event
}

// Do hands in a task. Its reply may come before Do returns.
func (l *Live) Do(t Task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.take(&t)
}

// TryDo is Do for who may not wait for the journal: it is false, and nothing was handed in, while
// the attempt is read again, or has to be before it can be decided on.
func (l *Live) TryDo(t Task) bool {
	for tries := 0; !l.mu.TryLock(); tries++ {
		if l.reading.Load() || tries == triesMost {
			return false
		}
		runtime.Gosched() // as a rule the lock is not held for long
	}
	defer l.mu.Unlock()
	if l.stale && !l.flying {
		return false
	}
	l.take(&t)
	return true
}

// triesMost is how often TryDo asks for the lock: some tens of microseconds.
const triesMost = 200

// take decides a task, or queues it. Called with the lock held.
func (l *Live) take(t *Task) {
	if !l.flying && len(l.queue) == 0 && l.alone(t) {
		return
	}
	if len(l.queue) >= QueueMost {
		l.reply(t, Result{Err: &Refusal{Code: Busy, Retry: time.Second}})
		return
	}
	l.queue = append(l.queue, *t)
	if !l.flying {
		l.turn()
	}
}

// submit hands in what is under way from now on.
func (l *Live) submit(records []Record) {
	l.flying, l.records, l.submitted = true, records, l.hall.clock.Now()
	l.hall.writer.submit(Run{Stream: l.state.Stream, Records: records}, l)
}

// Ask does a command and waits for its result. What is read of the state in view is
// read under the attempt's lock; view may be nil.
func (l *Live) Ask(c Command, view func(Result)) Result {
	done := make(chan Result, 1)
	l.Do(Task{Command: c, Reply: func(r Result) {
		if view != nil {
			view(r)
		}
		r.State, r.Terms = nil, nil
		done <- r
	}})
	return <-done
}

// View reads the state on committed ground: while an append is in flight it waits.
func (l *Live) View(read func(*Attempt, *Terms)) {
	l.Ask(Command{Act: ActView}, func(r Result) { read(r.State, r.Terms) })
}

// Reread lets the attempt be read again before it is next decided or looked at: what another
// node wrote a moment ago has not come by the tail yet. It is false if that was done just now.
func (l *Live) Reread() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reread()
}

func (l *Live) reread() bool {
	now := l.hall.clock.Now()
	if now.Sub(l.rereadAt) < rereadEvery {
		return false
	}
	l.rereadAt, l.stale = now, true
	return true
}

// premature says whether a page was sent away on what memory holds: another node may have
// let it in a moment ago.
func premature(c *Command, err error) bool {
	return (c.Act == ActHello || c.Act == ActConfirm) && (errors.Is(err, SignedOutNow) || errors.Is(err, NotAllowed))
}

// rereadEvery is how often at most an attempt is read again on a stranger's word.
const rereadEvery = 200 * time.Millisecond

// Touch notes a contact with the page.
func (l *Live) Touch(at Instant) { l.last.Store(int64(at)) }

// Last is the last contact with the page that this node knows of.
func (l *Live) Last() Instant { return Instant(l.last.Load()) }

// Hang tells that the connection is gone.
func (l *Live) Hang(c Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == c {
		l.conn = nil
	}
}

func (l *Live) reply(t *Task, r Result) { l.tell(t.Reply, t.To, t.Command.Op, t.Command.At, r) }

func (l *Live) tell(reply func(Result), to Hearer, op string, at Instant, r Result) {
	r.State, r.Terms = l.state, l.terms
	switch {
	case reply != nil:
		reply(r)
	case to != nil:
		to.Heard(op, at, r)
	}
}

// verdict is how one task of a run is answered once the run is stored.
type verdict struct {
	task *Task
	err  error
	n    int
	at   Instant
}

// turn decides all that waits as one run. Called with the lock held and nothing in flight.
func (l *Live) turn() {
	if l.stale {
		err := errHung
		if !l.hall.writer.hangs() {
			err = l.reload()
		}
		if err != nil {
			l.refuseAll(err)
			l.watch()
			return
		}
	}
	tasks := l.queue
	l.queue = nil
	l.keepUp()
	var verdicts []verdict
	var events []Event
	var records []Record
	away := l.away()
	one := func(c *Command) (first int, at Instant, err error) {
		if away != nil && c.Act != ActView {
			return 0, 0, away
		}
		es, err := Decide(l.state, c, l.terms)
		rs := Link(l.state.Stream, l.state.N, l.state.Hash, es)
		for i := range es {
			l.state.Apply(&es[i], rs[i].Hash)
		}
		events, records = append(events, es...), append(records, rs...)
		if len(rs) > 0 {
			first, at = rs[0].N, es[0].At
		}
		return first, at, err
	}
	if l.blocked != 0 {
		now := l.hall.clock.Now()
		healed := l.hall.writer.healedAfter(l.blocked)
		_, _, _ = one(&Command{Act: ActBlocked, By: "engine", Since: l.blocked, Limit: healed, At: now})
		if healed != 0 && len(records) == 0 {
			l.blocked = 0 // it was short: the page had the answers meanwhile
		}
	}
	var later []Task // decided once more when the attempt has been read again
	for i := range tasks {
		t := &tasks[i]
		if t.Command.Since == 0 {
			t.Command.Since = l.Last()
		}
		act := t.Command.Act
		if act == ActHello {
			t.Command.Limit = l.limit
		}
		if (act == ActHello || act == ActSignIn) && l.state.Node != l.hall.node { // where the page before was heard
			t.Command.Since = max(t.Command.Since, l.hall.aliveAt(l.state.Node))
		}
		if now := t.Command.At; l.state.BreakEnds() <= now {
			_, _, _ = one(&Command{Act: ActBreakEnd, By: "engine", At: now})
		}
		if turn := l.ahead(&t.Command); turn != nil {
			_, _, _ = one(&Command{Act: ActFollow, By: turn.By, At: t.Command.At})
		}
		n, at, err := one(&t.Command)
		if errors.Is(err, ServerMoving) {
			l.warn()
		}
		if premature(&t.Command, err) && l.reread() {
			later = append(later, *t)
			continue
		}
		verdicts = append(verdicts, verdict{t, err, n, at})
	}
	l.queue = append(later, l.queue...)
	if len(records) == 0 {
		l.answer(verdicts, nil, l.hall.clock.Now())
		if len(later) > 0 {
			l.turn()
		}
		return
	}
	l.run = flight{verdicts, events}
	l.submit(records)
}

// ahead is the sitting's newest turn if a command of the staff is decided before the attempt was
// told of it: who has just paused a room may let one seat go on at once.
func (l *Live) ahead(c *Command) *Turn {
	if l.terms.Sitting == nil || c.Act == ActView || c.By == "candidate" || c.By == "engine" {
		return nil
	}
	turns := l.terms.Sitting.Turns
	if len(turns) == 0 || turns[len(turns)-1].N <= l.state.Followed {
		return nil
	}
	return &turns[len(turns)-1]
}

// keepUp brings the terms up to the sitting as it now stands.
func (l *Live) keepUp() {
	if t := l.later; t != nil && (l.state.Ledger.From == 0 || !l.state.strange(t)) {
		l.later = nil
		l.give(t)
	}
	if l.room == nil || l.room.ID != l.state.Sitting {
		if l.room = l.hall.known(l.state.Sitting); l.room != nil {
			l.room.Seat(l.ID) // the exam's own word may come late, and the room starts for all at once
		}
	}
	l.terms = withSitting(l.terms, l.room)
}

// againAfter is how long an attempt waits whose memory is not trusted and of whom nobody
// asks anything, until the journal is tried again.
const againAfter = 2 * time.Second

// reload folds the stream again from the journal, and tells the page what it has not
// heard: what others wrote, and what was stored although the journal could not say so.
// Called with the lock held.
func (l *Live) reload() error {
	fresh := NewAttempt(l.state.Stream)
	var missed []Event
	l.reading.Store(true)
	defer l.reading.Store(false)
	err := l.hall.read(fresh.Stream, func(r Record) error {
		if err := fresh.Fold(r); err != nil || r.N <= int(l.known.Load()) {
			return err
		}
		e, err := Decode(r.Body)
		missed = append(missed, e)
		return err
	})
	if err != nil {
		return fmt.Errorf("read %s again: %w", fresh.Stream, err)
	}
	l.state, l.stale = fresh, false
	l.known.Store(int64(fresh.N))
	l.keepUp()
	if len(missed) > 0 {
		l.outrun(missed)
		l.happened(missed)
	}
	return nil
}

// outrun sends away the hellos that waited here while their device was let in at another node: it
// had given this one up, and what is decided for it now would throw out the page that is heard.
// One that is still there comes again.
func (l *Live) outrun(missed []Event) {
	for i := range missed {
		e := &missed[i]
		if e.Kind != DeviceBound || e.Node == l.hall.node {
			continue
		}
		l.queue = slices.DeleteFunc(l.queue, func(t Task) bool {
			c := &t.Command
			left := c.Act == ActHello && c.Device == e.Device && c.At < e.At
			if left {
				l.reply(&t, Result{Err: &Refusal{Code: Busy, Retry: time.Second}})
			}
			return left
		})
	}
}

// follow takes in a record that another node, or another process, appended.
func (l *Live) follow(r Record, e *Event) {
	if r.N <= int(l.known.Load()) {
		return // as a rule: this node wrote it
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	known := int(l.known.Load())
	switch {
	case l.flying:
		// What is in flight lands as a conflict, or is older than this: then the stream is
		// read again.
		l.stale = l.stale || r.N > l.state.N
		return
	case r.N <= known:
		return
	case l.stale, r.N != known+1:
		l.stale = true
		l.hall.writer.aside(l.goOn) // the tail goes on meanwhile
		return
	}
	l.state.Apply(e, r.Hash)
	l.known.Store(int64(r.N))
	l.keepUp()
	l.happened([]Event{*e})
}

// expire does what the timer was set for. Called by the hall, without the lock.
func (l *Live) expire(now Instant) {
	l.mu.Lock()
	limit, since := l.limit, l.contact()
	l.due = Never
	act := ActDeadline
	switch {
	case limit != 0 && limit <= now:
		act, l.limit = ActGapLimit, 0
	case limit != 0:
		act = ActBreakEnd
	}
	l.mu.Unlock()
	l.Do(Task{
		Command: Command{Act: act, By: "engine", At: now, Since: since, Limit: limit},
		Reply: func(r Result) {
			l.watch()
			a := r.State
			over := now.Sub(a.Deadline())
			if r.Err == nil && l.conn != nil && a.State == Running && a.Undecided() && 0 <= over && over < DownAfter { // later it has heard
				l.conn.Committed(a, r.Terms, nil)
			}
		},
	})
}
