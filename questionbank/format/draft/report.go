package draft

import (
	"fmt"
	"io/fs"
	"slices"

	"terang/questionbank"
)

// File is one file as it was given: its name is for messages and for finding pictures.
type File struct {
	Name string
	Data []byte
}

// Options fill in what a file does not say. What it says itself goes before.
type Options struct {
	Section, Topic   string
	Band             questionbank.Band
	Lang             string // BCP 47; "" is id
	Author, Reviewer string

	// Points is what the one right option is worth, and the best of a graded question;
	// 0 is 5, as in the written selection of the civil service.
	Points int

	// Partial takes what can be read when something cannot. Otherwise one fault takes all back.
	Partial bool

	// Beside holds the pictures that stand in the folder of the files, by the path that a
	// text names; nil for none. Only names below it can be opened.
	Beside fs.FS
}

func (o *Options) points() int {
	if o.Points == 0 {
		return 5
	}
	return o.Points
}

func (o *Options) lang() string {
	if o.Lang == "" {
		return "id"
	}
	return o.Lang
}

// Import is what was read. Every question is a draft: it can be kept and worked on.
type Import struct {
	Questions []questionbank.Question // in the order of the files; none when there is a fault, unless Partial
	Faults    []questionbank.Fault    // what was not taken, and why
	Warnings  []questionbank.Fault    // what was taken otherwise than it stands in the file
	Lacks     []questionbank.Fault    // what keeps the drafts from being a Bank: what NewBank says of them
}

// Place is where something stands. Element says more where a line is not enough.
type Place struct {
	File    string
	Line    int    // from 1; 0 where there is none
	Element string // "answer 2", "itemBody/img"; "" for the whole question
}

// At is the same place with an element.
func (p Place) At(format string, args ...any) Place {
	p.Element = fmt.Sprintf(format, args...)
	return p
}

// Report gathers faults and warnings while a format is read or written.
type Report struct {
	Faults, Warnings []questionbank.Fault
}

// Fault notes that something is not taken.
func (r *Report) Fault(at Place, remedy, format string, args ...any) {
	r.Faults = append(r.Faults, at.fault(remedy, format, args...))
}

// Warn notes that something is taken otherwise than it stands.
func (r *Report) Warn(at Place, remedy, format string, args ...any) {
	r.Warnings = append(r.Warnings, at.fault(remedy, format, args...))
}

func (p Place) fault(remedy, format string, args ...any) questionbank.Fault {
	what := fmt.Sprintf(format, args...)
	if p.Element != "" {
		what = p.Element + ": " + what
	}
	return questionbank.Fault{File: p.File, Line: p.Line, What: what, Remedy: remedy}
}

// Finish makes the Import of questions and of what was reported.
func (r *Report) Finish(qs []questionbank.Question, o Options) *Import {
	if len(qs)+len(r.Faults) == 0 {
		r.Fault(Place{}, "check the format: --format names it", "there is no question in the files")
	}
	qs, again := questionbank.Once(qs)
	r.Faults = append(r.Faults, again...)
	if len(r.Faults) > 0 && !o.Partial {
		qs = nil
	}
	in := &Import{Questions: qs, Faults: inOrder(r.Faults), Warnings: inOrder(r.Warnings)}
	if len(qs) > 0 {
		_, in.Lacks = questionbank.NewBank(qs)
	}
	return in
}

// inOrder sorts by line within each file, and leaves the files in the order they were read.
func inOrder(list []questionbank.Fault) []questionbank.Fault {
	order := map[string]int{}
	for _, f := range list {
		if _, ok := order[f.File]; !ok {
			order[f.File] = len(order)
		}
	}
	slices.SortStableFunc(list, func(a, b questionbank.Fault) int {
		if d := order[a.File] - order[b.File]; d != 0 {
			return d
		}
		return a.Line - b.Line
	})
	return list
}
