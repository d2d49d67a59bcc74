package draft

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Node is an XML element, or a text if it has no name.
type Node struct {
	Name  string // local name
	Attrs []xml.Attr
	Text  string
	Kids  []*Node
	Line  int
}

// ParseXML reads a document into memory. It refuses a DOCTYPE, hence every entity but the
// five of XML, other encodings than UTF-8, and more depth or size than the limits.
func ParseXML(data []byte) (root *Node, line int, err error) {
	if len(data) > MaxFile {
		return nil, 0, fmt.Errorf("the file has %d bytes, at most %d are read; divide it", len(data), MaxFile)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, 1, errors.New("the file is UTF-16; save it as UTF-8")
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	dec.CharsetReader = func(name string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the file is written in %s; save it as UTF-8", short(name))
	}
	top := &Node{}
	open := []*Node{top}
	for nodes := 0; ; nodes++ {
		t, err := dec.Token()
		line, _ := dec.InputPos()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, line, xmlFault(err)
		}
		if nodes > MaxNodes {
			return nil, line, fmt.Errorf("the file has more than %d elements and texts; divide it", MaxNodes)
		}
		parent := open[len(open)-1]
		switch t := t.(type) {
		case xml.Directive:
			return nil, line, errors.New("it has a DOCTYPE or an entity declaration; delete it: nothing outside of the file is ever read")
		case xml.StartElement:
			if len(open) > MaxDepth {
				return nil, line, fmt.Errorf("elements are nested deeper than %d", MaxDepth)
			}
			n := &Node{Name: t.Name.Local, Attrs: t.Attr, Line: line}
			parent.Kids = append(parent.Kids, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			parent.Kids = append(parent.Kids, &Node{Text: string(t), Line: line})
		}
	}
	for _, k := range top.Kids {
		if k.Name != "" {
			return k, k.Line, nil
		}
	}
	return nil, 0, errors.New("there is no element in the file; it is empty or not XML")
}

func xmlFault(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		if strings.Contains(syntax.Msg, "entity") {
			return fmt.Errorf("%s; XML knows &amp; &lt; &gt; &quot; &apos; only, write the character itself", syntax.Msg)
		}
		return fmt.Errorf("the XML is broken: %s", syntax.Msg)
	}
	return err
}

// Attr is the value of an attribute by its local name, "" if there is none.
func (n *Node) Attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Child is the first element of that name, or nil.
func (n *Node) Child(name string) *Node {
	for _, k := range n.Kids {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// Content is the text of the node with all below it.
func (n *Node) Content() string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	var walk func(*Node)
	walk = func(n *Node) {
		b.WriteString(n.Text)
		for _, k := range n.Kids {
			walk(k)
		}
	}
	walk(n)
	return b.String()
}

// Escape writes characters so that XML and HTML give them back. What XML cannot hold at all
// is left out.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\t' || r == '\n', r >= 0x20 && r != 0xFFFE && r != 0xFFFF && r != utf8.RuneError:
			b.WriteRune(r)
		}
	}
	return b.String()
}
