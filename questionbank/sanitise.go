package questionbank

import "strings"

// Sanitise returns the part of a text that is on the allow-list, as well-formed markup
// that is HTML and XML at once. It drops what is not allowed together with its content.
// Sanitise(Sanitise(s)) == Sanitise(s). An import reports faults instead: see Parse.
func Sanitise(s string) string {
	kids, _ := parseMarkup(s, flowContent)
	return render(kids)
}

// Canonical is Sanitise with an account of what it drops or repairs, for imports.
func Canonical(s string) (text string, faults []Fault) { return canonical(s, flowContent) }

// CanonicalInline is Canonical for the text of an option: it has no paragraphs, lists or tables.
func CanonicalInline(s string) (text string, faults []Fault) { return canonical(s, inlineContent) }

func canonical(s string, holds kind) (text string, faults []Fault) {
	kids, problems := parseMarkup(s, holds)
	for _, p := range problems {
		faults = append(faults, Fault{What: p.what, Remedy: p.remedy})
	}
	return render(kids), faults
}

// Plain is what a reader sees of canonical HTML, without markup.
func Plain(s string) string { return textOf(s) }

var (
	escapeText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	escapeAttr = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
)

func render(nodes []*node) string {
	var b strings.Builder
	for _, n := range nodes {
		n.write(&b)
	}
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	if n.name == "" {
		b.WriteString(escapeText.Replace(n.text))
		return
	}
	b.WriteString("<" + n.name)
	for _, a := range n.attr {
		b.WriteString(" " + a.Key + `="` + escapeAttr.Replace(a.Val) + `"`)
	}
	if elements[n.name].void {
		b.WriteString("/>")
		return
	}
	b.WriteString(">")
	for _, k := range n.kids {
		k.write(b)
	}
	b.WriteString("</" + n.name + ">")
}

// plain is what a reader sees of the nodes, without markup.
func plain(nodes []*node) string {
	var b strings.Builder
	var walk func([]*node)
	walk = func(ns []*node) {
		for _, n := range ns {
			b.WriteString(n.text)
			walk(n.kids)
			if elements[n.name].is&isInline == 0 && n.name != "" {
				b.WriteByte(' ')
			}
		}
	}
	walk(nodes)
	return strings.TrimSpace(b.String())
}
