package selection

import (
	"fmt"
	"strings"

	"terang/engine"
	"terang/scoring"
)

// Join makes a decided shortlist the list of the second stage: who goes on, with what the
// released sheets say, ready for Final. Left are the numbers that a sheet names and the
// shortlist does not, sheet by sheet. With a fault nothing is joined.
func (l *Listing) Join(sheets []*MarkSheet) (left []string, faults []engine.Fault) {
	people := make([]Candidate, 0, len(l.People))
	at := make(map[string]int)
	for i := range l.People {
		if c := l.People[i]; c.Seat == Shortlisted {
			at[scoring.PlainNumber(c.Number)] = len(people)
			people = append(people, c)
		}
	}
	fault := func(sheet, remedy, what string, args ...any) {
		faults = append(faults, engine.Fault{Column: strings.ToLower(sheet), What: fmt.Sprintf(what, args...), Remedy: remedy})
	}
	given := make(map[string]bool)
	for _, s := range sheets {
		given[s.Component] = true
		if s.RuleSet != l.Rules.Hash() {
			fault(s.Component, "give the sheet anew with terang results sheet", "the sheet was read under another rule set, %.12s", s.RuleSet)
			continue
		}
		named := make([]bool, len(people))
		for i := range s.Rows {
			row := &s.Rows[i]
			n, ok := at[scoring.PlainNumber(row.Number)]
			if !ok {
				left = append(left, s.Component+" "+row.Number)
				continue
			}
			named[n] = true
			l.take(&people[n], s, row)
		}
		for n := range people {
			if c := &people[n]; !named[n] && c.Flag == NoFlag {
				fault(s.Component, "give a new sheet with a row for everybody; who was absent is written TH in the column flag", "the sheet has no row for %s", c.Number)
			}
		}
	}
	for _, code := range SheetCodes(l.Rules) {
		if !given[code] {
			fault(code, "import it with terang results sheet, and let another person release it", "no sheet was released")
		}
	}
	if l.order.has(scoring.KeyOlder) {
		for n := range people {
			if c := &people[n]; c.Born == 0 && c.Flag == NoFlag {
				fault("birth_date", "give it in the sheet "+AcademicSheet, "no birth date of %s is known", c.Number)
			}
		}
	}
	if len(faults) == 0 {
		l.People = people
	}
	return left, faults
}

// take gives a candidate what a row says.
func (l *Listing) take(c *Candidate, s *MarkSheet, row *MarkRow) {
	flag, _ := parseFlag(row.Flag) // it was read when the sheet was
	switch {
	case flag == Absent:
		c.absentSKB = c.absentSKB || s.Component != AcademicSheet
	case flag != NoFlag:
		c.Flag = Flags(c.Flag, flag)
	}
	if s.Component == AcademicSheet {
		c.setAcademic(row.AcademicKind, row.Academic)
		if row.Born != 0 {
			c.Born = row.Born
		}
		return
	}
	part, i := partOf(l.Rules, s.Component)
	switch {
	case !part.Eliminating:
		c.setMark(i, row.Mark)
	case row.Result != "":
		c.setPassed(i, row.Result != "TMS")
	}
}
