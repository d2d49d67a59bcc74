package engine

import "time"

// State of an attempt.
type State string

// The states of an attempt, in the order in which a candidate passes them.
const (
	Assigned        State = "assigned"
	Present         State = "present"
	Ready           State = "ready"
	Running         State = "running"
	OnPause         State = "paused"
	Done            State = "finished"
	DisqualifiedNow State = "disqualified"
)

// Over says that no answer can change any more, unless the attempt is reopened.
func (s State) Over() bool { return s == Done || s == DisqualifiedNow }

// Response is what stands for a position of the form.
type Response struct {
	C  string // letter as displayed, "" when cleared or never answered
	N  int    // version of the event that set it
	At Instant
}

// Attempt is one candidate's exam: the fold of one stream. It is a value without
// clock, store or goroutine; Decide asks it, Apply moves it.
type Attempt struct {
	// What each answer touches stands together, in few lines of memory.
	Stream    string
	N         int  // version: how many events are applied
	Hash      Hash // link of the last one
	At        Instant
	State     State
	Device    string // that holds the attempt
	Gen       int
	Answers   int          // positions that hold an answer
	SpokeAt   Instant      // of the newest record of what the page itself did
	Asked     map[int]Part // undecided CreditAsked by version
	Ledger    Ledger
	Responses []Response // by position - 1
	Marks     map[int]bool
	ops       operations

	Sitting   string // EXAM.SITTING
	Number    string
	Seat      string
	Away      string  // why the candidate was turned away
	Pin       string  // HMAC of the standing PIN
	Session   string  // SHA-256 of the standing cookie's secret
	Place     string  // computer that the session was opened from: seat token or address
	SeatedBy  string  // device that the standing session belongs to
	MovedAt   Instant // since when Sitting is another than the one that it was expected at before, 0 if it never was
	PresentAt Instant // of the first check-in
	CheckedBy string  // who checked in first
	OutRoom   bool
	OutAt     Instant     // since when, while OutRoom
	Doubt     bool        // identity doubted, undecided
	DoubtBy   []string    // who raised the newest doubt, and who doubted, too, before it was decided
	Paper     string      // that the identity was confirmed against
	Photo     string      // SHA-256 of the picture taken at check-in
	Adjust    *Adjustment // what an act gave the candidate in the place of the roster's; nil: nothing. Not changed once it is here
	AdjustBy  []string    // the two who gave it

	Node       string  // that the device is connected to
	BoundAt    Instant // of the newest DeviceBound
	BoundN     int
	BoundSince Instant // last contact before it, as it names it; 0 if there was none
	SilentFrom Instant // last contact, once the silence has been recorded; 0 while in contact

	Followed int // version of the sitting's newest turn that the attempt has followed
	Plan     string
	Seed     string
	Seen     string
	Leaves   string // of an attempt that is to be repeated: what Seen of its next start has to be
	Form     string

	ClockN      int           // version that last changed what the clock shows
	Credited    time.Duration // credited without a supervisor's word
	alone       []givenAlone  // what single people gave or took, and nobody has taken back
	Holding     []HeldAnswer  // in the order of their versions
	Dropped     int           // held answers that were decided not to count
	FinishN     int           // version of the standing finish
	FinishAt    Instant
	FinishWhy   string
	OverAt      Instant // when the standing finish was written
	Fingerprint Hash    // link of the standing Finished or Disqualified
}

// HeldAnswer came while a credit was undecided and the time otherwise over. One without a
// letter takes an answer back.
type HeldAnswer struct {
	Event Event
	N     int
}

// Overtaken says whether a later answer to the same place counts already: there was time
// again before the credit was decided.
func (a *Attempt) Overtaken(h *HeldAnswer) bool {
	return h.Event.Q <= len(a.Responses) && a.Responses[h.Event.Q-1].N > h.N
}

// NewAttempt is the attempt before its first event.
func NewAttempt(stream string) *Attempt {
	return &Attempt{Stream: stream, Hash: FirstHash(stream), State: Assigned}
}

// Accepted returns the version at which the operation was accepted, 0 if it never was.
func (a *Attempt) Accepted(op string) int { return a.ops.version(op) }

