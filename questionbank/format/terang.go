package format

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// readText reads our own text: bank files, or one archive of them with their figures.
func readText(files []File, o Options) *Import {
	r := &draft.Report{}
	var qs []questionbank.Question
	for _, f := range files {
		held := map[string][]byte{f.Name: f.Data}
		names := []string{f.Name}
		beside := o.Beside
		if draft.IsZip(f.Data) {
			entries, err := draft.Unzip(f.Data)
			if err != nil {
				r.Fault(draft.Place{File: f.Name}, "", "%v", err)
				continue
			}
			held, names, beside = entries, nil, nil
			for name := range entries {
				if path.Ext(name) == ".bank" {
					names = append(names, name)
				}
			}
			slices.Sort(names)
		}
		for _, name := range names {
			more, faults := questionbank.Drafts(desk{held, beside, path.Dir(name)}, name)
			qs = append(qs, more...)
			r.Faults = append(r.Faults, faults...)
		}
	}
	for i := range qs {
		fill(&qs[i], &o)
	}
	return r.Finish(qs, o)
}

// fill puts in what the text does not say.
func fill(q *questionbank.Question, o *Options) {
	for _, part := range []struct {
		said   *string
		option string
	}{{&q.Section, o.Section}, {&q.Topic, o.Topic}, {&q.Author, o.Author}, {&q.Reviewer, o.Reviewer}} {
		if *part.said == "" {
			*part.said = part.option
		}
	}
	if q.Band == "" {
		q.Band = o.Band
	}
	if q.Version == 0 {
		q.Version = 1
	}
}

// writeText writes our own text; an archive with its figures if it has any.
func writeText(w io.Writer, qs []questionbank.Question) (*Export, error) {
	e := &Export{Written: len(qs)}
	figures := questionbank.FigureFiles(qs)
	text := questionbank.Text(qs)
	if len(figures) == 0 {
		_, err := w.Write(text)
		return e, err
	}
	figures["soal.bank"] = text
	return e, draft.Zip(w, figures)
}

// desk is where a bank text lies: its files, and the figures beside it in its folder.
type desk struct {
	files  map[string][]byte
	beside fs.FS
	folder string
}

// ReadFile is all that the reader of a bank text asks for.
func (d desk) ReadFile(name string) ([]byte, error) {
	if data, ok := d.files[name]; ok {
		return data, nil
	}
	if d.beside == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return fs.ReadFile(d.beside, strings.TrimPrefix(name, d.folder+"/"))
}

// Open makes a desk an fs.FS, which ReadFile is enough for.
func (d desk) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.ErrUnsupported}
}
