package selection

import "terang/scoring"

// Stage says which list a status is for.
type Stage uint8

// Stages.
const (
	BasicStage Stage = iota // who goes on
	FinalStage              // who is seated
)

// Standing is what is known of a candidate when a list is decided.
type Standing struct {
	Flag       Flag
	Eliminated bool // failed an eliminating part, or has less than a part's minimum
	Missed     bool // a threshold of the own need
	Seat       Seat
}

// Status is the code that the announcement prints. One order holds for everybody:
// DIS, TMS, APS, TH, then eliminating parts and thresholds, then the place. The codes are those of
// published lists, the order among the first four is ours: no source has one.
func Status(c *scoring.Codes, stage Stage, s Standing) string {
	if s.Flag != NoFlag {
		return s.Flag.announced(c)
	}
	switch {
	case s.Eliminated:
		return c.Eliminated
	case stage == BasicStage && s.Seat == Shortlisted:
		return c.Shortlisted // a second group goes on although it missed a threshold
	case s.Missed && s.Seat == Unseated:
		return c.Missed
	case stage == BasicStage:
		return c.Passed
	}
	switch s.Seat {
	case OwnSeat:
		return c.Seated
	case OtherNeed:
		return c.OtherNeed
	case OtherPlace:
		return c.OtherPlace
	}
	return c.Unseated
}

// Groups is how many formations the people are of, known or named.
func (l *Listing) Groups() int { return len(l.codes) }
