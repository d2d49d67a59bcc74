package questionbank

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Parse reads bank files from one folder of fsys, with the figures they name beside them.
// It returns either a Bank, or every fault of all files and no Bank.
//
// The format, made for people who write, compare and review:
//
//	# a comment, outside of an item's text
//	== TWK-NAS-001 ==
//	version: 1
//	section: TWK
//	topic: nasionalisme
//	band: easy                 (easy | medium | hard)
//	author: Ratna Wulandari
//	reviewer: Bagus Prakoso    (another person)
//	options: free              (optional; see Rule)
//	enemies: pergerakan        (optional; items of one group never stand on one form)
//	unit: BACAAN-01            (optional; the unit whose text it asks about)
//	lang: id                   (optional)
//
//	Paragraphs of the question, separated by empty lines, with elements of the list
//	of Elements. A paragraph that begins with a block element is kept as it is.
//
//	![text alternative](figures/NAME.svg)
//
//	a) [0] an option with its value; a line indented by
//	  two spaces continues it
//	b) [5] ![an option may be or end with a figure](figures/NAME-b.svg)
//	why: why the key is right, for reviewers only; up to the next item
//
// A text that several items ask about is a unit. They stand together on a form, in order
// of their ids, with the text above each:
//
//	== unit BACAAN-01 ==
//	version: 1
//	author: Ratna Wulandari
//	reviewer: Bagus Prakoso
//	enemies: pelabuhan         (optional, of the whole unit)
//
//	Paragraphs and a figure, as in an item.
func Parse(fsys fs.FS, files ...string) (*Bank, []Fault) {
	r := read(fsys, files)
	// Rules between questions are checked even when a line could not be read, so that an
	// author sees everything at once; a Bank there is only without any fault.
	b, faults := NewBank(r.questions, r.units...)
	if all := slices.Concat(r.faults, r.lacks, faults); len(all) > 0 {
		return nil, inReadingOrder(all)
	}
	return b, nil
}

// Drafts reads bank files of questions that need not be finished. The faults are of lines
// that cannot be read; what a question lacks before it can be in a Bank, NewBank tells.
func Drafts(fsys fs.FS, files ...string) ([]Question, []Fault) {
	r := read(fsys, files)
	for i := range r.questions {
		clear(r.questions[i].src.unread)
	}
	for i := range r.units {
		u := r.units[i].asQuestion()
		r.faults = append(r.faults, u.fault("", "give the file to exam create --bank or bank plan, or write the text into each item",
			"a text that several items share is kept with a whole bank only"))
	}
	return r.questions, inReadingOrder(r.faults)
}

func read(fsys fs.FS, files []string) *reader {
	r := &reader{fsys: fsys}
	for i, file := range files {
		if path.Dir(file) != path.Dir(files[0]) {
			r.faults = append(r.faults, Fault{file, 0, "it is not in the folder of " + files[0], "put all files of a bank into one folder"})
			continue
		}
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			r.faults = append(r.faults, Fault{file, 0, "the file cannot be read: " + err.Error(), "check the name and the permissions"})
			continue
		}
		data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // some editors put it there
		raw, faults := scan(file, data)
		r.faults = append(r.faults, faults...)
		for _, it := range raw {
			if it.unit {
				r.units = append(r.units, r.unit(files[i], it))
				continue
			}
			r.questions = append(r.questions, r.question(files[i], it))
		}
	}
	return r
}

// reader understands scanned items.
type reader struct {
	fsys      fs.FS
	questions []Question
	units     []Unit
	faults    []Fault
	lacks     []Fault // header lines that are not there
}

// input is the item that is being read.
type input struct {
	*reader
	q   *Question
	src *source
}

func (r *reader) question(file string, raw *rawItem) Question {
	q := Question{ID: raw.id, src: newSource(file, raw.line)}
	in := input{r, &q, q.src}
	in.header(raw, "version", "section", "topic", "band", "author", "reviewer")
	in.stem(raw.stem)
	for _, o := range raw.options {
		in.option(o)
	}
	q.Why = strings.Join(strings.Fields(strings.Join(raw.why, " ")), " ")
	return q
}

func (in input) fault(line int, remedy, format string, args ...any) {
	in.faults = append(in.faults, Fault{in.src.file, line, in.q.ID + ": " + fmt.Sprintf(format, args...), remedy})
}

