package proctor

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"terang/engine"
)

// Request is what staff ask of a sitting: the body of the actions call.
type Request struct {
	Op       string   `json:"op"` // UUID made by the client
	Action   string   `json:"action"`
	Seats    []string `json:"seats,omitempty"`
	Numbers  []string `json:"numbers,omitempty"`
	Reason   string   `json:"reason,omitempty"` // a code of Reasons, "code: words", or words
	To       string   `json:"to,omitempty"`     // a seat, the instant of a postponed start, or the code of another sitting
	MS       int64    `json:"ms,omitempty"`
	Text     string   `json:"text,omitempty"`
	Ref      int      `json:"ref,omitempty"`
	Decision string   `json:"decision,omitempty"` // grant or refuse; of a doubt also cleared or upheld; of a seat broken or usable; of a flag seen, noted or no_matter
	Paper    string   `json:"paper,omitempty"`    // of a check-in: the paper that shows who it is, a code of the exam's policy
	First    bool     `json:"first,omitempty"`    // a check-in that is refused if the person is here already
	Adjust   string   `json:"adjust,omitempty"`   // of adjust: all that is given, see engine.Adjustment
	Second   *Second  `json:"second,omitempty"`

	// Was is over what an adjustment was decided, by number: what the desk showed as given. Where
	// something else is given by then, it is refused. A number that is not in it is noted here.
	Was map[string]string `json:"was,omitempty"`
}

// Second is who somebody says to be: another person at the same desk, or at a sign-in.
type Second struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Code     string `json:"code,omitempty"` // of the second factor, if the account has one
}

// Response says what became of a request, seat by seat. Reading an error beside it: the
// request as a whole was refused, and Failed may name because of whom.
type Response struct {
	Done     []Seat   `json:"done,omitempty"`
	Failed   []Failed `json:"failed,omitempty"`
	PINs     []PIN    `json:"pins,omitempty"`
	Proposal string   `json:"proposal,omitempty"` // waits for another person: 202
}

// Seat names a candidate at a seat.
type Seat struct {
	Seat   string `json:"seat"`
	Number string `json:"number"`
}

// Failed is a seat at which the act had no effect. Text is left to whoever knows the
// reader's language.
type Failed struct {
	Seat   string      `json:"seat"`
	Number string      `json:"number"`
	Code   engine.Code `json:"code"`
	Field  string      `json:"field,omitempty"`
	Text   string      `json:"text"`
}

// PIN is shown once.
type PIN struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	Seat   string `json:"seat"`
	PIN    string `json:"pin"`
}

// rule says of whom an act may be asked, and whether it has to be explained.
type rule struct {
	room   bool // without seats it is an act of the sitting
	seats  bool // seats may be named
	all    bool // without seats everybody is meant
	reason bool
}

var rules = map[string]rule{
	engine.ActOpenCheckin:  {room: true},
	engine.ActCloseCheckin: {room: true},
	engine.ActStart:        {room: true},
	engine.ActPostpone:     {room: true, reason: true},
	engine.ActClose:        {room: true},
	engine.ActLiftPlace:    {room: true, reason: true},
	engine.ActKeepPlace:    {room: true, reason: true},
	engine.ActPause:        {room: true, seats: true},
	engine.ActResume:       {room: true, seats: true},
	engine.ActFinish:       {room: true, seats: true, reason: true},
	engine.ActCheckin:      {seats: true},
	engine.ActTurnAway:     {seats: true, reason: true},
	engine.ActUnlock:       {seats: true},
	engine.ActCredit:       {seats: true, all: true, reason: true},
	engine.ActReverse:      {seats: true, reason: true},
	engine.ActDecideCredit: {seats: true, all: true},
	engine.ActMove:         {seats: true},
	engine.ActRelease:      {seats: true, all: true},
	engine.ActMessage:      {seats: true, all: true},
	engine.ActLeave:        {seats: true, reason: true},
	engine.ActReturn:       {seats: true},
	engine.ActDoubt:        {seats: true, reason: true},
	engine.ActDecideDoubt:  {seats: true},
	engine.ActDisqualify:   {seats: true, reason: true},
	engine.ActReopen:       {seats: true, reason: true},
	engine.ActTransfer:     {seats: true, all: true, reason: true},
	engine.ActContinue:     {seats: true, all: true, reason: true},
	engine.ActMarkSeat:     {seats: true, reason: true},
	engine.ActDecideFlag:   {room: true},
	engine.ActPassFlag:     {room: true, reason: true},
	engine.ActAdjust:       {seats: true, reason: true},
}

// Bounds of a request.
const (
	CreditMost  = 2 * time.Hour
	MessageMost = 200 // characters
	reasonMost  = 2000
	targetsMost = 2000
)

func refusal(code engine.Code, field string) error {
	return &engine.Refusal{Code: code, Field: field}
}

// named says whether the request names seats or numbers.
func (r *Request) named() bool { return len(r.Seats)+len(r.Numbers) > 0 }

