package analysis

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// numberedRow is a row of a table of participant numbers.
type numberedRow struct {
	line          int
	number, value string // the number in its normal form
}

// numbered reads a CSV file with the columns number and another, with comma, semicolon or
// tab, and names every fault.
func numbered(file io.Reader, what, column string) ([]numberedRow, []error) {
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, []error{fmt.Errorf("%s: %w", what, err)}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = engine.Separator(data), 2
	head, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, csv.ErrFieldCount) {
		return nil, []error{fmt.Errorf("%s: %w", what, err)}
	}
	if len(head) != 2 || !strings.EqualFold(strings.TrimSpace(head[0]), "number") || !strings.EqualFold(strings.TrimSpace(head[1]), column) {
		return nil, []error{fmt.Errorf("%s: the first row must be number,%s", what, column)}
	}
	var rows []numberedRow
	var faults []error
	seen := make(map[string]bool)
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, faults
		}
		if err != nil {
			return nil, append(faults, fmt.Errorf("%s: %w", what, err))
		}
		line, _ := r.FieldPos(0)
		n, ok := proctor.NormalNumber(cells[0])
		switch {
		case !ok:
			faults = append(faults, fmt.Errorf("%s row %d, column number: %q is no participant number", what, line, cells[0]))
		case seen[n]:
			faults = append(faults, fmt.Errorf("%s row %d, column number: %s stands twice; leave one", what, line, cells[0]))
		}
		seen[n] = true
		rows = append(rows, numberedRow{line, n, strings.TrimSpace(cells[1])})
	}
}
