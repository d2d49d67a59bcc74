package selection

import (
	"slices"

	"terang/scoring"
)

// Formation is a post with its seats, as far as decisions need it.
type Formation struct {
	Code      string
	Agency    string
	Post      string
	Education string
	Placement string
	Need      string
	Seats     int
	Minima    scoring.Scores // that the post sets for itself, nil for most
}

// Flag stands against a candidate whatever the scores are. The order is that in which
// they are looked at: DIS > TMS > APS > TH, see Status.
type Flag uint8

// Flags.
const (
	NoFlag  Flag = iota
	Pending      // no result may be told yet: it has no code, takes no place, and its score is nobody's
	Absent
	Withdrew
	Ineligible
	Disqualified
)

var flagCodes = [...]string{NoFlag: "", Pending: "", Absent: scoring.StatusTH, Withdrew: scoring.StatusAPS, Ineligible: scoring.StatusTMS, Disqualified: scoring.StatusDIS}

func (f Flag) String() string { return flagCodes[f] }

// Flags are several flags; the greatest decides.
func Flags(all ...Flag) Flag {
	top := NoFlag
	for _, f := range all {
		top = max(top, f)
	}
	return top
}

func parseFlag(s string) (Flag, bool) {
	for f, code := range flagCodes {
		if s == code {
			return Flag(f), true
		}
	}
	return 0, false
}

// FlagOf is the flag for which a list prints the code; Pending if none is.
func FlagOf(c *scoring.Codes, code string) Flag {
	for f := Pending; int(f) < len(flagCodes); f++ {
		if f.announced(c) == code {
			return f
		}
	}
	return Pending
}

// announced is the flag's code in the announcement.
func (f Flag) announced(c *scoring.Codes) string {
	switch f {
	case Disqualified:
		return c.Disqualified
	case Ineligible:
		return c.Ineligible
	case Withdrew:
		return c.Withdrew
	case Absent:
		return c.Absent
	}
	return ""
}

// Kinds of academic value. They have no common scale.
type academicKind uint8

const (
	noAcademic academicKind = iota
	gradePoint
	schoolMean
)

var academicKinds = [...]string{noAcademic: "", gradePoint: "ipk", schoolMean: "school_mean"}

// Candidate is a person in a ranking: what came in, and what was decided. It is compact,
// because a nation of them is held at once; a million are some 150 MB.
type Candidate struct {
	Number    string
	Line      int32 // of the sheet, 0 if of none
	Formation int32 // index in the list of formations
	Points    scoring.Points
	Marks     [scoring.MaxParts]scoring.Decimal // of the components, or the SKB as one in the first
	Academic  scoring.Decimal
	Born      int32 // yyyymmdd, 0 if not known
	Flag      Flag
	Untold    bool  // the score is not announced: the points are none
	source    uint8 // of the score, in the list of sources; 0 is the exam itself
	academic  academicKind
	failed    uint8 // eliminating parts that were failed, a bit each
	absentSKB bool  // at the second stage; what is known is of the first

	// Decided.
	Group      uint8 // of a shortlist with two groups: 1 met the thresholds, 2 the floor only
	Seat       Seat
	Step       int8  // of the optimisation by which the seat came, -1 if by none
	At         int32 // formation of the seat, -1 if none
	Rank       int32 // competition rank within the formation, 0 if none
	eliminated bool
	missed     bool            // a threshold of the own need
	general    bool            // meets the thresholds of the general need
	final      scoring.Decimal // if ranked
	by         int8            // key that decided, -1 if none, committee

	// How the marks were written, for a list that carries them on.
	given            uint8 // parts of which something was said, a bit each
	decimals         [scoring.MaxParts]uint8
	academicDecimals uint8
}

// scored says whether there is a score to tell: none is not zero. Of a person against whom a
// flag stands a sheet has none, who never began, and none is written as no point in any section.
func (c *Candidate) scored() bool {
	return !c.Untold && (c.Flag == NoFlag || c.Flag > Absent && c.Points != (scoring.Points{}))
}

// setAcademic gives the academic value; kind is ipk or school_mean.
func (c *Candidate) setAcademic(kind string, value scoring.Written) bool {
	k := slices.Index(academicKinds[:], kind)
	if k < 0 {
		return false
	}
	c.academic, c.Academic, c.academicDecimals = academicKind(k), value.Decimal, value.Decimals
	return true
}

// setMark gives the mark of a part.
func (c *Candidate) setMark(part int, mark scoring.Written) {
	c.Marks[part], c.decimals[part] = mark.Decimal, mark.Decimals
	c.given |= 1 << part
}

// setPassed says of an eliminating part whether it was passed.
func (c *Candidate) setPassed(part int, passed bool) {
	c.given |= 1 << part
	if !passed {
		c.failed |= 1 << part
	}
}

// Seat is what a candidate won.
type Seat uint8

// Seats.
const (
	Unseated Seat = iota
	Shortlisted
	OwnSeat
	OtherNeed
	OtherPlace
)