// check refuses what no sitting could do.
func (r *Request) check() error {
	rule, known := rules[r.Action]
	why, _ := splitReason(r.Reason)
	switch {
	case !engine.ValidOp(r.Op):
		return refusal(engine.BadFrame, "op")
	case !known:
		return refusal(engine.BadFrame, "action")
	case r.named() && !rule.seats, !r.named() && !rule.room && !rule.all, len(r.Seats)+len(r.Numbers) > targetsMost:
		return refusal(engine.BadFrame, "seats")
	case utf8.RuneCountInString(r.Reason) > reasonMost:
		return refusal(engine.TooMuch, "reason")
	case r.Action == engine.ActTurnAway && !slices.Contains(awayReasons, why):
		return refusal(engine.NeedsReason, "turn_away")
	// A whole sitting is finished because its time is up: that explains itself.
	case rule.reason && strings.TrimSpace(r.Reason) == "" && (r.Action != engine.ActFinish || r.named()):
		return refusal(engine.NeedsReason, "reason")
	}
	return r.checkFields()
}

func (r *Request) checkFields() error {
	switch r.Action {
	case engine.ActCredit:
		switch d := time.Duration(r.MS) * time.Millisecond; {
		case r.MS == 0:
			return refusal(engine.BadFrame, "ms")
		case r.MS > CreditMost.Milliseconds() || r.MS < -CreditMost.Milliseconds() || d.Abs() > CreditMost:
			return refusal(engine.TooMuch, "ms")
		}
	case engine.ActMessage:
		if strings.TrimSpace(r.Text) == "" {
			return refusal(engine.BadFrame, "text")
		}
		if utf8.RuneCountInString(r.Text) > MessageMost {
			return refusal(engine.TooMuch, "text")
		}
	case engine.ActMove:
		if len(r.Seats)+len(r.Numbers) != 1 {
			return refusal(engine.BadFrame, "seats")
		}
		if r.To == "" {
			return refusal(engine.BadFrame, "to")
		}
	case engine.ActTransfer, engine.ActContinue:
		if r.To == "" {
			return refusal(engine.BadFrame, "to")
		}
	case engine.ActMarkSeat:
		if r.Decision != SeatBroken && r.Decision != SeatUsable {
			return refusal(engine.BadFrame, "decision")
		}
		if len(r.Seats) == 0 || len(r.Numbers) > 0 {
			return refusal(engine.BadFrame, "seats")
		}
	case engine.ActDecideFlag, engine.ActPassFlag:
		return r.checkFlag()
	case engine.ActAdjust:
		if _, err := engine.ParseAdjustment(r.Adjust); err != nil {
			return refusal(engine.BadFrame, "adjust")
		}
	case engine.ActReverse:
		if r.Ref <= 0 {
			return refusal(engine.BadFrame, "ref")
		}
		if len(r.Seats)+len(r.Numbers) != 1 {
			return refusal(engine.BadFrame, "seats")
		}
	case engine.ActDecideCredit, engine.ActDecideDoubt:
		if _, ok := r.granted(); !ok {
			return refusal(engine.BadFrame, "decision")
		}
		if r.Ref != 0 && len(r.Seats)+len(r.Numbers) != 1 {
			return refusal(engine.BadFrame, "seats")
		}
	}
	return nil
}

// granted reads a decision: for the candidate or against.
func (r *Request) granted() (yes, ok bool) {
	switch r.Decision {
	case "grant", "cleared":
		return true, true
	case "refuse", "upheld":
		return false, true
	}
	return false, false
}

var awayReasons = []string{"late", "papers", "identity", "disqualified", "withdrew"}

// Reasons are the codes that an event may carry as its Why, and that pages offer. Other
// words go to the register, where they can be erased.
var Reasons = append(slices.Clone(awayReasons),
	"network", "power", "device", "health", "toilet", "accommodation", "evacuation", "noise", "late_start",
	engine.WhyBreak, "phone", engine.WhyImpersonation, "collusion", "rules", "mistake", "request", "other", "able")

// splitReason parts "code: words" into a code of Reasons and the words; either may be empty.
func splitReason(reason string) (code, words string) {
	reason = strings.TrimSpace(reason)
	head, rest, _ := strings.Cut(reason, ":")
	if head = strings.TrimSpace(head); slices.Contains(Reasons, head) {
		return head, strings.TrimSpace(rest)
	}
	return "", reason
}

// pauseReason is the code of a pause whose reason has words alone, or none. Candidates read it,
// and the minutes: a page asks for one, and a program that gives none is recorded as that.
func pauseReason(words string) string {
	if words == "" {
		return engine.WhyNotSaid
	}
	return "other"
}

// derive makes an operation for a part of a request, so that the part, too, is done once.
func derive(op, part string) string {
	space, err := uuid.Parse(op)
	if err != nil {
		return ""
	}
	return uuid.NewSHA1(space, []byte(part)).String()
}
