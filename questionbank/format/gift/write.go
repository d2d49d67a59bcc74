package gift

import (
	"bytes"
	"io"
	"strings"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

var protect = strings.NewReplacer(`\`, `\\`, ":", `\:`, "#", `\#`, "=", `\=`, "{", `\{`, "}", `\}`, "~", `\~`, "\n", `\n`)

// Write writes questions as GIFT. Weights are percents of the best option; what GIFT has no
// place for goes into [tag:…] in a comment, as newer versions of Moodle do.
func Write(w io.Writer, qs []questionbank.Question) (*draft.Export, error) {
	e := &draft.Export{}
	var b bytes.Buffer
	category := ""
	for i := range qs {
		q := &qs[i]
		if c := "$course$/" + draft.Category(q); c != category {
			category = c
			b.WriteString("$CATEGORY: " + c + "\n\n")
		}
		if write(&b, q, e) {
			e.Written++
		}
	}
	_, err := w.Write(b.Bytes())
	return e, err
}

func write(b *bytes.Buffer, q *questionbank.Question, e *draft.Export) bool {
	weights, points := draft.Weights(q)
	best, other := false, false
	signs := make([]string, len(weights))
	for i, w := range weights {
		percent := draft.PercentText(w)
		switch {
		case w.IsInt() && w.Sign() > 0 && !best:
			signs[i], best = "=", true
		case w.Sign() == 0:
			signs[i], other = "~", true
		default:
			signs[i], other = "~%"+percent+"%", true
		}
	}
	if !best || !other {
		e.Lose(q, "give one option the highest value, above 0", "it is left out: GIFT needs a right option and another one")
		return false
	}
	b.WriteString("// [id:" + tagText(q.ID) + "]")
	for _, t := range draft.Tags(q, points) {
		b.WriteString(" [tag:" + tagText(t) + "]")
	}
	b.WriteString("\n::" + protect.Replace(q.ID) + "::[html]" + protect.Replace(q.Stem+picture(q.Figure)) + "{\n")
	for i, o := range q.Options {
		b.WriteString("\t" + signs[i] + format(o.HTML) + protect.Replace(o.HTML+picture(o.Figure)) + "\n")
	}
	if q.Why != "" {
		b.WriteString("\t####" + protect.Replace(draft.Escape(q.Why)) + "\n")
	}
	b.WriteString("}\n\n")
	return true
}

// format says that an answer is HTML where its beginning could be taken for a weight or a
// format.
func format(html string) string {
	if strings.HasPrefix(html, "%") || strings.HasPrefix(html, "[") {
		return "[html]"
	}
	return ""
}

func tagText(s string) string { return strings.ReplaceAll(s, "]", `\]`) }

func picture(f *questionbank.Figure) string {
	if f == nil {
		return ""
	}
	return draft.ImageTag(f, draft.DataURI(f), f.Path)
}
