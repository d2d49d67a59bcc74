package format

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"terang/questionbank"
)

// words hold every character that some format takes for its own.
var words = []string{
	"satu", "dua", "Jumlah", "ANSWER:", "A)", "B.", "::", "//", "$CATEGORY:", "[html]", "=", "~", "#", "####", "{", "}", "->",
	`\`, `\n`, `\=`, "%50%", "&amp;", "&lt;", "&gt;", "&amp;lt;", "]]&gt;", "&quot;", "'", "html:", "@@PLUGINFILE@@/x.png", "terang:points=3",
	"é", "“kutip”", "½", "𝑥", "a/b", "$$", "TRUE", "F", ";", ",", "why:", "a)", "==",
}

func text(t *rapid.T, deep int) string {
	var parts []string
	for range rapid.IntRange(1, 4).Draw(t, "pieces") {
		word := rapid.SampledFrom(words).Draw(t, "word")
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		switch {
		case deep == 0 || kind < 6:
			parts = append(parts, word)
		case kind == 6:
			name := rapid.SampledFrom([]string{"b", "i", "u", "sub", "sup", "code", "em", "strong", "small", "span"}).Draw(t, "element")
			parts = append(parts, "<"+name+">"+text(t, deep-1)+"</"+name+">")
		case kind == 7:
			parts = append(parts, `<span lang="en">`+text(t, deep-1)+"</span>")
		case kind == 8:
			parts = append(parts, word+"<br/>"+word)
		default:
			parts = append(parts, "<math><mfrac><mn>1</mn><mrow><mi>"+word+"</mi><mo>+</mo><mn>2</mn></mrow></mfrac></math>")
		}
	}
	return strings.Join(parts, " ")
}

func stem(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("<p>Soal " + text(t, 2) + "</p>")
	for range rapid.IntRange(0, 2).Draw(t, "blocks") {
		x, y := text(t, 1), text(t, 0)
		b.WriteString(rapid.SampledFrom([]string{
			"<p>" + x + "</p>",
			`<p lang="en">` + x + "</p>",
			"<ul><li>" + x + "</li><li>" + y + "<ol type=\"a\"><li>" + y + "</li></ol></li></ul>",
			"<table><caption>" + y + "</caption><thead><tr><th scope=\"col\">" + x + "</th></tr></thead><tbody><tr><td colspan=\"2\">" + y + "</td></tr></tbody></table>",
			"<blockquote><p>" + x + "</p><p>" + y + "</p></blockquote>",
			`<math display="block"><mi>x</mi></math>`,
		}).Draw(t, "block"))
	}
	return b.String()
}

// canonical is the one way to write the same text.
func canonical(t *rapid.T, s string) string {
	s, faults := questionbank.Canonical(s)
	if len(faults) > 0 {
		t.Fatal(faults[0])
	}
	return s
}

func picture(t *rapid.T, name string) *questionbank.Figure {
	if rapid.IntRange(0, 3).Draw(t, "picture") > 0 {
		return nil
	}
	n := rapid.IntRange(1, 99).Draw(t, "side")
	data := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="30"><rect width="10" height="10"/></svg>`, n)
	f, err := questionbank.NewFigure(name, rapid.SampledFrom([]string{"kotak", `sebuah "kotak" & garis`, "a=b, c:d {e} ~f #g"}).Draw(t, "alt"), []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func question(t *rapid.T, n int) questionbank.Question {
	q := questionbank.Question{
		ID: fmt.Sprintf("TIU-%03d", n), Version: rapid.IntRange(1, 9).Draw(t, "version"),
		Section: rapid.SampledFrom([]string{"TIU", "TWK"}).Draw(t, "section"), Topic: rapid.SampledFrom([]string{"deret", "analogi-2"}).Draw(t, "topic"),
		Band: rapid.SampledFrom([]questionbank.Band{questionbank.Easy, questionbank.Medium, questionbank.Hard}).Draw(t, "band"),
		Rule: rapid.SampledFrom(questionbank.Rules()).Draw(t, "rule"), Lang: rapid.SampledFrom([]string{"id", "en"}).Draw(t, "lang"),
		Author: rapid.SampledFrom([]string{"Ratna", "Dr. A. B'ar, M.Si.", "I [Made] = {Bali}"}).Draw(t, "author"), Reviewer: "Bagus",
		Enemies: rapid.SampledFrom([]string{"", "grup"}).Draw(t, "enemies"), Stem: canonical(t, stem(t)), Figure: picture(t, fmt.Sprintf("soal-%d", n)),
	}
	if rapid.Bool().Draw(t, "why") {
		q.Why = "Karena 1 < 2 & {x} = " + rapid.SampledFrom([]string{"a # b", "~", `\n`, "<b>", "&amp;"}).Draw(t, "reason")
	}
	for i := range rapid.IntRange(2, 10).Draw(t, "options") {
		o := questionbank.Option{ID: string(rune('a' + i)), Value: rapid.IntRange(-10, 1000).Draw(t, "value"), HTML: canonical(t, text(t, 1))}
		if o.Figure = picture(t, fmt.Sprintf("soal-%d-%s", n, o.ID)); o.Figure != nil && rapid.Bool().Draw(t, "figure alone") {
			o.HTML = ""
		}
		q.Options = append(q.Options, o)
	}
	return q
}

// Whatever a question holds comes back from each format unless the export names a loss.
func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, name := range Writable() {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			var qs []questionbank.Question
			for n := range rapid.IntRange(1, 3).Draw(t, "questions") {
				qs = append(qs, question(t, n))
			}
			var out bytes.Buffer
			e, err := Write(name, &out, qs)
			if err != nil {
				t.Fatal(err)
			}
			in, err := Read(name, []File{{Name: "soal", Data: out.Bytes()}}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(in.Faults) > 0 && e.Written > 0 {
				t.Fatalf("what we write has faults: %s\n%s", in.Faults[0], out.Bytes())
			}
			if len(in.Questions) != e.Written {
				t.Fatalf("%d written, %d read", e.Written, len(in.Questions))
			}
			for i, at := 0, 0; i < len(qs) && at < len(in.Questions); i++ {
				if in.Questions[at].ID != qs[i].ID {
					if !lost(e, qs[i].ID) {
						t.Fatalf("%s is not there and no loss is named", qs[i].ID)
					}
					continue
				}
				same(t, &qs[i], &in.Questions[at])
				at++
			}
		}))
	}
}

func lost(e *Export, id string) bool {
	for _, l := range e.Losses {
		if strings.HasPrefix(l.What, id+":") {
			return true
		}
	}
	return false
}

func same(t *rapid.T, want, got *questionbank.Question) {
	a, b := questionbank.Text([]questionbank.Question{*want}), questionbank.Text([]questionbank.Question{*got})
	if !bytes.Equal(a, b) {
		t.Fatalf("wrote\n%s\nread\n%s", a, b)
	}
	files := questionbank.FigureFiles([]questionbank.Question{*got})
	for name, data := range questionbank.FigureFiles([]questionbank.Question{*want}) {
		if !bytes.Equal(files[name], data) {
			t.Fatalf("the figure %s is another one", name)
		}
	}
}
