// Package moodlexml reads and writes Moodle XML (question/format/xml).
//
// Read are multichoice questions with one or several right answers, with any fractions, and
// truefalse; names, idnumbers, categories, tags, general and answer feedback; the four text
// formats; the files that stand in the text as base64 and are named @@PLUGINFILE@@/NAME.
// shuffleanswers says whether options may be shuffled.
//
// Refused by name are all other question types (shortanswer, numerical, matching, essay,
// description, cloze, calculated, ddwtos, ddmarker, gapselect and those of plug-ins), a
// DOCTYPE, and files that are no pictures.
package moodlexml

import (
	"net/url"
	"regexp"
	"strings"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// Read reads Moodle XML files.
func Read(files []draft.File, o draft.Options) *draft.Import {
	r := &draft.Report{}
	var items []draft.Item
	for _, src := range r.Sources(files, ".xml") {
		root, line, err := draft.ParseXML(src.Data)
		at := draft.Place{File: src.Name, Line: line}
		switch {
		case err != nil:
			r.Fault(at, "correct the file, or export it again", "%v", err)
			continue
		case root.Name != "quiz":
			r.Fault(at, "check the format: --format names it", "the file begins with <%s>, Moodle XML begins with <quiz>", root.Name)
			continue
		}
		in := reader{Report: r, file: src.Name, lang: o.Lang, pictures: src.Pictures}
		for _, n := range root.Kids {
			if n.Name != "" {
				in.node(n)
			}
		}
		items = append(items, in.items...)
	}
	return r.Settle("MOODLE", items, o)
}

type reader struct {
	*draft.Report
	file, lang string
	category   string
	pictures   map[string][]byte
	items      []draft.Item
}

func (in *reader) place(n *draft.Node) draft.Place { return draft.Place{File: in.file, Line: n.Line} }

func (in *reader) node(n *draft.Node) {
	at := in.place(n)
	if n.Name != "question" {
		in.Fault(at, "export it from Moodle again", "<%s> is no part of a quiz", n.Name)
		return
	}
	switch kind := n.Attr("type"); kind {
	case "category":
		in.category = strings.TrimSpace(textOf(n.Child("category")))
	case "multichoice", "truefalse":
		in.question(n, kind)
	default:
		in.Fault(at, "make it a question with options, delete it, or import the rest with --partial",
			"%q: a question of type %q cannot be in the bank", name(n), kind)
	}
}

func name(n *draft.Node) string { return strings.Join(strings.Fields(textOf(n.Child("name"))), " ") }

// textOf is the content of <text> inside a node.
func textOf(n *draft.Node) string {
	if n == nil {
		return ""
	}
	return n.Child("text").Content()
}

func (in *reader) question(n *draft.Node, kind string) {
	before := len(in.Faults)
	it := draft.Item{Place: in.place(n), Name: name(n), Category: in.category, Files: map[string][]byte{}, Shared: in.pictures}
	it.ID = strings.TrimSpace(n.Child("idnumber").Content())
	if tags := n.Child("tags"); tags != nil {
		for _, t := range tags.Kids {
			if t.Name == "tag" {
				it.Tags = append(it.Tags, textOf(t))
			}
		}
	}
	if n.Child("questiontext") == nil {
		in.Fault(it.Place, "export it from Moodle again", "the question has no <questiontext>")
		return
	}
	it.Stem = in.text(n.Child("questiontext"), &it)
	it.Why = in.text(n.Child("generalfeedback"), &it)
	var answers []*draft.Node
	for _, k := range n.Kids {
		switch k.Name {
		case "answer":
			answers = append(answers, k)
		case "hint":
			in.leftOut(k, "a hint")
		case "correctfeedback", "partiallycorrectfeedback", "incorrectfeedback":
			if !moodles[strings.TrimSpace(tag.ReplaceAllString(textOf(k), ""))] {
				in.leftOut(k, "feedback for a result")
			}
		}
	}
	if kind == "truefalse" {
		if !in.truth(answers, &it) {
			return
		}
	} else {
		it.Multiple = !yes(n.Child("single").Content(), true)
		it.Rule = questionbank.Fixed
		if yes(n.Child("shuffleanswers").Content(), false) {
			it.Rule = questionbank.Free
		}
		in.choices(answers, &it)
	}
	it.Refused = len(in.Faults) > before
	in.items = append(in.items, it)
}

var tag = regexp.MustCompile(`<[^>]*>`)

// moodles are texts that Moodle itself puts into every question.
var moodles = map[string]bool{
	"Your answer is correct.": true, "Your answer is partially correct.": true, "Your answer is incorrect.": true,
	"Jawaban Anda benar.": true, "Jawaban Anda salah.": true, "Jawaban Anda sebagian benar.": true,
}

func (in *reader) leftOut(n *draft.Node, what string) {
	if textOf(n) != "" {
		in.Warn(in.place(n), "write it into the general feedback if reviewers need it", "%s is left out", what)
	}
}

func (in *reader) choices(answers []*draft.Node, it *draft.Item) {
	for i, a := range answers {
		c := draft.Choice{Place: in.place(a), Weight: draft.Whole(false)}
		if w, err := draft.Percent(a.Attr("fraction")); err != nil {
			in.Fault(c.Place.At("answer %d", i+1), "write fraction as percent, 100 or 33.33333", "the fraction: %v", err)
		} else {
			c.Weight = w
		}
		c.Text = in.text(a, it)
		c.Feedback = in.text(a.Child("feedback"), it)
		it.Choices = append(it.Choices, c)
	}
}

// truth reads two answers, which old files have in their own language: then the first is
// "true".
func (in *reader) truth(answers []*draft.Node, it *draft.Item) bool {
	if len(answers) != 2 {
		in.Fault(it.Place, "export it from Moodle again", "a truefalse question has %d answers", len(answers))
		return false
	}
	if strings.EqualFold(strings.TrimSpace(textOf(answers[0])), "false") {
		answers[0], answers[1] = answers[1], answers[0]
	}
	w, err := draft.Percent(answers[0].Attr("fraction"))
	if err != nil {
		in.Fault(in.place(answers[0]), "write 100 or 0", "the fraction: %v", err)
		return false
	}
	it.Choices = draft.TrueFalse(it.Place, w.Sign() > 0, in.lang)
	it.Rule = questionbank.Fixed
	for i, a := range answers {
		it.Choices[i].Line = a.Line
		it.Choices[i].Feedback = in.text(a.Child("feedback"), it)
	}
	return true
}

// yes reads true, false, 1 and 0.
func yes(s string, absent bool) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "":
		return absent
	case "true", "1":
		return true
	default:
		return false
	}
}

