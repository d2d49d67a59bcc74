package engine

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Fault is why a file of rows, or an archive of photos, is refused, written for the person who will mend it.
type Fault struct {
	Row    int    // line of the file from 1, the header being the first; 0 if of no row
	Column string // name of the column, "" if of none
	Photo  string // in an archive of photos: name of the file, in place of row and column
	What   string
	Remedy string
}

// Error makes a fault an error: who reads a file for another finds it on the way.
func (f Fault) Error() string { return f.String() }

// FaultOf is the fault that an error is, or else what stands for it.
func FaultOf(err error, otherwise Fault) Fault {
	var told Fault
	if errors.As(err, &told) {
		return told
	}
	return otherwise
}

func (f Fault) String() string {
	var b strings.Builder
	if f.Row > 0 {
		fmt.Fprintf(&b, "row %d", f.Row)
		if f.Column != "" {
			b.WriteString(", ")
		}
	}
	if f.Column != "" {
		b.WriteString("column " + f.Column)
	}
	if f.Photo != "" {
		b.WriteString("photo " + f.Photo)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(f.What + "; " + f.Remedy)
	return b.String()
}

// Separator is whichever of comma, semicolon and tab the first line of a file has most of.
func Separator(data []byte) rune {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}
