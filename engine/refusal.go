package engine

import "time"

// Code is both the sentinel and the code on the wire.
type Code string

func (c Code) Error() string { return string(c) }

// Refusals of a candidate's operation. Not final: Busy, RateLimited, PausedNow, NotStarted.
const (
	Busy          Code = "busy"
	RateLimited   Code = "rate_limited"
	PausedNow     Code = "paused"
	NotStarted    Code = "not_started"
	Late          Code = "late"
	HeldNow       Code = "held"
	AlreadyOver   Code = "finished"
	UnknownItem   Code = "unknown_item"
	UnknownOption Code = "unknown_option"
	BadFrame      Code = "bad_frame"
	NotAllowed    Code = "not_allowed"
	Superseded    Code = "superseded"
	SignedOutNow  Code = "signed_out"
	ServerMoving  Code = "server_moving"
)

// Refusals of a sign-in.
const (
	WrongPin  Code = "wrong_pin"
	Locked    Code = "locked"
	Choose    Code = "choose"
	NotOpen   Code = "not_open"
	Closed    Code = "closed"
	OtherSite Code = "other_site"
	InUse     Code = "in_use"

	OtherBrowser Code = "seb_required"  // the exam asks for Safe Exam Browser
	OtherNetwork Code = "other_network" // not of the networks of the candidate's site
	NoSeat       Code = "no_seat"       // the computer is registered as no seat
	OtherSeat    Code = "other_seat"    // it is registered as another than the candidate's
)

// Refusals of a supervisor's act.
const (
	WrongState   Code = "wrong_state"
	UnknownSeat  Code = "unknown_seat"
	SecondPerson Code = "second_person"
	NeedsReason  Code = "needs_reason"
	TooMuch      Code = "too_much"
	NotHome      Code = "not_home"     // another journal is the home of what would be written; Field: code of the site, or Centre
	AlreadyHere  Code = "already_here" // a first check-in of somebody who has been checked in; Field: by whom
)

// ClockBehind is the Field of a WrongState that waits for the server's clock.
const ClockBehind = "clock"

// Refusal is why a command has no effect.
type Refusal struct {
	Code  Code
	Field string        // which part of the request, if one
	Retry time.Duration // when to come again, 0 if not given
	Left  int           // tries left, for WrongPin
}

func (r *Refusal) Error() string {
	if r.Field != "" {
		return string(r.Code) + " (" + r.Field + ")"
	}
	return string(r.Code)
}

// Unwrap lets errors.Is find the code.
func (r *Refusal) Unwrap() error { return r.Code }

func refuse(c Code) error                { return &Refusal{Code: c} }
func refuseField(c Code, f string) error { return &Refusal{Code: c, Field: f} }

// refuseBehind refuses what may be done when the clock has gone on by so much: it stands before
// what is recorded already.
func refuseBehind(by time.Duration) error {
	return &Refusal{Code: WrongState, Field: ClockBehind, Retry: by}
}
