package itemstats

import (
	"terang/engine"
)

// idleAfter is from how long on a time without any act counts as idle, not as time on the
// item, in milliseconds.
const idleAfter = 120_000

// together is the time between two acts below which they came out of a device's outbox,
// not from a person, in milliseconds: then only the page knows how long the item was seen.
const together = 1_000

// Sheet is one attempt as analysis needs it: a fold of its stream into the standing
// responses and the time that each position was in view. About 1.8 kB while it runs.
type Sheet struct {
	Started      bool
	Finished     bool
	Disqualified bool
	Interrupted  bool // paused, moved, silent or credited
	ExtraTime    bool
	Form         string // ETag of the form that was given
	N            int    // version
	Acts         []Act  // in their order, if Trace

	Trace bool // keep the acts

	d       *Design
	places  []place
	held    map[int]engine.Event
	view    int            // position in view, 0: not known
	since   engine.Instant // since when; 0: no time runs
	strange bool
}

// place is one position of the form.
type place struct {
	item     int32 // as its last answer said, -1: never answered
	option   uint8
	shown    bool
	ms       uint32 // by the server's records
	reported uint32 // by the page
}

// Act is one thing that the candidate did: an answer, or only a look.
type Act struct {
	At     engine.Instant
	Q      int
	MS     int64 // time in view before it
	Option uint8 // as Design.Option; 0: a look, or an answer taken back
	From   uint8 // what stood before
	Look   bool  // nothing was answered; MS is the time until the next act
	Idle   int64 // milliseconds without any act before it, 0 if they were two minutes or less
	Letter byte  // as displayed
}

// NewSheet is an attempt before its first event.
func NewSheet(d *Design) *Sheet { return &Sheet{d: d} }

// Apply folds the next event of the attempt's stream.
func (s *Sheet) Apply(e *engine.Event) {
	s.N++
	switch e.Kind {
	case engine.Started:
		s.Started, s.ExtraTime, s.Form, s.since = true, e.Extra > 0, e.Form, e.From
		s.places = make([]place, s.d.Places())
		for i := range s.places {
			s.places[i].item = -1
		}
	case engine.Looked:
		s.look(e.Q, e.At)
	case engine.Answered, engine.Cleared:
		s.answer(e)
	case engine.Marked:
		s.seen(e.Q, e.At)
	case engine.Held:
		if s.held == nil {
			s.held = make(map[int]engine.Event)
		}
		s.held[s.N] = *e
		s.seen(e.Q, e.At)
	case engine.HeldDecided:
		if h, ok := s.held[e.Ref]; ok && e.On {
			s.stand(&h)
		}
		delete(s.held, e.Ref)
	case engine.TimeGiven:
		s.ExtraTime = s.ExtraTime || e.MS > 0
	case engine.Paused, engine.Silent, engine.DeviceMoved, engine.Continued:
		s.Interrupted = s.Interrupted || s.Started
		s.leave(e.At)
	case engine.GapCredited:
		s.Interrupted = true
	case engine.Resumed, engine.DeviceBound:
		if s.Started && !s.Finished {
			s.view, s.since = 0, max(e.At, e.To)
		}
	case engine.Finished:
		s.leave(e.At)
		s.Finished = true
	case engine.Disqualified:
		s.leave(e.At)
		s.Disqualified = true
	case engine.Reopened:
		s.Finished, s.Disqualified, s.Interrupted = false, false, true
	case engine.Resat: // of what is sat again only the last time is analysed
		*s = Sheet{d: s.d, Trace: s.Trace, N: s.N}
	}
}

// at returns the position's place, nil for one that the form has not: the journal cannot
// be refused, so such a sheet is strange and left out.
func (s *Sheet) at(q int) *place {
	if q < 1 || q > len(s.places) {
		s.strange = s.strange || s.Started
		return nil
	}
	return &s.places[q-1]
}

