package document

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// sheetMost is how many rows a sheet can have, its head included.
const sheetMost = 1_048_576

// Sheet is a plain table for programs and people: one sheet of rows under their columns,
// and one that says what is in them.
type Sheet struct {
	Title   string // of the workbook
	Name    string // of the sheet with the rows
	Columns []string
	About   [][2]string
}

// WriteXLSX writes n rows, which it asks for one after the other. A cell is an int or a
// string: no cell can be a formula.
func (s *Sheet) WriteXLSX(w io.Writer, n int, row func(i int) []any) error {
	if n+1 > sheetMost {
		return fmt.Errorf("%d rows are more than the %d of a workbook's sheet: use csv", n, sheetMost-1)
	}
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := s.fill(f, n, row); err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

func (s *Sheet) fill(f *excelize.File, n int, row func(i int) []any) error {
	if err := f.SetSheetName("Sheet1", s.Name); err != nil {
		return err
	}
	if err := f.SetDocProps(&excelize.DocProperties{Creator: "Terang", LastModifiedBy: "Terang", Title: s.Title}); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	out, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, 1, 24); err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	head := make([]any, len(s.Columns))
	for i, name := range s.Columns {
		head[i] = excelize.Cell{StyleID: bold, Value: name}
	}
	if err := out.SetRow("A1", head); err != nil {
		return err
	}
	for i := range n {
		cell, err := excelize.CoordinatesToCellName(1, i+2)
		if err == nil {
			err = out.SetRow(cell, row(i))
		}
		if err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return s.about(f)
}

// about is the second sheet.
func (s *Sheet) about(f *excelize.File) error {
	const name = "about"
	if _, err := f.NewSheet(name); err != nil {
		return err
	}
	for i, line := range s.About {
		for column, text := range line {
			cell, err := excelize.CoordinatesToCellName(column+1, i+1)
			if err == nil {
				err = f.SetCellStr(name, cell, text)
			}
			if err != nil {
				return err
			}
		}
	}
	if err := f.SetColWidth(name, "A", "A", 20); err != nil {
		return err
	}
	return f.SetColWidth(name, "B", "B", 100)
}
