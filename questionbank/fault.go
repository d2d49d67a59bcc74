package questionbank

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one reason why a bank is refused, written for the person who will mend it.
type Fault struct {
	File   string // as given to Parse; empty when the question did not come from a file
	Line   int    // from 1; 0 when the fault belongs to no line
	What   string // what is wrong, naming the question
	Remedy string // what to do
}

func (f Fault) String() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
		b.WriteString(":")
		if f.Line > 0 {
			fmt.Fprintf(&b, "%d:", f.Line)
		}
		b.WriteString(" ")
	}
	b.WriteString(f.What)
	if f.Remedy != "" {
		b.WriteString("; ")
		b.WriteString(f.Remedy)
	}
	return b.String()
}

// inReadingOrder sorts faults as an author meets them, file by file from the top.
func inReadingOrder(faults []Fault) []Fault {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return faults
}
