package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"terang/cmd/terang/crowd"
)

// ears note what each candidate of a crowd hears and when, beside the crowd's log.
type ears struct {
	mu     sync.Mutex
	by     map[string]*ear
	faults []string // acknowledgements that came while the candidate's clock stood
}

// ear is what one candidate has heard.
type ear struct {
	clock  string    // state that the last clock showed, "" before it or since a welcome
	at     time.Time // when it did
	seated []time.Time
	acked  int
}

func newEars() *ears { return &ears{by: make(map[string]*ear)} }

// listen adds to whoever else listens to the candidate.
func (e *ears) listen(c *crowd.Candidate) {
	mine := new(ear)
	e.by[c.Number] = mine
	seated, acked := c.Seated, c.Acked
	c.Seated = func(number string, again bool) {
		seated(number, again)
		e.mu.Lock()
		defer e.mu.Unlock()
		mine.clock, mine.seated = "", append(mine.seated, time.Now())
	}
	c.Clocked = func(_, state string) {
		e.mu.Lock()
		defer e.mu.Unlock()
		mine.clock, mine.at = state, time.Now()
	}
	c.Acked = func(a crowd.Acked) {
		acked(a)
		e.mu.Lock()
		defer e.mu.Unlock()
		mine.acked++
		if mine.clock == "paused" {
			e.faults = append(e.faults, fmt.Sprintf("%s: operation %s was acknowledged %v after the clock stood", a.Number, a.Op, time.Since(mine.at)))
		}
	}
}

// of is how many candidates' clocks show the state.
func (e *ears) of(state string) int {
	return e.count(func(one *ear) bool { return one.clock == state })
}

// working is how many candidates were told since forget that an operation is stored.
func (e *ears) working() int { return e.count(func(one *ear) bool { return one.acked > 0 }) }

func (e *ears) count(is func(*ear) bool) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, one := range e.by {
		if is(one) {
			n++
		}
	}
	return n
}

// since is how many candidates were welcomed after the instant.
func (e *ears) since(at time.Time) int {
	return e.count(func(one *ear) bool {
		return slices.ContainsFunc(one.seated, func(seated time.Time) bool { return seated.After(at) })
	})
}

// forget begins anew to count what is acknowledged.
func (e *ears) forget() {
	e.count(func(one *ear) bool {
		one.acked = 0
		return false
	})
}

// heard returns what a candidate has heard so far.
func (e *ears) heard(number string) ear {
	e.mu.Lock()
	defer e.mu.Unlock()
	return *e.by[number]
}

// wrong is what should not have been heard.
func (e *ears) wrong() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.faults)
}
