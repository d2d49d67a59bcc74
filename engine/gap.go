package engine

import (
	"slices"
	"time"
)

// hello decides that a device takes the attempt, and makes good what was lost before it.
func (d *decision) hello() error {
	a, c := d.a, d.c
	switch {
	case a.Session == "" || a.Session != c.Session:
		return refuse(SignedOutNow)
	case a.SeatedBy != c.Device:
		return refuse(NotAllowed)
	case a.State == Assigned || a.State == Present:
		return refuse(NotAllowed)
	case a.strange(d.t):
		return refuse(ServerMoving)
	case a.State.Over():
		return nil // nothing is taken: the page hears the result, and may hand in
	}
	last, made := d.lastContact(), Instant(0)
	switch {
	case a.BoundN == 0:
		last = 0
	case d.unseen():
		last, made = a.BoundSince, a.BoundAt
	}
	d.add(Event{Kind: DeviceBound, Device: c.Device, Gen: a.Gen + 1, Node: c.Node, Since: last, Seat: a.Seat})
	d.follow(a.State, true)
	d.makeGood(last, made, d.at, c.Limit)
	return nil
}

// unseen says that the page has not seen the welcome of the hello before: some networks bring a
// hello to the server and nothing back. It had its items covered all the while, so its gap goes on
// from the contact before that hello. The page's word alone is not enough: whoever was heard since
// has seen it. So nobody gets more than for a silence as long. A page that was loaded anew has seen
// nothing yet, and says 0.
func (d *decision) unseen() bool {
	return 0 < d.c.Have && d.c.Have < d.a.BoundN && d.c.Device == d.a.Device && d.unheard()
}

// unheard says that nothing has been heard of the page since it took the attempt. What another
// node that lives holds counts as heard there.
func (d *decision) unheard() bool {
	a := d.a
	return a.BoundN > 0 && a.SpokeAt < a.BoundAt && d.lastContact() <= a.BoundAt
}

// gapLimit closes a server's own gap for a candidate who has not come back: what
// follows is a silence of the candidate's network.
func (d *decision) gapLimit() {
	a := d.a
	came := a.BoundAt.Add(RetryTo+GapLimitAfter) > d.c.Limit // a device has come since the start
	if a.State != Running && a.State != OnPause || a.BoundN == 0 || came || a.SilentFrom != 0 {
		return
	}
	d.makeGood(d.lastContact(), 0, d.c.Limit, d.c.Limit)
	d.add(Event{Kind: Silent, Since: d.c.Limit})
}

// makeGood credits the gap from the last contact to now: from where the page had to
// cover the items, or from the deadline if that came first. Up to made a hello has done so
// already: 0 if none has. limit tells a server's gap.
func (d *decision) makeGood(last, made, now, limit Instant) {
	l, running := d.ledgerNow()
	if !running || now <= l.From {
		return
	}
	from, why, unheard := last.Add(d.t.Policy.cover()), "network", 2*BeatEvery
	if limit != 0 {
		why, unheard = "server", 0
	}
	switch {
	case last == 0: // never worked yet: ready after the start
		if from, why = l.From, "late_ready"; d.t.Policy.LateEntry == LateToSittingEnd && d.latecomer(l.From) {
			from = d.a.PresentAt // what was missed before is the latecomer's own
		}
	case l.covered(last, unheard):
		from = last // it had nothing to go on with by itself
	}
	deadline := d.a.latest(&l)
	if last >= deadline {
		return // the time was up before: what waited was the finish
	}
	from = max(l.From, min(from, deadline), made)
	auto := d.t.Policy.autoCredit() - d.a.Credited
	for _, gap := range l.outside(from, now) {
		granted := max(0, min(gap.To.Sub(gap.From), auto))
		auto -= granted
		if granted > 0 {
			d.add(Event{Kind: GapCredited, From: gap.From, To: gap.From.Add(granted), Why: why})
		}
		if rest := gap.From.Add(granted); rest < gap.To {
			d.add(Event{Kind: CreditAsked, From: rest, To: gap.To, Why: why})
		}
	}
}

// ledgerNow is the ledger with this decision's own start, pause and move taken in.
func (d *decision) ledgerNow() (Ledger, bool) {
	l := d.a.Ledger.clone()
	for i := range d.events {
		switch e := &d.events[i]; e.Kind {
		case Started:
			l.From, l.Length, l.Extra = e.From, time.Duration(e.MS)*time.Millisecond, time.Duration(e.Extra)*time.Millisecond
		case Paused:
			l.stop("pause", e.From, e.Why, 0)
		case Resumed:
			l.goOn("pause", e.To)
		case DeviceBound:
			l.goOn("move", d.at)
		}
	}
	return l, l.From != 0
}

// outside returns the pieces of an interval in which the clock ran.
func (l *Ledger) outside(from, to Instant) []Part {
	var pieces []Part
	for _, p := range l.union() {
		if p.To <= from {
			continue
		}
		if p.From >= to {
			break
		}
		if p.From > from {
			pieces = append(pieces, Part{From: from, To: p.From})
		}
		from = p.To
	}
	if from < to {
		pieces = append(pieces, Part{From: from, To: to})
	}
	return pieces
}

// latest is the deadline if all that was asked for is granted: until it is decided, what is
// lost behind the deadline may be working time.
func (a *Attempt) latest(l *Ledger) Instant {
	if len(a.Asked) == 0 {
		return l.Deadline()
	}
	granted := l.clone()
	for _, p := range a.Asked {
		granted.closed(p.What, p.From, p.To, p.Why, p.N)
	}
	return granted.Deadline()
}

// covered says whether a page that was heard at an instant, and not for so long before the clock
// began to run, had its items covered and did not hear that: the clock had not begun, or stood. A page
// that is there is heard every BeatEvery; one that is cut off within that may have heard it, and worked
// on by itself.
func (l *Ledger) covered(at Instant, unheard time.Duration) bool {
	at = at.Add(unheard)
	return at <= l.From || slices.ContainsFunc(l.stops, func(p Part) bool {
		return (p.What == "pause" || p.What == "reopened") && p.From.Add(unheard) <= at && (at <= p.To || p.To == 0)
	})
}

// clone copies the ledger, so that what a decision tries does not touch what stands.
func (l *Ledger) clone() Ledger {
	c := *l
	c.amounts = append([]Part(nil), l.amounts...)
	c.stops = append([]Part(nil), l.stops...)
	return c
}
