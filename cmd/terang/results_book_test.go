package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"terang/scoring"
	"terang/scoring/selection"
)

// savedBook is a workbook with the rows on its first sheet.
func savedBook(t *testing.T, rows [][]any) string {
	t.Helper()
	book := excelize.NewFile()
	for n, row := range rows {
		at, err := excelize.CoordinatesToCellName(1, n+1)
		check(t, err)
		check(t, book.SetSheetRow("Sheet1", at, &row))
	}
	path := filepath.Join(t.TempDir(), "nilai.xlsx")
	check(t, book.SaveAs(path))
	return path
}

// A workbook is the sheet that its CSV would be: the same people, and faults at the rows
// where a person sees them.
func TestAFinalIsReadFromAWorkbook(t *testing.T) {
	rs, err := scoring.ByName("skd-2024")
	check(t, err)
	head := []any{"number", "formation", "flag", "twk", "tiu", "tkp", "skb", "academic_kind", "academic", "birth_date"}
	born := time.Date(1998, 5, 5, 0, 0, 0, 0, time.UTC)
	formations, err := readFormations(savedBook(t, [][]any{
		{"code", "agency", "post", "education", "placement", "need", "seats"}, {"analis", "Kota Lama", "Analis", "S-1", "Kota Lama", "general", 1},
	}))
	check(t, err)
	l, err := selection.NewListing(rs, formations)
	check(t, err)
	check(t, readSheet(l, savedBook(t, [][]any{
		head, {"24-1", "analis", "", 70, 160, 200, 76.22, "ipk", 3.5, born}, {}, {"24-2", "analis", nil, 70, 165, 204, 75.13, "ipk", "3.50", "1998-05-05"},
	}), selection.FinalStage))
	l.Final()
	var out strings.Builder
	check(t, l.Write(&out))
	for _, want := range []string{
		"24-2,analis,,70,165,204,75.13,ipk,3.50,1998-05-05,1,79.818,31.927,45.078,77.005,P/L,SKD_TOTAL,analis\n",
		"24-1,analis,,70,160,200,76.22,ipk,3.5,1998-05-05,2,78.182,31.273,45.732,77.005,P/TL,SKD_TOTAL,\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in\n%s", want, out.String())
		}
	}
	l, err = selection.NewListing(rs, formations)
	check(t, err)
	err = readSheet(l, savedBook(t, [][]any{
		head, {"24-1", "analis", "", 155, 160, 200, 76.22, "ipk", 3.5, born}, {}, {"24-2", "analis", "", 70, 165, 204, "75,13", "ipk", 3.5, born},
	}), selection.FinalStage)
	if err == nil || !strings.Contains(err.Error(), "row 2, column twk: 155 is no score of TWK") || !strings.Contains(err.Error(), `row 4, column skb: "75,13" has a comma`) {
		t.Errorf("faults: %v", err)
	}
}
