package main

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// The workbook has the rows of the CSV, cell for cell, numbers as numbers, no formula, and
// says of each column what it means.
func TestTheExportIsTheSameAsCSVAndWorkbook(t *testing.T) {
	t.Parallel()
	total, zero := 402, 0
	e := &exported{
		Format: exportFormat, Exam: "skd-uji", Final: true, Position: 77, RuleSet: "skd-2024", Rules: "ab12", Version: 1, Sections: []string{"TWK", "TIU"},
		Results: []exportedRow{
			{Number: "0012-3", Formation: "arsiparis", Sitting: "s1", Scores: map[string]int{"TWK": 110, "TIU": 292}, Total: &total, Missed: []string{}, Status: "meets", Finished: true, Rescored: true, Code: "P/L"},
			{Number: "=1+1", Formation: "arsiparis", Sitting: "s1", Scores: map[string]int{"TWK": 0, "TIU": 0}, Total: &zero, Missed: []string{"TWK", "TIU"}, Status: "misses", Finished: true, Code: "TL"},
			{Number: "9", Formation: "auditor", Sitting: "s2", Missed: []string{}, Status: "TH", Code: "TH"},
		},
	}
	const golden = `number,formation,sitting,TWK,TIU,total,missed,status,finished,rescored,code
0012-3,arsiparis,s1,110,292,402,,meets,true,true,P/L
=1+1,arsiparis,s1,0,0,0,TWK TIU,misses,true,false,TL
9,auditor,s2,,,,,TH,false,false,TH
`
	var text, book bytes.Buffer
	check(t, e.csv(&text))
	if text.String() != golden {
		t.Errorf("%s", text.String())
	}
	check(t, e.xlsx(&book, "SKD Uji"))
	f, err := excelize.OpenReader(&book)
	check(t, err)
	rows, err := f.GetRows("results")
	check(t, err)
	want, err := csv.NewReader(strings.NewReader(golden)).ReadAll()
	check(t, err)
	for i := range want {
		if i >= len(rows) || !slices.Equal(rows[i], want[i]) {
			t.Errorf("row %d: %q, the CSV has %q", i+1, rows, want[i])
		}
	}
	if kind, err := f.GetCellType("results", "D2"); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a score is of type %v: %v", kind, err)
	}
	if formula, err := f.GetCellFormula("results", "A3"); err != nil || formula != "" {
		t.Errorf("a number became the formula %q: %v", formula, err)
	}
	about, err := f.GetRows("about")
	check(t, err)
	for _, line := range [][]string{{"journal_position", "77"}, {"rule_set", "skd-2024"}, {"TIU", "points by section after annulments; null: nothing was begun, which is not zero"}, {"number", "participant number, as imported"}} {
		if !slices.ContainsFunc(about, func(row []string) bool { return slices.Equal(row, line) }) {
			t.Errorf("about lacks %q: %q", line, about)
		}
	}
}