// Deadline is the instant at which the clock is at zero.
func (a *Attempt) Deadline() Instant { return a.Ledger.Deadline() }

// Undecided says that a credit waits for a supervisor.
func (a *Attempt) Undecided() bool { return len(a.Asked) > 0 }

// HandsIn says whether the device may still hand in what it kept: for a while after a
// finish that came upon it.
func (a *Attempt) HandsIn(now Instant, p Policy) bool {
	return a.State == Done && a.FinishWhy == "deadline" && now <= a.OverAt.Add(p.HandIn())
}

// Fold applies a stored record. A version that does not follow, or a link that does
// not fit, is an error: what was stored must be read as it was written.
func (a *Attempt) Fold(r Record) error {
	e, h, err := unfold(a.Stream, a.N, a.Hash, r)
	if err == nil {
		a.Apply(&e, h)
	}
	return err
}

// Apply moves the attempt by one event whose link is h.
func (a *Attempt) Apply(e *Event, h Hash) {
	a.N++
	a.Hash = h
	a.At = max(a.At, e.At)
	a.ops.accept(e, a.N)
	switch e.Kind {
	case Answered, Cleared, Marked, Looked, Held:
		a.SpokeAt = e.At
	default:
		a.applyAlone(e)
	}
	switch e.Kind {
	case Answered, Cleared, Marked, Held, HeldDecided:
		a.applyAnswer(e)
	case Paused, Resumed, TimeGiven, GapCredited, CreditAsked, CreditRefused, CreditReversed:
		a.applyClock(e)
	case Started:
		a.applyStart(e)
	case Transferred, Continued:
		a.applyElsewhere(e)
	case Resat:
		a.applyRepeat(e)
	case Finished, Disqualified, Reopened:
		a.applyEnd(e)
	default:
		a.applyPerson(e)
	}
}

func (a *Attempt) applyPerson(e *Event) {
	switch e.Kind {
	case CheckedIn:
		a.State, a.Away = max2(a.State, Present), ""
		a.Sitting, a.Seat, a.Pin, a.Number = e.Sitting, e.Seat, e.Pin, e.Number
		if e.Act != "" {
			a.Paper = e.Act
		}
		if a.PresentAt == 0 {
			a.PresentAt, a.CheckedBy = e.At, e.By
		}
	case TurnedAway:
		a.State, a.Away = Assigned, e.Why
	case Photographed:
		a.Photo = e.Text
	case Adjusted:
		// What Decide lets through can be read; an empty one takes everything back.
		given, _ := ParseAdjustment(e.Form)
		a.Adjust, a.AdjustBy = &given, []string{e.By, e.Two}
	case SignedIn:
		a.Session, a.SeatedBy, a.Place = e.Session, e.Device, e.Seat
	case SignedOut:
		a.Session, a.SeatedBy = "", ""
	case DeviceBound:
		a.Device, a.Gen, a.Node = e.Device, e.Gen, e.Node
		a.BoundAt, a.BoundN, a.BoundSince, a.SilentFrom = e.At, a.N, e.Since, 0
		a.Ledger.goOn("move", e.At)
	case Silent:
		a.SilentFrom = e.Since
	case Confirmed:
		if a.State == Present {
			a.State = Ready
		}
	case DeviceMoved:
		a.Seat, a.Device, a.Session, a.SeatedBy = e.Seat, "", "", ""
		if a.State == Running || a.State == OnPause {
			a.Ledger.stop("move", e.At, e.Why, a.N)
		}
	case Released:
		a.Device, a.Session, a.SeatedBy = "", "", ""
	case DoubtRaised:
		if !a.Doubt {
			a.DoubtBy = nil
		}
		a.Doubt, a.DoubtBy = true, append(a.DoubtBy, e.By)
	case DoubtDecided:
		a.Doubt = false
	case Left:
		a.OutRoom, a.OutAt = true, e.At
	case Returned:
		a.OutRoom, a.OutAt = false, 0
	}
}

// max2 keeps the further of two states: a second check-in of a running candidate issues
// a new PIN and changes nothing else.
func max2(now, least State) State {
	if now == Assigned {
		return least
	}
	return now
}

