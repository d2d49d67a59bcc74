package questionbank

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func TestSanitiseKeepsTheListAndDropsTheRest(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"inline markup", "a <b>b</b> <i>c</i> H<sub>2</sub>O", "a <b>b</b> <i>c</i> H<sub>2</sub>O"},
		{"white space", "a\n\t b &nbsp; c", "a b \u00a0 c"},
		{"line break", "a<br>b<br/>c", "a<br/>b<br/>c"},
		{"signs", "1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"},
		{"script with its text", "a<script>alert(1)</script>b", "ab"},
		{"unknown element with its text", "a<blink>x<blink>y</blink>z</blink>b", "ab"},
		{"unknown void element", `a<img src=x onerror=alert(1)>b`, "ab"},
		{"handlers, links and styles", `<b onclick="x" style="y" href="z" id="q">k</b>`, "<b>k</b>"},
		{"comment", "a<!-- kunci: b -->b", "ab"},
		{"bare rows", "<table><tr><td>1</td></tr></table>", "<table><tbody><tr><td>1</td></tr></tbody></table>"},
		{"text in a table", "<table>x<tr><td>1</td></tr></table>", "<table><tbody><tr><td>1</td></tr></tbody></table>"},
		{"paragraph in a paragraph", "<p>a<p>b</p></p>", "<p>a</p>"},
		{"crossed tags", "<b>a<i>b</b>c</i>", "<b>a<i>b</i></b>c"},
		{"open tags", "<b>a<i>b", "<b>a<i>b</i></b>"},
		{"unfinished tag", "a<b", "a"},
		{"attribute order", `<td rowspan=2 colspan="3">x</td>`, ""},
		{"mathematics", `<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mfrac><mn>1</mn><mn>2</mn></mfrac></math>`, `<math display="block"><mfrac><mn>1</mn><mn>2</mn></mfrac></math>`},
		{"wrong number of parts", "<math><mfrac><mn>1</mn></mfrac></math>", "<math></math>"},
		{"HTML in mathematics", "<math><mtext><b>x</b></mtext></math>", "<math><mtext></mtext></math>"},
		{"self-closing mathematics", `<math><mspace width="1em"/></math>`, `<math><mspace width="1em"></mspace></math>`},
		{"annotation", `<math><annotation-xml encoding="text/html"><b>x</b></annotation-xml><mi>y</mi></math>`, "<math><mi>y</mi></math>"},
		{"inline SVG", `<svg><style><img src=x></style></svg>a`, "a"},
		{"direction override", "a\u202eb", "ab"},
		{"escaped control", "a&#1;b", "ab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sanitise(tt.in); got != tt.want {
				t.Errorf("Sanitise(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestEveryDropIsAProblemForAnImport(t *testing.T) {
	for in, what := range map[string]string{
		"<iframe></iframe>":                    "<iframe> is not on the list",
		`<b style="x">a</b>`:                   `"style" of <b>`,
		"<b>a":                                 "<b> is not closed",
		"a</b>":                                "</b> closes nothing",
		"<!-- x -->":                           "comment",
		"<p><ul></ul></p>":                     "<ul> may not stand inside <p>",
		"x <y":                                 "not finished",
		`<td colspan="1" colspan="2">a</td>`:   "<td> may not stand",
		`<ol start="x"><li>a</li></ol>`:        "not allowed",
		"<i/>":                                 "not closed in HTML",
		strings.Repeat("<b>", 40):              "nested deeper",
		"\xff":                                 "UTF-8",
		"<math><msup><mi>x</mi></msup></math>": "needs 2",
	} {
		_, problems := parseMarkup(in, flowContent)
		found := false
		for _, p := range problems {
			found = found || strings.Contains(p.what, what)
			if p.remedy == "" {
				t.Errorf("%q: %q has no remedy", in, p.what)
			}
		}
		if !found {
			t.Errorf("%q: problems %v, want one with %q", in, problems, what)
		}
	}
}

func TestTheListHasNothingThatLoadsOrRuns(t *testing.T) {
	for _, e := range Elements() {
		switch e.Name {
		case "script", "style", "a", "img", "iframe", "object", "embed", "form", "input", "svg", "link", "meta",
			"annotation-xml", "annotation", "maction", "mglyph", "semantics":
			t.Errorf("<%s> is on the list", e.Name)
		}
		for _, a := range e.Attrs {
			if strings.HasPrefix(a, "on") || strings.Contains(a, "href") || a == "src" || a == "style" || a == "class" || a == "id" {
				t.Errorf("<%s %s> is on the list", e.Name, a)
			}
		}
	}
}

func FuzzSanitise(f *testing.F) {
	for _, s := range []string{
		"<p>a <b>b</b></p><table><tr><td>1</table>",
		"<math><mi>x</mi><mtext><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
		"<math><annotation-xml encoding=text/html><svg><title><img src=x>",
		"<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
		"<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
		"a<![CDATA[<b>]]>b&#0;&#x80;&#10;&amp;lt;", "<b/><br/></br></p>", "<x> a </x> b", "<li><ul><li>", "<plaintext>a",
		"<table><caption><p>x</caption><tbody><tr><th scope=row>a<td><table><tr><td>b", "<b><b><b><b><b>x</b></b></b></b></b>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := Sanitise(s)
		if again := Sanitise(out); again != out {
			t.Fatalf("not idempotent:\n  in %q\n one %q\n two %q", s, out, again)
		}
		if _, problems := parseMarkup(out, flowContent); len(problems) > 0 {
			t.Fatalf("the output of %q has problems: %q: %v", s, out, problems)
		}
		wellFormed(t, out)
		sameTree(t, out)
	})
}

func wellFormed(t *testing.T, s string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<x>" + s + "</x>"))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%q is not well-formed: %v", s, err)
		}
	}
}

// sameTree lets a real HTML parser read the output: it must see exactly our tree, which
// leaves it nothing to repair and so nothing to mutate.
func sameTree(t *testing.T, s string) {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(s), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch n.Type {
		case html.TextNode:
			b.WriteString(escapeText.Replace(n.Data))
			return
		case html.ElementNode:
			if el, ok := elements[n.Data]; !ok || el.math != (n.Namespace == "math") {
				t.Fatalf("%q: the parser sees <%s> in namespace %q", s, n.Data, n.Namespace)
			}
		default:
			t.Fatalf("%q: the parser sees a node of type %d", s, n.Type)
		}
		b.WriteString("<" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key + `="` + escapeAttr.Replace(a.Val) + `"`)
		}
		if elements[n.Data].void {
			b.WriteString("/>")
			return
		}
		b.WriteString(">")
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			walk(k)
		}
		b.WriteString("</" + n.Data + ">")
	}
	for _, n := range nodes {
		walk(n)
	}
	if b.String() != s {
		t.Fatalf("the parser reads another tree:\nours %q\n its %q", s, b.String())
	}
}
