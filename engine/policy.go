package engine

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Policy is what an exam decides for itself. The keys and defaults are those of the
// published exam file; DefaultPolicy holds them.
type Policy struct {
	LateEntry    string   `json:"late_entry"`     // refuse, to_sitting_end or full
	Live         string   `json:"live"`           // progress, settled or instant
	SettleMS     int64    `json:"settle_ms"`      // how long an answer stands before its item enters a settled score
	CoverMS      int64    `json:"cover_ms"`       // how long the page works without the server
	AutoCreditMS int64    `json:"auto_credit_ms"` // credited without a supervisor, in all
	HoldMS       int64    `json:"hold_ms"`        // how long a finish waits for an open gap or credit
	HandinMS     int64    `json:"handin_ms"`      // how long after a finish by deadline an outbox may be handed in
	OutageWaitMS int64    `json:"outage_wait_ms"` // an outage longer than this waits for a supervisor's word
	ShowScores   bool     `json:"show_scores"`
	Names        string   `json:"names"`      // masked, full, number or masked_number
	TwoPerson    []string `json:"two_person"` // of TwoPersonActs

	// ShowNeeds lets the public read the need type of each formation. Without it they read
	// general or special: beside a list of results, disability would be known of a person.
	ShowNeeds bool `json:"show_needs,omitempty"`

	// CreditAloneMS is how much time one person may give or take alone, in an act and for a
	// candidate; beyond it a credit takes two, and a pause of one candidate is marked: see alone.go.
	CreditAloneMS int64 `json:"credit_alone_ms"`

	CheckinCloseMS int64    `json:"checkin_close_ms"` // how long before its hour check-in of a sitting closes by the clock, 0: by hand only
	CheckinPhoto   bool     `json:"checkin_photo"`    // a photo may be taken at check-in
	Papers         []string `json:"papers"`           // codes of the papers that an identity is confirmed against
	LeaveMS        int64    `json:"leave_ms"`         // an absence from the room that is longer is marked
	Seating        string   `json:"seating"`          // roster: who has a seat there gets it, others are drawn; drawn: all are

	// SeparateIdentity keeps who first checked in a candidate of a sitting from starting it,
	// and who started it from disqualifying alone.
	SeparateIdentity bool `json:"separate_identity"`
	// VouchedStaff lets nobody be one of two whose account only its maker answers for, or whose
	// password somebody else has chosen.
	VouchedStaff bool   `json:"vouched_staff"`
	SecondFactor string `json:"second_factor"` // of administrators, committee and key-holders: optional or required

	Objections *ObjectionPolicy `json:"objections,omitempty"` // nil: none are taken
	SEB        BrowserPolicy    `json:"seb,omitzero"`         // what the candidates' browser has to be
	Place      PlacePolicy      `json:"place,omitzero"`       // where candidates may sign in

	// OwnAnswers lets candidates see their own answers once results are released, with the
	// stored events that their receipt's fingerprint was made of.
	OwnAnswers bool `json:"own_answers,omitempty"`

	RateLimit int   `json:"rate_limit"` // frames a second and candidate, 0 for none
	RateBurst int   `json:"rate_burst"`
	GraceMS   int64 `json:"-"` // transit grace at the deadline, from the rule set
}

// DefaultPolicy is what an exam file that says nothing gets.
func DefaultPolicy() Policy {
	return Policy{
		LateEntry: LateRefuse, Live: LiveSettled, SettleMS: 600_000, CoverMS: 30_000,
		AutoCreditMS: 900_000, HoldMS: 900_000, HandinMS: 600_000, OutageWaitMS: 10_800_000,
		ShowScores: true, Names: "masked", TwoPerson: []string{ActDisqualify, ActReopen}, CreditAloneMS: 900_000,
		CheckinCloseMS: 300_000, Papers: []string{"ktp", "ktp_digital", "suket", "kk", "passport", "sim"}, LeaveMS: 600_000, Seating: SeatingRoster,
		SeparateIdentity: true, VouchedStaff: true, SecondFactor: FactorOptional,
		RateLimit: 20, RateBurst: 200, GraceMS: 2_000,
	}
}

