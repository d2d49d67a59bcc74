// Package format reads and writes questions in the formats of other programs, and in our own.
//
//	terang     our text (*.bank), see questionbank.Parse; a zip where it has figures
//	gift       Moodle's GIFT
//	aiken      Moodle's Aiken; read only
//	moodlexml  Moodle XML
//	qti        IMS/1EdTech QTI 2.1, 2.2 and 3.0, packages and single items; written as 3.0
//	csv, xlsx  a table with the columns of our template; an archive where it has figures
//
// What is read are drafts: they can be kept and worked on, and what they lack before they
// can be a bank is said. One fault takes everything back unless Options.Partial. Nothing that
// a file holds is left out without a word.
//
// The grammar of each format, what is read of it and what is refused, stands in the doc
// comment of its package below this one.
package format

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"terang/questionbank"
	"terang/questionbank/format/aiken"
	"terang/questionbank/format/draft"
	"terang/questionbank/format/gift"
	"terang/questionbank/format/moodlexml"
	"terang/questionbank/format/qti"
	"terang/questionbank/format/sheet"
)

// File is a file as it was given, an archive whole. Its name is for messages and extensions.
type File = draft.File

// Options fill in what files do not say: section, topic, band, author, reviewer, language.
type Options = draft.Options

// Import is what was read: drafts in the order of the files, faults, warnings, lacks.
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
	{"gift", []string{".gift"}, gift.Read, gift.Write},
	{"aiken", []string{".aiken"}, aiken.Read, nil},
	{"moodlexml", []string{".xml"}, moodlexml.Read, moodlexml.Write},
	{"qti", []string{".zip", ".qti"}, qti.Read, qti.Write},
	{"csv", []string{".csv", ".tsv"}, sheet.ReadCSV, sheet.WriteCSV},
	{"xlsx", []string{".xlsx"}, sheet.ReadXLSX, sheet.WriteXLSX},
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

// Detect tells the format of a file from its extension and, where several formats share one,
// from what stands in it; "" if neither tells.
func Detect(f File) string {
	ext := strings.ToLower(filepath.Ext(f.Name))
	has := func(marks ...string) bool {
		return slices.ContainsFunc(marks, func(m string) bool { return bytes.Contains(f.Data, []byte(m)) })
	}
	switch {
	case ext == ".xml" && has("<assessmentItem", "<qti-assessment-item", "assessmentItem ", "questestinterop"):
		return "qti"
	case ext == ".txt" && has("\nANSWER:", "\rANSWER:"):
		return "aiken"
	case ext == ".txt" && has("{"):
		return "gift"
	case ext == ".zip":
		return detectArchive(f)
	}
	for _, row := range formats {
		if slices.Contains(row.extensions, ext) {
			return row.name
		}
	}
	return ""
}

// detectArchive looks at the files of an archive: a QTI package has a manifest, others hold
// a file of their format with its pictures.
func detectArchive(f File) string {
	entries, err := draft.Unzip(f.Data)
	if err != nil {
		return "qti" // whose reader says what is wrong
	}
	found := "qti"
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if path.Base(name) == "imsmanifest.xml" {
			return "qti"
		}
		if kind := Detect(File{Name: name, Data: entries[name]}); kind != "" && path.Ext(name) != ".zip" {
			found = kind
		}
	}
	return found
}

// Read reads files of one format. The error is for a format that there is not; what is wrong
// with the files stands in the Import.
func Read(name string, files []File, o Options) (*Import, error) {
	f, err := find(name)
	if err != nil {
		return nil, err
	}
	var empty []questionbank.Fault
	for _, file := range files {
		if len(bytes.TrimSpace(bytes.TrimPrefix(file.Data, []byte("\xef\xbb\xbf")))) == 0 {
			empty = append(empty, questionbank.Fault{File: file.Name, What: "the file is empty", Remedy: "write questions into it, or leave it out"})
		}
	}
	if len(files) > 0 && len(empty) == len(files) {
		return &Import{Faults: empty}, nil
	}
	in := f.read(files, o)
	if in.Faults = append(in.Faults, empty...); len(empty) > 0 && !o.Partial {
		in.Questions, in.Lacks = nil, nil
	}
	for i := range in.Faults {
		if in.Faults[i].File == "" && len(files) == 1 {
			in.Faults[i].File = files[0].Name
		}
	}
	return in, nil
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
