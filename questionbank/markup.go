package questionbank

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// maxDepth keeps far below the 512 where parsers begin to flatten a document.
const maxDepth = 32

// problem is something in a text that is not allowed, at a byte offset.
type problem struct {
	offset       int
	what, remedy string
}

// node is an element, or a text if it has no name.
type node struct {
	name string
	attr []html.Attribute
	text string
	kids []*node
}

// markup builds a tree from tags. It is no HTML parser: it takes only tags that are
// closed in their order and stand where the content model allows them. What a lenient
// parser would repair is a problem here, so that ours and the browser's tree agree.
type markup struct {
	root     node
	holds    kind // what the root may hold
	open     []*node
	problems []problem
	offset   int // of the current token

	skip  string // name of the dropped element we are inside of
	depth int    // how many elements of that name are open
}

// parseMarkup returns the allowed tree and all problems. The tree is valid in any case.
func parseMarkup(src string, holds kind) ([]*node, []problem) {
	m := &markup{holds: holds}
	if !utf8.ValidString(src) {
		m.problem("the text is not valid UTF-8", "save the file as UTF-8")
		src = strings.ToValidUTF8(src, "\uFFFD")
	}
	z := html.NewTokenizer(strings.NewReader(src))
	for end := 0; ; {
		tt := z.Next()
		m.offset = end
		end += len(z.Raw())
		if tt == html.ErrorToken {
			if m.offset < len(src) {
				m.problem("a tag is not finished", "close it with >, or write &lt; for the sign <")
			}
			break
		}
		m.token(tt, z)
	}
	m.finish()
	return m.root.kids, m.problems
}

func (m *markup) problem(what, remedy string) {
	m.problems = append(m.problems, problem{m.offset, what, remedy})
}

func (m *markup) token(tt html.TokenType, z *html.Tokenizer) {
	if m.skip != "" {
		m.skipped(tt, z)
		return
	}
	switch tt {
	case html.TextToken:
		m.addText(string(z.Text()))
	case html.StartTagToken, html.SelfClosingTagToken:
		t := z.Token()
		m.start(t, tt == html.SelfClosingTagToken)
	case html.EndTagToken:
		name, _ := z.TagName()
		m.end(string(name))
	case html.CommentToken:
		m.problem("a comment stands in the text", "put remarks into why:, or write &lt; for the sign <")
	case html.DoctypeToken:
		m.problem("a DOCTYPE stands in the text", "delete it")
	}
}

// skipped counts through a dropped element until its end.
func (m *markup) skipped(tt html.TokenType, z *html.Tokenizer) {
	if tt != html.StartTagToken && tt != html.EndTagToken {
		return
	}
	if name, _ := z.TagName(); string(name) != m.skip {
		return
	}
	if tt == html.StartTagToken {
		m.depth++
	} else if m.depth--; m.depth == 0 {
		m.skip = ""
	}
}

func (m *markup) top() (*node, kind) {
	if len(m.open) == 0 {
		return &m.root, m.holds
	}
	n := m.open[len(m.open)-1]
	return n, elements[n.name].holds
}

// where names the place for a problem.
func (m *markup) where() string {
	if n, _ := m.top(); n.name != "" {
		return "inside <" + n.name + ">"
	}
	return "at this place"
}

func (m *markup) start(t html.Token, selfClosing bool) {
	el, known := elements[t.Data]
	parent, holds := m.top()
	switch {
	case !known:
		m.problem(fmt.Sprintf("<%s> is not on the list of elements", t.Data),
			"use p, b, i, u, sub, sup, br, ul, ol, table or MathML, or write &lt; for the sign <")
	case el.is&holds == 0:
		m.problem(fmt.Sprintf("<%s> may not stand %s", t.Data, m.where()), "close the element before it, or move it")
	case len(m.open) >= maxDepth:
		m.problem(fmt.Sprintf("<%s> is nested deeper than %d elements", t.Data, maxDepth), "make the structure flatter")
	default:
		n := &node{name: t.Data, attr: m.attributes(t, el)}
		parent.kids = append(parent.kids, n)
		if el.void {
			return
		}
		m.open = append(m.open, n)
		if selfClosing {
			if !el.math {
				m.problem(fmt.Sprintf("<%s/> is not closed in HTML", t.Data), fmt.Sprintf("write <%s></%[1]s>", t.Data))
			}
			m.close()
		}
		return
	}
	if !selfClosing && !htmlVoid[t.Data] {
		m.skip, m.depth = t.Data, 1
	}
}

// htmlVoid are the elements without content, which need not be skipped to an end tag.
var htmlVoid = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true,
	"input": true, "link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true,
}

