package engine

import (
	"slices"
	"time"
)

// Ledger is the clock of an attempt: what was given and when the clock stood. It is
// folded from events only; server, minutes and tests use this one computation.
//
// The clock does not run in the union of the intervals, so overlaps count once whoever
// recorded them. Only time given for other reasons is an amount.
type Ledger struct {
	From    Instant // the clock's start; 0 before
	Length  time.Duration
	Extra   time.Duration
	amounts []Part
	stops   []Part // closed and open intervals; open ones have To == 0
}

// Part explains a piece of the deadline, as candidates, supervisors and minutes see it.
type Part struct {
	What string  // base, extra, given, gap, pause, move, reopened
	MS   int64   // how much it moves the deadline
	From Instant // of an interval
	To   Instant // of an interval, 0 while it is open
	Why  string
	N    int  // version of the event that recorded it
	room bool // the pause is the whole room's
}

// rest says that the interval is a break of the candidate's own.
func (p *Part) rest() bool { return p.What == "pause" && p.Why == WhyBreak && !p.room }

// stop opens an interval in which the clock does not run.
func (l *Ledger) stop(what string, from Instant, why string, n int) *Part {
	l.stops = append(l.stops, Part{What: what, From: from, Why: why, N: n})
	return &l.stops[len(l.stops)-1]
}

// goOn closes the open interval of a kind; nothing happens when none is open.
func (l *Ledger) goOn(what string, to Instant) {
	for i := range l.stops {
		if p := &l.stops[i]; p.What == what && p.To == 0 {
			p.To = max(to, p.From)
		}
	}
}

func (l *Ledger) closed(what string, from, to Instant, why string, n int) {
	l.stops = append(l.stops, Part{What: what, From: from, To: max(from, to), Why: why, N: n})
}

func (l *Ledger) give(ms int64, why string, n int) {
	l.amounts = append(l.amounts, Part{What: "given", MS: ms, Why: why, N: n})
}

// reverse takes back what version n recorded.
func (l *Ledger) reverse(n int) {
	is := func(p Part) bool { return p.N == n }
	l.amounts = slices.DeleteFunc(l.amounts, is)
	l.stops = slices.DeleteFunc(l.stops, is)
}

// Stopped says whether an interval of the kind is open ("" for any).
func (l *Ledger) Stopped(what string) bool {
	for _, p := range l.stops {
		if p.To == 0 && (what == "" || p.What == what) {
			return true
		}
	}
	return false
}

// stands is the newest instant from which the clock stands, 0 while no interval is open.
func (l *Ledger) stands() (since Instant) {
	for _, p := range l.stops {
		if p.To == 0 {
			since = max(since, p.From)
		}
	}
	return since
}

// Ahead is the ledger that a start would make of one that has none yet.
func (l *Ledger) Ahead(length, extra time.Duration) *Ledger {
	next := l.clone()
	next.Length, next.Extra = length, extra
	return &next
}

func (l *Ledger) budget() time.Duration {
	d := l.Length + l.Extra
	for _, p := range l.amounts {
		d += time.Duration(p.MS) * time.Millisecond
	}
	return max(d, 0)
}

// union returns the intervals merged and in order, open ones reaching to Never.
func (l *Ledger) union() []Part {
	if len(l.stops) == 0 {
		return nil
	}
	u := make([]Part, 0, len(l.stops))
	for _, p := range l.stops {
		if p.To == 0 {
			p.To = Never
		}
		p.From = max(p.From, l.From)
		if p.To > p.From {
			u = append(u, p)
		}
	}
	slices.SortFunc(u, func(a, b Part) int { return int(min(1, max(-1, a.From-b.From))) })
	merged := u[:0]
	for _, p := range u {
		if k := len(merged) - 1; k >= 0 && p.From <= merged[k].To {
			merged[k].To = max(merged[k].To, p.To)
			continue
		}
		merged = append(merged, p)
	}
	return merged
}

// Ran is how long the clock has run until now, or until it was stopped: a machine's clock that
// was set back since gives nothing of that again.
func (l *Ledger) Ran(now Instant) time.Duration {
	now = max(now, l.stands())
	if l.From == 0 || now <= l.From {
		return 0
	}
	ran := now - l.From
	for _, p := range l.union() {
		if p.From < now {
			ran -= min(p.To, now) - p.From
		}
	}
	return time.Duration(ran) * time.Millisecond
}

// Left is what remains at now: never negative, and before the start all of it.
func (l *Ledger) Left(now Instant) time.Duration { return max(0, l.budget()-l.Ran(now)) }

// Deadline is the instant at which nothing is left, Never when the clock stands before
// that. It does not depend on when one asks.
func (l *Ledger) Deadline() Instant {
	if l.From == 0 {
		return Never
	}
	at, left := l.From, Instant(l.budget().Milliseconds())
	for _, p := range l.union() {
		run := p.From - at
		if run > left {
			break // over before the clock stood: nothing that came later moves it
		}
		left -= run
		if at = p.To; at >= Never {
			return Never
		}
	}
	return at + left
}

// Why lists what the deadline is made of: the parts' milliseconds added to the start
// give Deadline(), and at now an open interval counts as far as it has come.
func (l *Ledger) Why(now Instant) []Part {
	parts := []Part{{What: "base", MS: l.Length.Milliseconds(), From: l.From}}
	if l.Extra != 0 {
		parts = append(parts, Part{What: "extra", MS: l.Extra.Milliseconds()})
	}
	parts = append(parts, l.amounts...)
	end := l.Deadline()
	stops := slices.Clone(l.stops)
	slices.SortStableFunc(stops, func(a, b Part) int { return int(min(1, max(-1, a.From-b.From))) })
	reached := l.From // what the parts before have counted already
	for _, p := range stops {
		to := p.To
		if to == 0 {
			to = max(now, p.From)
		}
		from := max(p.From, reached)
		if from > end {
			continue // after the deadline nothing ran that could stop
		}
		p.MS = int64(max(0, to-from))
		reached = max(reached, to)
		parts = append(parts, p)
	}
	return parts
}
