package shelf

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/sergi/go-diff/diffmatchpatch"

	"terang/questionbank"
)

// Change is one part of a question that differs between two versions.
type Change struct {
	Part  string // "stem", "option b", "topic", …
	Spans []Span
}

// Span is a run of words.
type Span struct {
	Op   Op
	Text string
}

// Op says what became of a span.
type Op string

// The operations.
const (
	Kept    Op = "kept"
	Removed Op = "removed"
	Added   Op = "added"
)

// Compare lists what differs between two versions, in the order in which they read.
func Compare(was, is *questionbank.Question) []Change {
	var changes []Change
	part := func(name, a, b string) {
		if a != b {
			changes = append(changes, Change{name, spans(a, b)})
		}
	}
	part("section", was.Section, is.Section)
	part("topic", was.Topic, is.Topic)
	part("band", string(was.Band), string(is.Band))
	part("author", was.Author, is.Author)
	part("options", string(was.Rule), string(is.Rule))
	part("enemies", was.Enemies, is.Enemies)
	part("lang", was.Lang, is.Lang)
	part("stem", questionbank.StemText(was.Stem), questionbank.StemText(is.Stem))
	part("figure", named(was.Figure), named(is.Figure))
	for i := range max(len(was.Options), len(is.Options)) {
		a, b := optionAt(was, i), optionAt(is, i)
		name := "option " + string(rune('a'+i))
		part(name, a.HTML, b.HTML)
		part(name+", points", valueAt(was, i), valueAt(is, i))
		part(name+", figure", named(a.Figure), named(b.Figure))
	}
	part("why", was.Why, is.Why)
	return changes
}

func optionAt(q *questionbank.Question, i int) questionbank.Option {
	if i < len(q.Options) {
		return q.Options[i]
	}
	return questionbank.Option{}
}

func valueAt(q *questionbank.Question, i int) string {
	if i < len(q.Options) {
		return strconv.Itoa(q.Options[i].Value)
	}
	return ""
}

// named tells one figure from another in words: bytes are no reading matter.
func named(f *questionbank.Figure) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%s (%s, %d × %d, %s)", f.Path, f.Alt, f.W, f.H, fingerprintOf(f.Data))
}

// token is a word, a formula, a tag, or what stands between: the smallest piece that a
// reader sees change.
var token = regexp.MustCompile(`(?s)<math[\s>].*?</math>|<[^>]*>|[\pL\pN\pM]+|.`)

// spans compares word by word. The library compares runes, so that every different piece
// gets one of its own for the comparison.
func spans(a, b string) []Span {
	runes := map[string]rune{}
	var pieces []string
	encode := func(text string) []rune {
		var out []rune
		for _, piece := range token.FindAllString(text, -1) {
			r, ok := runes[piece]
			if !ok {
				r = rune(len(pieces) + 1)
				if r >= 0xD800 { // surrogates are no runes
					r += 0x800
				}
				runes[piece], pieces = r, append(pieces, piece)
			}
			out = append(out, r)
		}
		return out
	}
	piece := func(r rune) string {
		if r >= 0xE000 {
			r -= 0x800
		}
		return pieces[r-1]
	}
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // the same two texts give the same difference, however busy the machine
	x, y := encode(a), encode(b)
	var out []Span
	for _, d := range dmp.DiffCleanupMerge(dmp.DiffMainRunes(x, y, false)) {
		text := ""
		for _, r := range d.Text {
			text += piece(r)
		}
		out = append(out, Span{ops[d.Type], text})
	}
	return out
}

var ops = map[diffmatchpatch.Operation]Op{
	diffmatchpatch.DiffEqual: Kept, diffmatchpatch.DiffDelete: Removed, diffmatchpatch.DiffInsert: Added,
}
