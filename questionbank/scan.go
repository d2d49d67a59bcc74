package questionbank

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// textLine is one line of a bank file.
type textLine struct {
	number int
	text   string
}

// rawItem is a question as its lines were found, before anything is understood.
type rawItem struct {
	unit    bool // a text that items share, not an item
	id      string
	line    int
	header  map[string]textLine
	stem    []textLine
	options []rawOption
	why     []string
}

type rawOption struct {
	letter, value string
	lines         []textLine
}

// scanner cuts a file into items. It knows the layout only: which line is header, text,
// option or remark.
type scanner struct {
	file   string
	items  []*rawItem
	item   *rawItem // nil before the first, and after a heading that cannot be read
	state  scanState
	faults []Fault
}

type scanState int

const (
	outside scanState = iota
	inHeader
	inStem
	inOptions
	inWhy
)

var (
	headingLine = regexp.MustCompile(`^==\s+(unit\s+)?(\S+)\s+==$`)
	headerLine  = regexp.MustCompile(`^([a-z]+):\s*(.*)$`)
	optionLine  = regexp.MustCompile(`^([a-z])\) \[([^\]]*)\](?:\s+(.*))?$`)
	optionLike  = regexp.MustCompile(`^[a-z]\)(\s|$)`)
	whyLine     = regexp.MustCompile(`^why:\s*(.*)$`)
)

var headerKeys = set("version section topic band author reviewer options enemies unit lang")

func scan(file string, data []byte) ([]*rawItem, []Fault) {
	s := &scanner{file: file}
	for i, text := range strings.Split(string(data), "\n") {
		l := textLine{i + 1, text}
		if !utf8.ValidString(text) {
			s.fault(l, "save the file as UTF-8", "the line is not valid UTF-8")
			continue
		}
		if strings.HasSuffix(text, "\r") {
			s.fault(l, "save the file with LF line ends", "the line ends with CR LF")
			continue
		}
		if i := strings.IndexFunc(text, hidden); i >= 0 {
			r, _ := utf8.DecodeRuneInString(text[i:])
			s.fault(l, "delete it", "the line holds the invisible character U+%04X", r)
			continue
		}
		l.text = strings.TrimRight(text, asciiSpace)
		s.line(l)
	}
	return s.items, s.faults
}

func (s *scanner) fault(l textLine, remedy, format string, args ...any) {
	s.faults = append(s.faults, Fault{s.file, l.number, fmt.Sprintf(format, args...), remedy})
}

func (s *scanner) line(l textLine) {
	if strings.HasPrefix(l.text, "==") {
		s.heading(l)
		return
	}
	comment := l.text == "#" || strings.HasPrefix(l.text, "# ")
	if comment && s.state != inStem && s.state != inOptions {
		return
	}
	switch s.state {
	case outside:
		if l.text != "" && s.item == nil && len(s.faults) == 0 {
			s.fault(l, `begin a question with a line "== ID ==", and comments with "# "`, "the line belongs to no question")
		}
	case inHeader:
		s.headerLine(l)
	case inStem:
		s.stemLine(l)
	case inOptions:
		s.optionsLine(l)
	case inWhy:
		s.item.why = append(s.item.why, l.text)
	}
}

func (s *scanner) heading(l textLine) {
	m := headingLine.FindStringSubmatch(l.text)
	if m == nil {
		s.fault(l, `write "== ID ==" or "== unit ID =="`, "the heading cannot be read")
		s.item, s.state = nil, outside
		return
	}
	s.item = &rawItem{unit: m[1] != "", id: m[2], line: l.number, header: map[string]textLine{}}
	s.items = append(s.items, s.item)
	s.state = inHeader
}

func (s *scanner) headerLine(l textLine) {
	if l.text == "" {
		s.state = inStem
		return
	}
	m := headerLine.FindStringSubmatch(l.text)
	switch {
	case m == nil:
		s.fault(l, `write "key: value", and an empty line before the text`, "%s: the header line cannot be read", s.item.id)
	case !headerKeys[m[1]]:
		s.fault(l, "use version, section, topic, band, author, reviewer, options, enemies, unit or lang", "%s: the header key %q is not known", s.item.id, m[1])
	case s.item.header[m[1]].number > 0:
		s.fault(l, "delete one of the lines", "%s: the header key %q stands twice", s.item.id, m[1])
	default:
		s.item.header[m[1]] = textLine{l.number, strings.Join(strings.Fields(m[2]), " ")}
	}
}

func (s *scanner) stemLine(l textLine) {
	switch {
	case s.option(l):
		s.state = inOptions
	case optionLike.MatchString(l.text):
		s.fault(l, `write "a) [5] text"`, "%s: the option has no value", s.item.id)
	case whyLine.MatchString(l.text):
		s.fault(l, "write the options before it", "%s: why: stands before the options", s.item.id)
		s.why(l)
	default:
		s.item.stem = append(s.item.stem, l)
	}
}

func (s *scanner) optionsLine(l textLine) {
	switch {
	case l.text == "", s.option(l), s.why(l):
	case optionLike.MatchString(l.text):
		s.fault(l, `write "a) [5] text"`, "%s: the option has no value", s.item.id)
	case strings.HasPrefix(l.text, "  "):
		o := &s.item.options[len(s.item.options)-1]
		o.lines = append(o.lines, l)
	default:
		s.fault(l, "indent a continued option by two spaces, or begin the remark with why:", "%s: the line belongs to no option", s.item.id)
	}
}

func (s *scanner) option(l textLine) bool {
	m := optionLine.FindStringSubmatch(l.text)
	if m == nil {
		return false
	}
	s.item.options = append(s.item.options, rawOption{m[1], m[2], []textLine{{l.number, m[3]}}})
	return true
}

func (s *scanner) why(l textLine) bool {
	m := whyLine.FindStringSubmatch(l.text)
	if m == nil {
		return false
	}
	s.item.why = append(s.item.why, m[1])
	s.state = inWhy
	return true
}
