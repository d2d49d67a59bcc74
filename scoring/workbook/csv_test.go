package workbook

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"terang/engine"
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

// styled is a workbook whose second row has numbers under these formats.
func styled(t *testing.T, header []string, formats []string, values ...any) []byte {
	t.Helper()
	book := excelize.NewFile()
	for i, value := range values {
		for row, v := range []any{header[i], value} {
			at, _ := excelize.CoordinatesToCellName(i+1, row+1)
			if err := book.SetCellValue("Sheet1", at, v); err != nil {
				t.Fatal(err)
			}
		}
		if formats[i] == "" {
			continue
		}
		style, err := book.NewStyle(&excelize.Style{CustomNumFmt: &formats[i]})
		if err != nil {
			t.Fatal(err)
		}
		at, _ := excelize.CoordinatesToCellName(i+1, 2)
		if err := book.SetCellStyle("Sheet1", at, at, style); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A number that has lost its zeros, and a mark that is shown as a part of a hundred, are what
// the person sees. A day is a day in every column.
func TestATableHasItsNumbersAsTheyAreFormatted(t *testing.T) {
	got, err := Table(styled(t, []string{"number", "mark", "from", "passed"}, []string{"0000000000", "0.00%", "d-mmm-yy", ""}, 12, 0.7513, 47900, true))
	if want := "number,mark,from,passed\n0000000012,75.13%,2031-02-21,TRUE\n"; err != nil || string(got) != want {
		t.Errorf("got %s %v, want %s", got, err, want)
	}
}

func TestACellThatCannotBeToldIsNamed(t *testing.T) {
	_, err := Table(styled(t, []string{"number", "mark"}, []string{"", "# ?/?"}, "2410-0001", 0.5))
	var fault engine.Fault
	if !errors.As(err, &fault) || fault.Row != 2 || fault.Column != "mark" || !strings.Contains(fault.Remedy, "as text") {
		t.Errorf("%v, want a fault of row 2, column mark", err)
	}
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
		"3204123456789012": "3204123456789012", "-73.640000000000001": "-73.64",
	} {
		if got := plainNumber(cell); got != want {
			t.Errorf("%s is read as %s, want %s", cell, got, want)
		}
	}
}

// Each cell is what Excel shows of the number under the format; local is what a computer of
// another country shows otherwise.
func TestANumberIsReadUnderItsFormat(t *testing.T) {
	for _, tt := range []struct {
		code, stored, want string
		local              bool
	}{
		{"General", "12", "12", false}, {"General", "1.1000000000000001", "1.1", true}, {"General", "317501010199", "317501010199", true},
		{"@", "12", "12", false}, {"", "12", "12", false},
		{"0", "74.5", "75", false}, {"0", "74.49", "74", false}, {"0.00", "73.5", "73.50", true}, {"0.00", "2.6749999999999998", "2.68", true},
		{"0.0##", "73.640000000000001", "73.64", true}, {"#.##", "0.5", "0.5", true}, {"0.00", "-0.001", "0.00", true}, {"0", "-5", "-5", false},
		{"0000000000", "12", "0000000012", false}, {`"2410-"0000`, "12", "2410-0012", false}, {`0\-00`, "7", "", false},
		{"0%", "0.25", "25%", false}, {"0.00%", "0.75129999999999997", "75.13%", true},
		{"#,##0", "1500", "1500", true}, {"#,##0", "15", "15", false}, {`_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)`, "81.25", "81.25", true},
		{`_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"_);_(@_)`, "0", "-", false}, {"0;0;;@", "0", "", false}, {`[$Rp-421]#,##0`, "500", "Rp500", false}, {"[Red]0", "5", "5", false},
		{"d-mmm-yy", "16666", "1945-08-17", true}, {`[$-421]dd\ mmmm\ yyyy;@`, "47900", "2031-02-21", true}, {"m/d/yy hh:mm", "48174.333333333336", "2031-11-22T08:00", true},
		{"m/d/yyyy h:mm:ss AM/PM", "48174.5", "2031-11-22T12:00", true},
		{"d-mmm", "45659", "", false}, {"hh:mm", "0.5", "", false}, {"[h]:mm", "1.5", "", false}, {"0.00E+00", "1500", "", false}, {"# ?/?", "0.5", "", false},
		{"0,", "1500", "", false}, {"[>100]0;0.0", "5", "", false}, {"0.00;(0.00)", "-5", "", false}, {"yyyy-mm-dd", "-5", "", false},
		{"0", "3.1750101019900001E+15", "", false}, {"0", "3175010101990001", "3175010101990001", false}, {"no. 48", "5", "", false},
	} {
		c := Cell{Text: tt.stored}
		c.number(formatOf(tt.code), false)
		if wrong := tt.code != "0;0;;@" && tt.want == ""; (c.Wrong != "") != wrong || !wrong && (c.Text != tt.want || c.Local != tt.local) {
			t.Errorf("%s under %s is read as %+v, want %q", tt.stored, tt.code, c, tt.want)
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