func (in input) header(raw *rawItem, required ...string) {
	for _, key := range required {
		if raw.header[key].text == "" {
			in.lacks = append(in.lacks, Fault{in.src.file, max(raw.line, raw.header[key].number),
				in.q.ID + ": the header has no " + key, "write it into the header"})
			in.src.unread[key] = true
		}
	}
	get := func(key, absent string) string {
		l, ok := raw.header[key]
		if !ok {
			return absent
		}
		in.src.header[key] = l.number
		return l.text
	}
	q := in.q
	if version := get("version", ""); version != "" {
		n, err := strconv.Atoi(version)
		if err != nil {
			in.fault(raw.header["version"].number, "write a whole number from 1", "the version %q is not a number", version)
			in.src.unread["version"] = true
		}
		q.Version = n
	}
	q.Section, q.Topic, q.Band = get("section", ""), get("topic", ""), Band(get("band", ""))
	q.Author, q.Reviewer = get("author", ""), get("reviewer", "")
	q.Rule = Rule(get("options", string(Free)))
	q.Enemies, q.Unit, q.Lang = get("enemies", ""), get("unit", ""), get("lang", "id")
}

var (
	figureAlone = regexp.MustCompile(`^!\[([^\[\]]*)\]\(([^()\s]*)\)$`)
	figureLast  = regexp.MustCompile(`^(.*?)\s*!\[([^\[\]]*)\]\(([^()\s]*)\)$`)
)

// stem joins the lines of every paragraph and reads it.
func (in input) stem(lines []textLine) {
	for len(lines) > 0 {
		n := 0
		for n < len(lines) && lines[n].text != "" {
			n++
		}
		if n > 0 {
			in.paragraph(lines[:n])
		}
		lines = lines[min(n+1, len(lines)):]
	}
}

func (in input) paragraph(lines []textLine) {
	text := joined(lines)
	if m := figureAlone.FindStringSubmatch(strings.Join(strings.Fields(text), " ")); m != nil {
		if in.q.Figure != nil {
			in.fault(lines[0].number, "draw them as one figure", "the text has two figures")
			return
		}
		in.q.Figure = in.figure(lines[0].number, m[1], m[2])
		return
	}
	if beginsBlock(text) {
		in.q.Stem += in.markup(lines, text, isBlock)
		return
	}
	in.q.Stem += "<p>" + in.markup(lines, text, inlineContent) + "</p>"
}

func (in input) option(raw rawOption) {
	o := Option{ID: raw.letter}
	line := raw.lines[0].number
	value, err := strconv.Atoi(raw.value)
	if err != nil {
		in.fault(line, `write the points as in "a) [5] text"`, "option %s: the value %q is not a whole number", raw.letter, raw.value)
	}
	o.Value = value
	text := joined(raw.lines)
	if m := figureLast.FindStringSubmatch(strings.Join(strings.Fields(text), " ")); m != nil {
		o.Figure = in.figure(line, m[2], m[3])
		text = m[1]
	}
	o.HTML = in.markup(raw.lines, text, inlineContent)
	in.q.Options = append(in.q.Options, o)
	in.src.options = append(in.src.options, line)
}

// markup returns the canonical HTML of text, which stands on lines.
func (in input) markup(lines []textLine, text string, holds kind) string {
	kids, problems := parseMarkup(strings.Trim(text, asciiSpace), holds)
	for _, k := range kids {
		if holds == isBlock && !beginsBlock(render([]*node{k})) {
			problems = append(problems, problem{0, "<" + k.name + "> stands beside a block", "put it into a paragraph of its own"})
		}
	}
	for _, p := range problems {
		at := min(strings.Count(text[:min(p.offset, len(text))], "\n"), len(lines)-1)
		in.fault(lines[at].number, p.remedy, "%s", p.what)
	}
	return strings.Trim(render(kids), " ")
}

var blockTag = regexp.MustCompile(`^<(?:(p|ul|ol|table|blockquote)[\s>]|math\s[^>]*display\s*=\s*["']?block)`)

// beginsBlock tells a paragraph that is kept as it is from one that becomes <p>…</p>.
func beginsBlock(text string) bool { return blockTag.MatchString(text) }

// figure reads a figure that is named on line. One that cannot be read stays without
// data and is not faulted again.
func (in input) figure(line int, alt, name string) *Figure {
	f := &Figure{Path: name}
	f.Alt = strings.Join(strings.Fields(alt), " ")
	if in.src.header["figure"] == 0 {
		in.src.header["figure"] = line
	}
	f.unread = true
	if !figurePath.MatchString(name) {
		in.fault(line, "put it into figures/ beside the bank file; letters, digits, - and _ only", "the figure %q has a wrong path", name)
		return f
	}
	data, err := fs.ReadFile(in.fsys, path.Join(path.Dir(in.src.file), name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		in.fault(line, "add the file, or correct the path", "the figure %s does not exist", name)
		return f
	case err != nil:
		in.fault(line, "check the permissions", "the figure %s cannot be read: %v", name, err)
		return f
	}
	mime, w, h, err := inspectFigure(data)
	if err != nil {
		in.fault(line, "correct the figure", "figure %s: %v", name, err)
		return f
	}
	f.Data, f.Type, f.W, f.H, f.unread = data, mime, w, h, false
	return f
}

func joined(lines []textLine) string {
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	return strings.Join(texts, "\n")
}
