package checker

import (
	"slices"
	"strings"
	"time"

	"terang/engine"
)

// unsure is how far a server's last contact with a page may lie from the page's with the
// server: a beat of the page, a beat of the node, and what a loaded machine adds.
const unsure = 5 * time.Second

// patience is how long a page keeps a connection on which nothing comes: five seconds, and
// it looks on each of its beats. Until then it takes answers as ever, and owes its cover
// nothing; only what is longer it has lost.
const patience = 7 * time.Second

// outages holds the time that was credited by itself against what candidates lost. It
// compares instants of the crowd with those of the server: both are on one machine.
func outages(c *Case, all *streams, r *Report) {
	by := make(map[string][]stand)
	for _, g := range c.Gaps {
		by[g.Attempt] = append(by[g.Attempt], stand{from: engine.InstantOf(g.From), to: engine.InstantOf(g.To)})
	}
	for _, s := range all.all {
		id, ok := strings.CutPrefix(s.name, engine.AttemptStream)
		if !ok {
			continue
		}
		lost := union(by[id])
		began, ended := s.span()
		for _, g := range lost {
			g.from, g.to = max(g.from, began), min(g.to, ended)
			if long := g.to.Sub(g.from); long > c.Cover {
				r.Outage += long - c.Cover
				s.made(g, c.Cover, r)
			}
		}
		for i := range s.events {
			if e := &s.events[i]; e.Kind == engine.GapCredited && e.Ref == 0 {
				if over := e.To.Sub(e.From) - shared(stand{from: e.From, to: e.To}, lost); over > unsure {
					r.Over.add("%s version %d gives %v, the candidate could work in %v of it", s.name, e.n, e.To.Sub(e.From), over)
				}
			}
		}
	}
}

// made judges whether a time without work was made good: all of it but what the page
// waits and covers, and that again for each hello in it, which ends one gap and begins
// another. One that names a contact before the hello before it, whose welcome its page has
// not seen, goes on with the gap.
func (s *stream) made(g stand, cover time.Duration, r *Report) {
	least := g.to.Sub(g.from)
	var given time.Duration
	var bound engine.Instant // of the hello before
	for i := range s.events {
		e := &s.events[i]
		switch e.Kind {
		case engine.GapCredited:
			given += shared(g, []stand{{from: e.From, to: e.To}})
		case engine.DeviceBound:
			if g.from <= e.At && e.At <= g.to && e.Since >= bound {
				least -= cover + unsure
			}
			bound = e.At
		}
	}
	if least -= cover + patience; given < least {
		r.Short.add("%s: no work from %s to %s, of which %v was made good", s.name, g.from, g.to, given)
	}
}

// span is from the start to the finish that stands.
func (s *stream) span() (began, ended engine.Instant) {
	began, ended = engine.Never, engine.Never
	for i := range s.events {
		switch e := &s.events[i]; e.Kind {
		case engine.Started:
			began = e.From
		case engine.Finished, engine.Disqualified:
			if ended = e.At; e.To != 0 {
				ended = e.To
			}
		case engine.Reopened:
			ended = engine.Never
		}
	}
	return began, ended
}

// union joins what overlaps.
func union(all []stand) []stand {
	slices.SortFunc(all, func(a, b stand) int { return int(a.from - b.from) })
	var joined []stand
	for _, s := range all {
		if last := len(joined) - 1; last >= 0 && s.from <= joined[last].to {
			joined[last].to = max(joined[last].to, s.to)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// shared is how much of an interval lies in others, which do not overlap.
func shared(in stand, others []stand) time.Duration {
	var sum time.Duration
	for _, o := range others {
		sum += max(0, min(in.to, o.to).Sub(max(in.from, o.from)))
	}
	return sum
}
