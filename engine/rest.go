package engine

import (
	"slices"
	"time"
)

// BreakEnds is when the break that goes on has used up all that the candidate was granted:
// from there the clock runs by itself, whoever is or is not there to say so. It is known
// from the first moment of the break, so that everybody can be told beforehand; Never while
// there is no break.
//
// A break is time in which nothing is asked of the candidate, and the grant of two people
// says how much of it there is. Were its end left to a hand, a supervisor who is busy would
// give one candidate more than the others get, or keep the items covered while the clock
// already ran.
func (a *Attempt) BreakEnds() Instant {
	if a.State != OnPause || a.Adjust == nil {
		return Never
	}
	left, since := a.Adjust.Breaks, Never
	for _, p := range a.Ledger.stops {
		switch {
		case !p.rest():
		case p.To == 0:
			since = p.From
		default:
			left -= p.To.Sub(p.From)
		}
	}
	if since == Never {
		return Never
	}
	return since.Add(max(0, left))
}

// breakLeft is how much of the granted breaks is left before another begins.
func (a *Attempt) breakLeft() (left time.Duration) {
	if a.Adjust == nil {
		return 0
	}
	left = a.Adjust.Breaks
	for _, p := range a.Ledger.stops {
		if p.rest() {
			left -= p.To.Sub(p.From)
		}
	}
	return left
}

// onBreak says that a break of the candidate's own goes on. A room that is paused for a break
// takes nothing from what was granted, and goes on when it is resumed.
func (a *Attempt) onBreak() bool {
	return slices.ContainsFunc(a.Ledger.stops, func(p Part) bool { return p.To == 0 && p.rest() })
}

// endBreak records that a break is over, as of the instant at which it was. A node decides
// it before anything else that comes from then on: an answer that was read a moment later
// counts, although no timer has looked yet.
func (d *decision) endBreak() {
	if ends := d.a.BreakEnds(); ends <= d.at {
		d.add(Event{Kind: Resumed, To: ends, Why: WhyBreak})
		d.follow(Running, false) // the room may have been paused meanwhile
	}
}

// resumeAt is from when the clock runs again: now, or, after a break that went on for too
// long, from when the granted time was used up.
func (a *Attempt) resumeAt(now Instant) Instant { return min(now, a.BreakEnds()) }
