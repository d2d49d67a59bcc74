package evaluation

import (
	"cmp"
	"slices"
	"strings"

	"terang/engine"
)

// Course is what happened at the exam beside the answers, folded from its journal.
type Course struct {
	Pauses    []Pause    `json:"pauses"`  // of whole sittings, in their order
	Credits   []Credit   `json:"credits"` // by sitting, kind and reason
	Troubles  []Trouble  `json:"troubles"`
	Incidents []Incident `json:"incidents"`
	Pairs     []PairAct  `json:"two_person_acts"`

	exam     string
	attempts map[string]*attended // by stream
	turnout  map[string]*Turnout
	pausedAt map[string]*Pause
	credits  map[Credit]*Credit
	given    map[given]counted // what may be reversed
	trouble  map[string]*Trouble
	noted    map[Incident]int
	pairs    map[string]*PairAct
}

// Pause is a time in which a whole sitting stood still.
type Pause struct {
	Sitting string `json:"sitting"`
	From    string `json:"from"`
	To      string `json:"to"` // "": it has not gone on
	MS      int64  `json:"ms"`
	Why     string `json:"why"`

	from engine.Instant
}

// Credit is the time that was given for one reason at a sitting.
type Credit struct {
	Sitting  string `json:"sitting"`
	Kind     string `json:"kind"` // gap: an outage that was made up for; given: by a supervisor
	Why      string `json:"why"`
	Count    int    `json:"count"`
	MS       int64  `json:"ms"`
	Reversed int    `json:"reversed"`
}

// Trouble is what else disturbed a sitting.
type Trouble struct {
	Sitting  string `json:"sitting"`
	Silences int    `json:"silences"` // a device was not heard of
	Pauses   int    `json:"single_pauses"`
	Moves    int    `json:"moves"`
	Asked    int    `json:"credits_asked"`
	Refused  int    `json:"credits_refused"`
	Reopened int    `json:"reopened"`
	Late     int    `json:"late_answers_refused"`
}

// Incident is how often something was noted at a sitting. The words stay in the register.
type Incident struct {
	Sitting string `json:"sitting"`
	Why     string `json:"why"`
	Count   int    `json:"count"`
}

// PairAct is how acts of two people went. Signed were signed by both at one desk.
type PairAct struct {
	Act       string `json:"act"`
	Proposed  int    `json:"proposed"`
	Approved  int    `json:"approved"`
	Refused   int    `json:"refused"`
	Expired   int    `json:"expired"`
	Denied    int    `json:"denied"` // an approval that did not count
	Performed int    `json:"performed"`
	Signed    int    `json:"signed"`
}

type attended struct {
	sitting                                                string
	checkedIn, started, finished, disqualified, turnedAway bool
}

// given names a credit by its stream and version; counted is where it went.
type given struct {
	stream string
	n      int
}

type counted struct {
	in *Credit
	ms int64
}

// Attendee is somebody expected at a sitting.
type Attendee struct{ Attempt, Sitting, Site string }

// NewCourse returns an empty course of an exam, or of one of its sittings.
func NewCourse(exam string, expected []Attendee) *Course {
	c := &Course{
		Pauses: []Pause{}, Credits: []Credit{}, Troubles: []Trouble{}, Incidents: []Incident{}, Pairs: []PairAct{},
		exam: exam, attempts: make(map[string]*attended), turnout: make(map[string]*Turnout), pausedAt: make(map[string]*Pause),
		credits: make(map[Credit]*Credit), given: make(map[given]counted), trouble: make(map[string]*Trouble), noted: make(map[Incident]int), pairs: make(map[string]*PairAct),
	}
	for _, a := range expected {
		c.attempts[engine.AttemptStream+a.Attempt] = &attended{sitting: a.Sitting}
		if c.turnout[a.Sitting] == nil {
			c.turnout[a.Sitting] = &Turnout{Sitting: a.Sitting, Site: a.Site}
		}
		c.turnout[a.Sitting].Registered++
	}
	return c
}

// Apply takes in an event of any stream of the journal, in the order of commit.
func (c *Course) Apply(stream string, n int, e *engine.Event) {
	if a := c.attempts[stream]; a != nil {
		c.attempt(stream, n, a, e)
		c.pair(e)
		return
	}
	if id, ok := strings.CutPrefix(stream, engine.SittingStream); ok {
		if sitting, mine := strings.CutPrefix(id, c.exam+"."); mine && c.turnout[sitting] != nil {
			c.sitting(sitting, e)
			c.pair(e)
		}
		return
	}
	if stream == engine.ExamStream+c.exam {
		c.pair(e)
	}
}

func (c *Course) attempt(stream string, n int, a *attended, e *engine.Event) {
	switch e.Kind {
	case engine.CheckedIn:
		a.checkedIn, a.turnedAway = true, false
		c.goesOn(a, e)
	case engine.Transferred: // registered there; of who was never here the roster knows more
		if a.checkedIn || e.Act == c.exam+"."+a.sitting {
			c.goesOn(a, e)
		}
		a.checkedIn, a.turnedAway = false, false
	case engine.Continued:
		c.goesOn(a, e)
	case engine.TurnedAway:
		a.turnedAway = true
	case engine.Started:
		a.started = true
	case engine.Finished:
		a.finished = true
	case engine.Disqualified:
		a.disqualified = true
	case engine.Reopened:
		a.finished, a.disqualified = false, false
		c.troubled(a.sitting).Reopened++
	case engine.Resat:
		a.checkedIn, a.started, a.finished, a.disqualified = false, false, false, false
		c.goesOn(a, e)
	case engine.GapCredited:
		c.credit(stream, n, a.sitting, "gap", e.Why, int64(e.To-e.From))
	case engine.TimeGiven:
		c.credit(stream, n, a.sitting, "given", e.Why, e.MS)
	case engine.CreditReversed:
		c.reverse(stream, e.Ref)
	case engine.CreditAsked:
		c.troubled(a.sitting).Asked++
	case engine.CreditRefused:
		c.troubled(a.sitting).Refused++
	case engine.Silent:
		c.troubled(a.sitting).Silences++
	case engine.Paused:
		if e.Ref == 0 {
			c.troubled(a.sitting).Pauses++
		}
	case engine.DeviceMoved:
		c.troubled(a.sitting).Moves++
	case engine.LateRefused:
		c.troubled(a.sitting).Late++
	}
}

