package sheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// keyed is what a key is worth in the template; another worth is written as values.
const keyed = 5

// cellMost is what a cell of a workbook holds, in UTF-16 units.
const cellMost = excelize.TotalCellChars

// WriteCSV writes questions as a table with the columns of the template. Text is plain where
// it reads back the same, and HTML else; a cell that a spreadsheet would take for a formula
// is HTML as well, or has a ' before it where there is no HTML. With figures it is an archive of the table and their files.
func WriteCSV(w io.Writer, qs []questionbank.Question) (*draft.Export, error) {
	e := &draft.Export{}
	taken, rows := rowsOf(qs, e, 0)
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	if err := out.WriteAll(rows); err != nil {
		return e, err
	}
	return e, packed(w, "soal.csv", b.Bytes(), taken)
}

// WriteXLSX is WriteCSV as a workbook, whose second sheet explains the columns.
func WriteXLSX(w io.Writer, qs []questionbank.Question) (*draft.Export, error) {
	e := &draft.Export{}
	taken, rows := rowsOf(qs, e, cellMost)
	var b bytes.Buffer
	if err := asWorkbook(&b, rows); err != nil {
		return e, err
	}
	return e, packed(w, "soal.xlsx", b.Bytes(), taken)
}

// packed puts the table beside the figures that its questions have.
func packed(w io.Writer, name string, body []byte, qs []questionbank.Question) error {
	files := questionbank.FigureFiles(qs)
	if len(files) == 0 {
		_, err := w.Write(body)
		return err
	}
	files[name] = body
	return draft.Zip(w, files)
}

// rowsOf makes the rows of all questions that a table can hold; most bounds a cell, 0 for
// no bound.
func rowsOf(qs []questionbank.Question, e *draft.Export, most int) (taken []questionbank.Question, rows [][]string) {
	names := slices.Concat(header(), []string{"kelompok", "bahasa", "versi"})
	var cells []map[string]string
	for i := range qs {
		row, ok := cellsOf(&qs[i], e, most)
		if !ok {
			continue
		}
		taken, cells = append(taken, qs[i]), append(cells, row)
		e.Written++
	}
	at := slices.Index(names, "e") + 1
	var more []string
	for _, l := range letters {
		for _, name := range []string{string(l), string(l) + "_gambar", string(l) + "_teks_gambar"} {
			used := slices.ContainsFunc(cells, func(c map[string]string) bool { return c[name] != "" })
			if used && !slices.Contains(names, name) {
				more = append(more, name)
			}
		}
	}
	names = slices.Insert(names, at, more...)
	rows = append(rows, names)
	for _, c := range cells {
		row := make([]string, len(names))
		for i, name := range names {
			row[i] = c[name]
		}
		rows = append(rows, row)
	}
	return taken, rows
}

func cellsOf(q *questionbank.Question, e *draft.Export, most int) (map[string]string, bool) {
	row := map[string]string{
		"id": q.ID, "bagian": q.Section, "topik": q.Topic, "tingkat": string(q.Band), "soal": written(q.Stem, false),
		"urutan": string(q.Rule), "pembahasan": remark(q.Why), "penulis": q.Author, "penelaah": q.Reviewer,
		"kelompok": q.Enemies, "bahasa": q.Lang, "versi": strconv.Itoa(q.Version),
	}
	if q.Figure != nil {
		row["gambar"], row["teks_gambar"] = q.Figure.Path, q.Figure.Alt
	}
	best, key, values := 0, -1, make([]string, len(q.Options))
	for i, o := range q.Options {
		name := string(letters[i])
		row[name] = written(o.HTML, true)
		if o.Figure != nil {
			row[name+"_gambar"], row[name+"_teks_gambar"] = o.Figure.Path, o.Figure.Alt
		} else if row[name] == "" {
			e.Lose(q, "write its text", "it is left out: a table has no place for an option without a text (option %s)", o.ID)
			return nil, false
		}
		best, values[i] = max(best, o.Value), strconv.Itoa(o.Value)
		switch {
		case o.Value == keyed && key == -1:
			key = i
		case o.Value != 0:
			key = len(q.Options) // no single key
		}
	}
	switch {
	case q.Stem == "":
		e.Lose(q, "write the question", "it is left out: a table has no place for a question without a text")
		return nil, false
	case best == 0:
		e.Lose(q, "give one option a value above 0", "it is left out: a table needs a right option")
		return nil, false
	case key >= 0 && key < len(q.Options):
		row["kunci"] = strings.ToUpper(string(letters[key]))
	default:
		row["nilai"] = strings.Join(values, " ")
	}
	for name, text := range row {
		if !markup[columnName(name)] {
			text = quoted(text)
			row[name] = text
		}
		if n := len(utf16.Encode([]rune(text))); most > 0 && n > most {
			e.Lose(q, "shorten it, or export another format", "it is left out: column %s has %d characters, a cell holds %d", name, n, most)
			return nil, false
		}
	}
	return row, true
}

// written is a text as a cell holds it.
func written(markup string, inline bool) string {
	if markup == "" {
		return ""
	}
	if text, ok := draft.PlainText(markup, inline); ok && !mistaken(text) {
		return text
	}
	return "html:" + markup
}

// remark is a text for reviewers, which has no marks of its own.
func remark(why string) string {
	if why == "" || !mistaken(why) {
		return why
	}
	return "html:" + draft.Escape(why)
}

// mistaken says whether a spreadsheet, or our reader, would take a text for something else: a
// formula, or HTML.
func mistaken(text string) bool {
	return formula(text) || strings.HasPrefix(text, "html:")
}

// negative is a number that is what it looks like. Of -5+2 a spreadsheet makes -3.
var negative = regexp.MustCompile(`^-[0-9]+([.,][0-9]+)?$`)

func formula(text string) bool {
	return text != "" && strings.ContainsAny(text[:1], "=+-@") && !negative.MatchString(text)
}

// marked are formulas with the sign that makes them texts.
var marked = regexp.MustCompile(`^'+[=+@-]`)

// quoted is a word that is no HTML as a cell holds it: a formula has the sign before it with
// which a spreadsheet is told that it is none.
func quoted(word string) string {
	if formula(word) || marked.MatchString(word) {
		return "'" + word
	}
	return word
}

// unquoted is the word that quoted has written.
func unquoted(cell string) string {
	if marked.MatchString(cell) {
		return cell[1:]
	}
	return cell
}

// asWorkbook writes rows as the first sheet, and what the columns mean as the second.
func asWorkbook(w io.Writer, rows [][]string) error {
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // only memory
	const sheet = "Soal"
	if err := book.SetSheetName(book.GetSheetName(0), sheet); err != nil {
		return err
	}
	if err := put(book, sheet, rows); err != nil {
		return err
	}
	if err := style(book, sheet); err != nil {
		return err
	}
	if _, err := book.NewSheet(guideSheet); err != nil {
		return err
	}
	guide := [][]string{{"kolom", "isi", "in English"}}
	for _, c := range columns {
		guide = append(guide, []string{c.name, c.guide, c.guideEn})
	}
	if err := put(book, guideSheet, guide); err != nil {
		return err
	}
	if err := book.SetColWidth(guideSheet, "B", "C", 70); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}