// attributes keeps the listed ones, in the order of their names.
func (m *markup) attributes(t html.Token, el element) []html.Attribute {
	var kept []html.Attribute
	for _, a := range t.Attr {
		if t.Data == "math" && a.Key == "xmlns" && a.Val == "http://www.w3.org/1998/Math/MathML" {
			continue // converters write it, HTML does not need it
		}
		value, listed := el.attrs[a.Key]
		at, twice := searchAttr(kept, a.Key)
		switch {
		case !listed || a.Namespace != "":
			m.problem(fmt.Sprintf("attribute %q of <%s> is not on the list", a.Key, t.Data), "delete it")
		case twice:
			m.problem(fmt.Sprintf("attribute %q of <%s> stands twice", a.Key, t.Data), "delete one of them")
		case !value.MatchString(a.Val):
			m.problem(fmt.Sprintf("attribute %s=%q of <%s> has a value that is not allowed", a.Key, a.Val, t.Data), "correct or delete it")
		default:
			kept = append(kept[:at], append([]html.Attribute{a}, kept[at:]...)...)
		}
	}
	return kept
}

func searchAttr(list []html.Attribute, key string) (at int, found bool) {
	for at < len(list) && list[at].Key < key {
		at++
	}
	return at, at < len(list) && list[at].Key == key
}

func (m *markup) end(name string) {
	for i := len(m.open) - 1; i >= 0; i-- {
		if m.open[i].name != name {
			continue
		}
		for len(m.open) > i+1 {
			m.unclosed()
		}
		m.close()
		return
	}
	m.problem(fmt.Sprintf("</%s> closes nothing", name), "delete it, or open the element before it")
}

func (m *markup) unclosed() {
	name := m.open[len(m.open)-1].name
	m.problem(fmt.Sprintf("<%s> is not closed", name), fmt.Sprintf("write </%s> where it ends, in the same paragraph", name))
	m.close()
}

// close ends the innermost element, and takes it out again if its children are wrong.
func (m *markup) close() {
	n := m.open[len(m.open)-1]
	m.open = m.open[:len(m.open)-1]
	if n.name == "table" {
		groupRows(n)
	}
	if want := elements[n.name].arity; want > 0 && len(n.kids) != want {
		m.problem(fmt.Sprintf("<%s> has %d parts, it needs %d", n.name, len(n.kids), want), "put parts that belong together into <mrow>")
		parent, _ := m.top()
		parent.kids = parent.kids[:len(parent.kids)-1]
	}
}

// groupRows puts bare rows into a tbody, as every HTML parser does.
func groupRows(table *node) {
	var kids []*node
	var body *node
	for _, k := range table.kids {
		if k.name != "tr" {
			body = nil
			kids = append(kids, k)
			continue
		}
		if body == nil {
			body = &node{name: "tbody"}
			kids = append(kids, body)
		}
		body.kids = append(body.kids, k)
	}
	table.kids = kids
}

// addText appends text with runs of white space made one space: line ends in the bank
// file mean nothing, and the output has none.
func (m *markup) addText(s string) {
	parent, holds := m.top()
	s = strings.Map(func(r rune) rune {
		if hidden(r) {
			m.problem(fmt.Sprintf("the text holds the invisible character U+%04X", r), "delete it")
			return -1
		}
		return r
	}, s)
	if holds&isText == 0 {
		if strings.Trim(s, asciiSpace) != "" {
			m.problem(fmt.Sprintf("text may not stand %s: %q", m.where(), brief(s)), "put it into an element that holds text")
		}
		return
	}
	if s == "" {
		return
	}
	if last := len(parent.kids) - 1; last >= 0 && parent.kids[last].name == "" {
		parent.kids[last].text = collapse(parent.kids[last].text + s)
		return
	}
	parent.kids = append(parent.kids, &node{text: collapse(s)})
}

const asciiSpace = " \t\n\f\r"

// hidden are characters that XML forbids, or that make a text read differently from what
// it says (direction overrides).
func hidden(r rune) bool {
	switch {
	case strings.ContainsRune(asciiSpace, r):
		return false
	case unicode.IsControl(r), r == 0xFFFE, r == 0xFFFF, r == 0xFEFF:
		return true
	default:
		return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
	}
}

func collapse(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		if strings.ContainsRune(asciiSpace, r) {
			space = true
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	if space {
		b.WriteByte(' ')
	}
	return b.String()
}

func brief(s string) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}

func (m *markup) finish() {
	if m.skip != "" {
		m.problem(fmt.Sprintf("<%s> is not closed", m.skip), "close it in the same paragraph")
	}
	for len(m.open) > 0 {
		m.unclosed()
	}
}
