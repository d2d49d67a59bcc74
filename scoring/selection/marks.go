package selection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"terang/engine"
	"terang/scoring"
)

// AcademicSheet is the code of the sheet that brings grade-point means, means on school
// certificates and, for people who are not on the roster, birth dates. No component has it.
const AcademicSheet = "ACADEMIC"

// wholeStage is the code of the sheet of a second stage that has no components.
const wholeStage = "SKB"

const marksFormat = "terang/marks/1"

// MarkSheet is what one sheet of the second stage says: a component's marks with those of
// each assessor, or the academic values. Its bytes are kept, and named by what released it.
type MarkSheet struct {
	Format    string    `json:"format"`
	Component string    `json:"component"`
	RuleSet   string    `json:"rule_set_sha256"`
	File      string    `json:"file_sha256"` // of the file that it was read from
	Assessors []string  `json:"assessors,omitempty"`
	Rows      []MarkRow `json:"rows"` // by number
}

// MarkRow is a person's.
type MarkRow struct {
	Number       string          `json:"number"`
	Flag         string          `json:"flag,omitempty"`    // TH, APS, TMS or DIS
	Marks        []string        `json:"marks,omitempty"`   // in the order of the assessors, "" where one gave none
	Mark         scoring.Written `json:"mark"`              // as it came in, or the mean of the assessors
	Result       string          `json:"result,omitempty"`  // MS or TMS, of an eliminating part
	AcademicKind string          `json:"kind,omitempty"`    // of AcademicSheet
	Academic     scoring.Written `json:"academic,omitzero"` //
	Born         int32           `json:"born,omitempty"`    // yyyymmdd
}

// SheetCodes are the sheets that a final under the rules is made of, in order.
func SheetCodes(rs *scoring.RuleSet) (codes []string) {
	for _, column := range parts(rs) {
		codes = append(codes, strings.ToUpper(column))
	}
	if slices.Contains(rs.Final.Keys, scoring.KeyAcademic) {
		codes = append(codes, AcademicSheet)
	}
	return codes
}

// partOf is the rule of a sheet's component, and its place among them.
func partOf(rs *scoring.RuleSet, code string) (scoring.Part, int) {
	if len(rs.Final.Components) == 0 && code == wholeStage {
		return scoring.Part{Code: wholeStage, Max: hundred}, 0
	}
	i := slices.IndexFunc(rs.Final.Components, func(p scoring.Part) bool { return p.Code == code })
	if i < 0 {
		return scoring.Part{}, -1
	}
	return rs.Final.Components[i], i
}

// assessorColumn names an assessor in a header.
var assessorColumn = regexp.MustCompile(`^assessor_[a-z0-9_.-]{1,40}$`)

// markReader is a sheet of marks that is being read.
type markReader struct {
	table
	sheet *MarkSheet
	rules *scoring.RuleSet
	part  scoring.Part
	who   map[string]bool // plain numbers of the exam; true: shortlisted
	lines map[string]int  // plain number -> line
	marks []scoring.Decimal
}

// ReadMarks reads a sheet of one component, or of AcademicSheet. who are all people of the
// exam by plain number, those that are shortlisted as true. Every fault is named by row and
// column; with one there is no sheet. Columns:
//
//	a component       number, mark or one assessor_NAME for each, flag
//	an eliminating    number, result (MS or TMS), flag
//	ACADEMIC          number, academic_kind, academic, birth_date, flag
//
// flag may be left out; who was absent is written TH, never left empty.
func ReadMarks(r io.Reader, rs *scoring.RuleSet, code string, who map[string]bool) (*MarkSheet, []engine.Fault) {
	m := &markReader{
		sheet: &MarkSheet{Format: marksFormat, Component: code, RuleSet: rs.Hash()}, rules: rs, who: who, lines: make(map[string]int),
	}
	known := append(SheetCodes(rs), AcademicSheet)
	at := -1
	if m.part, at = partOf(rs, code); at < 0 && code != AcademicSheet || !rs.Final.Joined() {
		return nil, []engine.Fault{{What: fmt.Sprintf("rule set %s has no component %.40q", rs.ID, code), Remedy: "use one of " + strings.Join(slices.Compact(known), ", ")}}
	}
	m.read(r, m.header, m.row)
	if len(m.faults) > 0 {
		return nil, m.named()
	}
	slices.SortFunc(m.sheet.Rows, func(a, b MarkRow) int {
		return strings.Compare(scoring.PlainNumber(a.Number), scoring.PlainNumber(b.Number))
	})
	return m.sheet, nil
}

