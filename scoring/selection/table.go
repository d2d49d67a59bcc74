package selection

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"terang/engine"
	"terang/scoring"
)

// table is a file of rows under a header, read row by row: nothing of a row is kept but
// what its reader makes of it.
type table struct {
	columns map[string]int
	fields  []string
	line    int
	faults  []engine.Fault
	more    int // faults that are not named
}

func (s *table) fault(column, remedy, what string, args ...any) {
	if len(s.faults) == mostFaults {
		s.more++
		return
	}
	s.faults = append(s.faults, engine.Fault{Row: s.line, Column: column, What: fmt.Sprintf(what, args...), Remedy: remedy})
}

// named are the faults from the top of the file.
func (s *table) named() []engine.Fault {
	slices.SortStableFunc(s.faults, func(a, b engine.Fault) int { return cmp.Compare(a.Row, b.Row) })
	if s.more > 0 {
		s.faults = append(s.faults, engine.Fault{What: fmt.Sprintf("%d more faults", s.more), Remedy: "correct the first ones"})
	}
	return s.faults
}

// read reads UTF-8 text with comma, semicolon or tab: the header, then row by row.
func (s *table) read(r io.Reader, header func([]string), row func()) {
	s.columns = make(map[string]int)
	in := bufio.NewReaderSize(r, 1<<16)
	if bom, _ := in.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3) // they were seen
	}
	head, _ := in.Peek(4096)
	rows := csv.NewReader(in)
	rows.Comma, rows.FieldsPerRecord, rows.ReuseRecord = engine.Separator(head), -1, true
	names, err := rows.Read()
	s.line = 1
	switch {
	case errors.Is(err, io.EOF):
		s.fault("", "the first line names the columns", "the file is empty")
		return
	case err != nil:
		s.unreadable(err, "the header cannot be read", "the first line names the columns")
		return
	}
	header(names)
	width, count := len(names), 0
	for len(s.columns) > 0 {
		s.fields, err = rows.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if count == 0 && len(s.faults) == 0 {
				s.fault("", "add a row for each person", "the file names nobody")
			}
			return
		case errors.As(err, &bad):
			s.line = bad.StartLine
			s.fault("", "look for a quote that is not closed or not doubled", "the row cannot be read: %v", bad.Err)
			if errors.Is(bad, csv.ErrBareQuote) {
				continue // it ends with its line
			}
			return // what follows an open quote says nothing about the rows
		case err != nil:
			s.unreadable(err, "the file cannot be read", "try again")
			return
		}
		s.line, _ = rows.FieldPos(0)
		if empty(s.fields) {
			continue // spreadsheets leave rows of separators behind
		}
		if len(s.fields) != width {
			s.fault("", "give each row as many cells as the header; a decimal comma makes two cells of one", "%d cells under %d columns", len(s.fields), width)
			continue
		}
		if count++; s.valid() {
			row()
		}
	}
}

// unreadable notes an error of the file. A workbook may say itself which cell it is.
func (s *table) unreadable(err error, what, remedy string) {
	s.faults = append(s.faults, engine.FaultOf(err, engine.Fault{Row: s.line, What: fmt.Sprintf("%s: %v", what, err), Remedy: remedy}))
}

// valid says whether the row's cells are text.
func (s *table) valid() bool {
	for name, i := range s.columns {
		if !utf8.ValidString(s.fields[i]) {
			s.fault(name, "save the file as CSV UTF-8", "the cell is not UTF-8")
			return false
		}
	}
	return true
}

func empty(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}

// known takes a header of columns that have to be there and of some that may.
func (s *table) known(names, required, optional []string) {
	known := strings.Join(slices.Concat(required, optional), ",")
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := s.columns[name]; twice {
			s.fault(name, "remove one", "the column stands twice")
		} else if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			s.fault(strings.ToValidUTF8(name, "?"), "use "+known, "no such column")
		}
		s.columns[name] = i
	}
	for _, name := range required {
		if _, ok := s.columns[name]; !ok {
			s.fault(name, "add it; known are "+known, "the column is missing")
		}
	}
}

// get is the trimmed text of a column, "" if the sheet has no such column.
func (s *table) get(column string) string {
	i, ok := s.columns[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(s.fields[i])
}

// number is the row's participant number, which outlives the row.
func (s *table) number() string {
	number := strings.Clone(s.get("number"))
	if plain := scoring.PlainNumber(number); plain == "" || len(number) > 20 || strings.Trim(plain, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		s.fault("number", "use 1 to 20 of A-Z, 0-9 and hyphen", "%.40q is no participant number", number)
	}
	return number
}

func (s *table) flag() Flag {
	flag, ok := parseFlag(strings.ToUpper(s.get("flag")))
	if !ok {
		s.fault("flag", "use DIS, TMS, APS, TH, or leave it empty", "no flag %.40q", s.get("flag"))
	}
	return flag
}