// pass ends a stretch of time at an instant and returns its length, at most idleAfter, and
// the whole of it if it is longer.
func (s *Sheet) pass(at engine.Instant) (ms, idle int64) {
	if s.since != 0 {
		ms = max(0, int64(at-s.since))
		s.since = at
	}
	if ms > idleAfter {
		return idleAfter, ms
	}
	return ms, 0
}

// look says that the page shows a position from now on.
func (s *Sheet) look(q int, at engine.Instant) {
	p := s.at(q)
	if p == nil {
		return
	}
	p.shown = true
	left := s.view
	if left == 0 {
		left = q // the first that the page tells of was there from the start
	}
	ms, idle := s.pass(at)
	s.places[left-1].ms += uint32(ms)
	s.view = q
	if s.since == 0 {
		s.since = at
	}
	if s.Trace {
		s.ended(left, ms)
		s.Acts = append(s.Acts, Act{At: at, Q: q, Look: true, Idle: idle})
	}
}

// ended writes to the last look how long it lasted.
func (s *Sheet) ended(q int, ms int64) {
	if n := len(s.Acts); n > 0 && s.Acts[n-1].Look && s.Acts[n-1].Q == q {
		s.Acts[n-1].MS += ms
	}
}

// seen counts the time up to an act at a position to that position.
func (s *Sheet) seen(q int, at engine.Instant) (ms, idle int64) {
	p := s.at(q)
	if p == nil {
		return 0, 0
	}
	p.shown = true
	ms, idle = s.pass(at)
	p.ms += uint32(ms)
	s.view = q
	if s.since == 0 {
		s.since = at
	}
	return ms, idle
}

func (s *Sheet) answer(e *engine.Event) {
	p := s.at(e.Q)
	if p == nil {
		return
	}
	ms, idle := s.seen(e.Q, e.At)
	p.reported += uint32(min(max(0, e.MS), 4*idleAfter))
	was := p.option
	s.stand(e)
	if !s.Trace {
		return
	}
	if ms < together && e.MS > ms {
		ms = e.MS
	}
	act := Act{At: e.At, Q: e.Q, MS: ms, Option: p.option, From: was, Idle: idle}
	if e.C != "" {
		act.Letter = e.C[0]
	}
	s.Acts = append(s.Acts, act)
}

// stand lets an answer stand, or takes it back.
func (s *Sheet) stand(e *engine.Event) {
	p := s.at(e.Q)
	if p == nil {
		return
	}
	if e.Item != "" {
		p.item = s.d.Index(e.Item)
	}
	p.option = 0
	if e.Option != "" {
		p.option = s.d.Option(p.item, e.Option)
		s.strange = s.strange || p.option == 0
	}
}

// leave ends the time in view: the clock stands, or nobody is at the page.
func (s *Sheet) leave(at engine.Instant) {
	ms, _ := s.pass(at)
	if s.view != 0 && s.view <= len(s.places) {
		s.places[s.view-1].ms += uint32(ms)
		if s.Trace {
			s.ended(s.view, ms)
		}
	}
	s.view, s.since = 0, 0
}

// Taken is the sheet as a form of these items and slots, by position. It is not ok when
// the record does not fit the form.
func (s *Sheet) Taken(group int, items, slots []int32) (*Taken, bool) {
	if s.strange || len(items) != len(s.places) {
		return nil, false
	}
	t := &Taken{
		Group: group, Items: items, Slots: slots,
		Options: make([]uint8, len(items)), MS: make([]uint32, len(items)), Shown: make([]bool, len(items)),
	}
	for q, p := range s.places {
		if p.item >= 0 && p.item != items[q] {
			return nil, false
		}
		t.Options[q], t.Shown[q] = p.option, p.shown
		// What the page says covers the time without the server; it tells of answers only.
		if t.MS[q] = p.ms; p.reported > 0 {
			t.MS[q] = p.reported
		}
	}
	return t, true
}

// Counts says whether the attempt belongs to the population.
func (s *Sheet) Counts() bool { return s.Started && s.Finished && !s.Disqualified }