var formats = map[string]draft.TextFormat{
	"": draft.HTML, "html": draft.HTML, "moodle_auto_format": draft.Auto, "plain_text": draft.Plain, "markdown": draft.Markdown,
}

// text reads a node with <text> and the files that it names.
func (in *reader) text(n *draft.Node, it *draft.Item) draft.Text {
	if n == nil {
		return draft.Text{}
	}
	format, known := formats[n.Attr("format")]
	if !known {
		in.Warn(in.place(n), "use html", "the text format %q is not known; the text is taken as HTML", n.Attr("format"))
	}
	body := textOf(n)
	for _, k := range n.Kids {
		if k.Name == "file" {
			in.embedded(k, it, body)
		}
	}
	return draft.Text{Body: body, Format: format}
}

// maxFiles is how many files one question may hold; it can show eleven.
const maxFiles = 100

// embedded keeps a file by the name that the text uses. One that no text names is told.
func (in *reader) embedded(n *draft.Node, it *draft.Item, body string) {
	at := in.place(n)
	file := strings.TrimPrefix(n.Attr("path"), "/") + n.Attr("name")
	if len(it.Files) >= maxFiles {
		in.Fault(at, "divide the question", "the question has more than %d files", maxFiles)
		return
	}
	if enc := n.Attr("encoding"); enc != "base64" {
		in.Fault(at, "export it from Moodle again", "the file %q has the encoding %q, base64 is read", file, enc)
		return
	}
	data, err := draft.Base64(n.Content())
	if err != nil {
		in.Fault(at, "export it from Moodle again", "the file %q %v", file, err)
		return
	}
	if had, twice := it.Files[file]; twice && string(had) != string(data) {
		in.Fault(at, "rename one of them", "two files of the question have the name %q", file)
		return
	}
	it.Files[file] = data
	if len(body) <= draft.MaxText && !strings.Contains(body, "@@PLUGINFILE@@/"+file) && !strings.Contains(body, "@@PLUGINFILE@@/"+url.PathEscape(file)) &&
		!strings.Contains(unescaped(body), "@@PLUGINFILE@@/"+file) {
		in.Warn(at, "leave it so if it is not needed", "no text shows the file %q; it is left out", file)
	}
}

func unescaped(s string) string {
	u, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return u
}
