package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"terang/engine"
	"terang/questionbank/format/draft"
	"terang/scoring/workbook"
)

// ReadCSV reads CSV files, or archives of them with their pictures.
func ReadCSV(files []draft.File, o draft.Options) *draft.Import {
	r := &draft.Report{}
	var items []draft.Item
	for _, src := range r.TextSources(files, ".csv", ".tsv", ".txt") {
		t := table{Report: r, file: src.Name, pictures: src.Pictures}
		t.csv(src.Text)
		items = append(items, t.items...)
	}
	return r.Settle("CSV", items, o)
}

func (t *table) csv(body string) {
	in := csv.NewReader(strings.NewReader(body))
	in.Comma = separator(body)
	in.FieldsPerRecord = -1
	for n := 0; ; n++ {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		var wrong *csv.ParseError
		switch {
		case errors.As(err, &wrong):
			t.Fault(draft.Place{File: t.file, Line: wrong.StartLine}, `put a cell with quotes into quotes and double those inside`, "the row cannot be read: %v", wrong.Err)
			return
		case err != nil:
			t.Fault(draft.Place{File: t.file}, "save it as CSV again", "%v", err)
			return
		}
		line, _ := in.FieldPos(0)
		if !t.within(line, n, len(cells)) {
			return
		}
		row := make([]cell, len(cells))
		for i, text := range cells {
			row[i].text = text
		}
		t.row(line, row)
	}
}

func (t *table) within(line, rows, columns int) bool {
	if rows > maxRows || columns > maxColumns {
		t.Fault(draft.Place{File: t.file, Line: line}, "divide it", "the table is larger than %d rows and %d columns", maxRows, maxColumns)
		return false
	}
	return true
}

// separator is whichever of , ; and tab the first row has most.
func separator(body string) rune {
	head, _, _ := strings.Cut(body, "\n")
	best := ','
	for _, c := range ";\t" {
		if strings.Count(head, string(c)) > strings.Count(head, string(best)) {
			best = c
		}
	}
	return best
}

// ReadXLSX reads workbooks. A zip archive that is no workbook itself may hold them with
// their pictures.
func ReadXLSX(files []draft.File, o draft.Options) *draft.Import {
	r := &draft.Report{}
	var items []draft.Item
	for _, f := range files {
		entries, err := draft.Unzip(f.Data)
		if err != nil {
			r.Fault(draft.Place{File: f.Name}, "save it as an Excel workbook (.xlsx), without a password", "%v", err)
			continue
		}
		if _, workbook := entries["[Content_Types].xml"]; workbook {
			t := table{Report: r, file: f.Name}
			t.xlsx(f.Data, entries)
			items = append(items, t.items...)
			continue
		}
		for _, src := range r.Sources([]draft.File{f}, ".xlsx") {
			inner, err := draft.Unzip(src.Data)
			if err != nil {
				r.Fault(draft.Place{File: src.Name}, "save it as an Excel workbook (.xlsx), without a password", "%v", err)
				continue
			}
			t := table{Report: r, file: src.Name, pictures: src.Pictures}
			t.xlsx(src.Data, inner)
			items = append(items, t.items...)
		}
	}
	return r.Settle("XLSX", items, o)
}

// xlsx reads the first sheet. entries are the workbook's own files, unpacked within limits.
func (t *table) xlsx(data []byte, entries map[string][]byte) {
	at := draft.Place{File: t.file}
	pictures, formulas := false, false
	for name, body := range entries {
		pictures = pictures || strings.HasPrefix(name, "xl/media/")
		formulas = formulas || strings.HasPrefix(name, "xl/worksheets/") && (bytes.Contains(body, []byte("<f>")) || bytes.Contains(body, []byte("<f ")))
	}
	if pictures {
		t.Fault(at, "save the pictures as files and name them in the column figure", "there are pictures in the sheet, which cannot be told to belong to a question")
	}
	if formulas {
		t.Warn(at, "look whether the texts are right", "there are formulas; what they last showed is read")
	}
	if err := t.workbook(data); err != nil {
		f := engine.FaultOf(err, engine.Fault{What: err.Error(), Remedy: "save it as an Excel workbook (.xlsx) again"})
		t.Fault(at, f.Remedy, "%s", f.What)
	}
}

// errDivide ends a table whose size has been told.
var errDivide = errors.New("the table is too large")

func (t *table) workbook(data []byte) error {
	book, err := workbook.Read(bytes.NewReader(data), int64(len(data)), workbook.Bounds{Unpacked: draft.MaxTotal, Text: draft.MaxFile})
	if err != nil {
		return err
	}
	for i, name := range book.Sheets {
		err := book.Rows(i, func(n int, cells []workbook.Cell) error {
			return t.sheet(n, cells, i == 0, name)
		})
		if errors.Is(err, errDivide) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *table) sheet(n int, cells []workbook.Cell, first bool, name string) error {
	columns := 0
	if len(cells) > 0 {
		columns = cells[len(cells)-1].Column + 1
	}
	switch {
	case !first && columns > 0 && name != guideSheet && !slices.Contains(t.passed, name):
		t.Warn(draft.Place{File: t.file}, "put the questions onto the first sheet", "the sheet %q is not read", brief(name))
		t.passed = append(t.passed, name)
	case !first:
	case !t.within(n, n, columns):
		return errDivide
	default:
		t.row(n, seen(cells, columns))
	}
	return nil
}

// seen are the texts of a row. What Excel has made a number, a day or TRUE is a text only if
// it is the same one on every computer: its author typed 1,1 and sees 1,1, and the workbook
// has 1.1; 1/2 has become a day in February.
func seen(stored []workbook.Cell, columns int) []cell {
	row := make([]cell, columns)
	for _, c := range stored {
		row[c.Column] = cell{text: c.Text}
		switch {
		case c.Wrong != "":
			row[c.Column].wrong = c.Wrong
		case c.Local:
			row[c.Column].wrong = fmt.Sprintf("Excel has made %q of what was typed, and each computer shows it in its own way", brief(c.Text))
		}
	}
	return row
}