func (a *Attempt) applyStart(e *Event) {
	a.State = Running
	a.Ledger.From = e.From
	a.Ledger.Length = time.Duration(e.MS) * time.Millisecond
	a.Ledger.Extra = time.Duration(e.Extra) * time.Millisecond
	a.Plan, a.Seed, a.Seen, a.Form, a.Leaves = e.Plan, e.Seed, e.Seen, e.Form, ""
	a.Followed = e.Ref
}

func (a *Attempt) applyAnswer(e *Event) {
	switch e.Kind {
	case Answered:
		a.respond(e.Q, Response{C: e.C, N: a.N, At: e.At})
	case Cleared:
		a.respond(e.Q, Response{N: a.N, At: e.At})
	case Marked:
		if a.Marks == nil {
			a.Marks = make(map[int]bool)
		}
		if e.On {
			a.Marks[e.Q] = true
		} else {
			delete(a.Marks, e.Q)
		}
	case Held:
		a.Holding = append(a.Holding, HeldAnswer{Event: *e, N: a.N})
	case HeldDecided:
		for i, h := range a.Holding {
			if h.N != e.Ref {
				continue
			}
			switch {
			case e.On:
				a.respond(h.Event.Q, Response{C: h.Event.C, N: a.N, At: h.Event.At})
			case e.Why != WhyNewer:
				a.Dropped++
			}
			a.Holding = append(a.Holding[:i:i], a.Holding[i+1:]...)
			break
		}
	}
}

func (a *Attempt) respond(q int, r Response) {
	for len(a.Responses) < q {
		a.Responses = append(a.Responses, Response{})
	}
	was := &a.Responses[q-1]
	if was.C == "" && r.C != "" {
		a.Answers++
	} else if was.C != "" && r.C == "" {
		a.Answers--
	}
	*was = r
}

func (a *Attempt) applyClock(e *Event) {
	a.ClockN = a.N
	switch e.Kind {
	case Paused:
		a.State = OnPause
		a.Ledger.stop("pause", e.From, e.Why, a.N).room = e.Ref != 0
		a.Followed = max(a.Followed, e.Ref, int(e.Extra))
	case Resumed:
		a.State = Running
		a.Followed = max(a.Followed, e.Ref, int(e.Extra))
		a.Ledger.goOn("pause", e.To)
	case TimeGiven:
		a.Ledger.give(e.MS, e.Why, a.N)
	case GapCredited:
		a.Ledger.closed("gap", e.From, e.To, e.Why, a.N)
		if e.Ref != 0 {
			delete(a.Asked, e.Ref)
		} else {
			a.Credited += e.To.Sub(e.From)
		}
	case CreditAsked:
		if a.Asked == nil {
			a.Asked = make(map[int]Part)
		}
		a.Asked[a.N] = Part{What: "gap", From: e.From, To: e.To, MS: int64(e.To - e.From), Why: e.Why, N: a.N}
	case CreditRefused:
		delete(a.Asked, e.Ref)
	case CreditReversed:
		a.Ledger.reverse(e.Ref)
	}
}

func (a *Attempt) applyEnd(e *Event) {
	switch e.Kind {
	case Finished:
		a.State, a.FinishWhy = Done, e.Why
	case Disqualified:
		a.State, a.FinishWhy = DisqualifiedNow, e.Why
	case Reopened:
		// Time does not run from the finish to here, and goes on when a supervisor resumes.
		a.Ledger.closed("reopened", a.FinishAt, e.At, e.Why, a.N)
		a.Ledger.stop("pause", e.At, "reopened", a.N)
		a.State, a.FinishWhy = OnPause, ""
		a.Followed = max(a.Followed, int(e.Extra))
		return
	}
	a.FinishN, a.Fingerprint = a.N, a.Hash
	a.FinishAt, a.OverAt = e.At, e.At
	if e.To != 0 {
		a.FinishAt = e.To // a finish by the deadline is stamped with the deadline it enforces
	}
	a.Ledger.goOn("pause", a.FinishAt)
	a.Ledger.goOn("move", a.FinishAt)
}
