package engine

import "slices"

// What one person does to a candidate's time by their word alone is bounded, for the candidate
// and not only in an act: a limit of an act would be one of a quarter of an hour at a time. What
// counts is time given, what is taken back of others' doing, and what stops the clock of this
// candidate alone, while the others go on working: a pause, and a move to another computer until
// somebody sits there.
//
// More is given or taken by two. A pause is not refused, and neither is its end, however long it
// has lasted: a candidate behind covered items waits for nobody's second person. It becomes one
// of two people when another ends it than who began it, or when another signs its end; else it
// stands beyond what one person may give, and the station, the minutes and the verifier say so.
// A break is bounded by what two people granted, and a pause of the room is everybody's; a pause
// that a finish ends gave nothing.
//
// So it is with a move, which nobody but the candidate ends. It counts for who moved them as far as
// the clock stood by it alone: who is moved while the room is paused is given nothing.

// givenAlone is time that one person gave a candidate, or took, by the event of version n.
type givenAlone struct {
	n     int
	by    string
	ms    int64   // of a pause: once it has ended
	since Instant // of a pause or a move, from when the clock stood; 0 of others
	to    Instant // of a move, until when; 0 while it goes on
	end   int     // of a pause or a move, the version that ended it; 0 while it goes on
	move  bool
}

func (g *givenAlone) open() bool { return g.since != 0 && g.end == 0 }

func (g *givenAlone) until(now Instant, l *Ledger) int64 {
	switch {
	case g.move && g.end != 0:
		return l.besideMoves(g.since, g.to)
	case g.move:
		return l.besideMoves(g.since, now)
	case g.open():
		return max(0, now.Sub(g.since).Milliseconds())
	}
	return g.ms
}

// besideMoves is how long of an interval the clock would have run without any move, in ms.
func (l *Ledger) besideMoves(from, to Instant) (ms int64) {
	still := l.clone()
	still.stops = slices.DeleteFunc(still.stops, func(p Part) bool { return p.What == "move" })
	for _, p := range still.outside(max(from, l.From), to) {
		ms += p.To.Sub(p.From).Milliseconds()
	}
	return ms
}

// TooMuchAlone says whether a TimeGiven or a CreditReversed gives the candidate more than its
// By may alone, or takes more, by itself or with all that the same person did before.
func (a *Attempt) TooMuchAlone(e *Event, p *Policy) bool {
	ms := e.MS
	if e.Kind == CreditReversed {
		worth, _ := a.Ledger.Worth(e.Ref)
		ms = -worth.Milliseconds()
	}
	sum := ms + a.givenBy(e.By, e.At, a.N)
	return max(ms, -ms, sum, -sum) > p.CreditAloneMS
}

// givenBy is what a person has given alone by the events up to version n, in ms.
func (a *Attempt) givenBy(by string, now Instant, n int) (ms int64) {
	for i := range a.alone {
		if g := &a.alone[i]; g.by == by && g.n <= n {
			ms += g.until(now, &a.Ledger)
		}
	}
	return ms
}

// StoppedBeyond says whether the pause or the move that version n began, with all that the same
// person gave until its end, or until now, is more than one person may give.
func (a *Attempt) StoppedBeyond(n int, p *Policy, now Instant) bool {
	i := slices.IndexFunc(a.alone, func(g givenAlone) bool { return g.n == n && g.since != 0 })
	if i < 0 {
		return false
	}
	last := a.alone[i].end
	if last == 0 {
		last = a.N
	}
	return a.givenBy(a.alone[i].by, now, last) > p.CreditAloneMS
}

// applyAlone counts what an event did to the time by the word of one person. It looks at the
// ledger as it was before.
func (a *Attempt) applyAlone(e *Event) {
	switch e.Kind {
	case TimeGiven:
		if e.Two == "" {
			a.alone = append(a.alone, givenAlone{n: a.N, by: e.By, ms: e.MS})
		}
	case Paused:
		if e.Two == "" && e.Ref == 0 && e.Why != WhyBreak {
			a.alone = append(a.alone, givenAlone{n: a.N, by: e.By, since: e.From})
		}
	case Reopened: // the clock stands until somebody lets it go on
		if e.Two == "" {
			a.alone = append(a.alone, givenAlone{n: a.N, by: e.By, since: e.At})
		}
	case DeviceMoved:
		a.endMoves(e.At) // one that was moved before stands by the newer word
		if e.Two == "" && (a.State == Running || a.State == OnPause) {
			a.alone = append(a.alone, givenAlone{n: a.N, by: e.By, since: e.At, move: true})
		}
	case DeviceBound:
		a.endMoves(e.At)
	case Resumed:
		a.resumed(e)
	case Continued: // from here on the other sitting's start decides
		a.endPauses(e.At)
		a.endMoves(e.At)
	case Finished, Disqualified:
		a.alone = slices.DeleteFunc(a.alone, func(g givenAlone) bool { return g.open() })
	case CreditReversed:
		worth, _ := a.Ledger.Worth(e.Ref)
		own := false
		a.alone = slices.DeleteFunc(a.alone, func(g givenAlone) bool {
			own = own || g.n == e.Ref && g.by == e.By
			return g.n == e.Ref
		})
		if !own && e.Two == "" {
			a.alone = append(a.alone, givenAlone{n: a.N, by: e.By, ms: -worth.Milliseconds()})
		}
	}
}

// resumed ends a pause. That a whole room goes on is nobody's word about this candidate.
func (a *Attempt) resumed(e *Event) {
	a.alone = slices.DeleteFunc(a.alone, func(g givenAlone) bool {
		return g.open() && !g.move && e.Ref == 0 && (e.Two != "" || e.By != g.by)
	})
	a.endPauses(e.To)
}

func (a *Attempt) endPauses(to Instant) {
	for i := range a.alone {
		if g := &a.alone[i]; g.open() && !g.move {
			g.ms, g.end = g.until(to, &a.Ledger), a.N
		}
	}
}

func (a *Attempt) endMoves(to Instant) {
	for i := range a.alone {
		if g := &a.alone[i]; g.open() && g.move {
			g.to, g.end = to, a.N
		}
	}
}
