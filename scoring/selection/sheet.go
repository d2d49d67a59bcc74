package selection

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/engine"
	"terang/scoring"
)

// mostFaults is how many faults of one sheet are named: a sheet in a wrong encoding has
// millions, and a thousand are enough to see why.
const mostFaults = 1000

// Largest academic values of each kind: a mean on the scale of the other kind is a
// mistake in the sheet.
var academicMost = [...]scoring.Decimal{noAcademic: 0, gradePoint: scoring.Whole(4), schoolMean: scoring.Whole(100)}

// sheet is a file of people that is being read, row by row: nothing of a row is kept but
// its candidate.
type sheet struct {
	table
	l      *Listing
	stage  Stage
	places map[string]int32 // formations by code
}

// Columns are those that a sheet of the stage must have, and those that it may.
func Columns(rs *scoring.RuleSet, stage Stage) (required, optional []string) {
	required = []string{"number", "formation"}
	optional = []string{"flag", "source"}
	for _, s := range rs.Sections {
		required = append(required, strings.ToLower(s.Code))
	}
	if stage == BasicStage {
		return required, optional
	}
	required = append(required, parts(rs)...)
	for _, need := range []struct {
		key     string
		columns []string
	}{{scoring.KeyAcademic, []string{"academic_kind", "academic"}}, {scoring.KeyOlder, []string{"birth_date"}}} {
		if slices.Contains(rs.Final.Keys, need.key) {
			required = append(required, need.columns...)
		} else {
			optional = append(optional, need.columns...)
		}
	}
	return required, optional
}

// parts are the columns of the second stage.
func parts(rs *scoring.RuleSet) (columns []string) {
	if !rs.Final.Joined() {
		return nil
	}
	for _, p := range rs.Final.Components {
		columns = append(columns, strings.ToLower(p.Code))
	}
	if columns == nil {
		columns = []string{"skb"}
	}
	return columns
}

// Read reads a sheet of UTF-8 text with comma, semicolon or tab and a header of names in
// any order. It returns every fault by row and column; then nobody was taken. Memory is
// what Candidate takes for each row, and nothing else.
func (l *Listing) Read(r io.Reader, stage Stage) []engine.Fault {
	s := &sheet{l: l, stage: stage, places: make(map[string]int32)}
	for i, code := range l.codes {
		s.places[code] = int32(i)
	}
	before := len(l.People)
	required, optional := Columns(l.Rules, stage)
	s.read(r, func(header []string) { s.known(header, required, optional) }, s.row)
	s.twice()
	if len(s.faults) > 0 {
		l.People = l.People[:before]
	}
	return s.named()
}

func (s *sheet) row() {
	c := Candidate{Number: s.number(), Line: int32(s.line)}
	c.Flag = s.flag()
	var ok bool
	if c.source, ok = s.l.sourceOf(s.get("source")); !ok {
		s.fault("source", "name the earlier exam, as carried-2023", "more than 255 different sources")
	}
	s.formation(&c)
	for i := range s.l.Rules.Sections {
		s.points(&c, i)
	}
	if s.stage == FinalStage {
		s.second(&c)
		s.ties(&c)
	}
	s.l.People = append(s.l.People, c)
}

func (s *sheet) formation(c *Candidate) {
	code := strings.ToLower(s.get("formation"))
	at, ok := s.places[code]
	switch {
	case code == "":
		s.fault("formation", "write the formation that was applied for", "empty")
	case !ok && len(s.l.Formations) > 0:
		s.fault("formation", "use a code of the list of formations", "there is no formation %.60q", code)
	case !ok:
		code = strings.Clone(code)
		at = int32(len(s.l.codes))
		s.places[code], s.l.codes = at, append(s.l.codes, code)
	}
	c.Formation = at
}

func (s *sheet) points(c *Candidate, section int) {
	rule := &s.l.Rules.Sections[section]
	column := strings.ToLower(rule.Code)
	text := s.get(column)
	if text == "" {
		if c.Flag == NoFlag {
			s.fault(column, "write the score, or TH as the flag of who was absent", "the score is missing")
		}
		return
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		s.fault(column, "write whole points as 135", "%.40q is no score", text)
	case n < 0 || n > rule.Max:
		s.fault(column, fmt.Sprintf("use 0 to %d", rule.Max), "%d is no score of %s", n, rule.Code)
	default:
		c.Points[section] = int16(n)
	}
}

