package checker

import (
	"context"
	"slices"

	"terang/engine"
)

// tally is a sitting as it can be counted on one's fingers from the journal: what minutes
// say of it has to come to the same. It is made without the fold of attempts, from what
// was written and in another way: each person's records are walked back from the last.
type tally struct {
	Registered, Absent, Present int
	Classes                     map[string]int // by the names that minutes use; only those that somebody is in
	Disqualified, Reopened      int            // acts, not people
	Turned, Back                int            // turned away; of these, checked in after all
	Moves, Leaves, Late         int
	Incidents, RoomPauses       int
	OwnPauses                   int              // of one person alone, a reopening's included
	Credits                     map[string]int64 // milliseconds by state
	Given                       int64            // by decision, what was taken back left out
	Devices                     int
}

// tallyOf counts a sitting whose people have these attempts.
func tallyOf(ctx context.Context, j engine.Journal, sitting string, attempts []string) (*tally, error) {
	all, err := read(ctx, j, new(Report))
	if err != nil {
		return nil, err
	}
	t := &tally{Classes: map[string]int{}, Credits: map[string]int64{}}
	if s := all.by[engine.SittingStream+sitting]; s != nil {
		for i := range s.events {
			switch s.events[i].Kind {
			case engine.IncidentNoted:
				t.Incidents++
			case engine.SittingPaused:
				t.RoomPauses++
			}
		}
	}
	devices := make(map[string]bool)
	for _, id := range attempts {
		s := all.by[engine.AttemptStream+id]
		if s == nil {
			s = new(stream)
		}
		class, absent := s.class()
		t.Classes[class]++
		if t.Registered++; absent {
			t.Absent++
		} else {
			t.Present++
		}
		s.acts(t, devices)
		s.money(t)
	}
	t.Devices = len(devices)
	return t, nil
}

// last is the index of the newest event of these kinds, -1 if there is none.
func (s *stream) last(kinds ...engine.Kind) int {
	for i := len(s.events) - 1; i >= 0; i-- {
		if slices.Contains(kinds, s.events[i].Kind) {
			return i
		}
	}
	return -1
}

// class says what became of a person, and whether they took no seat.
func (s *stream) class() (class string, absent bool) {
	began := s.last(engine.Started) >= 0
	door := s.last(engine.CheckedIn, engine.TurnedAway)
	inside := door >= 0 && s.events[door].Kind == engine.CheckedIn
	if end := s.last(engine.Finished, engine.Disqualified, engine.Reopened); end >= 0 {
		switch e := &s.events[end]; {
		case e.Kind == engine.Disqualified && !began && !inside:
			return "disqualified_at_door", true
		case e.Kind == engine.Disqualified:
			return "disqualified", false
		case e.Kind == engine.Finished:
			return "finished_" + e.Why, false
		}
		return "continued", false
	}
	switch {
	case began:
		return "continued", false
	case door < 0:
		return "no_show", true
	case inside:
		return "never_started", false
	case s.events[door].Why == "disqualified":
		return "disqualified_at_door", true
	}
	return s.events[door].Why, true
}

// acts counts what was done to a person, and at which computers.
func (s *stream) acts(t *tally, devices map[string]bool) {
	waits := false // turned away, and not back yet
	for i := range s.events {
		switch e := &s.events[i]; e.Kind {
		case engine.Disqualified:
			t.Disqualified++
		case engine.Reopened:
			t.Reopened++
			t.OwnPauses += 2 // from the finish to here, and on until somebody resumes
		case engine.TurnedAway:
			t.Turned++
			waits = true
		case engine.CheckedIn:
			if waits {
				t.Back++
			}
			waits = false
		case engine.DeviceMoved:
			t.Moves++
		case engine.Left:
			t.Leaves++
		case engine.LateRefused:
			t.Late++
		case engine.Paused:
			if e.Ref == 0 {
				t.OwnPauses++
			}
		case engine.DeviceBound:
			devices[e.Device] = true
		}
	}
}

// money is the time that was credited and given. What a later record answers is looked
// up by the version that it names.
func (s *stream) money(t *tally) {
	answer := func(n int, kinds ...engine.Kind) *event {
		for i := range s.events {
			if e := &s.events[i]; e.Ref == n && slices.Contains(kinds, e.Kind) {
				return e
			}
		}
		return nil
	}
	reversed := func(n int) bool { return answer(n, engine.CreditReversed) != nil }
	for i := range s.events {
		e := &s.events[i]
		ms := int64(e.To - e.From)
		switch {
		case e.Kind == engine.TimeGiven && !reversed(e.n):
			t.Given += e.MS
		case e.Kind == engine.GapCredited && e.Ref == 0 && reversed(e.n):
			t.Credits["reversed"] += ms
		case e.Kind == engine.GapCredited && e.Ref == 0:
			t.Credits["automatic"] += ms
		case e.Kind == engine.CreditAsked:
			state := "undecided"
			if granted := answer(e.n, engine.GapCredited); granted != nil {
				if state = "granted"; reversed(granted.n) {
					state = "reversed"
				}
			} else if answer(e.n, engine.CreditRefused) != nil {
				state = "refused"
			}
			t.Credits[state] += ms
		}
	}
}
