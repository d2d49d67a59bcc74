package engine

// An attempt may be sat again as a whole, where an objection was upheld after its sitting
// was closed: time that was lost cannot be given back on items that a candidate has taken
// home. What was sat does not count from the record on; it stays in the stream, and the
// next finish names the one that it replaces. The next form leaves out every item of the
// forms before. Who had not begun is transferred instead, also out of a closed sitting.

// repeat decides it. Whether the other sitting takes the candidate is decided before.
func (d *decision) repeat() error {
	a, c := d.a, d.c
	switch {
	case c.Two == "" || c.Two == c.By:
		return refuseField(SecondPerson, "repeat")
	case a.State.Over():
		d.add(Event{Kind: Resat, Sitting: c.Sitting, Act: c.From, Seen: c.Seen, Extra: int64(c.Ref), Ref: a.FinishN, Why: c.Why, Text: c.Text})
	case a.Ledger.From == 0:
		d.add(Event{Kind: Transferred, Sitting: c.Sitting, Act: c.From, Why: c.Why, Text: c.Text})
	default:
		return refuseField(WrongState, "unfinished")
	}
	return nil
}

// applyRepeat leaves of the attempt who it is of, what its candidate was given, and the
// receipt of what was sat, until the next finish makes another.
func (a *Attempt) applyRepeat(e *Event) {
	a.applyElsewhere(e)
	a.Leaves = e.Seen
	a.ClockN = a.N
	a.Ledger, a.Responses, a.Marks, a.Answers = Ledger{}, nil, nil, 0
	a.Plan, a.Seed, a.Seen, a.Form = "", "", "", ""
	a.Credited, a.Asked, a.Holding, a.Dropped, a.alone = 0, nil, nil, 0, nil
	a.Doubt, a.DoubtBy, a.Paper, a.Photo = false, nil, "", ""
	a.FinishWhy, a.FinishAt, a.OverAt = "", 0, 0
	a.SilentFrom = 0
}
