package draft

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"terang/questionbank"
)

// markup is the HTML of a text in any format; body is not longer than MaxText.
func (t Text) markup() string {
	switch t.Format {
	case Plain, Markdown:
		return lines(Escape(t.Body))
	case Auto:
		return lines(t.Body)
	default:
		return t.Body
	}
}

// lines makes paragraphs of a text in which line ends count.
func lines(s string) string {
	s = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
	var b strings.Builder
	for _, para := range emptyLines.Split(s, -1) {
		b.WriteString("<p>" + strings.ReplaceAll(strings.TrimSpace(para), "\n", "<br/>") + "</p>")
	}
	return b.String()
}

var (
	emptyLines = regexp.MustCompile(`\n[ \t]*\n\s*`)
	tex        = regexp.MustCompile(`\\\(.+?\\\)|\\\[.+?\\\]|\$\$.+?\$\$|\[tex\]`)
)

// read parses the text and reports what it loses; ok is false where the text is refused.
func (r *Report) read(at Place, t Text) (p *page, ok bool) {
	switch {
	case len(t.Body) > MaxText:
		r.Fault(at, "shorten it; pictures belong into files", "the text has %d bytes, at most %d are read", len(t.Body), MaxText)
		return nil, false
	case !utf8.ValidString(t.Body):
		r.Fault(at, "save the file as UTF-8", "the text is not valid UTF-8")
		return nil, false
	}
	if t.Format == Markdown && strings.ContainsAny(t.Body, "*_`#[") {
		r.Warn(at, "look at it, and write HTML where it needs marks", "the text is Markdown and is taken as plain text")
	}
	p = readHTML(t.markup())
	if tex.MatchString(t.Body) {
		r.Warn(at, "write it as MathML", "the text has a TeX formula, which stays as it is written")
	}
	if len(p.removed) > 0 {
		r.Warn(at, "leave it so: a candidate's page runs no code of a question", "what would run or style a page is left out: %s", list(p.removed))
	}
	if len(p.lost) > 0 {
		r.Warn(at, "look at the question whether it is still right", "formatting is left out: %s", list(p.lost))
	}
	if len(p.refused) > 0 {
		r.Fault(at, "write it as text, table or MathML, or draw it as a picture", "the bank cannot hold %s", list(p.refused))
		return p, false
	}
	return p, true
}

// stem is the text of a question: paragraphs and other blocks.
func (r *Report) stem(at Place, t Text) (text string, images []drawing, ok bool) {
	p, ok := r.read(at, t)
	if !ok {
		return "", nil, false
	}
	var b strings.Builder
	for _, k := range p.blocks {
		b.WriteString(k.element())
	}
	text, ok = r.canonical(at, b.String(), questionbank.Canonical)
	return text, p.images, ok
}

// option is the text of a choice: one line, which may have breaks.
func (r *Report) option(at Place, t Text) (text string, images []drawing, ok bool) {
	p, ok := r.read(at, t)
	if !ok {
		return "", nil, false
	}
	var parts []string
	for _, k := range p.blocks {
		if !k.para {
			inner, faults := questionbank.CanonicalInline(k.html)
			if len(faults) > 0 {
				r.Fault(at, "draw it as a picture, or move it into the question", "an option cannot hold a list, table or quotation")
				return "", nil, false
			}
			k.html = inner
		}
		parts = append(parts, k.html)
	}
	text, ok = r.canonical(at, strings.Join(parts, "<br/>"), questionbank.CanonicalInline)
	return text, p.images, ok
}

// remark is a text for reviewers: one line without any markup.
func (r *Report) remark(at Place, t Text) string {
	if t.Body == "" {
		return ""
	}
	p, ok := r.read(at, t)
	if !ok {
		return ""
	}
	if len(p.images) > 0 {
		r.Warn(at, "describe it in words", "pictures in a remark are left out")
	}
	var b strings.Builder
	for _, k := range p.blocks {
		html, _ := questionbank.Canonical(strings.ReplaceAll(k.html, "<br/>", " "))
		b.WriteString(questionbank.Plain(html) + " ")
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (r *Report) canonical(at Place, s string, to func(string) (string, []questionbank.Fault)) (string, bool) {
	text, faults := to(s)
	for _, f := range faults {
		r.Fault(at, f.Remedy, "%s", f.What)
	}
	return strings.Trim(text, " "), len(faults) == 0
}
