package workbook

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Write writes a table as a workbook of one sheet, the first row being the header. Every
// cell is text, so that no number loses its zeros and no name is a formula; Open reads the
// same table back.
func Write(w io.Writer, sheet string, rows [][]string) error {
	book := excelize.NewFile()
	defer func() { _ = book.Close() }() // its temporary files
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	text, err := book.NewStyle(&excelize.Style{NumFmt: 49}) // "@": typed over, it stays text
	if err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	s, err := book.NewStreamWriter(sheet)
	if err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for c, v := range row {
			cells[c] = excelize.Cell{StyleID: text, Value: strings.ToValidUTF8(v, "\uFFFD")}
		}
		if err := s.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			return fmt.Errorf("make the workbook: row %d: %w", i+1, err)
		}
	}
	if err := s.Flush(); err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	if err := book.Write(w); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}
