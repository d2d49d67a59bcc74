package analysis

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"terang/proctor"
)

// numberedRow is a row of a table of participant numbers.
type numberedRow struct {
	line          int
	number, value string // the number in its normal form
}

// numbered reads a CSV file with the columns number and another, and names every fault.
func numbered(file io.Reader, what, column string) ([]numberedRow, []error) {
	r := csv.NewReader(file)
	r.FieldsPerRecord = 2
	table, err := r.ReadAll()
	if err != nil {
		return nil, []error{fmt.Errorf("%s: %w", what, err)}
	}
	if len(table) == 0 || !strings.EqualFold(strings.TrimPrefix(table[0][0], "\ufeff"), "number") || !strings.EqualFold(table[0][1], column) {
		return nil, []error{fmt.Errorf("%s: the first row must be number,%s", what, column)}
	}
	var rows []numberedRow
	var faults []error
	seen := make(map[string]bool)
	for i, cells := range table[1:] {
		n, ok := proctor.NormalNumber(cells[0])
		switch {
		case !ok:
			faults = append(faults, fmt.Errorf("%s row %d, column number: %q is no participant number", what, i+2, cells[0]))
		case seen[n]:
			faults = append(faults, fmt.Errorf("%s row %d, column number: %s stands twice; leave one", what, i+2, cells[0]))
		}
		seen[n] = true
		rows = append(rows, numberedRow{i + 2, n, strings.TrimSpace(cells[1])})
	}
	return rows, faults
}
