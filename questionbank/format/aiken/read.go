// Package aiken reads Aiken, the simplest of Moodle's formats (question/format/aiken):
//
//	What is 2+2?
//	A) 3
//	B. 4
//	ANSWER: B
//
// A choice is a capital letter, ")" or ".", and a space or tab. All text is plain. Lines of
// fewer than two characters are skipped. Where Moodle lets a second line of text replace the
// first, ours joins them and says so.
//
// Refused are letters out of sequence, fewer than two choices, an ANSWER that names no
// choice, and a question without ANSWER. Aiken has no pictures, weights or categories:
// section, topic and band come from the options of the import.
package aiken

import (
	"regexp"
	"strings"

	"terang/questionbank/format/draft"
)

var (
	choice = regexp.MustCompile(`^([A-Z])[).][ \t](.*)$`)
	answer = regexp.MustCompile(`^ANSWER:\s*(\S?)`)
	// like are lines that are meant as a choice or an answer but are not one.
	like = regexp.MustCompile(`^(?:\s*(?i:ANSWER)\s*:|\s*[A-Za-z][).](?:\s|$))`)
)

// Read reads Aiken files.
func Read(files []draft.File, o draft.Options) *draft.Import {
	r := &draft.Report{}
	var items []draft.Item
	for _, src := range r.TextSources(files, ".txt", ".aiken") {
		in := reader{Report: r, file: src.Name}
		for i, line := range strings.Split(src.Text, "\n") {
			in.line(i+1, strings.TrimRight(line, " \t"))
		}
		in.end()
		items = append(items, in.items...)
	}
	return r.Settle("AIKEN", items, o)
}

type reader struct {
	*draft.Report
	file  string
	items []draft.Item
	it    draft.Item
	bad   bool // a fault of the question has been told
	gap   bool // the line before was empty
}

func (in *reader) line(n int, line string) {
	at := draft.Place{File: in.file, Line: n}
	if m := choice.FindStringSubmatch(line); m != nil {
		in.gap = false
		in.choice(at, m[1], strings.TrimSpace(m[2]))
		return
	}
	if m := answer.FindStringSubmatch(line); m != nil {
		in.answer(at, m[1])
		return
	}
	if len([]rune(line)) < 2 {
		in.gap = in.gap || line == ""
		return
	}
	if in.gap && len(in.it.Choices) > 0 {
		in.end()
	}
	in.gap = false
	switch {
	case like.MatchString(line):
		in.fault(at, `write "A. text" or "A) text" with a capital letter and a space, and "ANSWER: A" at the start of a line`, "the line looks like a choice or an answer and is none")
	case in.it.Line == 0:
		in.it.Place = at
		in.it.Stem = draft.Text{Body: line, Format: draft.Plain}
	case len(in.it.Choices) > 0:
		in.fault(at, "write each choice on one line, and ANSWER: after the last", "text stands between the choices and the answer")
	case len(in.it.Stem.Body) > draft.MaxText:
		if !in.bad {
			in.fault(in.it.Place, `write "A. text" for choices and "ANSWER: A" below them`, "the question has more than %d bytes", draft.MaxText)
		}
	default:
		in.Warn(at, "write the question on one line", "the question has a second line, which is joined to the first")
		in.it.Stem.Body += "\n" + line
	}
}

func (in *reader) choice(at draft.Place, letter, text string) {
	if in.it.Line == 0 {
		in.it.Place = at
		in.fault(at, "write the question above its choices", "a choice stands before any question")
	}
	if want := string(rune('A' + len(in.it.Choices))); letter != want {
		in.fault(at, "letter the choices A, B, C … without gaps", "the choice %s stands where %s was expected", letter, want)
	}
	if text == "" {
		in.fault(at, "write its text", "the choice %s is empty", letter)
	}
	in.it.Choices = append(in.it.Choices, draft.Choice{Place: at, Text: draft.Text{Body: text, Format: draft.Plain}, Weight: draft.Whole(false)})
}

func (in *reader) answer(at draft.Place, letter string) {
	switch n := len(in.it.Choices); {
	case in.it.Line == 0:
		in.fault(at, "write the question and its choices above it", "an ANSWER stands before any question")
	case n < 2:
		in.fault(in.it.Place, "write at least two", "the question has %d choices", n)
	case letter == "" || letter[0] < 'A' || int(letter[0]-'A') >= n:
		in.fault(at, "name one of its choices", "ANSWER names %q, the choices are A to %c", letter, 'A'+n-1)
	default:
		in.it.Choices[letter[0]-'A'].Weight = draft.Whole(true)
	}
	in.close()
}

// end is the end of the file, or the beginning of another question.
func (in *reader) end() {
	if in.it.Line > 0 {
		in.fault(in.it.Place, `write "ANSWER: A" below the choices`, "the question has no ANSWER")
		in.close()
	}
}

func (in *reader) fault(at draft.Place, remedy, format string, args ...any) {
	in.bad = true
	in.Fault(at, remedy, format, args...)
}

func (in *reader) close() {
	if !in.bad {
		in.items = append(in.items, in.it)
	}
	in.it, in.bad = draft.Item{}, false
}
