package engine

import "time"

// Decide answers a command on an attempt with the events that record it, or with a
// refusal (a *Refusal, or an error that wraps one). It reads no clock and changes
// nothing; the events take effect when Apply has applied what the journal stored.
//
// A refusal may come with events: an answer that is too late is recorded, and refused.
func Decide(a *Attempt, c *Command, t *Terms) ([]Event, error) { return decide(a, c, t, nil) }

// decide is Decide with room for the events, which is used if it is enough.
func decide(a *Attempt, c *Command, t *Terms, room []Event) ([]Event, error) {
	d := decision{a: a, c: c, t: t, at: max(c.At, a.At), events: room[:0]}
	if c.Op != "" {
		if first := a.ops.ask(c.Op); first != nil {
			return nil, repeated(first)
		}
	}
	var err error
	switch c.Act {
	case ActAnswer, ActMark, ActLook, ActSelfEnd:
		err = d.candidate()
	case ActHello:
		err = d.hello()
	case ActSignIn, ActSignOut, ActConfirm:
		err = d.person()
	case ActDeadline, ActSilent, ActFollow, ActGapLimit, ActBlocked, ActBreakEnd:
		d.node()
	case ActView:
	default:
		err = d.staff()
	}
	return d.events, err
}

// Repeated is how an operation that was accepted before is answered: as the first time.
type Repeated struct {
	N    int
	At   Instant
	Code Code // "" when it was stored to count; Late or HeldNow otherwise
}

func (r *Repeated) Error() string { return "operation was accepted before" }

func repeated(first *accepted) error {
	return &Repeated{N: int(first.n), At: first.at, Code: repeatedAs[first.code]}
}

// decision gathers the events of one command.
type decision struct {
	a      *Attempt
	c      *Command
	t      *Terms
	at     Instant
	events []Event
}

// add records an event of this command, with what all events carry.
func (d *decision) add(e Event) {
	e.At, e.By, e.Two = d.at, d.c.By, d.c.Two
	if len(d.events) == 0 {
		e.Op = d.c.Op
	}
	d.events = append(d.events, e)
}

// candidate decides what comes over the exam socket.
func (d *decision) candidate() error {
	a, c := d.a, d.c
	// A release and a move take the attempt from its device with their own event, not only
	// with the next hello: a node that has not heard of one learns it at its append.
	taken := a.Device == "" && a.Gen > 0 && !a.State.Over()
	if taken || c.Gen != a.Gen {
		return refuse(Superseded)
	}
	var place Place
	e := Event{Q: c.Q}
	if c.Act != ActSelfEnd {
		var ok bool
		if place, ok = d.t.Form.Place(c.Q); !ok {
			return refuseField(UnknownItem, "q")
		}
		e.Item = place.Item.ID
	}
	if c.Act == ActAnswer {
		e.Kind, e.C, e.MS = Cleared, "", c.MS
		if c.C != "" {
			option, ok := place.Option(c.C)
			if !ok {
				return refuseField(UnknownOption, "c")
			}
			e.Kind, e.C, e.Option = Answered, c.C, option
		}
	}
	switch {
	case a.State == Done:
		return d.afterFinish(e)
	case a.State == DisqualifiedNow:
		return refuse(AlreadyOver)
	case a.State == OnPause:
		return refuse(PausedNow)
	case a.State != Running || c.At < a.Ledger.From:
		return refuse(NotStarted)
	}
	inTime := c.At <= a.Deadline().Add(d.t.Policy.grace())
	switch c.Act {
	case ActAnswer:
		return d.answer(e, inTime)
	case ActMark:
		// A mark counts for nothing: whoever works on because a credit is undecided may set one.
		if !inTime && !a.Undecided() {
			return refuse(Late)
		}
		d.add(d.asRead(Event{Kind: Marked, Q: c.Q, On: c.On}))
	case ActLook:
		if inTime {
			d.add(Event{Kind: Looked, Q: c.Q, MS: c.MS})
		}
	case ActSelfEnd:
		d.finish("self", 0)
	}
	return nil
}

// asRead keeps the instant at which the frame was read where the record is stamped later,
// because something else was recorded in between: it decided whether there was time.
func (d *decision) asRead(e Event) Event {
	if d.c.At < d.at {
		e.From = d.c.At
	}
	return e
}

func (d *decision) answer(e Event, inTime bool) error {
	switch {
	case inTime:
		d.add(d.asRead(e))
		return nil
	case d.a.Undecided():
		e.Kind = Held
		d.add(d.asRead(e))
		return refuse(HeldNow)
	default:
		return d.late(e)
	}
}

