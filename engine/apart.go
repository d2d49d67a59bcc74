package engine

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Timekeeper is a journal whose server has a clock of its own.
type Timekeeper interface {
	// Ahead is by how much a clock is ahead of the server's; now reads it.
	Ahead(ctx context.Context, now func() Instant) (time.Duration, error)
}

// apartEvery is how often a node compares its clock with the journal's.
const apartEvery = 10 * time.Second

// apart is what a node knows of its clock beside the journal's.
type apart struct {
	looked Instant      // when they were compared; only the beat touches it
	last   Instant      // the difference then, in milliseconds; the same
	now    atomic.Int64 // the smaller of the last two: one slow answer is no difference
}

// compare asks the journal what time it is. A node whose exam time is not the others' would end
// its candidates' time at another instant than they.
func (h *Hall) compare(ctx context.Context) {
	keeper, ok := h.journal.(Timekeeper)
	now := h.clock.Now()
	if !ok || h.apart.looked != 0 && now.Sub(h.apart.looked) < apartEvery {
		return
	}
	ahead, err := keeper.Ahead(ctx, h.clock.Now)
	if err != nil {
		return // the beat says what is wrong with the journal
	}
	is, was := Instant(ahead.Milliseconds()), h.apart.last
	if h.apart.looked == 0 || max(is, -is) < max(was, -was) {
		was = is
	}
	before := h.unsure()
	h.apart.looked, h.apart.last = now, is
	h.apart.now.Store(int64(was))
	if after := h.unsure(); after != "" && before == "" {
		h.log.Warn(after + "; set the clocks of all machines by one time service")
	}
}

// unsure says what is wrong with this node's clock, "" if nothing is known.
func (h *Hall) unsure() string {
	if step := h.clock.Step().Abs(); step > StepMost {
		return fmt.Sprintf("this machine's clock was set by %v while the exam runs", step.Round(time.Millisecond))
	}
	switch ahead := time.Duration(h.apart.now.Load()) * time.Millisecond; {
	case ahead > StepMost:
		return fmt.Sprintf("this machine's clock is %v ahead of the journal's", ahead)
	case ahead < -StepMost:
		return fmt.Sprintf("this machine's clock is %v behind the journal's", -ahead)
	}
	return ""
}

// pulseAt is what a node stores to say that it lives: its instant, whose last bit tells the others
// that its clock is not to be relied on. Two milliseconds are nothing to a beat.
func pulseAt(now Instant, unsure bool) Instant {
	now &^= 1
	if unsure {
		now |= 1
	}
	return now
}

// Accompanied says whether another node lives beside this one. One that has just started cannot know
// it before it has seen another's liveness move, and waits for that; not if nobody has lived lately.
func (h *Hall) Accompanied(ctx context.Context, lately bool) bool {
	for until := h.clock.Now().Add(2*BeatEvery + time.Second); ; {
		if len(h.peers.others()) > 0 {
			return true
		}
		if !lately || h.clock.Now() >= until {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(BeatEvery / 8):
		}
	}
}
