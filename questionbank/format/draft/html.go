package draft

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"terang/questionbank"
)

// page turns the HTML that other programs write into the bank's own list of elements. It
// parses as a browser does, keeps what the list has, makes of wrappers and headings what the
// list has for them, takes pictures out, and notes what is lost. What it builds goes through
// questionbank.Canonical all the same: the lock is there, this is the way to the door.
type page struct {
	blocks  []block
	line    strings.Builder // inline content that has no block yet
	images  []drawing
	fresh   int             // how many images stand above the line that is being written
	lost    map[string]bool // presentation that is left out
	refused map[string]bool // content that the bank cannot hold
	removed map[string]bool // active content
}

// block is a top-level element of a text; para is the inside of a plain paragraph, which is
// bare if the file does not say that it is one.
type block struct {
	html       string
	para, bare bool
}

type drawing struct {
	Picture
	name string // the name that one of our own writers gave it
	end  bool   // no text follows it
}

var allowed = func() map[string]questionbank.Element {
	m := map[string]questionbank.Element{}
	for _, e := range questionbank.Elements() {
		m[e.Name] = e
	}
	return m
}()

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

var (
	blockElements = words(`p blockquote ul ol table div section article main header footer aside nav center
		h1 h2 h3 h4 h5 h6 hr pre dl dt dd address figure figcaption fieldset legend details summary`)
	headings = words(`h1 h2 h3 h4 h5 h6 dt summary legend`)
	active   = words(`script style link meta base template noscript title head`)
	foreign  = words(`iframe object embed video audio source track svg canvas form input select textarea button
		applet frame frameset map area marquee portal`)
	// plainly are read for their content alone, and nobody misses them.
	plainly = words(`html body div section article main header footer aside nav span figure figcaption picture label
		colgroup col tfoot hr address fieldset`)
)

// readHTML reads a text that is HTML already.
func readHTML(s string) *page {
	p := &page{lost: map[string]bool{}, refused: map[string]bool{}, removed: map[string]bool{}}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(s), body)
	if err != nil {
		p.refused["HTML that cannot be parsed"] = true
		return p
	}
	for _, n := range nodes {
		p.flow(n)
	}
	p.paragraph()
	return p
}

// flow reads a node where blocks may stand.
func (p *page) flow(n *html.Node) {
	switch {
	case n.Type != html.ElementNode:
		p.inline(n)
	case p.leaves(n):
	case n.Data == "math" && displayed(n):
		p.paragraph()
		p.block(p.math(n))
	case n.Data == "math":
		p.inline(n)
	case n.Data == "table" || n.Data == "ul" || n.Data == "ol":
		p.paragraph()
		p.block(p.container(n))
	case n.Data == "blockquote":
		p.paragraph()
		p.block(p.wrapped(n))
	case headings[n.Data]:
		p.paragraph()
		p.lose("<" + n.Data + ">")
		p.line.WriteString("<b>")
		p.inlineKids(n)
		p.line.WriteString("</b>")
		p.paragraph()
	case n.Data == "p" && !holdsBlock(n):
		p.paragraph()
		p.inlineKids(n)
		p.close(p.attributes(n), false)
	case blockElements[n.Data]:
		p.paragraph()
		p.unwrap(n)
		p.flowKids(n)
		p.paragraph()
	case holdsBlock(n):
		p.unwrap(n)
		p.flowKids(n)
	default:
		p.inline(n)
	}
}

func (p *page) flowKids(n *html.Node) {
	for k := range n.ChildNodes() {
		p.flow(k)
	}
}

// inline reads a node where only text and inline elements may stand.
func (p *page) inline(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		if notBlank.MatchString(n.Data) {
			p.passed(len(p.images))
		}
		p.line.WriteString(p.visible(n.Data))
	case n.Type != html.ElementNode, p.leaves(n):
	case n.Data == "img" || n.Data == "image":
		p.image(n)
	case n.Data == "br":
		p.line.WriteString("<br/>")
	case n.Data == "math":
		p.passed(len(p.images))
		p.line.WriteString(p.math(n))
	case inlineElement(n.Data):
		at := p.attributes(n)
		if n.Data == "span" && at == "" && len(n.Attr) > 0 {
			p.inlineKids(n)
			return
		}
		p.line.WriteString("<" + n.Data + at + ">")
		p.inlineKids(n)
		p.line.WriteString("</" + n.Data + ">")
	default:
		p.unwrap(n)
		if n.Data == "q" {
			p.line.WriteString("“")
		}
		p.inlineKids(n)
		if n.Data == "q" {
			p.line.WriteString("”")
		}
		if blockElements[n.Data] {
			p.line.WriteString("<br/>")
		}
	}
}

func (p *page) inlineKids(n *html.Node) {
	for k := range n.ChildNodes() {
		p.inline(k)
	}
}

func inlineElement(name string) bool {
	e, ok := allowed[name]
	return ok && !e.MathML && !blockElements[name] && !structure[name]
}

// structure are elements that only stand inside a list or table.
var structure = words(`li caption thead tbody tr th td`)

// leaves notes what is left out with its content.
func (p *page) leaves(n *html.Node) bool {
	switch {
	case active[n.Data]:
		p.removed["<"+n.Data+">"] = true
		return true
	case n.Data == "object" && strings.HasPrefix(attr(n, "type"), "image/"):
		p.images = append(p.images, drawing{Picture: Picture{attr(n, "data"), cmpOr(attr(n, "alt"), textIn(n))}, end: true})
		return true
	case foreign[n.Data]:
		p.refused["<"+n.Data+">"] = true
		return true
	}
	return false
}

