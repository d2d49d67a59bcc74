package workbook

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"terang/engine"
)

// Cell is a cell that is not empty.
type Cell struct {
	Column int    // from 0
	Text   string // what is seen in it; of what is wrong, what is stored
	// Local says that the text is another one on a computer of another country: a decimal
	// comma or point, a thousand's mark, a day, TRUE.
	Local bool
	Wrong string // why it cannot be told what is seen
}

// Column is the letter of a column from 0.
func Column(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return Column(n/26-1) + string(rune('A'+n%26))
}

// Rows gives the rows of a sheet from the top, with their numbers from 1, until one is
// refused. Rows that are not stored are left out.
func (b *Book) Rows(sheet int, each func(line int, cells []Cell) error) error {
	r := reader{book: b, each: each, left: b.bounds.Text}
	return b.scan(b.paths[sheet], r.token)
}

// reader is a sheet while it is read.
type reader struct {
	book  *Book
	each  func(int, []Cell) error
	left  int64 // bytes of text that may still be shown
	line  int
	cells []Cell
	at    int    // column of the cell
	kind  string // its type as stored
	style int
	value strings.Builder
}

func (r *reader) token(token xml.Token, inside []string) error {
	switch e := token.(type) {
	case xml.StartElement:
		switch e.Name.Local {
		case "row":
			return r.row(e)
		case "c":
			return r.cell(e)
		}
	case xml.CharData:
		if r.kind != "" && (inside[len(inside)-1] == "v" || isText(inside)) {
			r.value.Write(e)
		}
	case xml.EndElement:
		switch e.Name.Local {
		case "c":
			return r.seen()
		case "row":
			return r.each(r.line, r.cells)
		case "sheetData":
			return errEnough
		}
	}
	return nil
}

func tooMuch(what string, args ...any) error {
	return engine.Fault{What: fmt.Sprintf(what, args...), Remedy: "divide it"}
}

func (r *reader) row(e xml.StartElement) error {
	next := r.line + 1
	if text := attribute(e, "r"); text != "" {
		var err error
		if next, err = strconv.Atoi(text); err != nil || next <= r.line {
			return unreadable(fmt.Errorf("row %.20q follows row %d", text, r.line))
		}
	}
	if next > rowsMost {
		return tooMuch("the sheet has more than %d rows", rowsMost)
	}
	r.line, r.cells, r.at = next, r.cells[:0], -1
	return nil
}

func (r *reader) cell(e xml.StartElement) error {
	at := r.at + 1
	if name := attribute(e, "r"); name != "" {
		var ok bool
		if at, ok = columnOf(name); !ok || at <= r.at {
			return unreadable(fmt.Errorf("in row %d, cell %.20q follows column %d", r.line, name, r.at+1))
		}
	}
	if at >= cellsMost {
		return tooMuch("row %d has more than %d columns", r.line, cellsMost)
	}
	r.at, r.kind = at, attribute(e, "t")
	if r.kind == "" {
		r.kind = "n"
	}
	r.style, _ = strconv.Atoi(attribute(e, "s")) // without one it is the first
	r.value.Reset()
	return nil
}

// seen adds the cell that ends to the row.
func (r *reader) seen() error {
	stored, kind := r.value.String(), r.kind
	if r.kind = ""; stored == "" {
		return nil
	}
	c := Cell{Column: r.at, Text: stored}
	switch kind {
	case "n":
		c.number(r.book.format(r.style), r.book.from1904)
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(stored))
		if err != nil || n < 0 || n >= len(r.book.texts) {
			return unreadable(fmt.Errorf("cell %s%d names text %.20q of %d", Column(r.at), r.line, stored, len(r.book.texts)))
		}
		c.Text = r.book.texts[n]
	case "b":
		c.Local, c.Text = true, "FALSE"
		if stored == "1" || stored == "true" {
			c.Text = "TRUE"
		}
	case "e":
		c.Wrong = fmt.Sprintf("its formula fails with %.20s", stored)
	default: // inlineStr, str, d
		c.Text = unescaped(stored)
	}
	if r.left -= int64(len(c.Text)); r.left < 0 {
		return tooMuch("the cells of the sheet have more than the %d MB of text that are read", r.book.bounds.Text>>20)
	}
	if c.Text != "" {
		r.cells = append(r.cells, c)
	}
	return nil
}

func (b *Book) format(style int) format {
	if style < 0 || style >= len(b.formats) {
		return format{kind: general}
	}
	return b.formats[style]
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// columnOf is the column of a cell as AB12, from 0.
func columnOf(name string) (n int, ok bool) {
	letters := strings.TrimRight(name, "0123456789")
	for _, l := range strings.ToUpper(letters) {
		if l < 'A' || l > 'Z' || n > cellsMost {
			return 0, false
		}
		n = n*26 + int(l-'A') + 1
	}
	return n - 1, n > 0
}