// Values of Policy.LateEntry and Policy.Live.
const (
	LateRefuse       = "refuse"
	LateToSittingEnd = "to_sitting_end"
	LateFull         = "full"
	LiveProgress     = "progress"
	LiveSettled      = "settled"
	LiveInstant      = "instant"
)

// Values of Policy.Seating.
const (
	SeatingRoster = "roster"
	SeatingDrawn  = "drawn"
)

// Values of Policy.SecondFactor.
const (
	FactorOptional = "optional"
	FactorRequired = "required"
)

// faults names every value that no exam can run with.
func (p Policy) faults() (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("policy "+format, args...)) }
	for _, c := range []struct {
		key, value string
		allowed    []string
	}{
		{"late_entry", p.LateEntry, []string{LateRefuse, LateToSittingEnd, LateFull}},
		{"live", p.Live, []string{LiveProgress, LiveSettled, LiveInstant}},
		{"names", p.Names, []string{"masked", "full", "number", "masked_number"}},
		{"second_factor", p.SecondFactor, []string{FactorOptional, FactorRequired}},
		{"seating", p.Seating, []string{SeatingRoster, SeatingDrawn}},
	} {
		if !slices.Contains(c.allowed, c.value) {
			fault("%s is %q: use one of %v", c.key, c.value, c.allowed)
		}
	}
	for _, act := range p.TwoPerson {
		if !slices.Contains(TwoPersonActs, act) {
			fault("two_person names %q, which is no act: use some of %v", act, TwoPersonActs)
		}
	}
	for _, paper := range p.Papers {
		if !paperPattern.MatchString(paper) {
			fault("papers names %q: use codes such as ktp or passport, 1 to 20 of a-z 0-9 _", paper)
		}
	}
	for _, c := range []struct {
		key string
		ms  int64
	}{
		{"settle_ms", p.SettleMS}, {"cover_ms", p.CoverMS}, {"auto_credit_ms", p.AutoCreditMS}, {"hold_ms", p.HoldMS},
		{"credit_alone_ms", p.CreditAloneMS}, {"checkin_close_ms", p.CheckinCloseMS}, {"leave_ms", p.LeaveMS}, {"handin_ms", p.HandinMS}, {"outage_wait_ms", p.OutageWaitMS}, {"rate_limit", int64(p.RateLimit)},
	} {
		if c.ms < 0 || c.ms > 86_400_000 {
			fault("%s is %d: use 0 to 86400000", c.key, c.ms)
		}
	}
	if p.RateLimit > 0 && p.RateBurst < 1 {
		fault("rate_burst is %d, and policy rate_limit lets nobody answer without one: use 1 or more, or rate_limit 0 for no limit", p.RateBurst)
	}
	if err := p.SEB.Validate(); err != nil {
		faults = append(faults, err)
	}
	return faults
}

var paperPattern = regexp.MustCompile(`^[a-z0-9_]{1,20}$`)

// NeedsTwo says whether the act takes two people under this policy.
func (p Policy) NeedsTwo(act string) bool { return slices.Contains(p.TwoPerson, act) }

func (p Policy) cover() time.Duration      { return time.Duration(p.CoverMS) * time.Millisecond }
func (p Policy) autoCredit() time.Duration { return time.Duration(p.AutoCreditMS) * time.Millisecond }
func (p Policy) hold() time.Duration       { return time.Duration(p.HoldMS) * time.Millisecond }
func (p Policy) grace() time.Duration      { return time.Duration(p.GraceMS) * time.Millisecond }

// HandIn is how long a device may hand in its outbox after a finish by the deadline.
func (p Policy) HandIn() time.Duration { return time.Duration(p.HandinMS) * time.Millisecond }
