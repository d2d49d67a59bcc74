package draft

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"terang/questionbank"
)

// attributes are those that the list has for the element; others are presentation, or run.
func (p *page) attributes(n *html.Node) string {
	var kept []string
	for _, a := range n.Attr {
		switch {
		case a.Namespace == "" && questionbank.Allows(n.Data, a.Key, a.Val):
			kept = append(kept, " "+a.Key+`="`+Escape(a.Val)+`"`)
		case strings.HasPrefix(a.Key, "on"), strings.Contains(strings.ToLower(a.Val), "script:"):
			p.removed[a.Key+"="] = true
		case a.Key == "xmlns" || a.Key == "id" || a.Key == "role" || a.Key == "class" && n.Data == "math":
		case a.Key == "href":
			p.lose("links")
		default:
			p.lose(a.Key + "=")
		}
	}
	slices.Sort(kept)
	return strings.Join(slices.Compact(kept), "")
}

// math copies MathML; what the list does not have is found by Canonical.
func (p *page) math(n *html.Node) string {
	name := n.Data
	switch name {
	case "annotation", "annotation-xml":
		return ""
	case "semantics", "maction":
		var b strings.Builder
		for k := range n.ChildNodes() {
			if k.Type == html.ElementNode {
				b.WriteString(p.math(k))
				break // the first child is the presentation
			}
		}
		return b.String()
	case "menclose":
		p.lose("<menclose>")
		name = "mrow"
	}
	if e, ok := allowed[name]; !ok || !e.MathML {
		p.refused["<"+name+"> inside <math>"] = true
		return ""
	}
	var b strings.Builder
	b.WriteString("<" + name + p.attributes(n) + ">")
	for k := range n.ChildNodes() {
		switch k.Type {
		case html.TextNode:
			b.WriteString(p.visible(k.Data))
		case html.ElementNode:
			b.WriteString(p.math(k))
		}
	}
	b.WriteString("</" + name + ">")
	return b.String()
}

func displayed(n *html.Node) bool { return attr(n, "display") == "block" }
