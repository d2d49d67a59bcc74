// Package format reads and writes questions in the formats of other programs, and in our own.
//
//	terang     our text (*.bank), see questionbank.Parse; a zip where it has figures
//	gift       Moodle's GIFT
//	aiken      Moodle's Aiken; read only
//	moodlexml  Moodle XML
//	qti        IMS/1EdTech QTI 2.1, 2.2 and 3.0, packages and single items; written as 3.0
//	csv, xlsx  a table with the columns of our template
//
// What is read are drafts: they can be kept and worked on, and what one lacks before it can
// stand in a bank is said among the warnings. One fault takes everything back unless
// Options.Partial. Nothing that a file holds is left out without a word.
//
// The grammar of each format, what is read of it and what is refused, stands in the doc
// comment of its package below this one.
package format

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// File is a file as it was given, an archive whole. Its name is for messages and extensions.
type File = draft.File

// Options fill in what files do not say: section, topic, band, author, reviewer, language.
type Options = draft.Options

// Import is what was read: drafts in the order of the files, faults, warnings.
type Import = draft.Import

// Export is what was written, and what the format could not carry.
type Export = draft.Export

// format is one row of the table of formats.
type format struct {
	name       string
	extensions []string
	read       func([]File, Options) *Import
	write      func(io.Writer, []questionbank.Question) (*Export, error) // nil: read only
}

var formats = []format{
	{"terang", []string{".bank"}, readText, writeText},
}

func find(name string) (format, error) {
	for _, f := range formats {
		if f.name == name {
			return f, nil
		}
	}
	return format{}, fmt.Errorf("there is no format %q: use one of %s", name, strings.Join(Names(), ", "))
}

// Names lists the formats that can be read.
func Names() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Writable lists the formats that can be written.
func Writable() []string {
	var names []string
	for _, f := range formats {
		if f.write != nil {
			names = append(names, f.name)
		}
	}
	return names
}

// ByName guesses the format of a file from its extension, "" if that tells nothing.
func ByName(file string) string {
	ext := strings.ToLower(filepath.Ext(file))
	for _, f := range formats {
		for _, e := range f.extensions {
			if e == ext {
				return f.name
			}
		}
	}
	return ""
}

// Read reads files of one format. The error is for a format that there is not; what is wrong
// with the files stands in the Import.
func Read(name string, files []File, o Options) (*Import, error) {
	f, err := find(name)
	if err != nil {
		return nil, err
	}
	return f.read(files, o), nil
}

// Write writes questions in one format; where w is a file, all of it is one file. The error
// is for a format that cannot be written, or of w. What the format cannot carry of the
// questions stands in the Export: reading the file gives everything else again.
func Write(name string, w io.Writer, questions []questionbank.Question) (*Export, error) {
	f, err := find(name)
	if err != nil {
		return nil, err
	}
	if f.write == nil {
		return nil, fmt.Errorf("format %s is only read: write one of %s", name, strings.Join(Writable(), ", "))
	}
	return f.write(w, questions)
}
