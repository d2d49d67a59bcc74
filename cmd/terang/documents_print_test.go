package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/scoring"
	"terang/web/document"
)

// pdfText is the text of a PDF as another program reads it; false if that is not here.
func pdfText(t testing.TB, pdf []byte) (string, bool) {
	t.Helper()
	path, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("TERANG_REQUIRE") == "1" {
			t.Fatal("pdftotext is missing: run .ci/prepare")
		}
		return "", false // make prepare installs it
	}
	cmd := exec.CommandContext(t.Context(), path, "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out), true
}

// certified is what a certificate says.
func certified(c *document.Certificate) told {
	scores := make([]int, len(c.Parts))
	for i, p := range c.Parts {
		scores[i] = p.Score
	}
	status := scoring.Misses
	if c.Meets {
		status = scoring.Meets
	}
	return told{fmt.Sprint(scores), c.Total.Score, status}
}

// read is a row of a printed list: rank, number, name, sections, total, status.
func (t told) read(line string) bool {
	cells := strings.Fields(line)
	word := map[string]string{scoring.Meets: document.Meets, scoring.Misses: document.Misses}[t.Status]
	end := fmt.Sprintf("%s %d %s", strings.Trim(t.Scores, "[]"), t.Total, word)
	return strings.HasSuffix(strings.Join(cells, " "), end)
}

// printed compares certificates and lists with the board, for everybody; the text of a PDF
// for as many as the time allows.
func (s *shared) printed(reader *stores.DB, p *printing, board func(number string) told) {
	s.Helper()
	ends, err := finishes(s.Context(), reader, p)
	s.must(err)
	for i, r := range p.exam.Boards.Results() {
		c, err := p.certificate(&r, ends[r.Attempt], "https://ujian.example.go.id/")
		s.must(err)
		want := board(c.Number)
		if certified(c) != want {
			s.Fatalf("certificate of %s: %+v, the board has %+v", c.Number, certified(c), want)
		}
		if i >= 10 {
			continue
		}
		var pdf bytes.Buffer
		s.must(c.WritePDF(&pdf))
		read, ok := pdfText(s, pdf.Bytes())
		if !ok {
			continue
		}
		text := strings.Join(strings.Fields(read), " ")
		for n, code := range []string{"TWK", "TIU", "TKP"} {
			part := c.Parts[n]
			row := fmt.Sprintf("%s · %s %d %d ", code, part.Name, part.Score, part.Max)
			switch {
			case part.Least == 0:
				row += "– –"
			case part.Score < part.Least:
				row += fmt.Sprintf("%d %s", part.Least, document.Misses)
			default:
				row += fmt.Sprintf("%d %s", part.Least, document.Meets)
			}
			if !strings.Contains(text, row) {
				s.Errorf("certificate of %s lacks %q:\n%s", c.Number, row, text)
			}
		}
		attempt := engine.NewAttempt(engine.AttemptStream + r.Attempt)
		s.must(reader.Journal.Read(s.Context(), attempt.Stream, 0, attempt.Fold))
		for _, has := range []string{c.Number, c.Name, fmt.Sprintf("Nilai total %d 550", want.Total), attempt.Fingerprint.Receipt(), "papan/" + stores.SampleCode + "?q=" + c.Number} {
			if !strings.Contains(text, has) {
				s.Errorf("certificate of %s lacks %q:\n%s", c.Number, has, text)
			}
		}
	}

	l, err := (&resultsList{printFlags: printFlags{examFlags: examFlags{Exam: stores.SampleCode}}}).list(p)
	s.must(err)
	var pdf, xlsx bytes.Buffer
	s.must(l.WritePDF(&pdf))
	s.must(l.WriteXLSX(&xlsx))
	text, readable := pdfText(s, pdf.Bytes())
	lines := strings.Split(text, "\n")
	sheet := rowsOf(s, xlsx.Bytes())
	for _, r := range l.Rows {
		want := board(r.Number)
		if readable && !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, r.Number) && want.read(line) }) {
			s.Fatalf("the printed list has no row of %s with %+v", r.Number, want)
		}
		if cells := strings.Join(sheet[r.Number], " "); !want.read(cells) || len(sheet[r.Number]) == 0 {
			s.Fatalf("the workbook has %q for %s, the board %+v", cells, r.Number, want)
		}
	}
	if len(l.Rows) != len(sheet) || len(l.Rows) == 0 {
		s.Errorf("%d rows are printed, %d in the workbook", len(l.Rows), len(sheet))
	}
}

// rowsOf is a workbook's rows by number.
func rowsOf(t testing.TB, xlsx []byte) map[string][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(xlsx))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows(f.GetSheetList()[0])
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]string)
	for i := slices.IndexFunc(rows, func(r []string) bool { return len(r) > 1 && r[0] == document.HeadRow }) + 1; i < len(rows); i++ {
		out[rows[i][1]] = rows[i]
	}
	return out
}
