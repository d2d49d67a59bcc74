package engine

import "slices"

// What one person does to a candidate's time by their word alone is bounded, for the candidate
// and not only in an act: a limit of an act would be one of a quarter of an hour at a time. What
// counts is time given, what is taken back of others' doing, and a pause of this candidate alone,
// in which the others go on working.
//
// More is given or taken by two. A pause is not refused, and neither is its end, however long it
// has lasted: a candidate behind covered items waits for nobody's second person. It becomes one
// of two people when another ends it than who began it, or when another signs its end; else it
// stands beyond what one person may give, and the station, the minutes and the verifier say so.
// A break is bounded by what two people granted, and a pause of the room is everybody's; a pause
// that a finish ends gave nothing.

// givenAlone is time that one person gave a candidate, or took, by the event of version n.
type givenAlone struct {
	n     int
	by    string
	ms    int64   // of a pause: once it has ended
	since Instant // of a pause, from when the clock stood; 0 of others
	end   int     // of a pause, the version that ended it; 0 while it goes on
}

func (g *givenAlone) open() bool { return g.since != 0 && g.end == 0 }

func (g *givenAlone) until(now Instant) int64 {
	if g.open() {
		return max(0, now.Sub(g.since).Milliseconds())
	}
	return g.ms
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
			ms += g.until(now)
		}
	}
	return ms
}

// PausedBeyond says whether the pause that version n began, with all that the same person gave
// until its end, or until now, is more than one person may give.
func (a *Attempt) PausedBeyond(n int, p *Policy, now Instant) bool {
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
	case Resumed:
		a.resumed(e)
	case Continued: // from here on the other sitting's start decides
		a.endPauses(e.At)
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
		return g.open() && e.Ref == 0 && (e.Two != "" || e.By != g.by)
	})
	a.endPauses(e.To)
}

func (a *Attempt) endPauses(to Instant) {
	for i := range a.alone {
		if g := &a.alone[i]; g.open() {
			g.ms, g.end = g.until(to), a.N
		}
	}
}
