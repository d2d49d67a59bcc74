package engine

import (
	"fmt"
	"time"
)

// Phase of a sitting.
type Phase string

// The phases of a sitting, in order.
const (
	Planned    Phase = "planned"
	CheckingIn Phase = "checkin"
	Waiting    Phase = "waiting"
	InProgress Phase = "running"
	Halted     Phase = "paused"
	Ended      Phase = "ended"
	Sealed     Phase = "closed"
	Cancelled  Phase = "cancelled" // from planned only
)

// Sitting is one session at one site: the fold of its stream.
type Sitting struct {
	Stream string
	N      int
	Hash   Hash
	At     Instant

	Phase     Phase
	Planned   Instant
	MovedAt   Instant // when that was last said to be another than at first, 0 if it is as at first
	Length    time.Duration
	OpenedAt  Instant // when check-in was opened first
	openedFor Instant // hour of the sitting then
	ClosedAt  Instant // of check-in, 0 while it is open
	StartedAt Instant // T
	StartedBy string
	EndedAt   Instant
	SettledTo Instant
	Home      string // code of the site whose journal is the stream's home, "" for the centre's
	Handed    int    // version of the newest HandedOver, 0 if there is none
	AnyPlace  bool   // candidates may sign in at any computer, whatever the policy says of places
	Turns     []Turn // what attempts have to follow
	Seats     SeatBook
	Pairs     Pairs // acts that take two people
	Minutes   []MinutesVersion
	ops       operations
}

// Turn is a change of the whole sitting that each attempt follows with an event of its own.
type Turn struct {
	N    int
	Kind Kind // SittingStarted, SittingPaused or SittingResumed
	At   Instant
	Why  string
	By   string
}

// NewSitting is the sitting before its first event.
func NewSitting(stream string) *Sitting {
	return &Sitting{Stream: stream, Hash: FirstHash(stream), Phase: Planned}
}

// Fold applies a stored record, as Attempt.Fold does.
func (s *Sitting) Fold(r Record) error {
	e, h, err := unfold(s.Stream, s.N, s.Hash, r)
	if err == nil {
		s.Apply(&e, h)
	}
	return err
}

// Apply moves the sitting by one event whose link is h.
func (s *Sitting) Apply(e *Event, h Hash) {
	s.N++
	s.Hash = h
	s.At = max(s.At, e.At)
	s.ops.accept(e, s.N)
	switch e.Kind {
	case SittingPlanned:
		s.Planned, s.Length = e.From, time.Duration(e.MS)*time.Millisecond
	case CheckinOpened:
		s.Phase, s.ClosedAt = CheckingIn, 0
		if s.OpenedAt == 0 {
			s.OpenedAt, s.openedFor = e.At, s.Planned
		}
	case CheckinClosed:
		s.Phase, s.ClosedAt = Waiting, e.At
	case SittingStarted:
		s.Phase, s.StartedAt, s.StartedBy = InProgress, e.From, e.By
		s.turn(e, e.From)
	case SittingPaused:
		s.Phase = Halted
		s.turn(e, e.From)
	case SittingResumed:
		s.Phase = InProgress
		s.turn(e, e.To)
	case SittingPostponed:
		s.Planned, s.MovedAt = e.From, e.At
	case SittingCancelled:
		s.Phase = Cancelled
	case SettledTo:
		s.SettledTo = e.To
	case PlaceLifted, PlaceKept:
		s.AnyPlace = e.Kind == PlaceLifted
	case SittingEnded:
		s.Phase, s.EndedAt = Ended, e.At
	case SittingClosed:
		s.Phase, s.Home = Sealed, "" // what a site had to write is written
	case HandedOver:
		s.Home, s.Handed = e.Act, s.N
	case TakenBack:
		s.Home = ""
	case SeatsSealed, SeatGiven:
		s.Seats.apply(e)
	case MinutesClosed, MinutesSigned, MinutesWitnessed:
		s.minutes(e)
	default:
		s.Pairs.Apply(e, s.N)
	}
}

func (s *Sitting) turn(e *Event, at Instant) {
	s.Turns = append(s.Turns, Turn{N: s.N, Kind: e.Kind, At: at, Why: e.Why, By: e.By})
}

// Accepted returns the version at which the operation was accepted, 0 if it never was.
func (s *Sitting) Accepted(op string) int { return s.ops.version(op) }

// OpenNow says whether candidates of this sitting may sign in.
func (s *Sitting) OpenNow() bool {
	return s != nil && s.Phase != Planned && s.Phase != Sealed && s.Phase != Cancelled
}

// DecideSitting answers an act on the whole sitting with its events or a refusal.
// Acts that concern attempts (pausing them, say) follow from these by ActFollow.
func DecideSitting(s *Sitting, c *Command) ([]Event, error) {
	e := Event{At: max(c.At, s.At), By: c.By, Two: c.Two, Op: c.Op, Why: c.Why, Text: c.Text}
	in := func(phases ...Phase) error {
		for _, p := range phases {
			if s.Phase == p {
				return nil
			}
		}
		return fmt.Errorf("%s while the sitting is %s: %w", c.Act, s.Phase, refuse(WrongState))
	}
	var err error
	switch c.Act {
	case ActOpenCheckin:
		e.Kind, err = CheckinOpened, in(Planned, Waiting)
	case ActCloseCheckin:
		e.Kind, err = CheckinClosed, in(CheckingIn)
	case ActStart:
		e.Kind, e.From = SittingStarted, e.At.Add(StartAhead)
		if c.Since != 0 { // a start that has been, as a sample exam is made
			e.From = c.Since
		}
		err = in(CheckingIn, Waiting)
		if err == nil && s.Phase == CheckingIn {
			shut := e
			shut.Kind, shut.Op, shut.From = CheckinClosed, "", 0
			return []Event{shut, e}, nil
		}
	case ActPause:
		e.Kind, e.From, err = SittingPaused, e.At, in(InProgress)
	case ActResume:
		e.Kind, e.To, err = SittingResumed, e.At, in(Halted)
	case ActPostpone:
		e.Kind, e.From, err = SittingPostponed, c.Since, in(Planned, CheckingIn, Waiting)
	case ActLiftPlace, ActKeepPlace:
		e.Kind = PlaceKept
		if c.Act == ActLiftPlace {
			e.Kind = PlaceLifted
		}
		if err = in(Planned, CheckingIn, Waiting, InProgress, Halted); err == nil && s.AnyPlace == (c.Act == ActLiftPlace) {
			err = refuseField(WrongState, "place")
		}
	case ActFinish:
		e.Kind, err = SittingEnded, in(InProgress, Halted)
	case ActClose:
		e.Kind, err = SittingClosed, in(Ended)
	default:
		err = refuseField(BadFrame, "action")
	}
	if err != nil {
		return nil, err
	}
	return []Event{e}, nil
}
