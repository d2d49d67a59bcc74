package engine

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Live is an attempt that a node holds in memory: its state, the commands that wait,
// and the page that is connected. At most one append is in flight; what comes meanwhile
// is decided together as one run when it is done, always on committed state.
type Live struct {
	ID     string // without the stream's prefix
	hall   *Hall
	last   atomic.Int64             // last contact, an Instant
	told   atomic.Int64             // version of the clock that the page has said it shows
	cached atomic.Pointer[Presence] // without last contact

	reading atomic.Bool // the lock is held for as long as the journal takes

	mu       sync.Mutex
	state    *Attempt
	terms    *Terms
	conn     Conn
	queue    []Task
	flying   bool
	flight   flight // while flying
	room     *Room  // of the attempt's sitting, once it is known
	landing  func(Outcome, error)
	known    atomic.Int64 // version up to which the page has been told
	stale    bool         // memory is not trusted: read again before the next decision
	blocked  Instant      // since when appends have failed, 0 if they work
	due      Instant      // entry in the hall's timers
	limit    Instant      // of a server's own gap, after a recovery
	rereadAt Instant      // when that was last done on a word of a page
	noted    atomic.Bool  // stands among what is to be noted in the session store
}

// Task is a command with who waits for its answer.
type Task struct {
	Command Command
	Conn    Conn         // of a hello: takes the attempt when it is admitted
	Reply   func(Result) // called once, under the attempt's lock; must not block; may be nil
	tries   int
}

// Result answers a Task. State and Terms may be read during Reply only.
type Result struct {
	Err   error // nil, a *Refusal, or what the journal said
	N     int   // version that the operation is stored at
	At    Instant
	State *Attempt
	Terms *Terms
}

// Conn is a connected page. Its methods are called under the attempt's lock and must
// not block.
type Conn interface {
	// Committed tells what has happened to the attempt, after it was stored. Without events
	// it is the sitting that has changed, while the page waits for its start, or the time is
	// over and answers are held from now on. The events are the page's during the call only.
	Committed(a *Attempt, t *Terms, events []Event)
	// Bye ends the connection; another has taken its place, or nobody may have it.
	Bye(code Code)
}

// QueueMost is how many commands of one attempt may wait.
const QueueMost = 256

// keptTasks is how much room an attempt keeps for the commands to come: most wait alone.
const keptTasks = 1

// flight is the run of an attempt that is being stored.
type flight struct {
	tasks     []Task
	verdicts  []verdict
	events    []Event
	submitted Instant
}

// Do hands in a task. Its reply may come before Do returns.
func (l *Live) Do(t Task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.take(t)
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
	l.take(t)
	return true
}

// triesMost is how often TryDo asks for the lock: some tens of microseconds.
const triesMost = 200

