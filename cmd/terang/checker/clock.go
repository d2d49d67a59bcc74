package checker

import (
	"maps"
	"slices"
	"time"

	"terang/engine"
)

// clock is an attempt's time, computed a second time: from the events alone, and not as
// the engine's ledger does it. The ledger walks the intervals and spends the budget
// between them; this looks for the instant that does not move any more when every
// stand of the clock that began before it is added.
type clock struct {
	from    engine.Instant // 0 before the start
	budget  int64          // milliseconds
	given   map[int]int64  // amounts by version
	stands  []stand
	ended   engine.Instant // of the finish that stands, 0 while there is none
	opens   map[string]int // index of the open stand of a kind
	credits []stand        // automatic ones
	asked   map[int]bool   // credits that wait for a word, by version
	away    bool           // waits to go on at another sitting
}

// stand is an interval in which the clock did not run.
type stand struct {
	from, to engine.Instant // to is 0 while it is open
	n        int
}

func (c *clock) open(kind string, from engine.Instant, n int) {
	if i, ok := c.opens[kind]; ok && c.stands[i].to == 0 {
		return
	}
	c.opens[kind] = len(c.stands)
	c.stands = append(c.stands, stand{from: from, n: n})
}

func (c *clock) shut(kind string, at engine.Instant) {
	if i, ok := c.opens[kind]; ok {
		c.stands[i].to = max(at, c.stands[i].from)
		delete(c.opens, kind)
	}
}

// deadline is when nothing is left: engine.Never while an interval is open before it.
func (c *clock) deadline() engine.Instant {
	if c.from == 0 {
		return engine.Never
	}
	budget := c.budget
	for _, ms := range c.given {
		budget += ms
	}
	at := c.from + engine.Instant(max(0, budget))
	for {
		stood, open := covered(c.stands, c.from, at)
		if open {
			return engine.Never
		}
		next := c.from + engine.Instant(max(0, budget)) + stood
		if next == at {
			return at
		}
		at = next
	}
}

// covered measures the union of all stands that began from an instant up to another.
func covered(stands []stand, from, until engine.Instant) (sum engine.Instant, open bool) {
	sorted := slices.Clone(stands)
	slices.SortFunc(sorted, func(a, b stand) int { return int(a.from - b.from) })
	reached := from
	for _, s := range sorted {
		if s.from > until {
			continue
		}
		if s.to == 0 {
			return 0, true
		}
		if begins := max(s.from, reached); s.to > begins {
			sum += s.to - begins
			reached = s.to
		}
	}
	return sum, false
}

// clock judges what was accepted when, and what time was given how often.
func (s *stream) clock(grace time.Duration, r *Report) {
	c := clock{given: make(map[int]int64), opens: make(map[string]int)}
	for i := range s.events {
		e := &s.events[i]
		switch e.Kind {
		case engine.Answered, engine.Cleared, engine.Marked:
			c.accepted(s, e, grace, r)
		case engine.HeldDecided:
			c.heldDecided(s, e, grace, r)
		case engine.GapCredited:
			c.credited(s, e, r)
		case engine.Finished, engine.Disqualified:
			c.finished(s, e, r)
		}
		c.apply(e)
	}
}

func (s *stream) version(n int) *event {
	for i := range s.events {
		if s.events[i].n == n {
			return &s.events[i]
		}
	}
	return nil
}

func (c *clock) apply(e *event) {
	switch e.Kind {
	case engine.Started:
		c.from, c.budget = e.From, e.MS+e.Extra
	case engine.Paused:
		c.open("pause", e.From, e.n)
	case engine.Resumed:
		c.shut("pause", e.To)
		c.away = false
	case engine.Continued:
		c.shut("move", e.At)
		if _, stands := c.opens["pause"]; !stands {
			c.open("pause", e.At, e.n)
		}
		c.away = true
	case engine.Resat: // a clock of its own, from its own start
		*c = clock{given: make(map[int]int64), opens: make(map[string]int)}
	case engine.DeviceMoved:
		if c.from != 0 && c.ended == 0 && !c.away {
			c.open("move", e.At, e.n)
		}
	case engine.DeviceBound:
		c.shut("move", e.At)
	case engine.GapCredited:
		c.stands = append(c.stands, stand{e.From, max(e.From, e.To), e.n})
		delete(c.asked, e.Ref)
	case engine.CreditAsked:
		if c.asked == nil {
			c.asked = make(map[int]bool)
		}
		c.asked[e.n] = true
	case engine.CreditRefused:
		delete(c.asked, e.Ref)
	case engine.TimeGiven:
		c.given[e.n] = e.MS
	case engine.CreditReversed:
		delete(c.given, e.Ref)
		for i := range c.stands {
			if c.stands[i].n == e.Ref {
				c.stands[i].to = c.stands[i].from // stays in place, for opens has indexes
				maps.DeleteFunc(c.opens, func(_ string, open int) bool { return open == i })
			}
		}
		c.credits = slices.DeleteFunc(c.credits, func(s stand) bool { return s.n == e.Ref })
	case engine.Finished, engine.Disqualified:
		c.ended = e.At
		if e.To != 0 {
			c.ended = e.To
		}
		c.shut("pause", c.ended)
		c.shut("move", c.ended)
	case engine.Reopened:
		c.stands = append(c.stands, stand{c.ended, max(c.ended, e.At), e.n})
		c.open("pause", e.At, e.n)
		c.ended = 0
	}
}