// goesOn counts somebody at the sitting that the event names.
func (c *Course) goesOn(a *attended, e *engine.Event) {
	if sitting, ok := strings.CutPrefix(e.Sitting, c.exam+"."); ok && c.turnout[sitting] != nil {
		c.turnout[a.sitting].Registered--
		c.turnout[sitting].Registered++
		a.sitting = sitting
	}
}

func (c *Course) troubled(sitting string) *Trouble {
	t := c.trouble[sitting]
	if t == nil {
		t = &Trouble{Sitting: sitting}
		c.trouble[sitting] = t
	}
	return t
}

func (c *Course) credit(stream string, n int, sitting, kind, why string, ms int64) {
	key := Credit{Sitting: sitting, Kind: kind, Why: why}
	one := c.credits[key]
	if one == nil {
		one = &Credit{Sitting: sitting, Kind: kind, Why: why}
		c.credits[key] = one
	}
	one.Count++
	one.MS += ms
	c.given[given{stream, n}] = counted{one, ms}
}

func (c *Course) reverse(stream string, ref int) {
	key := given{stream, ref}
	if was, ok := c.given[key]; ok {
		was.in.Reversed++
		was.in.MS -= was.ms
		delete(c.given, key)
	}
}

func (c *Course) sitting(sitting string, e *engine.Event) {
	switch e.Kind {
	case engine.SittingPaused:
		c.pausedAt[sitting] = &Pause{Sitting: sitting, From: e.From.String(), Why: e.Why, from: e.From}
	case engine.SittingResumed:
		if p := c.pausedAt[sitting]; p != nil {
			p.To, p.MS = e.To.String(), int64(e.To-p.from)
			c.Pauses = append(c.Pauses, *p)
			delete(c.pausedAt, sitting)
		}
	case engine.IncidentNoted:
		c.noted[Incident{Sitting: sitting, Why: e.Why}]++
	}
}

// pair counts the steps towards acts of two people, and acts that two signed at once.
func (c *Course) pair(e *engine.Event) {
	name := e.Act
	if !engine.IsStep(e.Kind) {
		if e.Two == "" || e.Kind == engine.StaffChanged {
			return
		}
		name = string(e.Kind)
	}
	p := c.pairs[name]
	if p == nil {
		p = &PairAct{Act: name}
		c.pairs[name] = p
	}
	switch e.Kind {
	case engine.Proposed:
		p.Proposed++
	case engine.Approved:
		p.Approved++
	case engine.Refused:
		p.Refused++
	case engine.Expired:
		p.Expired++
	case engine.Denied:
		p.Denied++
	case engine.Performed:
		p.Performed++
	default:
		p.Signed++
	}
}

// Close puts in order what was folded, and returns who came: all, then sitting by sitting.
func (c *Course) Close() []Turnout {
	for _, p := range c.pausedAt {
		c.Pauses = append(c.Pauses, *p)
	}
	slices.SortFunc(c.Pauses, func(a, b Pause) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.Sitting, b.Sitting)) })
	for _, one := range c.credits {
		c.Credits = append(c.Credits, *one)
	}
	slices.SortFunc(c.Credits, func(a, b Credit) int {
		return cmp.Or(cmp.Compare(a.Sitting, b.Sitting), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Why, b.Why))
	})
	for _, one := range c.trouble {
		c.Troubles = append(c.Troubles, *one)
	}
	slices.SortFunc(c.Troubles, func(a, b Trouble) int { return cmp.Compare(a.Sitting, b.Sitting) })
	for one, n := range c.noted {
		one.Count = n
		c.Incidents = append(c.Incidents, one)
	}
	slices.SortFunc(c.Incidents, func(a, b Incident) int { return cmp.Or(cmp.Compare(a.Sitting, b.Sitting), cmp.Compare(a.Why, b.Why)) })
	for _, one := range c.pairs {
		c.Pairs = append(c.Pairs, *one)
	}
	slices.SortFunc(c.Pairs, func(a, b PairAct) int { return cmp.Compare(a.Act, b.Act) })
	return c.attendance()
}

func (c *Course) attendance() []Turnout {
	count := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	for _, a := range c.attempts {
		t := c.turnout[a.sitting]
		count(&t.CheckedIn, a.checkedIn)
		count(&t.Started, a.started)
		count(&t.Finished, a.finished && !a.disqualified)
		count(&t.Disqualified, a.disqualified)
		count(&t.TurnedAway, a.turnedAway)
	}
	all, rows := Turnout{}, make([]Turnout, 0, len(c.turnout)+1)
	for _, t := range c.turnout {
		rows = append(rows, *t)
		all.Registered, all.CheckedIn, all.Started = all.Registered+t.Registered, all.CheckedIn+t.CheckedIn, all.Started+t.Started
		all.Finished, all.Disqualified, all.TurnedAway = all.Finished+t.Finished, all.Disqualified+t.Disqualified, all.TurnedAway+t.TurnedAway
	}
	slices.SortFunc(rows, func(a, b Turnout) int { return cmp.Compare(a.Sitting, b.Sitting) })
	return append([]Turnout{all}, rows...)
}
