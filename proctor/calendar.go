package proctor

import (
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"terang/engine"
)

// Steps of a calendar, in the order in which a selection goes. CalendarOther stands for
// what has no place in it.
var Steps = []string{
	"announcement", "registration", "verification", "cards", "sittings", "release", "objection", "answers", "field_stage", "final", CalendarOther,
}

// Names of steps that rules are about.
const (
	CalendarSittings = "sittings"
	CalendarOther    = "other"
)

// CalendarStep is one dated step. Of whole days To is the last one.
type CalendarStep struct {
	Code  string
	Step  string // one of Steps
	From  time.Time
	To    time.Time // as From where the table names none
	Days  bool      // whole days, without a time
	Title string    // the authority's own words, may be ""
	Note  string
}

var (
	calendarColumns  = []string{"code", "step", "from"}
	calendarOptional = []string{"to", "title", "note"}
)

// Steps reads the rows of PartCalendar back.
func (c *Criteria) Steps() []CalendarStep {
	steps := make([]CalendarStep, 0, len(c.Rows))
	for _, row := range c.Rows {
		s := CalendarStep{Code: c.Get(row, "code"), Step: c.Get(row, "step"), Title: c.Get(row, "title"), Note: c.Get(row, "note")}
		var ok bool
		if s.From, s.Days, ok = calendarTime(c.Get(row, "from")); !ok {
			continue // no table that was published holds one
		}
		if s.To, _, ok = calendarTime(c.Get(row, "to")); !ok {
			s.To = s.From
		}
		steps = append(steps, s)
	}
	return steps
}

// calendarTime reads a day, or an instant with its offset.
func calendarTime(text string) (at time.Time, days, ok bool) {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, true, true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, false, true
		}
	}
	return time.Time{}, false, false
}

// parseCalendarTable reads a calendar, and holds it against itself and the exam's sittings.
func parseCalendarTable(r io.Reader, def *engine.Definition) (*Criteria, []Fault) {
	t := readTable(r, calendarColumns, calendarOptional)
	c := &Criteria{Part: PartCalendar, Columns: slices.Concat(calendarColumns, calendarOptional)}
	lines := make(map[string]int)
	var steps []CalendarStep
	for _, row := range t.rows {
		s := calendarRow(row, lines)
		if s.From.IsZero() {
			continue
		}
		steps = append(steps, s)
		cells := []string{s.Code, s.Step, row.get("from"), row.get("to"), s.Title, s.Note}
		c.Rows = append(c.Rows, cells)
	}
	if len(t.faults) == 0 {
		t.faults = slices.Concat(calendarOrder(steps, lines), calendarSittings(steps, def))
	}
	if len(t.faults) > 0 {
		return nil, inOrder(t.faults)
	}
	when := make(map[string]time.Time, len(steps))
	for _, s := range steps {
		when[s.Code] = s.From
	}
	slices.SortStableFunc(c.Rows, func(a, b []string) int {
		if d := when[a[0]].Compare(when[b[0]]); d != 0 {
			return d
		}
		return strings.Compare(a[0], b[0])
	})
	return c, nil
}

func calendarRow(row row, lines map[string]int) (s CalendarStep) {
	s = CalendarStep{Code: strings.ToLower(row.get("code")), Step: strings.ToLower(row.get("step")), Title: row.get("title"), Note: row.get("note")}
	if first, twice := lines[s.Code]; twice {
		row.fault("code", "remove one, or give it another code", "%s stands already in row %d", s.Code, first)
	} else if !codePattern.MatchString(s.Code) {
		row.fault("code", "use 1 to 40 of a-z, 0-9 and hyphen", "%.60q is no code", s.Code)
	}
	lines[s.Code] = row.line
	if !slices.Contains(Steps, s.Step) {
		row.fault("step", "use one of "+strings.Join(Steps, " "), "no step %.60q", s.Step)
	}
	if s.Step == CalendarOther && s.Title == "" {
		row.fault("title", "say in words what it is", "a step of its own kind has no title")
	}
	for _, one := range []struct{ column, text string }{{"title", s.Title}, {"note", s.Note}} {
		if one.text != "" && (utf8.RuneCountInString(one.text) > criterionMost || strings.ContainsFunc(one.text, unicode.IsControl)) {
			row.fault(one.column, "write up to 500 characters in one line", "too long, or with control characters")
		}
	}
	const remedy = "write a day as 2026-11-22, or a time with its offset as 2026-11-22T08:00+07:00"
	from, days, ok := calendarTime(row.get("from"))
	if !ok {
		row.fault("from", remedy, "%.40q", row.get("from"))
	}
	to, toDays := from, days
	if row.get("to") != "" {
		var fits bool
		if to, toDays, fits = calendarTime(row.get("to")); !fits {
			row.fault("to", remedy, "%.40q", row.get("to"))
			return s
		}
	}
	switch {
	case !ok:
		return s
	case days != toDays:
		row.fault("to", "write both as days, or both as times", "one is a day and the other a time")
	case to.Before(from):
		row.fault("to", "correct one of the two", "the step ends before it begins")
	}
	s.From, s.To, s.Days = from, to, days
	return s
}

// calendarOrder finds steps that begin before one that has to come first.
func calendarOrder(steps []CalendarStep, lines map[string]int) (faults []Fault) {
	first := make(map[string]CalendarStep)
	for _, s := range steps {
		if was, ok := first[s.Step]; !ok || s.From.Before(was.From) {
			first[s.Step] = s
		}
	}
	for i, later := range Steps {
		is, ok := first[later]
		if !ok || later == CalendarOther {
			continue
		}
		for _, earlier := range Steps[:i] {
			if was, ok := first[earlier]; ok && is.From.Before(was.From) {
				faults = append(faults, Fault{Row: lines[is.Code], Column: "from", What: later + " begins before " + earlier + " (" + was.Code + ")", Remedy: "correct one of the two"})
			}
		}
	}
	return faults
}

// calendarSittings finds sittings of the exam on days that the calendar does not name.
func calendarSittings(steps []CalendarStep, def *engine.Definition) (faults []Fault) {
	named := slices.ContainsFunc(steps, func(s CalendarStep) bool { return s.Step == CalendarSittings })
	if !named {
		return []Fault{{Column: "step", What: "no row says when the sittings are", Remedy: "add one with the step " + CalendarSittings}}
	}
	for _, sitting := range def.Sittings {
		if sitting.Closed {
			continue
		}
		at, err := def.StartOf(sitting)
		if err != nil {
			continue // no exam is made with one
		}
		day := at.Time().In(def.Zone(sitting.Code))
		within := slices.ContainsFunc(steps, func(s CalendarStep) bool {
			if s.Step != CalendarSittings {
				return false
			}
			if s.Days {
				text := day.Format(time.DateOnly)
				return s.From.Format(time.DateOnly) <= text && text <= s.To.Format(time.DateOnly)
			}
			return !day.Before(s.From) && !day.After(s.To)
		})
		if !within {
			faults = append(faults, Fault{Column: "from", What: "sitting " + sitting.Code + " begins on " + day.Format("2006-01-02 15:04") + ", outside of every row of " + CalendarSittings, Remedy: "correct the calendar, or the sitting in the exam file"})
		}
	}
	return faults
}
