package workbook

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func saved(t *testing.T, cells map[string]any) string {
	t.Helper()
	book := excelize.NewFile()
	for at, value := range cells {
		if err := book.SetCellValue("Sheet1", at, value); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "nilai.xlsx")
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) (string, error) {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return string(body), err
}

// What a person sees in the workbook is what is read, in the row where it stands.
func TestAWorkbookIsReadAsItIsSeen(t *testing.T) {
	got, err := read(t, saved(t, map[string]any{
		"A1": "Number", "B1": "mark", "C1": "birth_date", "D1": "note",
		"A2": "2410-0001", "B2": 73.64, "C2": time.Date(1998, 5, 31, 0, 0, 0, 0, time.UTC), "D2": "one\ntwo",
		"A4": 24100002, "B4": 0.1 + 0.2, "C4": "1997-01-02", // row 3 is empty, and D4
		"A5": "2410-0003", "B5": "73,64", "D5": "a, b",
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := "Number,mark,birth_date,note\n2410-0001,73.64,1998-05-31,one two\n,,,\n24100002,0.3,1997-01-02,\n2410-0003,\"73,64\",,\"a, b\"\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNumbersKeepTheirSeenDigits(t *testing.T) {
	for cell, want := range map[string]string{
		"73.640000000000001": "73.64", "85.333333333333329": "85.3333333333333", "0.30000000000000004": "0.3",
		"99.999999999999986": "100", "1.1102230246251565E-16": "0", "1.2345678901234568E+17": "1.2345678901234568E+17",
		"3204123456789012": "3204123456789012", "2410-0001.000000000000000": "2410-0001.000000000000000", "73,64": "73,64",
	} {
		if got := new(sheet).plain("mark", cell); got != want {
			t.Errorf("%s is read as %s, want %s", cell, got, want)
		}
	}
}

func TestOtherFilesAreNotTakenForWorkbooks(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if got, err := read(t, write("a.xlsx", "number,mark\n")); err != nil || got != "number,mark\n" {
		t.Errorf("a text file named .xlsx: %q, %v", got, err)
	}
	if _, err := read(t, write("b.xls", "\xd0\xcf\x11\xe0old")); err == nil || !strings.Contains(err.Error(), "save it as Excel workbook") {
		t.Errorf("an old workbook: %v", err)
	}
	if _, err := read(t, write("c.csv", "PK\x03\x04 and nothing of a workbook")); err == nil || !strings.Contains(err.Error(), "save it as .xlsx again") {
		t.Errorf("a broken workbook: %v", err)
	}
}
