package proctor

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Part is one of the tables that an exam publishes about itself before anybody sits:
// what is applied for, by which rules it is decided, and when.
type Part string

// The parts.
const (
	PartFormations Part = "formations"
	PartCriteria   Part = "criteria"
	PartCalendar   Part = "calendar"
)

// Parts lists the parts in the order in which people read them.
var Parts = []Part{PartFormations, PartCriteria, PartCalendar}

// Criteria is one part as a table in one form, whatever file it came from: its bytes are
// CSV, and their SHA-256 is what two people sign. The first column names a row.
type Criteria struct {
	Part    Part
	Columns []string
	Rows    [][]string
}

// Criterion is a row of PartCriteria.
type Criterion struct {
	Field string `json:"field"` // as threshold.general.TWK
	Value string `json:"value"`
}

// criteriaFree are fields that the authority writes itself; all others say what the
// program computes by.
var criteriaFree = []string{"contact.", "note.", "privacy.basis"}

// Free says whether a field of PartCriteria is the authority's own words.
func Free(field string) bool {
	return slices.ContainsFunc(criteriaFree, func(begin string) bool { return strings.HasPrefix(field, begin) })
}

// criterionMost is how long a text of the authority's own may be, in characters.
const criterionMost = 500

// Bytes are the table as it is kept and hashed.
func (c *Criteria) Bytes() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	// A bytes.Buffer takes every write.
	_ = w.Write(c.Columns)
	_ = w.WriteAll(c.Rows)
	return b.Bytes()
}

// DecodeCriteria reads what Bytes has written.
func DecodeCriteria(part Part, body []byte) (*Criteria, error) {
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err == nil && len(rows) == 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("published %s: %w", part, err)
	}
	return &Criteria{part, rows[0], rows[1:]}, nil
}

// Get returns the value of a column in a row, "" if the table has none.
func (c *Criteria) Get(row []string, column string) string {
	if i := slices.Index(c.Columns, column); i >= 0 && i < len(row) {
		return row[i]
	}
	return ""
}

// Objects are the rows by their columns' names, without empty cells.
func (c *Criteria) Objects() []map[string]string {
	all := make([]map[string]string, len(c.Rows))
	for i, row := range c.Rows {
		all[i] = make(map[string]string, len(row))
		for j, cell := range row {
			if cell != "" {
				all[i][c.Columns[j]] = cell
			}
		}
	}
	return all
}

// Formations reads the rows of PartFormations back.
func (c *Criteria) Formations() ([]Formation, error) {
	formations, faults := ParseFormations(bytes.NewReader(c.Bytes()))
	if len(faults) > 0 {
		return nil, fmt.Errorf("published formations: %s", faults[0])
	}
	return formations, nil
}

// CriteriaRules are the rules of an exam as far as a table has to agree with them.
type CriteriaRules struct {
	Fields    []Criterion           // what the program computes by, in the order of the table
	Formation func(Formation) error // whether the rules can decide about it
	Minutes   int                   // of the exam, without extra time
	Blind     func(need string) int // minutes of a blind candidate on a need; nil or 0 where the rules say nothing of it
}

// parseFormationTable reads formations and holds them against the rules.
func parseFormationTable(r io.Reader, rules *CriteriaRules) (*Criteria, []Fault) {
	t, formations := readFormations(r)
	for i, f := range formations {
		if !slices.Contains(Needs, f.Need) {
			continue
		}
		if err := rules.Formation(f); err != nil {
			t.rows[i].fault("need", "correct need or minima, or make the exam with the rule set that knows them", "no decision can be made about it: %v", err)
		}
	}
	if len(t.faults) > 0 {
		return nil, inOrder(t.faults)
	}
	c, err := DecodeCriteria(PartFormations, canonicalFormations(formations))
	if err != nil {
		return nil, []Fault{{What: err.Error(), Remedy: "try again"}}
	}
	return c, nil
}

// parseCriteriaTable reads fields and values. What the program computes by has to be there
// as it computes: nobody publishes a rule that is not the one that decides.
func parseCriteriaTable(r io.Reader, rules *CriteriaRules) (*Criteria, []Fault) {
	t := readTable(r, []string{"field", "value"}, nil)
	want := make(map[string]string, len(rules.Fields))
	for _, f := range rules.Fields {
		want[f.Field] = f.Value
	}
	given, lines := make(map[string]string), make(map[string]int)
	for _, row := range t.rows {
		field, value := row.get("field"), row.get("value")
		computed, known := want[field]
		first, twice := lines[field]
		switch {
		case twice:
			row.fault("field", "remove one", "%.60s stands already in row %d", field, first)
		case !known && !Free(field):
			row.fault("field", "use the fields that terang exam criteria writes, or contact.…, note.… and privacy.basis for words of your own", "no field %.60q", field)
		case known && value != computed:
			row.fault("value", "correct the row, or make the exam with the rule set or policy that says so", "%s is %.60q here, and the exam decides by %q", field, value, computed)
		case Free(field) && (value == "" || utf8.RuneCountInString(value) > criterionMost || strings.ContainsFunc(value, unicode.IsControl)):
			row.fault("value", fmt.Sprintf("write 1 to %d characters in one line, or leave the row out", criterionMost), "empty, too long, or with control characters")
		}
		given[field], lines[field] = value, row.line
	}
	c := &Criteria{Part: PartCriteria, Columns: []string{"field", "value"}}
	if _, read := t.columns["value"]; read {
		for _, f := range rules.Fields {
			if _, ok := given[f.Field]; !ok {
				t.faults = append(t.faults, Fault{Column: "field", What: f.Field + " is missing", Remedy: "add a row with the value " + f.Value})
			}
			c.Rows = append(c.Rows, []string{f.Field, f.Value})
			delete(given, f.Field)
		}
	}
	if len(t.faults) > 0 {
		return nil, inOrder(t.faults)
	}
	free := len(c.Rows)
	for field, value := range given {
		c.Rows = append(c.Rows, []string{field, value})
	}
	slices.SortFunc(c.Rows[free:], func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return c, nil
}
