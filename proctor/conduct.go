package proctor

import (
	"cmp"
	"strings"

	"terang/engine"
)

// Conduct folds the records of one sitting and of its people into Facts. Records of
// others, and those that say nothing of the sitting's conduct, pass it by; those that it
// takes must come in the order of their streams.
type Conduct struct {
	id       string // EXAM.SITTING
	sitting  *engine.Sitting
	opened   engine.Instant
	notes    []Incident
	attempts map[string]*conducted
	acts     []deed // on the sitting
	records  int64
	earlier  bool
}

// deed is an act of staff.
type deed struct{ by, two, act string }

// conducted is what is folded of one person.
type conducted struct {
	person   *Person
	fold     *engine.Attempt
	devices  map[string]bool
	turned   []Turned
	out      []Sentence
	reopened []Sentence
	doubts   []DoubtRecord
	given    []Addition
	givenAt  []int // version of each
	credits  []Credit
	moves    []Move
	stops    []Stop       // of this attempt alone
	last     string       // last contact that is known
	came     engine.Event // newest DeviceBound
	leaves   int
	late     int
	held     HeldCount
	began    engine.Event // Started
	acts     []deed
	records  int64
	earlier  bool // see Conduct.AsEarlier
	left     []Elsewhere
	gone     engine.Kind // Transferred, Continued or Resat: goes on at another sitting, "" if not
}

// NewConduct is a sitting's before its first record. The people are those expected at it,
// and those who were given another sitting.
func NewConduct(sitting string, people []*Person) *Conduct {
	c := &Conduct{
		id: sitting, sitting: engine.NewSitting(engine.SittingStream + sitting),
		attempts: make(map[string]*conducted, len(people)),
	}
	for _, p := range people {
		c.attempts[p.Attempt] = newConducted(p, engine.NewAttempt(engine.AttemptStream+p.Attempt))
	}
	return c
}

// AsEarlier makes of the records what programs made of them that decided one doubt at a time, and
// counted a move for nobody: minutes that they closed stand, and are held against what was read from the records then.
func (c *Conduct) AsEarlier() *Conduct {
	c.earlier = true
	return c
}

func newConducted(p *Person, fold *engine.Attempt) *conducted {
	return &conducted{person: p, fold: fold, devices: make(map[string]bool)}
}

// Tells says whether an event is one from which minutes are made.
func Tells(e *engine.Event) bool {
	switch e.Kind {
	case engine.Answered, engine.Cleared, engine.Marked, engine.Looked, engine.SignedIn, engine.SignedOut, // what a candidate does at will
		engine.SettledTo, engine.SittingClosed, engine.MinutesClosed, engine.MinutesSigned, engine.MinutesWitnessed:
		return false
	}
	return !engine.IsStep(e.Kind)
}

// Apply takes in a record.
func (c *Conduct) Apply(r engine.Record, e *engine.Event) {
	if !Tells(e) {
		return
	}
	if r.Stream == c.sitting.Stream {
		c.records++
		c.sitting.N = r.N - 1 // what tells nothing was left out
		c.sitting.Apply(e, r.Hash)
		if staffActed(e, false) {
			c.acts = append(c.acts, deed{e.By, e.Two, ActOf(e)})
		}
		switch e.Kind {
		case engine.CheckinOpened:
			c.opened = cmp.Or(c.opened, e.At)
		case engine.IncidentNoted:
			c.notes = append(c.notes, Incident{N: r.N, At: e.At.String(), By: e.By, Why: e.Why, Seat: e.Seat, Number: e.Number, Text: e.Text})
		}
		return
	}
	id, ok := strings.CutPrefix(r.Stream, engine.AttemptStream)
	a := c.attempts[id]
	if !ok || a == nil {
		return
	}
	elsewhere := e.Kind == engine.Transferred || e.Kind == engine.Continued || e.Kind == engine.Resat
	if elsewhere && e.Sitting == c.id { // what was before is in the minutes of the other sitting
		left := a.left
		a = newConducted(a.person, a.fold)
		a.left, c.attempts[id] = left, a
	}
	if a.gone != "" {
		return
	}
	if a.records++; staffActed(e, true) {
		a.acts = append(a.acts, deed{e.By, e.Two, ActOf(e)})
	}
	if elsewhere && e.Act == c.id {
		what := map[engine.Kind]string{engine.Transferred: "transferred", engine.Continued: "continued", engine.Resat: "repeated"}[e.Kind]
		a.left = append(a.left, Elsewhere{Number: a.person.Number, At: e.At.String(), What: what, To: e.Sitting, Why: e.Why, By: e.By})
		a.gone = e.Kind
		a.goOn("", e.At)
		return
	}
	a.fold.N = r.N - 1
	a.earlier = c.earlier
	seat := a.fold.Seat
	slim := *e
	slim.Op = ""
	if c.earlier && e.Kind == engine.DeviceMoved {
		slim.Two = slim.By // then it is nobody's alone
	}
	a.fold.Apply(&slim, r.Hash)
	a.take(r.N, seat, e)
}

// ActOf is the name of the act that an event came from.
func ActOf(e *engine.Event) string {
	return cmp.Or(actNames[e.Kind], e.Act, strings.ToLower(string(e.Kind)))
}