// second reads the marks of the second stage.
func (s *sheet) second(c *Candidate) {
	for i, column := range parts(s.l.Rules) {
		text := s.get(column)
		part := scoring.Part{Max: hundred}
		if len(s.l.Rules.Final.Components) > 0 {
			part = s.l.Rules.Final.Components[i]
		}
		switch {
		case text == "" && c.Flag == NoFlag:
			s.fault(column, "write the mark, or TH as the flag of who was absent", "the component is missing")
		case text == "":
		case part.Eliminating:
			switch passed := strings.ToUpper(text); passed {
			case "MS", "TMS":
				c.setPassed(i, passed == "MS")
			default:
				s.fault(column, "write MS or TMS", "%.40q says neither that the part was passed nor that it was not", text)
			}
		default:
			mark, err := scoring.ParseWritten(text)
			if err != nil {
				s.fault(column, "write a mark as 73.64", "%v", err)
			} else if mark.Decimal > part.Max {
				s.fault(column, "use 0 to "+part.Max.String(), "%s is more than the maximum", mark)
			}
			c.setMark(i, mark)
		}
	}
}

// ties reads what parts those who are equal in all scores.
func (s *sheet) ties(c *Candidate) {
	if s.get("birth_date") != "" || c.Flag == NoFlag && s.l.order.has(scoring.KeyOlder) {
		c.Born = s.born()
	}
	if c.Flag == NoFlag && s.l.order.has(scoring.KeyAcademic) || s.get("academic_kind") != "" || s.get("academic") != "" {
		c.setAcademic(s.schooling())
	}
}

// schooling is the academic value of a row with its kind.
func (s *table) schooling() (string, scoring.Written) {
	kind := slices.Index(academicKinds[1:], strings.ToLower(s.get("academic_kind"))) + 1
	value, err := scoring.ParseWritten(s.get("academic"))
	switch {
	case kind == 0:
		s.fault("academic_kind", "write ipk or school_mean", "no kind %.40q", s.get("academic_kind"))
	case err != nil:
		s.fault("academic", "write a mean as 3.50 or 81.25", "%v", err)
	case value.Decimal > academicMost[kind]:
		s.fault("academic", "use 0 to "+academicMost[kind].String()+", or correct the kind", "%s is no %s", value, academicKinds[kind])
	}
	return academicKinds[kind], value
}

// born is the birth date of a row, as Candidate has it.
func (s *table) born() int32 {
	born, ok := ParseBorn(s.get("birth_date"))
	if !ok {
		s.fault("birth_date", "write it as 1998-05-31", "%.40q is no date", s.get("birth_date"))
	}
	return born
}

// ParseBorn reads a birth date as Candidate has it.
func ParseBorn(text string) (int32, bool) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 1900 || day.Year() > 2100 {
		return 0, false
	}
	return int32(day.Year()*10000 + int(day.Month())*100 + day.Day()), true
}

// twice finds people who stand in two rows, or in one and on the roster, whichever way their
// number is written.
func (s *sheet) twice() {
	people := s.l.People
	order := make([]int32, len(people))
	plain := make([]string, len(people))
	for i := range order {
		order[i], plain[i] = int32(i), scoring.PlainNumber(people[i].Number)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(plain[a], plain[b]), cmp.Compare(a, b)) })
	for n := 1; n < len(order); n++ {
		if first, second := order[n-1], order[n]; plain[first] == plain[second] && plain[first] != "" {
			if s.line = int(people[second].Line); people[first].Line == 0 {
				s.fault("number", "remove the row: who is on the roster has a result of this exam, or was absent", "%s is on the roster of this exam", people[second].Number)
				continue
			}
			s.fault("number", "keep one row for each person", "%s stands already in row %d", people[second].Number, people[first].Line)
		}
	}
}
