package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Room is a sitting that a node holds in memory.
type Room struct {
	ID   string // EXAM.SITTING
	hall *Hall

	mu    sync.Mutex // one act at a time
	state *Sitting
	shown atomic.Pointer[Sitting]

	seating sync.Mutex
	members []string // attempts, in the order in which they became known
	seated  map[string]bool
}

func newRoom(id string, h *Hall) *Room {
	r := &Room{ID: id, hall: h, state: NewSitting(SittingStream + id), seated: make(map[string]bool)}
	r.show()
	return r
}

// State is the sitting as it stands; it is not changed any more.
func (r *Room) State() *Sitting { return r.shown.Load() }

func (r *Room) show() {
	s := *r.state
	s.Turns = s.Turns[:len(s.Turns):len(s.Turns)]
	s.Pairs = s.Pairs.Clone()
	s.Seats = s.Seats.Clone()
	s.ops = operations{}
	r.shown.Store(&s)
}

// Seat makes the attempts known that are expected at the sitting, each once. Who is
// expected elsewhere later remains a member, and is passed over: what an attempt's own stream
// says last decides which sitting it follows, and makes it a member there.
func (r *Room) Seat(attempts ...string) {
	r.seating.Lock()
	defer r.seating.Unlock()
	for _, id := range attempts {
		if !r.seated[id] {
			r.seated[id] = true
			r.members = append(r.members, id)
		}
	}
}

// Members are the attempts that are or were expected at the sitting, in the order in
// which they became known.
func (r *Room) Members() []*Live {
	r.seating.Lock()
	ids := r.members[:len(r.members):len(r.members)]
	r.seating.Unlock()
	all := make([]*Live, 0, len(ids))
	for _, id := range ids {
		if l := r.hall.Attempt(id); l != nil {
			all = append(all, l)
		}
	}
	return all
}

// Act decides a command on the sitting and stores it. All its attempts follow.
//
// A clock that was set back before a start stands before what is recorded. Then nothing begins or
// goes on until it has passed that: nobody could work, and who has worked would be given that
// time again. All else stands after it.
func (r *Room) Act(c Command) (n int, err error) {
	behind := time.Duration(0)
	if newest := r.newest(); newest.Sub(c.At) > StepMost {
		behind, c.At = newest.Sub(c.At), newest
	}
	return r.Append(c.Op, func(s *Sitting) ([]Event, error) {
		events, err := DecideSitting(s, &c)
		if err == nil && behind > 0 && (c.Act == ActStart || c.Act == ActResume) {
			return nil, refuseBehind(behind)
		}
		return events, err
	})
}

// newest is the instant of the newest record of the sitting and of the attempts that belong to it.
func (r *Room) newest() Instant {
	at := r.State().At
	for _, l := range r.Members() {
		l.mu.Lock() // View would wait for the journal
		if cmp.Or(l.state.Sitting, l.terms.Expected) == r.ID {
			at = max(at, l.state.At)
		}
		l.mu.Unlock()
	}
	return at
}

// Append stores what decide says on the sitting as it stands, once for each operation;
// it returns the version of the first event.
func (r *Room) Append(op string, decide func(*Sitting) ([]Event, error)) (n int, err error) {
	return r.append(op, func(s *Sitting) ([]Event, error) {
		if err := r.hall.holds(s); err != nil {
			return nil, err
		}
		return decide(s)
	})
}

func (r *Room) append(op string, decide func(*Sitting) ([]Event, error)) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range 4 {
		if n := r.state.Accepted(op); op != "" && n != 0 {
			return n, nil
		}
		events, err := decide(r.state)
		if err != nil || len(events) == 0 {
			return 0, err
		}
		records := Link(r.state.Stream, r.state.N, r.state.Hash, events)
		outcome, err := r.hall.writer.Append(Run{Stream: r.state.Stream, Records: records})
		if err != nil {
			if again := r.reload(); again != nil {
				return 0, errors.Join(err, again)
			}
			return 0, fmt.Errorf("sitting %s: %w", r.ID, err)
		}
		if outcome.Conflict {
			if err := r.reload(); err != nil {
				return 0, err
			}
			continue
		}
		for i := range events {
			r.state.Apply(&events[i], records[i].Hash)
		}
		r.show()
		if slices.ContainsFunc(events, func(e Event) bool { return e.Kind == SittingPostponed }) {
			go r.remind()
		}
		go r.tell(r.hall.clock.Now())
		return records[0].N, nil
	}
	return 0, &Refusal{Code: Busy}
}

func (r *Room) reload() error {
	fresh := NewSitting(r.state.Stream)
	if err := r.hall.read(fresh.Stream, fresh.Fold); err != nil {
		return fmt.Errorf("read sitting %s again: %w", r.ID, err)
	}
	r.state = fresh
	r.show()
	go r.tell(r.hall.clock.Now()) // the tail will not bring again what has been read here
	return nil
}

// follow takes in a record of another node.
func (r *Room) follow(rec Record, e *Event) {
	r.mu.Lock()
	fresh := rec.N == r.state.N+1
	if fresh {
		r.state.Apply(e, rec.Hash)
		r.show()
	}
	r.mu.Unlock()
	if fresh && e.Kind == SittingPostponed {
		go r.remind()
	}
	if fresh {
		go r.tell(r.hall.clock.Now())
	}
}

// remind shows the sitting as it now stands to the pages that wait for its start.
func (r *Room) remind() {
	for _, l := range r.Members() {
		l.mu.Lock()
		if l.conn != nil && l.state.State == Ready && l.state.Sitting == r.ID {
			l.keepUp()
			l.conn.Committed(l.state, l.terms, nil)
		}
		l.mu.Unlock()
	}
}

// tell lets the attempts follow the sitting's newest turn; one that lies ahead is told
// when its instant comes, so that nobody is shown an item early.
func (r *Room) tell(now Instant) {
	s := r.State()
	if len(s.Turns) == 0 || !r.Here() {
		return
	}
	for _, t := range s.Turns {
		if t.At > now {
			r.hall.timers.set(SittingStream+r.ID, t.At)
			break
		}
	}
	newest := s.Turns[len(s.Turns)-1]
	for _, l := range r.Members() {
		p := l.cached.Load()
		if p == nil || p.Sitting != r.ID || p.State == Assigned || p.State.Over() || !r.hall.mine(l.ID, p.Node) {
			continue
		}
		l.Do(Task{Command: Command{Act: ActFollow, By: newest.By, At: now}})
	}
}