// take folds what the attempt's own fold forgets.
func (a *conducted) take(n int, seat string, e *engine.Event) {
	number, at := a.person.Number, e.At.String()
	switch e.Kind {
	case engine.TurnedAway:
		a.turned = append(a.turned, Turned{Number: number, At: at, By: e.By, Why: e.Why})
	case engine.CheckedIn:
		if k := len(a.turned) - 1; k >= 0 && a.turned[k].Back == "" {
			a.turned[k].Back = at
		}
	case engine.Started:
		a.began = *e
	case engine.Silent:
		a.last = e.Since.String()
	case engine.DeviceBound:
		a.devices[e.Device], a.came = true, *e
		a.goOn("move", e.At)
		if e.Since != 0 {
			a.last = e.Since.String()
		}
	case engine.DeviceMoved:
		a.moves = append(a.moves, Move{Number: number, At: at, From: seat, To: e.Seat, Why: e.Why, By: e.By})
		if a.fold.Ledger.Stopped("move") {
			a.stop("move", e.At, e)
		}
	case engine.Paused:
		if e.Ref == 0 {
			a.stop("pause", e.From, e)
		}
	case engine.Resumed:
		a.goOn("pause", e.To)
	case engine.Finished:
		a.goOn("", a.fold.FinishAt)
	case engine.Disqualified:
		a.goOn("", a.fold.FinishAt)
		a.out = append(a.out, Sentence{Number: number, At: at, By: e.By, Two: e.Two, Why: e.Why})
	case engine.Reopened:
		a.reopened = append(a.reopened, Sentence{Number: number, At: at, By: e.By, Two: e.Two, Why: e.Why})
		a.stop("reopened", a.fold.FinishAt, e)
		a.goOn("reopened", e.At)
		a.stop("pause", e.At, e)
	case engine.DoubtRaised:
		a.doubts = append(a.doubts, DoubtRecord{Number: number, Raised: at, By: e.By})
	case engine.DoubtDecided:
		a.decideDoubts(e)
	case engine.Left:
		a.leaves++
	case engine.LateRefused:
		a.late++
	case engine.Held:
		a.held.Waiting++
	case engine.HeldDecided:
		if a.held.Waiting--; e.On {
			a.held.Counted++
		} else {
			a.held.Dropped++
		}
	default:
		a.time(n, e)
	}
}

// stop begins a time in which the clock stands, goOn ends those of a kind, "" all.
func (a *conducted) stop(what string, from engine.Instant, e *engine.Event) {
	a.stops = append(a.stops, Stop{Number: a.person.Number, What: what, From: from.String(), Why: e.Why, By: e.By, from: from, n: a.fold.N})
}

func (a *conducted) goOn(what string, to engine.Instant) {
	for i := range a.stops {
		if s := &a.stops[i]; s.To == "" && (what == "" || s.What == what) {
			s.to = max(to, s.from)
			s.To, s.MS = s.to.String(), int64(s.to-s.from)
		}
	}
}

// decideDoubts decides all that are open.
func (a *conducted) decideDoubts(e *engine.Event) {
	for i := len(a.doubts) - 1; i >= 0 && a.doubts[i].Decided == ""; i-- {
		d := &a.doubts[i]
		d.Decided, d.DecidedBy, d.Verdict = e.At.String(), e.By, e.Why
		if a.earlier {
			break
		}
	}
}

// time folds what is given, credited and taken back.
func (a *conducted) time(n int, e *engine.Event) {
	number := a.person.Number
	switch e.Kind {
	case engine.TimeGiven:
		a.given = append(a.given, Addition{Number: number, MS: e.MS, What: "given", Why: e.Why, At: e.At.String(), By: e.By, Two: e.Two})
		a.givenAt = append(a.givenAt, n)
	case engine.GapCredited:
		if e.Ref != 0 {
			a.decide(e.Ref, n, CreditGranted, e)
			return
		}
		a.credit(n, CreditAutomatic, e)
	case engine.CreditAsked:
		a.credit(n, CreditUndecided, e)
	case engine.CreditRefused:
		a.decide(e.Ref, e.Ref, CreditRefused, e)
	case engine.CreditReversed:
		for i, at := range a.givenAt {
			if at == e.Ref {
				a.given[i].Reversed = true
			}
		}
		a.decide(e.Ref, e.Ref, CreditReversed, e)
	}
}

func (a *conducted) credit(n int, state string, e *engine.Event) {
	c := Credit{
		Number: a.person.Number, From: e.From.String(), To: e.To.String(), MS: int64(e.To - e.From), Why: e.Why, State: state, By: e.By, Two: e.Two,
		Record: n, Last: a.last,
	}
	if a.came.Kind != "" && a.came.At >= e.To {
		c.Back, c.Device, c.Node = a.came.At.String(), a.came.Gen, a.came.Node
	}
	a.credits = append(a.credits, c)
}

// decide moves a credit to another state; becomes is the record that holds from then on.
func (a *conducted) decide(record, becomes int, state string, e *engine.Event) {
	for i := range a.credits {
		if c := &a.credits[i]; c.Record == record {
			c.State, c.By, c.Two, c.Record = state, e.By, e.Two, becomes
		}
	}
}
