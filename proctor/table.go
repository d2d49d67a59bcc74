package proctor

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"terang/engine"
)

// Fault is why a file is refused.
type Fault = engine.Fault

// tableMost bounds a file: four million rows are a nation, and fit.
const tableMost = 1 << 30

// table is a file of rows under a header, by name and in any order.
type table struct {
	columns map[string]int
	lacks   map[string]bool // required columns that are missing: told once, and not again for each row
	rows    []row
	faults  []Fault
}

type row struct {
	t      *table
	line   int
	fields []string
}

// get returns the row's trimmed text in a column, "" when the file has no such column.
func (r row) get(column string) string {
	i, ok := r.t.columns[column]
	if !ok || i >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

func (r row) fault(column, remedy, what string, args ...any) {
	if r.t.lacks[column] {
		return
	}
	r.t.faults = append(r.t.faults, Fault{Row: r.line, Column: column, What: fmt.Sprintf(what, args...), Remedy: remedy})
}

// readTable reads UTF-8 text with comma, semicolon or tab, or a JSON array of objects. Faults of form are in the
// table; rows that could be read are there nevertheless, so that one pass names all faults.
func readTable(r io.Reader, required, optional []string) *table {
	t := &table{columns: make(map[string]int), lacks: make(map[string]bool)}
	whole := func(what, remedy string) *table {
		t.faults = append(t.faults, Fault{What: what, Remedy: remedy})
		return t
	}
	data, err := io.ReadAll(io.LimitReader(r, tableMost))
	if err != nil {
		t.faults = append(t.faults, engine.FaultOf(err, Fault{What: "the file cannot be read: " + err.Error(), Remedy: "try again"}))
		return t
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		t.faults = append(t.faults, Fault{Row: notUTF8(data), What: "the file is not UTF-8 from here on", Remedy: "save it as CSV UTF-8"})
		return t
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return whole("the file is empty", "the first line names the columns: "+strings.Join(required, ","))
	}
	before := 0 // rows of a JSON array are counted from its first object
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		if data, err = rowsOfJSON(data); err != nil {
			return whole("the JSON cannot be read: "+err.Error(), "write an array of objects: "+strings.Join(required, ","))
		}
		before = 1
	}
	comma := engine.Separator(data)
	if own, rest, ok := declared(data); ok {
		comma, data, before = own, rest, -1
	}
	in := csv.NewReader(bytes.NewReader(data))
	in.Comma, in.FieldsPerRecord = comma, -1
	header, err := in.Read()
	if err != nil {
		return whole("the header cannot be read: "+err.Error(), "the first line names the columns: "+strings.Join(required, ","))
	}
	t.header(header, required, optional)
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return t
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			t.faults = append(t.faults, Fault{Row: bad.StartLine - before, What: "the row cannot be read: " + bad.Err.Error(), Remedy: "look for a quote that is not closed or not doubled"})
			if errors.Is(bad, csv.ErrBareQuote) {
				continue // it ends with its line
			}
			return t // what follows an open quote says nothing about the rows
		}
		if err != nil {
			return whole("the file cannot be read: "+err.Error(), "try again")
		}
		line, _ := in.FieldPos(0)
		next := row{t: t, line: line - before, fields: fields}
		if strings.TrimSpace(strings.Join(fields, "")) == "" {
			continue // spreadsheets leave rows of separators behind
		}
		if len(fields) != len(header) {
			next.fault("", "give each row as many cells as the header", "%d cells under %d columns", len(fields), len(header))
			continue
		}
		t.rows = append(t.rows, next)
	}
}

// declared is the separator of a file whose first line says it, as spreadsheets write it and want it:
// sep=; and the rest of the file.
func declared(data []byte) (comma rune, rest []byte, ok bool) {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) != len("sep=;") || !bytes.EqualFold(line[:4], []byte("sep=")) || !bytes.Contains([]byte(",;\t"), line[4:]) {
		return 0, data, false
	}
	return rune(line[4]), rest, true
}

// notUTF8 is the first line that is not UTF-8, from 1.
func notUTF8(data []byte) int {
	n := 0
	for line := range bytes.Lines(data) {
		if n++; !utf8.Valid(line) {
			break
		}
	}
	return n
}

func (t *table) header(names, required, optional []string) {
	at := func(column, what, remedy string) {
		t.faults = append(t.faults, Fault{Row: 1, Column: column, What: what, Remedy: remedy})
	}
	known := strings.Join(slices.Concat(required, optional), ",")
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		switch _, twice := t.columns[name]; {
		case !slices.Contains(required, name) && !slices.Contains(optional, name):
			at(name, "no such column", "use "+known)
		case twice:
			at(name, "the column stands twice", "remove one")
		default:
			t.columns[name] = i
		}
	}
	for _, name := range required {
		if _, ok := t.columns[name]; !ok {
			t.lacks[name] = true
			at(name, "the column is missing", "add it; known are "+known)
		}
	}
}

// inOrder sorts faults from the top of the file.
func inOrder(faults []Fault) []Fault {
	slices.SortStableFunc(faults, func(a, b Fault) int { return a.Row - b.Row })
	return faults
}
