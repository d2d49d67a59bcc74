package questionbank

import (
	"fmt"
	"slices"

	"terang/engine"
)

// Question is an item as its authors and reviewers see it: text and key together.
// Only this package and the scoring side may hold one.
type Question struct {
	ID       string `json:"id"`      // stable for ever: [A-Z0-9-]{1,40}
	Version  int    `json:"version"` // from 1, raised with every change of the text or the key
	Section  string `json:"section"` // section of the rule set, e.g. "TWK"
	Topic    string `json:"topic"`   // [a-z0-9-]{1,40}
	Band     Band   `json:"band"`
	Rule     Rule   `json:"rule"`
	Enemies  string `json:"enemies"`        // items of one group never stand on one form; "" for none
	Unit     string `json:"unit,omitempty"` // the Unit whose text it asks about; "" for none
	Lang     string `json:"lang"`           // BCP 47
	Author   string `json:"author"`
	Reviewer string `json:"reviewer"` // another person than the author
	Why      string `json:"why"`      // why the key is right; for reviewers only

	Stem    string   `json:"stem"` // HTML in the form that Sanitise returns
	Figure  *Figure  `json:"figure"`
	Options []Option `json:"options"` // in canonical order, ids "a", "b", ...

	src *source // where it was read, for faults; nil when it did not come from a file
}

// Option is one choice with its worth. Value is in exam points.
type Option struct {
	ID     string  `json:"id"`
	Value  int     `json:"value"`
	HTML   string  `json:"html"`
	Figure *Figure `json:"figure"`
}

// Figure is a picture and the path it has beside the bank file, "figures/name.svg".
type Figure struct {
	Path string `json:"path"`
	engine.Figure

	unread bool // Parse has said already why there is no picture
}

// Band is the difficulty that author and reviewer judged, until there are statistics.
type Band string

// The three bands. Judges do not tell finer grades apart reliably.
const (
	Easy   Band = "easy"
	Medium Band = "medium"
	Hard   Band = "hard"
)

func (b Band) known() bool { return b == Easy || b == Medium || b == Hard }

// Rule says how the options of an item may be ordered on a form.
type Rule string

// The option rules.
const (
	Free              Rule = "free"               // any order
	LastFixed         Rule = "last-fixed"         // the last stays last ("semua benar"), the others in any order
	Ordered           Rule = "ordered"            // as authored: numbers, dates, magnitudes
	OrderedReversible Rule = "ordered-reversible" // as authored or reversed
	Fixed             Rule = "fixed"              // as authored: options that name letters
	Pairs             Rule = "pairs"              // neighbours (a b)(c d) stay together in their order, pairs move
)

// Rules lists the option rules as the bank text spells them.
func Rules() []Rule { return []Rule{Free, LastFixed, Ordered, OrderedReversible, Fixed, Pairs} }

func (r Rule) known() bool { return slices.Contains(Rules(), r) }

// expected is the mean points of the reference population, in thousandths, that the band
// stands for. A graded question (every option worth something) differs little between
// bands, so that it has one figure.
func (q *Question) expected() int {
	if q.graded() {
		return 3700
	}
	switch q.Band {
	case Easy:
		return 3500
	case Hard:
		return 1500
	default:
		return 2500
	}
}

func (q *Question) graded() bool {
	return !slices.ContainsFunc(q.Options, func(o Option) bool { return o.Value <= 0 })
}

// item is what a candidate may see. The text is sanitised once more on its way out: two
// locks, so that a gap in the checks of an import alone lets nothing through.
func (q *Question) item() *engine.Item {
	it := &engine.Item{
		ID:      q.ID,
		Section: q.Section,
		Lang:    q.Lang,
		HTML:    Sanitise(q.Stem),
		Figure:  q.Figure.shown(),
		Options: make([]engine.Option, len(q.Options)),
	}
	for i, o := range q.Options {
		it.Options[i] = engine.Option{ID: o.ID, HTML: Sanitise(o.HTML), Figure: o.Figure.shown()}
	}
	return it
}

// shown drops the path, which may tell more than the picture ("answer-b.svg").
func (f *Figure) shown() *engine.Figure {
	if f == nil {
		return nil
	}
	return &f.Figure
}

func newSource(file string, line int) *source {
	return &source{file: file, line: line, header: map[string]int{}, unread: map[string]bool{}}
}

// source remembers where the parts of a question were read.
type source struct {
	file    string
	line    int             // of "== ID =="
	header  map[string]int  // header key -> line
	options []int           // option index -> line
	unread  map[string]bool // header keys that have been faulted already
}

// ReadFrom tells a question that did not come from a bank file where it was read, so that
// faults name the place: the file, the line of its beginning, and the line of every option.
func (q *Question) ReadFrom(file string, line int, options []int) {
	q.src = &source{file: file, line: line, options: options}
}

// fault reports something about the header line key, or about the whole question.
func (q *Question) fault(key, remedy, format string, args ...any) Fault {
	f := Fault{What: q.ID + ": " + fmt.Sprintf(format, args...), Remedy: remedy}
	if q.src != nil {
		f.File, f.Line = q.src.file, q.src.line
		if n := q.src.header[key]; n > 0 {
			f.Line = n
		}
	}
	return f
}

// optionFault reports something about option i.
func (q *Question) optionFault(i int, remedy, format string, args ...any) Fault {
	f := q.fault("", remedy, "option %s: %s", q.Options[i].ID, fmt.Sprintf(format, args...))
	if q.src != nil && i < len(q.src.options) {
		f.Line = q.src.options[i]
	}
	return f
}