func (m *markReader) header(names []string) {
	required, optional := []string{"number", "mark"}, []string{"flag"}
	switch {
	case m.sheet.Component == AcademicSheet:
		required, optional = []string{"number", "academic_kind", "academic"}, []string{"birth_date", "flag"}
	case m.part.Eliminating:
		required[1] = "result"
	default:
		for _, name := range names {
			if name = strings.ToLower(strings.TrimSpace(name)); assessorColumn.MatchString(name) && !slices.Contains(m.sheet.Assessors, name) {
				m.sheet.Assessors = append(m.sheet.Assessors, name)
			}
		}
		if len(m.sheet.Assessors) > 0 {
			required = append(required[:1], m.sheet.Assessors...)
		}
	}
	m.line = 1
	if n := len(m.sheet.Assessors); n > scoring.MaxAssessors {
		m.fault("", "divide the sheet", "%d assessors, at most %d are taken", n, scoring.MaxAssessors)
	}
	if n := len(m.sheet.Assessors); n > 0 && n < m.part.Assessors {
		m.fault("", "add a column assessor_NAME for each", "%d assessors, the rule set wants at least %d marks of each candidate", n, m.part.Assessors)
	}
	if len(m.sheet.Assessors) == 0 && m.part.Assessors > 1 {
		m.fault("mark", "give a column assessor_NAME for each assessor instead", "the rule set wants the marks of at least %d assessors", m.part.Assessors)
	}
	m.known(names, required, optional)
}

func (m *markReader) row() {
	row := MarkRow{Number: m.number(), Flag: m.flag().String()}
	plain := scoring.PlainNumber(row.Number)
	if _, ok := m.who[plain]; !ok {
		m.fault("number", "correct it, or load the person with terang exam roster", "nobody of this exam has the number %.40q", row.Number)
	} else if first, twice := m.lines[plain]; twice {
		m.fault("number", "keep one row for each person", "%s stands already in row %d", row.Number, first)
	}
	m.lines[plain] = m.line
	switch {
	case m.sheet.Component == AcademicSheet:
		m.academic(&row)
	case m.part.Eliminating:
		m.result(&row)
	case len(m.sheet.Assessors) > 0:
		m.assessed(&row)
	default:
		if mark, ok := m.mark("mark", m.present()); ok {
			row.Mark = mark
		}
	}
	m.sheet.Rows = append(m.sheet.Rows, row)
}

// present says that no flag stands in the row, so that it has to have a mark.
func (m *markReader) present() bool { return m.get("flag") == "" }

// mark reads a mark; it is not ok if there is none.
func (m *markReader) mark(column string, needed bool) (scoring.Written, bool) {
	text := m.get(column)
	if text == "" {
		if needed {
			m.fault(column, "write the mark, or TH in the column flag for who was absent", "the mark is missing")
		}
		return scoring.Written{}, false
	}
	mark, err := scoring.ParseWritten(text)
	switch {
	case err != nil:
		m.fault(column, "write a mark as 73.64", "%v", err)
	case mark.Decimal > m.part.Max:
		m.fault(column, "use 0 to "+m.part.Max.String(), "%s is more than the maximum", mark)
	}
	return mark, true
}

// assessed reads the marks of each assessor, and takes their mean, rounded once as every
// step of the final is.
func (m *markReader) assessed(row *MarkRow) {
	m.marks = m.marks[:0]
	for _, column := range m.sheet.Assessors {
		mark, ok := m.mark(column, m.present() && m.part.Assessors == 0)
		if !ok {
			row.Marks = append(row.Marks, "")
			continue
		}
		m.marks = append(m.marks, mark.Decimal)
		row.Marks = append(row.Marks, mark.String())
	}
	if len(m.marks) < m.part.Assessors && m.present() {
		m.fault("", "let as many mark as the rule set says, or write TH in the column flag", "%d assessors have marked, the rule set wants at least %d", len(m.marks), m.part.Assessors)
	}
	row.Mark.Decimal = meanOf(m.rules, m.marks)
}

func meanOf(rs *scoring.RuleSet, marks []scoring.Decimal) scoring.Decimal {
	if len(marks) == 0 {
		return 0
	}
	sum := scoring.Decimal(0)
	for _, mark := range marks {
		sum += mark
	}
	return rs.Final.Round().Ratio(sum, scoring.Whole(1), scoring.Whole(len(marks)))
}

func (m *markReader) result(row *MarkRow) {
	text := strings.ToUpper(m.get("result"))
	switch {
	case text == "MS" || text == "TMS":
		row.Result = text
	case text != "" || m.present():
		m.fault("result", "write MS or TMS, or TH in the column flag for who was absent", "%.40q says neither that the part was passed nor that it was not", text)
	}
}

func (m *markReader) academic(row *MarkRow) {
	if m.present() || m.get("academic_kind") != "" || m.get("academic") != "" {
		row.AcademicKind, row.Academic = m.schooling()
	}
	if m.get("birth_date") != "" {
		row.Born = m.born()
	}
}

// Encode is the sheet as it is kept.
func (s *MarkSheet) Encode() ([]byte, error) { return json.Marshal(s) }

// DecodeMarks reads a sheet that was kept.
func DecodeMarks(body []byte) (*MarkSheet, error) {
	s := new(MarkSheet)
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(s); err != nil {
		return nil, fmt.Errorf("a sheet of marks: %w", err)
	}
	if s.Format != marksFormat {
		return nil, fmt.Errorf("a sheet of marks has the format %q, this version reads %s", s.Format, marksFormat)
	}
	return s, nil
}
