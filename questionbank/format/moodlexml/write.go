package moodlexml

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"path"
	"slices"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// Write writes questions as Moodle XML: fractions are parts of the best value, figures stand
// in the file, and what Moodle has no place for are tags.
func Write(w io.Writer, qs []questionbank.Question) (*draft.Export, error) {
	e := &draft.Export{Written: len(qs)}
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>\n")
	category := ""
	for i := range qs {
		q := &qs[i]
		if c := "$course$/" + draft.Category(q); c != category {
			category = c
			fmt.Fprintf(&b, "<question type=\"category\"><category><text>%s</text></category></question>\n", draft.Escape(c))
		}
		write(&b, q, e)
	}
	b.WriteString("</quiz>\n")
	_, err := w.Write(b.Bytes())
	return e, err
}

func write(b *bytes.Buffer, q *questionbank.Question, e *draft.Export) {
	weights, points := draft.Weights(q)
	full := false
	for i, w := range weights {
		full = full || w.Cmp(big.NewRat(1, 1)) == 0
		if !moodleKnows(w) {
			e.Lose(q, "choose the nearest fraction when Moodle asks; it comes back to us as it is",
				"Moodle has no fraction of %s %% (option %s)", draft.PercentText(w), q.Options[i].ID)
		}
	}
	if !full {
		e.Lose(q, "give one option the highest value, above 0", "Moodle refuses a question without an option of 100 %%")
	}
	fmt.Fprintf(b, "<question type=\"multichoice\">\n<name><text>%s</text></name>\n", draft.Escape(q.ID))
	fmt.Fprintf(b, "<questiontext format=\"html\">%s</questiontext>\n", text(q.Stem, q.Figure))
	fmt.Fprintf(b, "<generalfeedback format=\"html\">%s</generalfeedback>\n", text(draft.Escape(q.Why), nil))
	fmt.Fprintf(b, "<defaultgrade>%d</defaultgrade>\n<penalty>0</penalty>\n<hidden>0</hidden>\n<idnumber>%s</idnumber>\n", points, draft.Escape(q.ID))
	fmt.Fprintf(b, "<single>true</single>\n<shuffleanswers>%t</shuffleanswers>\n<answernumbering>ABCD</answernumbering>\n", q.Rule == questionbank.Free)
	for i, o := range q.Options {
		fmt.Fprintf(b, "<answer fraction=\"%s\" format=\"html\">%s<feedback format=\"html\"><text></text></feedback></answer>\n",
			draft.PercentText(weights[i]), text(o.HTML, o.Figure))
	}
	b.WriteString("<tags>")
	for _, t := range draft.Tags(q, points) {
		fmt.Fprintf(b, "<tag><text>%s</text></tag>", draft.Escape(t))
	}
	b.WriteString("</tags>\n</question>\n")
}

func text(html string, f *questionbank.Figure) string {
	if f == nil {
		return "<text>" + draft.Escape(html) + "</text>"
	}
	name := path.Base(f.Path)
	return fmt.Sprintf("<text>%s</text><file name=\"%s\" path=\"/\" encoding=\"base64\">%s</file>",
		draft.Escape(html+draft.ImageTag(f, "@@PLUGINFILE@@/"+name, "")), name, base64.StdEncoding.EncodeToString(f.Data))
}

// fractions are the weights that Moodle knows, as numerator and denominator.
var fractions = [][2]int64{
	{0, 1}, {1, 20}, {1, 10}, {1, 9}, {1, 8}, {1, 7}, {1, 6}, {1, 5}, {1, 4}, {3, 10}, {1, 3}, {2, 5}, {1, 2},
	{3, 5}, {2, 3}, {7, 10}, {3, 4}, {4, 5}, {5, 6}, {9, 10}, {1, 1},
}

func moodleKnows(w *big.Rat) bool {
	size := new(big.Rat).Abs(w)
	return slices.ContainsFunc(fractions, func(f [2]int64) bool { return size.Cmp(big.NewRat(f[0], f[1])) == 0 })
}
