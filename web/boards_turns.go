package web

import (
	"sync"
	"time"

	"terang/scoring"
)

const (
	// manyWatchers are told in turns instead of together: ten thousand who are told at once
	// would keep an answer waiting for as long as it takes to tell them all.
	manyWatchers = 500
	// turnSpread is over how much of a second the readers of a board are told, turnParts how
	// many parts they are divided into. A part of ten thousand is told in two milliseconds,
	// and the last one still hears before the next tick.
	turnSpread = 600 * time.Millisecond
	turnParts  = 120
)

// turns let the readers of one board come part after part. A reader waits at the gate of
// its part, and is woken once for each state of the board.
type turns struct {
	mu      sync.Mutex
	gates   [turnParts]turn
	readers int
	came    int // readers so far, who are dealt to the parts

	left chan struct{} // closed when the last reader has left
	done chan struct{} // closed when nobody lets in any more
}

// turn is what the readers of a part were let in for last, and the gate to the next.
type turn struct {
	exam *publicExam
	view *scoring.View
	next chan struct{}
}

func newTurns() *turns {
	t := &turns{left: make(chan struct{}), done: make(chan struct{})}
	for i := range t.gates {
		t.gates[i].next = make(chan struct{})
	}
	return t
}

// at is where the part stands. Whoever looks what is new after that, and then waits for
// next, misses nothing.
func (t *turns) at(part int) turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.gates[part]
}

// let opens the gates of parts from up to before to, for a state of the board.
func (t *turns) let(from, to int, x *publicExam, v *scoring.View) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := from; i < to; i++ {
		close(t.gates[i].next)
		t.gates[i] = turn{x, v, make(chan struct{})}
	}
}

// round lets everybody in for a state: at once, or over the spread. It is false if it ended
// early.
func (t *turns) round(x *publicExam, v *scoring.View, spread time.Duration, closed <-chan struct{}) bool {
	if spread == 0 {
		t.let(0, turnParts, x, v)
		return true
	}
	began := time.Now()
	tick := time.NewTicker(spread / turnParts)
	defer tick.Stop()
	for part := 0; ; {
		// By the clock: what a busy machine delays is made up for, and not added up.
		due := min(turnParts, 1+int(time.Since(began)*turnParts/spread))
		t.let(part, due, x, v)
		if part = due; part == turnParts {
			return true
		}
		select {
		case <-tick.C:
		case <-t.left:
			return false
		case <-closed:
			return false
		}
	}
}

// join makes the reader one of the board's, in the part that is returned; leave it.
func (p *BoardPages) join(id string) (t *turns, part int) {
	p.turning.Lock()
	defer p.turning.Unlock()
	if t = p.turns[id]; t == nil {
		t = newTurns()
		p.turns[id] = t
		go p.conduct(id, t)
	}
	t.readers++
	t.came++
	return t, t.came % turnParts
}

// leave is the other end of join. Who is last waits until nobody is let in any more.
func (p *BoardPages) leave(id string, t *turns) {
	p.turning.Lock()
	t.readers--
	last := t.readers == 0
	if last {
		delete(p.turns, id)
		close(t.left)
	}
	p.turning.Unlock()
	if last {
		<-t.done
	}
}

// conduct lets the readers of a board in for each of its states, until the last has left.
func (p *BoardPages) conduct(id string, t *turns) {
	defer close(t.done)
	for {
		x := p.exam(id)
		var v *scoring.View
		var newer, replaced <-chan struct{} // nil, and never, of a board that is gone: its readers leave
		if x != nil {
			replaced = x.replaced
			if v, _ = x.View(id); v != nil {
				newer = v.Newer()
			}
		}
		spread := time.Duration(0)
		if p.watchers.Load() > p.many {
			spread = turnSpread
		}
		if !t.round(x, v, spread, p.closed) {
			return
		}
		select {
		case <-newer:
		case <-replaced:
		case <-t.left:
			return
		case <-p.closed:
			return
		}
	}
}

// isClosed says whether a channel is.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