// take queues a task. Called with the lock held.
func (l *Live) take(t Task) {
	if len(l.queue) >= QueueMost {
		l.reply(&t, Result{Err: &Refusal{Code: Busy, Retry: time.Second}})
		return
	}
	l.queue = append(l.queue, t)
	if !l.flying {
		l.turn()
	}
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

func (l *Live) reply(t *Task, r Result) {
	if t.Reply != nil {
		r.State, r.Terms = l.state, l.terms
		t.Reply(r)
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
	verdicts := l.flight.verdicts[:0]
	var events []Event
	var records []Record
	room := l.flight.events
	away := l.away()
	one := func(c *Command) (first int, at Instant, err error) {
		if away != nil && c.Act != ActView {
			return 0, 0, away
		}
		es, err := decide(l.state, c, l.terms, room)
		if len(es) > 0 {
			room = nil // these events are in it
		}
		rs := Link(l.state.Stream, l.state.N, l.state.Hash, es)
		for i := range es {
			l.state.Apply(&es[i], rs[i].Hash)
		}
		if len(events) == 0 { // as a rule there is one decision in a turn
			events, records = es, rs
		} else {
			events, records = append(events, es...), append(records, rs...)
		}
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
		if t.Command.Act == ActHello {
			t.Command.Limit = l.limit
			if l.state.Node != l.hall.node {
				t.Command.Since = max(t.Command.Since, l.hall.aliveAt(l.state.Node))
			}
		}
		if now := t.Command.At; l.state.BreakEnds() <= now {
			_, _, _ = one(&Command{Act: ActBreakEnd, By: "engine", At: now})
		}
		n, at, err := one(&t.Command)
		if premature(&t.Command, err) && l.reread() {
			later = append(later, *t)
			continue
		}
		verdicts = append(verdicts, verdict{t, err, n, at})
	}
	l.queue = append(later, l.queue...)
	if len(records) == 0 {
		l.flight.events = room
		l.answer(verdicts, nil)
		clear(verdicts)
		if len(later) > 0 {
			l.turn()
		}
		return
	}
	l.flying = true
	l.flight = flight{tasks, verdicts, events, l.hall.clock.Now()}
	if l.landing == nil {
		l.landing = l.land
	}
	l.hall.writer.Submit(Run{Stream: l.state.Stream, Records: records}, l.landing)
}

// land goes on when the run in flight was stored or not.
func (l *Live) land(o Outcome, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.flight
	l.flying, l.flight = false, flight{}
	l.landed(f.verdicts, f.events, o, err, f.submitted)
	clear(f.verdicts)
	if !l.flying && cap(f.verdicts) <= keptTasks && cap(f.events) <= keptTasks {
		clear(f.events)
		l.flight = flight{verdicts: f.verdicts[:0], events: f.events[:0]} // room for the next one
	}
	if l.queue == nil && cap(f.tasks) <= keptTasks {
		clear(f.tasks)
		l.queue = f.tasks[:0]
	}
	switch {
	case len(l.queue) == 0 && (!l.stale || err != nil):
	case l.stale:
		l.hall.writer.aside(l.goOn) // others wait for this goroutine's acknowledgements
	default:
		l.turn()
	}
}

// goOn decides what waits, on a stream that is read again, unless somebody has done so.
func (l *Live) goOn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.flying && (l.stale || len(l.queue) > 0) {
		l.turn()
	}
}

// keepUp brings the terms up to the sitting as it now stands.
func (l *Live) keepUp() {
	if l.room == nil || l.room.ID != l.state.Sitting {
		l.room = l.hall.known(l.state.Sitting)
	}
	l.terms = withSitting(l.terms, l.room)
}

// landed takes in what became of a run.
func (l *Live) landed(verdicts []verdict, events []Event, o Outcome, err error, submitted Instant) {
	switch {
	case err == nil && !o.Conflict:
		l.blocked = 0
		l.known.Store(int64(l.state.N))
		l.answer(verdicts, events)
		if now := l.hall.clock.Now(); now.Sub(submitted) > max(slowLeast, l.terms.Policy.cover()) {
			// It was stored, and took longer than a page covers: made good before all that waited.
			slow := Task{Command: Command{Act: ActBlocked, By: "engine", Since: submitted, Limit: now, At: now}}
			l.queue = append([]Task{slow}, l.queue...)
		}
		return
	case err == nil:
		l.hall.metrics.Conflicts.Inc()
		l.stale = true
		l.again(verdicts)
	default:
		// The outcome is unknown or nothing was stored: it counts as neither. The socket
		// stays and hears busy, the page keeps its operation and sends it again.
		l.stale = true
		if l.blocked == 0 {
			l.blocked = submitted
		}
		l.refuse(verdicts, err)
		l.watch()
	}
}

// slowLeast is what a commit may take without being a gap, however little a page covers.
const slowLeast = time.Second

// again puts the tasks of a refused run back, in front of what came since.
func (l *Live) again(verdicts []verdict) {
	var queue []Task
	for _, v := range verdicts {
		if v.task.tries++; v.task.tries > 3 {
			l.reply(v.task, Result{Err: &Refusal{Code: Busy, Retry: time.Second}})
			continue
		}
		queue = append(queue, *v.task)
	}
	l.queue = append(queue, l.queue...)
}

func (l *Live) refuse(verdicts []verdict, err error) {
	busy := &Refusal{Code: Busy, Retry: 2 * time.Second}
	for _, v := range verdicts {
		l.reply(v.task, Result{Err: errors.Join(busy, err)})
	}
}

func (l *Live) refuseAll(err error) {
	queue := l.queue
	l.queue = nil
	verdicts := make([]verdict, len(queue))
	for i := range queue {
		verdicts[i].task = &queue[i]
	}
	l.refuse(verdicts, err)
}

// answer replies to each task of a stored run, and tells the page what happened.
func (l *Live) answer(verdicts []verdict, events []Event) {
	views := false
	for i := range verdicts {
		v := &verdicts[i]
		if v.task.Command.Act == ActView {
			views = true // of what has happened by then
			continue
		}
		r := Result{Err: v.err, N: v.n, At: v.at}
		if v.err != nil {
			r.repeats()
		}
		if v.task.Command.Act == ActHello && v.err == nil {
			if v.n != 0 && v.n != l.state.BoundN {
				// Another hello of the same run has taken it: this page must not be shown the
				// generation of that one, and write under it.
				r = Result{Err: refuse(Superseded)}
			} else {
				l.hold(v.task.Conn, v.task.Command.At)
			}
		}
		l.reply(v.task, r)
	}
	l.happened(events)
	for i := 0; views && i < len(verdicts); i++ {
		if v := &verdicts[i]; v.task.Command.Act == ActView {
			l.reply(v.task, Result{Err: v.err})
		}
	}
}

// repeats makes the answer of an operation that was accepted before that of the first time.
func (r *Result) repeats() {
	var again *Repeated
	if !errors.As(r.Err, &again) {
		return
	}
	r.N, r.At, r.Err = again.N, again.At, nil
	if again.Code != "" {
		r.Err = refuse(again.Code)
	}
}

// hold gives the attempt to a new connection; the one before hears so.
func (l *Live) hold(c Conn, at Instant) {
	if l.conn != nil && l.conn != c {
		l.conn.Bye(Superseded)
	}
	l.conn, l.limit = c, 0
	l.Touch(at)
}

// happened follows committed events, which are the newest ones of the state: the page,
// the timers, the station.
func (l *Live) happened(events []Event) {
	for i := range events {
		if e := &events[i]; l.conn != nil && e.Kind == DeviceBound && e.Node != l.hall.node {
			l.conn.Bye(Superseded)
			l.conn = nil
		}
	}
	if l.conn != nil && len(events) > 0 {
		l.conn.Committed(l.state, l.terms, events)
	}
	for i := range events {
		switch events[i].Kind {
		case Released, DeviceMoved, SignedOut, Transferred, Continued, Resat:
			l.conn = nil // the page has been told, and may not speak any more
		case DeviceBound, Silent:
			l.limit = 0 // the gap has been ended, or made good, wherever that was
		case Finished:
			l.hall.metrics.Finished.Inc()
		}
	}
	l.watch()
	l.note()
}

// watch keeps the attempt's place in the timers: when it wants to be finished.
func (l *Live) watch() {
	due := DueAt(l.state, l.terms, l.hall.clock.Now(), l.contact())
	if l.limit != 0 {
		due = min(l.limit, l.state.BreakEnds()) // a server's gap is made good before anything else is decided
	}
	due = due.Add(l.hall.patience(l.ID, l.state.Node))
	if l.away() != nil {
		due = Never // whose home is elsewhere is decided there
	}
	if l.stale {
		due = l.hall.clock.Now().Add(againAfter) // what memory says is not what is stored
	}
	if due != l.due {
		l.due = due
		l.hall.timers.set(l.ID, due)
	}
}

// note leaves what the station shows.
func (l *Live) note() {
	a := l.state
	p := Presence{Attempt: l.ID, Sitting: a.Sitting, Seat: a.Seat, State: a.State, Progress: a.Answers, Ends: a.Deadline(), Node: a.Node}
	if was := l.cached.Load(); was == nil || *was != p {
		kept := p // or one that says the same would be on the heap
		l.cached.Store(&kept)
	}
	l.hall.dirty(l)
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
		l.happened(missed)
	}
	return nil
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