// accepted judges an answer that counts: inside the exam, and no later than the grace.
func (c *clock) accepted(s *stream, e *event, grace time.Duration, r *Report) {
	read := e.At // when its frame was read
	if e.From != 0 {
		read = min(read, e.From)
	}
	switch deadline := c.deadline(); {
	case e.Kind == engine.Marked && len(c.asked) > 0 && c.ended == 0 && len(c.opens) == 0 && c.from != 0:
		// A mark counts for nothing, and may be set while a credit is undecided.
	case c.from == 0 || read < c.from:
		r.Late.add("%s version %d counts before the start", s.name, e.n)
	case c.ended != 0:
		r.Late.add("%s version %d counts after the finish", s.name, e.n)
	case deadline < engine.Never && read > deadline.Add(grace):
		r.Late.add("%s version %d of %s counts, the deadline was %s", s.name, e.n, e.At, deadline)
	case len(c.opens) > 0:
		r.Late.add("%s version %d counts while the clock stands", s.name, e.n)
	}
}

// heldDecided judges a held answer that counts, or does not: by the deadline as for any other, but
// never one behind which the same place was answered again.
func (c *clock) heldDecided(s *stream, e *event, grace time.Duration, r *Report) {
	h := s.version(e.Ref)
	if h == nil || h.Kind != engine.Held {
		r.Late.add("%s version %d decides version %d, which is no held answer", s.name, e.n, e.Ref)
		return
	}
	newer := s.answeredBetween(h, e)
	inTime := h.ReadAt() <= c.deadline().Add(grace)
	switch {
	case e.On && !inTime:
		r.Late.add("%s version %d lets version %d count, the deadline was %s", s.name, e.n, e.Ref, c.deadline())
	case e.On && newer:
		r.Late.add("%s version %d lets version %d count, and the same place was answered again since", s.name, e.n, e.Ref)
	case !e.On && inTime && !newer:
		r.Late.add("%s version %d does not let version %d count, the deadline was %s", s.name, e.n, e.Ref, c.deadline())
	}
}

// answeredBetween says whether the place of a held answer was answered, or cleared, between
// it and its decision.
func (s *stream) answeredBetween(held, decided *event) bool {
	return slices.ContainsFunc(s.events, func(e event) bool {
		return e.n > held.n && e.n < decided.n && e.Q == held.Q && (e.Kind == engine.Answered || e.Kind == engine.Cleared)
	})
}

// credited judges a credit: no millisecond that has been made good before, and none
// after the finish, unless a supervisor decided it.
func (c *clock) credited(s *stream, e *event, r *Report) {
	r.Credits++
	r.Credited += e.To.Sub(e.From)
	if c.ended != 0 && e.Ref == 0 {
		r.Given.add("%s version %d gives %v by itself after the finish", s.name, e.n, e.To.Sub(e.From))
	}
	mine := stand{e.From, e.To, e.n}
	for _, other := range append(slices.Clone(c.stands), c.credits...) {
		if other.to != 0 && other.from < mine.to && mine.from < other.to {
			r.Given.add("%s version %d gives the time from %s to %s, of which version %d gave a part", s.name, e.n, e.From, e.To, other.n)
			break
		}
	}
	c.credits = append(c.credits, mine)
}

// finished judges the stamp: a finish by the deadline enforces the deadline, no other instant.
func (c *clock) finished(s *stream, e *event, r *Report) {
	if e.Kind == engine.Finished && e.Why == "deadline" && e.To != c.deadline() {
		r.Late.add("%s version %d ends the attempt as of %s, its deadline was %s", s.name, e.n, e.To, c.deadline())
	}
	if c.ended != 0 && e.Ref == 0 && e.Kind == engine.Finished {
		r.Twice.add("%s version %d finishes what was finished", s.name, e.n)
	}
}
