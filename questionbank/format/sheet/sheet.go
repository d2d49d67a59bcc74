// Package sheet reads questions from a table, CSV or XLSX, one question a row, and writes
// them so, and the template that people fill in.
//
// Columns are found by their names in the first row, English or Indonesian, in any order:
//
//	id           ID of the question: capitals, digits and -; made of the text if empty
//	section      bagian: section of the rule set, TWK
//	topic        topik
//	band         tingkat: easy, medium or hard; mudah, sedang or sukar
//	question     soal (required)
//	figure       gambar: file name of a picture beside the table or in its archive
//	figure_alt   teks_gambar: the picture in words
//	a … j        the options (at least a and b are required)
//	a_figure …   a_gambar …, and a_figure_alt …: a picture as an option
//	key          kunci: the letter of the right option; several letters are a multiple response
//	values       nilai: points of a, b, c … instead of a key, as "1 5 3 2 4"
//	order        urutan: option rule, see questionbank.Rule; free if empty
//	why          pembahasan: why the key is right, for reviewers
//	author, reviewer, enemies, lang, version   penulis, penelaah, kelompok, bahasa, versi
//
// Cells are plain text; line ends make lines. A question, option or why that begins with
// "html:" is HTML; elsewhere a ' before = + - @ is left out, as spreadsheets do. A
// column of another name is refused, so that no typing error loses a column. CSV is UTF-8
// with , ; or tab. Of a workbook the first sheet is read, and of a formula what it last
// showed; other sheets are named, and pictures in the sheet refused. Whole numbers and
// percents are read as they are shown; a cell that Excel has made another number, a day or
// TRUE is refused, since its author may see another text. The template's cells are text.
package sheet

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// limits of one table.
const (
	maxRows    = draft.MaxItems + 1
	maxColumns = 100
)

// indonesian names of the columns.
var indonesian = map[string]string{
	"bagian": "section", "topik": "topic", "tingkat": "band", "soal": "question", "gambar": "figure", "teks_gambar": "figure_alt",
	"kunci": "key", "nilai": "values", "urutan": "order", "pembahasan": "why", "penulis": "author", "penelaah": "reviewer",
	"kelompok": "enemies", "bahasa": "lang", "versi": "version",
}

const letters = "abcdefghij"

// known are the names of all columns.
var known = func() map[string]bool {
	m := map[string]bool{"id": true, "order": true}
	for _, name := range indonesian {
		m[name] = true
	}
	for _, l := range letters {
		m[string(l)], m[string(l)+"_figure"], m[string(l)+"_figure_alt"] = true, true, true
	}
	return m
}()

// markup are the columns whose cells may be HTML.
var markup = func() map[string]bool {
	m := map[string]bool{"question": true, "why": true}
	for _, l := range letters {
		m[string(l)] = true
	}
	return m
}()

func columnName(s string) string {
	s = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), " ", "_")
	if name, ok := indonesian[s]; ok {
		return name
	}
	for _, l := range letters {
		switch s {
		case string(l) + "_gambar":
			return string(l) + "_figure"
		case string(l) + "_teks_gambar":
			return string(l) + "_figure_alt"
		}
	}
	return s
}

// table makes items of rows. Rows are numbered from 1, the first has the names.
type table struct {
	*draft.Report
	file     string
	pictures map[string][]byte
	columns  []string // "" for one without a name
	passed   []string // sheets that are not read
	items    []draft.Item
}

// cell is what a row has in a column.
type cell struct {
	text  string
	wrong string // why the text may not be the one that was typed
}

func (t *table) row(n int, cells []cell) {
	at := draft.Place{File: t.file, Line: n}
	switch empty := !slices.ContainsFunc(cells, func(c cell) bool { return strings.TrimSpace(c.text) != "" }); {
	case empty:
	case t.columns == nil:
		t.head(at, cells)
	default:
		t.question(at, cells)
	}
}

func (t *table) head(at draft.Place, cells []cell) {
	t.columns = make([]string, len(cells))
	for i, c := range cells {
		name := columnName(c.text)
		switch {
		case name == "":
		case !known[name]:
			t.Fault(at.At("column %d", i+1), "use the names of the template (terang bank template), or delete the column", "the column %q is not known", brief(c.text))
		case slices.Contains(t.columns[:i], name):
			t.Fault(at.At("column %d", i+1), "delete one of them", "the column %q stands twice", name)
		}
		t.columns[i] = name
	}
	for _, name := range []string{"question", "a", "b"} {
		if !slices.Contains(t.columns, name) {
			t.Fault(at, "write the names of the columns into the first row, as in the template (terang bank template)", "there is no column %q", name)
		}
	}
	if !slices.Contains(t.columns, "key") && !slices.Contains(t.columns, "values") {
		t.Fault(at, "add one of them, as in the template (terang bank template)", `there is neither a column "key" nor "values"`)
	}
}

