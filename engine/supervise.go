package engine

import (
	"slices"
	"time"
)

// WhyNewer is why a held answer does not count whose candidate was given time meanwhile, and
// answered the same place again.
const WhyNewer = "newer"

// staff decides what a supervisor asks of one attempt. Who may ask, and whether it
// takes two, was decided before.
func (d *decision) staff() error {
	a, c := d.a, d.c
	active := a.State == Running || a.State == OnPause
	wrong := refuseField(WrongState, string(a.State))
	if d.leftDesk() {
		return refuseField(WrongState, "elsewhere")
	}
	switch c.Act {
	case ActCheckin:
		return d.checkin(wrong)
	case ActTurnAway:
		if a.State != Assigned && a.State != Present {
			return wrong
		}
		d.add(Event{Kind: TurnedAway, Why: c.Why, Text: c.Text})
	case ActUnlock:
		d.add(Event{Kind: Unlocked, Why: c.Why, Text: c.Text})
	case ActPause:
		return d.pause(wrong)
	case ActResume:
		if a.State != OnPause {
			return wrong
		}
		if behind := max(a.At, a.Ledger.stands()).Sub(c.At); behind > StepMost { // as of a room, see Room.Act
			return refuseBehind(behind)
		}
		e := Event{Kind: Resumed, To: a.resumeAt(d.at), Why: c.Why, Text: c.Text}
		if !a.onBreak() { // after a break the candidate is where the room is
			e.Extra = d.over()
		}
		d.add(e)
	case ActMove, ActRelease:
		if a.State == Assigned || a.State.Over() {
			return wrong
		}
		if c.Act == ActRelease {
			d.add(Event{Kind: Released, Why: c.Why, Text: c.Text})
		} else {
			d.add(Event{Kind: DeviceMoved, Seat: c.Seat, Why: c.Why, Text: c.Text})
		}
	case ActMessage:
		d.add(Event{Kind: Messaged, Text: c.Text})
	case ActLeave, ActReturn:
		return d.room(active, wrong)
	case ActPhoto:
		if a.State == Assigned || a.State.Over() {
			return wrong
		}
		d.add(Event{Kind: Photographed, Text: c.Text})
	case ActAdjust:
		return d.adjust(wrong)
	case ActDoubt:
		d.add(Event{Kind: DoubtRaised, Why: c.Why, Text: c.Text})
	case ActDecideDoubt:
		return d.doubt(wrong)
	case ActCredit, ActReverse, ActDecideCredit:
		return d.time(active, wrong)
	case ActFinish, ActDisqualify, ActReopen:
		return d.end(active || a.Suspended(), wrong)
	case ActTransfer, ActContinue:
		return d.elsewhere()
	case ActRepeat:
		return d.repeat()
	default:
		return refuseField(BadFrame, "action")
	}
	return nil
}

// checkin lets somebody in, also once more with another PIN or seat.
func (d *decision) checkin(wrong error) error {
	a, c := d.a, d.c
	if a.State.Over() {
		return wrong
	}
	if c.On && a.State != Assigned { // two desks at once: one wins
		return refuseField(AlreadyHere, a.CheckedBy)
	}
	d.add(Event{Kind: CheckedIn, Sitting: c.Sitting, Seat: c.Seat, Number: c.Number, Pin: c.Pin, Act: c.Paper, Why: c.Why, Text: c.Text})
	return nil
}

// pause stops a clock; for a break only where breaks were given, and as long as some of them
// is left.
func (d *decision) pause(wrong error) error {
	a, c := d.a, d.c
	if a.State != Running {
		return wrong
	}
	if c.Why == WhyBreak {
		switch {
		case a.Adjust == nil || a.Adjust.Breaks == 0:
			return refuseField(NotAllowed, WhyBreak)
		case a.breakLeft() <= 0:
			return refuseField(TooMuch, WhyBreak)
		}
	}
	e := Event{Kind: Paused, From: d.at, Why: c.Why, Text: c.Text}
	if c.Why != WhyBreak {
		e.Extra = d.over()
	}
	d.add(e)
	return nil
}

// room records that somebody leaves the room with leave, or returns. Their clock runs.
func (d *decision) room(active bool, wrong error) error {
	a, c := d.a, d.c
	if !active || a.OutRoom != (c.Act == ActReturn) {
		return wrong
	}
	e := Event{Kind: Left, Why: c.Why, Text: c.Text}
	if c.Act == ActReturn {
		out := d.at.Sub(a.OutAt)
		e.Kind, e.MS, e.On = Returned, out.Milliseconds(), d.t.Policy.TooLongOut(out)
	}
	d.add(e)
	return nil
}

