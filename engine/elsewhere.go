package engine

// An attempt may go on at another sitting. Before its start that is a transfer: nothing
// but the place and the hour changes, the form is that of plan, seed and number. After its
// start it is a continuation: the clock stands from the record until the other sitting
// starts and the candidate sits there; answers, marks and the time left stay.

// Suspended says that the attempt has started and waits to go on at another sitting: its
// clock stands, and its candidate is checked in and seated there like everybody else.
func (a *Attempt) Suspended() bool {
	return a.Ledger.From != 0 && (a.State == Assigned || a.State == Present || a.State == Ready)
}

// leftDesk says whether a sitting's desk asks something of an attempt that has gone on at another
// sitting since it was seen there.
func (d *decision) leftDesk() bool {
	a, c := d.a, d.c
	switch c.Act {
	case ActTransfer, ActContinue, ActRepeat: // they name where it goes
		return false
	}
	return c.Sitting != "" && a.Sitting != "" && a.Sitting != c.Sitting && a.Sitting != c.From
}

// elsewhere decides that the attempt goes on at another sitting. Whether that sitting
// takes it is decided before, by whoever knows both.
func (d *decision) elsewhere() error {
	a, c := d.a, d.c
	kind := Transferred
	switch {
	case a.State.Over():
		return refuseField(WrongState, string(a.State))
	case c.Act == ActTransfer && a.Ledger.From != 0:
		return refuseField(WrongState, "started")
	case c.Act == ActContinue && a.Ledger.From == 0:
		return refuseField(WrongState, "not_started")
	case c.Act == ActContinue:
		kind = Continued
	}
	d.add(Event{Kind: kind, Sitting: c.Sitting, Act: c.From, Why: c.Why, Text: c.Text})
	return nil
}

// applyElsewhere takes the candidate out of the room: PIN, session, device and seat were
// of that sitting. What the other sitting's stream says is followed from its beginning.
func (a *Attempt) applyElsewhere(e *Event) {
	if e.Kind == Continued {
		a.ClockN = a.N
		a.Ledger.goOn("move", e.At)
		if a.onBreak() { // what waits for the other sitting's start is no break
			a.Ledger.goOn("pause", e.At)
		}
		if !a.Ledger.Stopped("pause") {
			a.Ledger.stop("pause", e.At, "continued", a.N)
		}
	}
	a.State, a.Away, a.OutRoom = Assigned, "", false
	a.Sitting, a.MovedAt, a.Seat, a.Pin = e.Sitting, e.At, "", ""
	a.Session, a.Place, a.SeatedBy, a.Device = "", "", "", ""
	a.PresentAt, a.CheckedBy, a.Followed = 0, "", 0
}