// late records an answer, or one that was taken back, that does not count.
func (d *decision) late(e Event) error {
	e.Kind = LateRefused
	d.add(d.asRead(e))
	return refuse(Late)
}

// afterFinish keeps what a device hands in after its time was over.
func (d *decision) afterFinish(e Event) error {
	a := d.a
	if d.c.Act == ActAnswer && a.HandsIn(d.c.At, d.t.Policy) {
		return d.late(e)
	}
	return refuse(AlreadyOver)
}

// finish ends the attempt; stamp is the deadline that it enforces, 0 if none.
func (d *decision) finish(why string, stamp Instant) {
	d.add(Event{Kind: Finished, Why: why, To: stamp, Ref: d.a.FinishN})
}

// person decides sign-in, sign-out and "this is me".
func (d *decision) person() error {
	a, c := d.a, d.c
	switch c.Act {
	case ActSignIn:
		if a.State == Assigned {
			return refuse(NotOpen)
		}
		if a.Device != "" && a.Device != c.Device && !a.State.Over() && !d.yields() {
			return refuse(InUse)
		}
		d.add(Event{Kind: SignedIn, Device: c.Device, Session: c.Session, Seat: c.Seat})
	case ActSignOut:
		if a.Session == c.Session {
			d.add(Event{Kind: SignedOut})
		}
	case ActConfirm:
		if a.Session != c.Session || a.Session == "" {
			return refuse(SignedOutNow)
		}
		if c.Device != "" && c.Device != a.SeatedBy {
			return refuse(NotAllowed) // as its hello would be
		}
		if a.State == Present {
			d.add(Event{Kind: Confirmed, Device: c.Device})
			d.follow(Ready, false)
		}
	}
	return nil
}

// yields says whether the device that holds the attempt gives way to another at the
// same seat: it has been silent for long enough.
func (d *decision) yields() bool {
	return d.c.Seat != "" && d.c.Seat == d.a.Place && d.at.Sub(d.lastContact()) >= SilentAfter
}

// lastContact is when the candidate's device was last heard.
func (d *decision) lastContact() Instant {
	if d.a.SilentFrom != 0 {
		return d.a.SilentFrom
	}
	return max(d.a.BoundAt, d.a.SpokeAt, d.c.Since)
}

// node decides what the node asks of itself: the deadline, a silence, the sitting's turns.
func (d *decision) node() {
	a, c := d.a, d.c
	switch c.Act {
	case ActSilent:
		if (a.State == Running || a.State == OnPause) && a.SilentFrom == 0 && a.BoundN > 0 {
			if last := d.lastContact(); d.at.Sub(last) >= SilentAfter {
				d.add(Event{Kind: Silent, Since: last})
			}
		}
	case ActFollow:
		d.follow(a.State, false)
	case ActBreakEnd:
		d.endBreak()
	case ActGapLimit:
		d.gapLimit()
	case ActBlocked:
		// Answers waited, and the candidate was told so: a gap like any other.
		if a.State == Running {
			until := d.at
			if c.Limit != 0 {
				until = min(until, c.Limit)
			}
			if a.BoundAt > c.Since {
				until = min(until, a.BoundAt) // a hello has ended it, perhaps at another node
			}
			d.makeGood(c.Since, 0, until, 0)
			for i := range d.events {
				d.events[i].Why = "journal"
			}
		}
	case ActDeadline:
		if d.dueAt() <= d.at {
			d.finish("deadline", a.Deadline())
		}
	}
}

// dueAt is when the attempt is finished: after the grace, or, while a gap or a credit
// is open, after the hold.
func (d *decision) dueAt() Instant {
	a := d.a
	if a.State != Running {
		return Never
	}
	deadline := a.Deadline()
	if deadline >= Never {
		return Never
	}
	inTime, held := deadline.Add(d.t.Policy.grace()), deadline.Add(max(d.t.Policy.hold(), d.t.Policy.grace()))
	switch {
	case a.Undecided():
		return held
	case d.unheard() && a.BoundSince != 0 && d.at.Sub(a.BoundSince) >= DownAfter:
		// Whether that hello has ended the gap is known when the page is heard: its beat comes
		// sooner than a page calls itself offline, and over plain HTTP soon after.
		for _, wait := range []time.Duration{DownAfter, SilentAfter} {
			if look := a.BoundAt.Add(wait); d.at < look {
				return min(max(inTime, look), held)
			}
		}
		return held
	case d.at.Sub(d.lastContact()) >= DownAfter:
		return held
	}
	return inTime
}

