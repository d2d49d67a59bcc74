package questionbank

import (
	"fmt"
	"regexp"
	"strings"
)

// Format writes a bank as text in the form that Parse reads, sorted by id:
// Parse(Format(b)) is b. Comments and the breaks of lines are not kept.
func Format(b *Bank) []byte {
	var out strings.Builder
	for i := range b.units {
		b.units[i].format(&out)
	}
	out.Write(Text(b.questions))
	return []byte(out.String())
}

// Text writes questions that need not be a bank yet, in the given order, for Parse and Drafts.
func Text(questions []Question) []byte {
	var out strings.Builder
	for i := range questions {
		if i > 0 {
			out.WriteByte('\n')
		}
		questions[i].format(&out)
	}
	return []byte(out.String())
}

// Figures returns the figure files of the bank by the path they have beside its text.
func Figures(b *Bank) map[string][]byte {
	files := FigureFiles(b.questions)
	for i := range b.units {
		if f := b.units[i].Figure; f != nil {
			files[f.Path] = f.Data
		}
	}
	return files
}

// FigureFiles returns the figure files of questions by the path they have beside their text.
func FigureFiles(questions []Question) map[string][]byte {
	files := map[string][]byte{}
	for i := range questions {
		q := &questions[i]
		if q.Figure != nil {
			files[q.Figure.Path] = q.Figure.Data
		}
		for _, o := range q.Options {
			if o.Figure != nil {
				files[o.Figure.Path] = o.Figure.Data
			}
		}
	}
	return files
}

func (q *Question) format(out *strings.Builder) {
	fmt.Fprintf(out, "== %s ==\nversion: %d\nsection: %s\ntopic: %s\nband: %s\nauthor: %s\nreviewer: %s\noptions: %s\n",
		q.ID, q.Version, q.Section, q.Topic, q.Band, q.Author, q.Reviewer, q.Rule)
	if q.Enemies != "" {
		fmt.Fprintf(out, "enemies: %s\n", q.Enemies)
	}
	if q.Unit != "" {
		fmt.Fprintf(out, "unit: %s\n", q.Unit)
	}
	fmt.Fprintf(out, "lang: %s\n\n", q.Lang)
	formatText(out, q.Stem, q.Figure)
	for _, o := range q.Options {
		fmt.Fprintf(out, "%s) [%d]", o.ID, o.Value)
		if o.HTML != "" {
			out.WriteString(" " + o.HTML)
		}
		if o.Figure != nil {
			out.WriteString(" " + o.Figure.text())
		}
		out.WriteByte('\n')
	}
	if q.Why != "" {
		fmt.Fprintf(out, "why: %s\n", q.Why)
	}
}

// formatText writes paragraphs and the figure below them.
func formatText(out *strings.Builder, stem string, figure *Figure) {
	kids, _ := parseMarkup(stem, flowContent)
	for _, k := range kids {
		fmt.Fprintf(out, "%s\n\n", paragraphText(k))
	}
	if figure != nil {
		fmt.Fprintf(out, "%s\n\n", figure.text())
	}
}

func (f *Figure) text() string { return "![" + f.Alt + "](" + f.Path + ")" }

// special begins a line that Parse would not take for the text of a paragraph.
var special = regexp.MustCompile(`^([a-z]\)|==|why:|!\[|\s|$)`)

// paragraphText leaves the <p> away where Parse will put it back.
func paragraphText(n *node) string {
	if n.name != "p" || len(n.attr) > 0 {
		return render([]*node{n})
	}
	inner := render(n.kids)
	if special.MatchString(inner) || beginsBlock(inner) || strings.HasSuffix(inner, " ") {
		return "<p>" + inner + "</p>"
	}
	return inner
}
