package engine

// givenAlone is time that one person gave a candidate, or took, by the event of version n.
type givenAlone struct {
	n  int
	by string
	ms int64
}

// TooMuchAlone says whether somebody who gives a candidate so much time more, or takes it, would
// have given or taken more in all than one person may. Else a limit of an act would be one of a
// quarter of an hour at a time.
func (a *Attempt) TooMuchAlone(by string, ms int64, p *Policy) bool {
	for _, g := range a.alone {
		if g.by == by {
			ms += g.ms
		}
	}
	return max(ms, -ms) > p.CreditAloneMS
}
