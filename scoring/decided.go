package scoring

import (
	"slices"
	"strings"

	"terang/engine"
)

// Decided is the list of results that two people released, as far as boards tell of it. The
// zero value says that there is none.
type Decided struct {
	List  string         // SHA-256 of its bytes
	Stage string         // of the list; StageShortlist has codes of the rule set
	At    engine.Instant // of its release
	Again bool           // results are made anew since: another list will stand in its place, and no row has a code of it
}

// Stages of a list.
const (
	StageShortlist = "shortlist" // who goes on to the second stage
	StageScores    = "scores"    // the rules know no shortlist, or formations have no seats: scores and ranks
)

// Deciding is what the release of a list, or the end of one, does to boards.
type Deciding struct {
	Decided Decided
	Rows    []Listed   // nil where no list stands
	Epoch   engine.Pos // of the record that decided
	At      engine.Instant
}

// Listed is one person's row on a released list.
type Listed struct {
	Number string // as boards show it
	Code   string
	Scores []int // of the sections; nil: none is announced
}

// Announced is what a released list says of a face. It is public.
type Announced struct {
	Code   string
	Passed bool // the thresholds of the own need, of who has a score
}

// listed is a seat's row on the list that stands. Once it is made it does not change, so
// that faces which point to it can be compared.
type listed struct {
	Announced
	scored bool
	points Points
}

// Meaning says what a code stands for: what the rule set calls the decision.
type Meaning struct{ Code, Is string }

// Meanings are the codes that a list of a stage may have, in the order in which they are
// looked at. A code that stands for two decisions has none: which is meant is not in it.
func (c *Codes) Meanings(stage string) []Meaning {
	all := []Meaning{{StatusDIS, "disqualified"}, {StatusTMS, "ineligible"}, {StatusAPS, "withdrew"}, {StatusTH, "absent"}}
	if stage == StageShortlist {
		all = []Meaning{
			{c.Shortlisted, "shortlisted"}, {c.Passed, "passed"}, {c.Missed, "missed"},
			{c.Disqualified, "disqualified"}, {c.Ineligible, "ineligible"}, {c.Withdrew, "withdrew"}, {c.Absent, "absent"},
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(m Meaning) bool {
		return m.Code == "" || slices.ContainsFunc(all, func(o Meaning) bool { return o.Code == m.Code && o.Is != m.Is })
	})
}

// Is is what a code on a list of a stage stands for, "" where the rules do not say.
func (c *Codes) Is(stage, code string) string {
	for _, m := range c.Meanings(stage) {
		if m.Code == code {
			return m.Is
		}
	}
	return ""
}

// Decide takes over which list stands, and what it says of whom: for all rows at once, under
// a new epoch, so that no reader sees a code beside a row that has none yet.
func (b *Boards) Decide(d *Deciding) {
	b.settled = d.At
	b.announce(d)
	b.renew(d.Epoch, d.At)
}

// announce gives each seat its row on the list.
func (b *Boards) announce(d *Deciding) {
	b.decided, b.released = d.Decided, d.Decided.List != "" && !d.Decided.Again
	rows := make(map[string]*Listed, len(d.Rows))
	for i := range d.Rows {
		rows[d.Rows[i].Number] = &d.Rows[i]
		if end, masked := strings.CutPrefix(d.Rows[i].Number, maskMark); masked {
			// More digits are shown where more people came: it is the same row.
			if i, ok := b.endsWith(end); ok {
				rows[b.seats[i].number] = &d.Rows[i]
			}
		}
	}
	for i := range b.seats {
		s := &b.seats[i]
		s.listed = nil
		r := rows[s.number]
		if r == nil || r.Code == "" || r.Scores != nil && len(r.Scores) != len(b.marking.Rules.Sections) {
			continue
		}
		s.listed = &listed{Announced: Announced{Code: r.Code}, scored: r.Scores != nil}
		for n, points := range r.Scores {
			s.listed.points[n] = int16(points)
		}
		s.listed.Passed = r.Scores != nil && s.bar.Passed(&s.listed.points)
	}
}

// endsWith is the one seat whose number ends so; not ok where there is none, or more than one.
func (b *Boards) endsWith(end string) (seat int32, ok bool) {
	from, _ := slices.BinarySearchFunc(b.byTail, end, func(i int32, end string) int { return compareTails(b.seats[i].plain, end) })
	last := min(from+2, len(b.byTail))
	if ends := b.byTail[from:last]; len(ends) > 0 && strings.HasSuffix(b.seats[ends[0]].plain, end) {
		return ends[0], len(ends) == 1 || !strings.HasSuffix(b.seats[ends[1]].plain, end)
	}
	return 0, false
}

// announced is what the list says of the seat, nil where that is not, or no longer, about
// what the seat's result is: of who works again after it, has more points by an answer that was
// held, or was disqualified since, the list says nothing that is true.
func (b *Boards) announced(s *seat) *Announced {
	c := &s.card
	if s.listed == nil || c.started && !c.finished && !c.dis || c.waits() {
		return nil
	}
	f := c.Private()
	if s.listed.scored {
		if !f.Ranked() || f.Points != s.listed.points {
			return nil
		}
		return &s.listed.Announced
	}
	if f.Ranked() || s.listed.Code != b.flagCode(f.Status) {
		return nil
	}
	return &s.listed.Announced
}

// flagCode is what a list prints for what stands against somebody; of whom nothing is known
// it says that they were absent.
func (b *Boards) flagCode(status string) string {
	codes := &b.marking.Rules.Codes
	if b.decided.Stage != StageShortlist {
		return status
	}
	switch status {
	case StatusDIS:
		return codes.Disqualified
	case StatusTMS:
		return codes.Ineligible
	case StatusAPS:
		return codes.Withdrew
	}
	return codes.Absent
}