func (p *page) unwrap(n *html.Node) {
	p.attributes(n)
	if n.Data != "a" && !plainly[n.Data] && !blockElements[n.Data] {
		p.lose("<" + n.Data + ">")
	}
}

func (p *page) lose(what string) { p.lost[what] = true }

// container is a list or table, or a part of a table, with what stands in it.
func (p *page) container(n *html.Node) string {
	var b strings.Builder
	b.WriteString("<" + n.Data + p.attributes(n) + ">")
	for k := range n.ChildNodes() {
		if k.Type != html.ElementNode {
			if k.Type == html.TextNode && strings.Trim(k.Data, space) != "" {
				p.refused["text straight in <"+n.Data+">"] = true
			}
			continue
		}
		if k.Data == "tfoot" {
			k.Data = "tbody"
		}
		switch name := k.Data; {
		case p.leaves(k), name == "colgroup", name == "col":
		case name == "thead", name == "tbody", name == "tr":
			b.WriteString(p.container(k))
		case structure[name]:
			b.WriteString(p.wrapped(k))
		case n.Data == "ul" || n.Data == "ol":
			b.WriteString("<li>" + p.nested(k) + "</li>")
		default:
			p.refused["<"+name+"> inside <"+n.Data+">"] = true
		}
	}
	b.WriteString("</" + n.Data + ">")
	return b.String()
}

// wrapped is an element that holds text or blocks.
func (p *page) wrapped(n *html.Node) string {
	return "<" + n.Data + p.attributes(n) + ">" + p.inside(n) + "</" + n.Data + ">"
}

// inside is the content of a cell, entry or quotation: text alone, or blocks.
func (p *page) inside(n *html.Node) string {
	inner := &page{lost: p.lost, refused: p.refused, removed: p.removed}
	if n.Data != "caption" && holdsBlock(n) {
		inner.flowKids(n)
		inner.paragraph()
	} else {
		inner.inlineKids(n)
		inner.paragraph()
	}
	return p.join(inner)
}

func (p *page) nested(n *html.Node) string {
	inner := &page{lost: p.lost, refused: p.refused, removed: p.removed}
	inner.flow(n)
	inner.paragraph()
	return p.join(inner)
}

func (p *page) join(inner *page) string {
	for i := range inner.images {
		inner.images[i].end = false
	}
	p.images = append(p.images, inner.images...)
	var b strings.Builder
	for i, k := range inner.blocks {
		if k.bare && (i == 0 || !inner.blocks[i-1].bare) {
			b.WriteString(k.html)
		} else {
			b.WriteString(k.element())
		}
	}
	return b.String()
}

func (k block) element() string {
	if k.para {
		return "<p>" + k.html + "</p>"
	}
	return k.html
}

const space = " \t\n\f\r"

var (
	brEnds   = regexp.MustCompile(`^([ \t\n\f\r]|<br/>)+|([ \t\n\f\r]|<br/>)+$`)
	notBlank = regexp.MustCompile(`[^ \t\n\f\r\x{A0}]`)
	tag      = regexp.MustCompile(`<[^>]*>`)
)

// paragraph ends what is being written, if it says anything.
func (p *page) paragraph() { p.close("", true) }

func (p *page) close(attributes string, bare bool) {
	s := brEnds.ReplaceAllString(p.line.String(), "")
	p.line.Reset()
	if !notBlank.MatchString(tag.ReplaceAllString(s, "")) {
		p.fresh = len(p.images)
		return
	}
	if attributes == "" {
		p.put(block{s, true, bare})
	} else {
		p.put(block{html: "<p" + attributes + ">" + s + "</p>"})
	}
}

// passed notes that something stands below the first n pictures.
func (p *page) passed(n int) {
	for i := range p.images[:n] {
		p.images[i].end = false
	}
}

func (p *page) block(s string) { p.put(block{html: s}) }

func (p *page) put(k block) {
	p.passed(p.fresh)
	p.fresh = len(p.images)
	p.blocks = append(p.blocks, k)
}

func (p *page) image(n *html.Node) {
	src := attr(n, "src")
	if src == "" {
		src = attr(n, "href")
	}
	p.images = append(p.images, drawing{Picture: Picture{src, attr(n, "alt")}, name: attr(n, "data-file"), end: true})
}

// visible escapes a text and leaves out characters that nobody sees.
func (p *page) visible(s string) string {
	clean, faults := questionbank.CanonicalInline(Escape(s))
	if len(faults) > 0 {
		p.lose("invisible characters")
	}
	return clean
}

func holdsBlock(n *html.Node) bool {
	if n.Data == "math" {
		return false
	}
	for k := range n.ChildNodes() {
		if k.Type == html.ElementNode && (blockElements[k.Data] || k.Data == "math" && displayed(k) && n.Data != "p" || holdsBlock(k)) {
			return true
		}
	}
	return false
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func textIn(n *html.Node) string {
	var b strings.Builder
	for k := range n.Descendants() {
		if k.Type == html.TextNode {
			b.WriteString(k.Data)
		}
	}
	return b.String()
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func list(m map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(m)), ", ") }
