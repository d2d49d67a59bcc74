package proctor

import (
	"fmt"
	"slices"
)

// Kinds of CriteriaChange.
const (
	RowNew     = "new"
	RowRemoved = "removed"
	RowChanged = "changed"
)

// CriteriaChange is one field that a version changes against the one before.
type CriteriaChange struct {
	Kind   string `json:"kind"`
	Row    string `json:"row"`              // what the first column names
	Column string `json:"column,omitempty"` // of RowChanged
	Was    string `json:"was,omitempty"`    // the whole row of RowRemoved
	Is     string `json:"is,omitempty"`     // the whole row of RowNew
}

// String is for people at a terminal and on the approvals page.
func (c CriteriaChange) String() string {
	switch c.Kind {
	case RowNew:
		return "+ " + c.Row + ": " + c.Is
	case RowRemoved:
		return "- " + c.Row + ": " + c.Was
	}
	return fmt.Sprintf("%s · %s: %s → %s", c.Row, c.Column, orNone(c.Was), orNone(c.Is))
}

func orNone(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// Compare tells field by field what a table changes, in the order of the newer table,
// removed rows last. was is nil for a first version, which changes nothing.
func (c *Criteria) Compare(was *Criteria) []CriteriaChange {
	changes := []CriteriaChange{}
	if was == nil {
		return changes
	}
	before := make(map[string][]string, len(was.Rows))
	for _, row := range was.Rows {
		before[row[0]] = row
	}
	columns := slices.Clone(c.Columns)
	for _, column := range was.Columns {
		if !slices.Contains(columns, column) {
			columns = append(columns, column)
		}
	}
	for _, row := range c.Rows {
		old, there := before[row[0]]
		delete(before, row[0])
		if !there {
			changes = append(changes, CriteriaChange{Kind: RowNew, Row: row[0], Is: whole(row)})
			continue
		}
		for _, column := range columns {
			if a, b := was.Get(old, column), c.Get(row, column); a != b {
				changes = append(changes, CriteriaChange{Kind: RowChanged, Row: row[0], Column: column, Was: a, Is: b})
			}
		}
	}
	for _, row := range was.Rows {
		if _, gone := before[row[0]]; gone {
			changes = append(changes, CriteriaChange{Kind: RowRemoved, Row: row[0], Was: whole(row)})
		}
	}
	return changes
}

// whole is a row in one line.
func whole(row []string) string {
	text := ""
	for _, cell := range row[1:] {
		if cell == "" {
			continue
		}
		if text != "" {
			text += " · "
		}
		text += cell
	}
	return text
}