func (t *table) question(at draft.Place, cells []cell) {
	before := len(t.Faults)
	row := map[string]string{}
	for i, c := range cells {
		text := strings.TrimSpace(c.text)
		switch {
		case text == "":
		case i >= len(t.columns) || t.columns[i] == "":
			t.Fault(at.At("column %d", i+1), "give the column a name, or delete the cell", "the cell %q has no column name", brief(text))
		default:
			if !markup[t.columns[i]] {
				text = unquoted(text)
			}
			if row[t.columns[i]] = text; c.wrong != "" {
				t.Fault(at.At("column %s", t.columns[i]), "format the cell as text, and type it again", "%s", c.wrong)
			}
		}
	}
	it := draft.Item{Place: at, ID: row["id"], Stem: text(row["question"]), Why: text(row["why"]), Lang: row["lang"], Shared: t.pictures}
	if row["question"] == "" {
		t.Fault(at.At("column question"), "write the question", "the cell is empty")
		return
	}
	for _, key := range []string{"section", "topic", "author", "reviewer", "enemies", "version"} {
		if row[key] != "" {
			it.Tags = append(it.Tags, "terang:"+key+"="+row[key])
		}
	}
	if b := row["band"]; b != "" {
		if draft.BandOf(b) == "" {
			t.Warn(at.At("column band"), "write easy, medium or hard; mudah, sedang or sukar", "the band %q is not known", brief(b))
		}
		it.Tags = append(it.Tags, "terang:band="+first(string(draft.BandOf(b)), b))
	}
	if o := row["order"]; o != "" {
		it.Rule = questionbank.Rule(o)
		it.Tags = append(it.Tags, "terang:options="+o)
	}
	it.Figure = picture(row["figure"], row["figure_alt"])
	for _, l := range letters {
		name := string(l)
		if row[name] == "" && row[name+"_figure"] == "" {
			break
		}
		it.Choices = append(it.Choices, draft.Choice{Place: at, Text: text(row[name]), Figure: picture(row[name+"_figure"], row[name+"_figure_alt"]), Weight: draft.Whole(false)})
	}
	for i, l := range letters {
		if i >= len(it.Choices) && (row[string(l)] != "" || row[string(l)+"_figure"] != "") {
			t.Fault(at.At("column %c", l), "fill the options from a on without gaps", "the option stands after an empty one")
			return
		}
	}
	t.worth(at, row, &it)
	it.Refused = len(t.Faults) > before
	t.items = append(t.items, it)
}

func picture(file, alt string) *draft.Picture {
	if file == "" {
		return nil
	}
	return &draft.Picture{Source: file, Alt: alt}
}

// worth reads key or values.
func (t *table) worth(at draft.Place, row map[string]string, it *draft.Item) {
	key, values := row["key"], row["values"]
	switch {
	case key != "" && values != "":
		t.Fault(at, "write one of them", "the question has a key and values")
	case key == "" && values == "":
		t.Fault(at, "write the letter of the right option into key, or the points of all into values", "the question has neither key nor values")
	case key != "":
		t.key(at.At("column key"), key, it)
	default:
		t.values(at.At("column values"), values, it)
	}
}

func (t *table) values(at draft.Place, values string, it *draft.Item) {
	var points []int
	for _, f := range strings.FieldsFunc(values, func(r rune) bool { return strings.ContainsRune(" ,;/\t\n", r) }) {
		v, err := strconv.Atoi(f)
		if err != nil || v < -1000 || v > 1000 {
			t.Fault(at, "write whole numbers from -1000 to 1000, as 1 5 3 2 4", "%q are no points", brief(f))
			return
		}
		points = append(points, v)
	}
	if len(points) != len(it.Choices) {
		t.Fault(at, "write one number for each option", "there are %d numbers for %d options", len(points), len(it.Choices))
		return
	}
	weights, best := draft.Sized(points)
	for i := range it.Choices {
		it.Choices[i].Weight = weights[i]
	}
	it.Tags = append(it.Tags, "terang:points="+strconv.Itoa(best))
}

func (t *table) key(at draft.Place, key string, it *draft.Item) {
	named := strings.FieldsFunc(strings.ToLower(key), func(r rune) bool { return strings.ContainsRune(" ,;/.)\t\n", r) })
	for _, l := range named {
		i := strings.Index(letters, l)
		if len(l) != 1 || i < 0 || i >= len(it.Choices) {
			t.Fault(at, "write the letter of an option that has a text", "the key %q names no option", brief(l))
			return
		}
		it.Choices[i].Weight = big.NewRat(1, int64(len(named)))
	}
	if len(named) == 0 {
		t.Fault(at, "write the letter of an option", "the key %q names no option", brief(key))
		return
	}
	it.Multiple = len(named) > 1
}

func text(s string) draft.Text {
	if html, ok := strings.CutPrefix(s, "html:"); ok {
		return draft.Text{Body: html, Format: draft.HTML}
	}
	return draft.Text{Body: s, Format: draft.Plain}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func brief(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
