package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"terang/questionbank/format/draft"
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
			t.Fault(draft.Place{File: t.file, Line: wrong.Line}, `put a cell with quotes into quotes and double those inside`, "the row cannot be read: %v", wrong.Err)
			return
		case err != nil:
			t.Fault(draft.Place{File: t.file}, "save it as CSV again", "%v", err)
			return
		}
		line, _ := in.FieldPos(0)
		if !t.within(line, n, len(cells)) {
			return
		}
		t.row(line, cells)
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
		t.Fault(at, "save it as an Excel workbook (.xlsx) again", "the workbook cannot be read: %v", err)
	}
}

// workbook reads through excelize, which may panic on what was made to make it.
func (t *table) workbook(data []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it is broken (%v)", p)
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: draft.MaxFile, UnzipXMLSizeLimit: draft.MaxEntry, RawCellValue: true})
	if err != nil {
		return err
	}
	defer book.Close() //nolint:errcheck // read from memory
	for i, name := range book.GetSheetList() {
		rows, err := book.Rows(name)
		if err != nil {
			return err
		}
		if err := t.sheet(rows, i == 0, name); err != nil {
			return errors.Join(err, rows.Close())
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) sheet(rows *excelize.Rows, first bool, name string) error {
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		switch {
		case err != nil:
			return err
		case !first && len(cells) > 0 && name != guideSheet:
			t.Warn(draft.Place{File: t.file}, "put the questions onto the first sheet", "the sheet %q is not read", brief(name))
			return nil
		case !t.within(n, n, len(cells)):
			return nil
		case first:
			t.row(n, cells)
		}
	}
	return rows.Error()
}