// DueAt is when the attempt wants to be looked at again: to be finished, or because its
// break is over. last is the last contact that the node knows of. Never while the clock
// stands for as long as nobody can say.
func DueAt(a *Attempt, t *Terms, now, last Instant) Instant {
	if a.State == OnPause {
		return a.BreakEnds()
	}
	d := decision{a: a, c: &Command{Since: last}, t: t, at: max(now, a.At)}
	deadline := a.Deadline()
	if a.State != Running || deadline >= Never {
		return Never
	}
	first := deadline.Add(t.Policy.grace())
	if a.Undecided() {
		first = deadline // nothing is finished then, but the page hears that answers are held
	}
	if now < first {
		return first // whether a gap is open is seen then
	}
	return d.dueAt()
}

// follow appends what the sitting's stream says and this attempt lacks. state is what
// the attempt is in, events of this decision included; hello is its own first contact.
func (d *decision) follow(state State, hello bool) {
	s := d.t.Sitting
	if s == nil || state.Over() || s.Phase == Ended || s.Phase == Sealed {
		return
	}
	// A break is the candidate's own: a room that goes on does not end it, and is followed
	// with the pause before when the break is over.
	resting := state == OnPause && d.a.onBreak()
	followed := d.a.Followed
	for _, turn := range s.Turns {
		// A pause that lies ahead, because the clock was set back, is followed at once.
		if turn.N <= followed || turn.At > d.at && turn.Kind != SittingPaused {
			continue
		}
		switch {
		case turn.Kind == SittingStarted && state == Ready && d.a.Ledger.From != 0:
			// Begun at another sitting: the clock goes on where it stood, and nobody who
			// comes to the computer later loses by it.
			d.add(Event{Kind: Resumed, To: d.at, Ref: turn.N})
			state = Running
		case turn.Kind == SittingStarted && state == Ready && d.a.Leaves != "" && d.a.Leaves != d.t.Seen:
			return // this node has not heard yet which form the repetition has
		case turn.Kind == SittingStarted && state == Ready:
			from, ok := d.startFrom(turn.At, hello)
			if !ok {
				return
			}
			d.add(Event{
				Kind: Started, From: from, MS: d.length().Milliseconds(), Extra: d.a.Extra(d.t).Milliseconds(),
				Number: d.t.Number, Plan: d.t.Plan, Seed: d.t.Seed, Seen: d.t.Seen, Form: d.t.Form.ETag, Ref: turn.N,
			})
			state = Running
		case turn.Kind == SittingPaused && state == Running:
			d.add(Event{Kind: Paused, From: turn.At, Why: turn.Why, Ref: turn.N})
			state = OnPause
		case turn.Kind == SittingResumed && state == OnPause && !resting:
			d.add(Event{Kind: Resumed, To: turn.At, Ref: turn.N})
			state = Running
		}
	}
}

// over is the version of the newest turn of the sitting that the staff's word on this candidate alone
// comes after. What the room did before it is no reason to go on or to stand any more, also where
// nothing had to be followed: the clock stood already, or ran, or the attempt was finished.
func (d *decision) over() int64 {
	if d.t.Sitting == nil {
		return 0
	}
	passed := 0
	for _, turn := range d.t.Sitting.Turns {
		if turn.At > d.at && turn.Kind != SittingPaused {
			break
		}
		passed = turn.N
	}
	return int64(passed)
}

// length is how long the attempt lasts, by the sitting's own word where the terms are those of
// another: this node has not heard yet that the exam expects it here.
func (d *decision) length() time.Duration {
	if s := d.t.Sitting; s.Length > 0 && SittingStream+d.t.Expected != s.Stream {
		return s.Length
	}
	return d.t.Length
}

// startFrom is where the clock starts for an attempt that follows a start at T. Under
// late_entry full a latecomer's own first hello starts it.
func (d *decision) startFrom(t Instant, hello bool) (Instant, bool) {
	// Within the millisecond of the start nobody can tell who was first; under full the
	// doubt is the candidate's.
	if !d.latecomer(t) || d.t.Policy.LateEntry != LateFull {
		return t, true
	}
	return d.at, hello
}

// latecomer says that the candidate was not checked in when check-in closed, or at the start.
func (d *decision) latecomer(start Instant) bool {
	s := d.t.Sitting
	return d.a.PresentAt >= start || s != nil && s.ClosedAt != 0 && d.a.PresentAt >= s.ClosedAt
}
