package engine

import (
	"errors"
	"time"
)

// land goes on when the run in flight was stored or not.
func (l *Live) land(o Outcome, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying = false
	if err == nil && cap(l.records) == 1 {
		clear(l.records)
		l.records = l.records[:0]
	} else { // it is no room for one, or nobody knows what still has to do with it
		l.records = nil
	}
	if l.flown.n != 0 {
		l.landedAlone(o, err)
	} else {
		f := l.run
		l.run = flight{}
		l.landed(f.verdicts, f.events, o, err)
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

// late makes good what was stored, and took longer than a page covers, before all that waited.
func (l *Live) late(now Instant) {
	if now.Sub(l.submitted) <= max(slowLeast, l.terms.Policy.cover()) {
		return
	}
	slow := Task{Command: Command{Act: ActBlocked, By: "engine", Since: l.submitted, Limit: now, At: now}}
	l.queue = append([]Task{slow}, l.queue...)
}

// landed takes in what became of a run.
func (l *Live) landed(verdicts []verdict, events []Event, o Outcome, err error) {
	switch {
	case err == nil && !o.Conflict:
		l.blocked = 0
		l.known.Store(int64(l.state.N))
		for i := range events {
			if a, ok := actOf(&events[i]); ok {
				l.hall.lately.put(o.First+Pos(i), &a)
			}
		}
		now := l.hall.clock.Now()
		l.answer(verdicts, events, now)
		l.late(now)
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
			l.blocked = l.submitted
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
func (l *Live) answer(verdicts []verdict, events []Event, now Instant) {
	views := false
	for i := range verdicts {
		v := &verdicts[i]
		if v.task.Command.Act == ActView {
			views = true // of what has happened by then
			continue
		}
		r := Result{Err: v.err, N: v.n, At: v.at, Now: now}
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

// warn tells the operator, once, of a page that was sent away because of its form.
func (l *Live) warn() {
	if !l.warned {
		l.warned = true
		l.hall.log.Warn("a candidate has begun on another form than this node gives them, and is sent to another node until this one has heard of it; if it stays so, start this node again",
			"attempt", l.ID, "begun_on", l.state.Form, "given_here", l.terms.Form.ETag)
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
	if onlyActs(events) {
		l.acted()
		return
	}
	for i := range events {
		switch e := &events[i]; {
		case l.conn == nil:
		case e.Kind == DeviceBound && e.Node != l.hall.node:
			l.conn.Bye(Superseded)
			l.conn = nil
		case e.Kind == Started && l.state.strange(l.terms):
			l.warn()
			l.conn.Bye(ServerMoving) // before it is shown the other form
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
	l.watched = l.terms
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
	l.counted = a.Answers
	l.hall.dirty(l)
}
