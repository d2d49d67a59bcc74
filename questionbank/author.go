package questionbank

import (
	"io/fs"
	"strings"
)

// StemFrom reads a stem as authors write it: paragraphs with empty lines between them, and
// elements of the list. It is the text of a bank file without a figure. The HTML is
// canonical in any case; faults tell what was dropped from it.
func StemFrom(text string) (html string, faults []Fault) {
	q := Question{src: &source{header: map[string]int{}}}
	r := &reader{fsys: nowhere{}}
	var lines []textLine
	for line := range strings.Lines(text) {
		lines = append(lines, textLine{len(lines) + 1, strings.TrimRight(line, "\r\n\t ")})
	}
	in := input{r, &q, q.src}
	in.stem(lines)
	if q.Figure != nil && len(r.faults) == 0 {
		r.faults = append(r.faults, Fault{What: "a figure stands in the text", Remedy: "give it in its own field"})
	}
	for i := range r.faults {
		r.faults[i].What = strings.TrimPrefix(r.faults[i].What, ": ")
	}
	return q.Stem, r.faults
}

// StemText writes canonical HTML as authors read it: StemFrom(StemText(s)) is s.
func StemText(html string) string {
	kids, _ := parseMarkup(html, flowContent)
	paragraphs := make([]string, len(kids))
	for i, k := range kids {
		paragraphs[i] = paragraphText(k)
	}
	return strings.Join(paragraphs, "\n\n")
}

// nowhere holds no figures.
type nowhere struct{}

func (nowhere) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
