package engine

import (
	"slices"
	"sync"
)

// act is a record of what candidates do by the thousand, Answered, Cleared, Marked or Looked,
// without what these do not have: a sixth of an Event. What is under way and what was committed
// a moment ago is held like this, since memory that nobody has looked at for some milliseconds
// is what an answer waits for most.
type act struct {
	op, item  string
	at, from  Instant
	ms        int64
	q         int32
	kind      uint8 // place in actKinds
	c, option byte  // 0: none
	on        bool
}

var actKinds = [...]Kind{Answered, Cleared, Marked, Looked}

// IsAct says whether a record is one of those that candidates make by the thousand: Answered,
// Cleared, Marked and Looked.
func (k Kind) IsAct() bool { return slices.Contains(actKinds[:], k) }

// onlyActs says whether events move neither the clock nor the attempt's state.
func onlyActs(events []Event) bool {
	for i := range events {
		if !events[i].Kind.IsAct() {
			return false
		}
	}
	return len(events) > 0
}

// actOf is e as an act; false if it has more than these as a rule have.
func actOf(e *Event) (act, bool) {
	kind := slices.Index(actKinds[:], e.Kind)
	if kind < 0 || len(e.C) > 1 || len(e.Option) > 1 {
		return act{}, false
	}
	a := act{
		op: e.Op, item: e.Item, at: e.At, from: e.From, ms: e.MS, q: int32(e.Q), kind: uint8(kind),
		c: first(e.C), option: first(e.Option), on: e.On,
	}
	return a, a.event() == *e
}

func (a *act) event() Event {
	return Event{
		Kind: actKinds[a.kind], At: a.at, From: a.from, By: "candidate", Op: a.op, C: letter(a.c), Item: a.item,
		Option: letter(a.option), MS: a.ms, Q: int(a.q), On: a.on,
	}
}

func first(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

func letter(c byte) string {
	if c == 0 {
		return ""
	}
	return string([]byte{c}) // of one byte, which costs no memory
}

// flown is an act under way with who waits for it: nearly all that an attempt has under way is
// one of these, and it stands in the attempt itself.
type flown struct {
	act   act
	reply func(Result) // of its task
	to    Hearer       // the same
	asked Instant      // the command's At
	since Instant      // the command's Since
	gen   int          // the command's Gen
	n     int          // version that it is stored at; 0: nothing is under way like this
	tries int
}

// task is what led to the act, to be decided once more.
func (f *flown) task() Task {
	c := Command{
		Act: ActAnswer, By: "candidate", Op: f.act.op, At: f.asked, Since: f.since,
		Q: int(f.act.q), C: letter(f.act.c), On: f.act.on, MS: f.act.ms, Gen: f.gen,
	}
	switch actKinds[f.act.kind] {
	case Marked:
		c.Act = ActMark
	case Looked:
		c.Act = ActLook
	}
	return Task{Command: c, Reply: f.reply, To: f.to, tries: f.tries}
}

// rooms are for what is decided, for as long as it is not stored as an act.
var rooms = sync.Pool{New: func() any { return new([1]Event) }}

// alone decides a task that becomes an act and comes alone, as nearly all do, and hands it in.
// It is false when the task is anything else, and nothing has been done then. Called with the
// lock held and nothing in flight.
func (l *Live) alone(t *Task) bool {
	c := &t.Command
	switch c.Act {
	case ActAnswer, ActMark, ActLook:
	default:
		return false
	}
	if l.stale || l.blocked != 0 || l.state.State != Running {
		return false
	}
	l.keepUp()
	if l.away() != nil {
		return false
	}
	if c.Since == 0 {
		c.Since = l.Last()
	}
	room := rooms.Get().(*[1]Event)
	defer rooms.Put(room)
	events, err := decide(l.state, c, l.terms, room[:0])
	if err != nil || len(events) != 1 {
		return false
	}
	a, ok := actOf(&events[0])
	if !ok {
		return false
	}
	records := link(l.records, l.state.Stream, l.state.N, l.state.Hash, events)
	l.state.Apply(&events[0], records[0].Hash)
	l.flown = flown{act: a, reply: t.Reply, to: t.To, asked: c.At, since: c.Since, gen: c.Gen, n: records[0].N, tries: t.tries}
	l.submit(records)
	return true
}

// landedAlone takes in what became of an act that was flown alone.
func (l *Live) landedAlone(o Outcome, err error) {
	f := l.flown
	l.flown = flown{}
	if err != nil || o.Conflict {
		t := f.task()
		l.landed([]verdict{{task: &t, n: f.n, at: f.act.at}}, nil, o, err)
		return
	}
	l.blocked = 0
	l.known.Store(int64(l.state.N))
	l.hall.lately.put(o.First, &f.act)
	now := l.hall.clock.Now()
	l.tell(f.reply, f.to, f.act.op, f.asked, Result{N: f.n, At: f.act.at, Now: now})
	l.acted()
	l.late(now)
}

// acted follows committed acts, of which the page hears by the replies: as a rule neither the
// timers nor what a station shows is another.
func (l *Live) acted() {
	if l.stale || l.watched != l.terms {
		l.watch()
	}
	if l.counted != l.state.Answers {
		l.note()
	} else {
		l.hall.dirty(l)
	}
}