// doubt decides about an identity: never by who raised a doubt that is open, be it the first or
// another, and that it is another person only by two, for it disqualifies. One decision is of all.
func (d *decision) doubt(wrong error) error {
	a, c := d.a, d.c
	switch {
	case !a.Doubt:
		return wrong
	case slices.Contains(a.DoubtBy, c.By), c.Why == Upheld && (c.Two == "" || c.Two == c.By):
		return refuseField(SecondPerson, "doubt")
	}
	d.add(Event{Kind: DoubtDecided, Why: c.Why, Text: c.Text})
	if c.Why == Upheld && a.State != DisqualifiedNow {
		d.add(Event{Kind: Disqualified, Why: WhyImpersonation, Text: c.Text})
	}
	return nil
}

// time decides credits, given by hand, taken back, granted or refused.
func (d *decision) time(active bool, wrong error) error {
	a, c := d.a, d.c
	switch c.Act {
	case ActCredit:
		if !active && a.State != Ready && a.State != Present {
			return wrong
		}
		given := Event{Kind: TimeGiven, At: d.at, By: c.By, MS: c.MS, Why: c.Why, Text: c.Text}
		if d.tooMuchAlone(&given) {
			return refuseField(SecondPerson, "ms")
		}
		d.add(given)
	case ActReverse:
		if _, ok := a.Ledger.Worth(c.Ref); !ok || a.State.Over() {
			return refuseField(WrongState, "ref")
		}
		back := Event{Kind: CreditReversed, At: d.at, By: c.By, Ref: c.Ref, Why: c.Why, Text: c.Text}
		if d.tooMuchAlone(&back) {
			return refuseField(SecondPerson, "ref")
		}
		d.add(back)
	case ActDecideCredit:
		asked, ok := a.Asked[c.Ref]
		if !ok {
			return refuseField(WrongState, "ref")
		}
		if c.On {
			d.add(Event{Kind: GapCredited, From: asked.From, To: asked.To, Why: asked.Why, Ref: c.Ref, Text: c.Text})
		} else {
			d.add(Event{Kind: CreditRefused, Ref: c.Ref, Why: c.Why, Text: c.Text})
		}
		d.decideHeld(asked)
	}
	return nil
}

// tooMuchAlone says whether time is given or taken beyond what one person may. What an act may
// by itself was decided before; here it is seen what was done meanwhile.
func (d *decision) tooMuchAlone(e *Event) bool {
	return d.c.Two == "" && len(d.a.alone) > 0 && d.a.TooMuchAlone(e, &d.t.Policy)
}

// decideHeld lets each held answer count or not, by the same predicate as any answer,
// once no credit is undecided; if the attempt was finished meanwhile, by a finish that
// replaces the first. One that was overtaken does not count, however much in time it was:
// the last answer that was accepted stands.
func (d *decision) decideHeld(asked Part) {
	a := d.a
	if len(a.Asked) > 1 || len(a.Holding) == 0 && a.State != Done {
		return
	}
	l := a.Ledger.clone()
	if d.c.On {
		l.closed("gap", asked.From, asked.To, asked.Why, 0)
	}
	deadline := l.Deadline()
	counts := false
	for i := range a.Holding {
		h := &a.Holding[i]
		e := Event{Kind: HeldDecided, Ref: h.N, Q: h.Event.Q, Item: h.Event.Item, Option: h.Event.Option, C: h.Event.C}
		if a.Overtaken(h) {
			e.Why = WhyNewer
		} else {
			e.On = h.Event.ReadAt() <= deadline.Add(d.t.Policy.grace())
		}
		counts = counts || e.On
		d.add(e)
	}
	if a.State == Done && counts {
		at := deadline
		if a.FinishWhy != "deadline" { // who has ended before it has ended then
			at = min(at, a.FinishAt)
		}
		d.finish(a.FinishWhy, at)
	}
}

func (d *decision) end(active bool, wrong error) error {
	a, c := d.a, d.c
	switch c.Act {
	case ActFinish:
		if !active {
			return wrong
		}
		d.add(Event{Kind: Finished, Why: "supervisor", Act: c.Why, Text: c.Text, Ref: a.FinishN})
	case ActDisqualify:
		if a.State == DisqualifiedNow {
			return wrong
		}
		d.add(Event{Kind: Disqualified, Why: c.Why, Text: c.Text})
	case ActReopen:
		if !a.State.Over() || a.Ledger.From == 0 {
			return wrong
		}
		if d.t.Sitting != nil && d.t.Sitting.Phase == Sealed {
			return refuseField(WrongState, "closed")
		}
		d.add(Event{Kind: Reopened, Why: c.Why, Text: c.Text, Extra: d.over()})
	}
	return nil
}

// Worth is how much the part that version n recorded moves the deadline: what is taken back with it.
// An interval that is still open is no such part: the clock would run while the items are covered.
func (l *Ledger) Worth(n int) (time.Duration, bool) {
	if n <= 0 {
		return 0, false
	}
	for _, p := range l.amounts {
		if p.N == n {
			return time.Duration(p.MS) * time.Millisecond, true
		}
	}
	for _, p := range l.stops {
		if p.N == n && p.To != 0 {
			return p.To.Sub(p.From), true
		}
	}
	return 0, false
}
