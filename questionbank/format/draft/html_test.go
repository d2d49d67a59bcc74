package draft

import (
	"strings"
	"testing"

	"terang/questionbank"
)

func TestForeignHTMLBecomesTheBanks(t *testing.T) {
	for _, tt := range []struct{ name, in, want, told string }{
		{"bare text", "a < b & c", "<p>a &lt; b &amp; c</p>", ""},
		{"paragraphs", "<p> a </p>\n<p>b<br></p>", "<p>a</p><p>b</p>", ""},
		{"divs", "<div>a<div>b</div>c</div>", "<p>a</p><p>b</p><p>c</p>", ""},
		{"heading", "<h2>a</h2>b", "<p><b>a</b></p><p>b</p>", "<h2>"},
		{"styles", `<p style="color:red" class="x">a<font color="red">b</font></p>`, "<p>ab</p>", "<font>, class=, color=, style="},
		{"link", `<a href="https://x">a</a>`, "<p>a</p>", "links"},
		{"spans", `<span style="x">a</span><span lang="en">b</span>`, `<p>a<span lang="en">b</span></p>`, "style="},
		{"block in inline", "<b><p>a</p></b>", "<p>a</p>", "<b>"},
		{"paragraph in paragraph", "<p>a<p>b", "<p>a</p><p>b</p>", ""},
		{"list", "<ul><li>a</li><li><p>b</p></ul>", "<ul><li>a</li><li><p>b</p></li></ul>", ""},
		{"nested list", "<ol><li>a<ul><li>b</ul></ol>", "<ol><li>a<ul><li>b</li></ul></li></ol>", ""},
		{"table", `<table border="1"><tr><th>a</th></tr></table>`, "<table><tbody><tr><th>a</th></tr></tbody></table>", "border="},
		{"quotation", "<blockquote>a<p>b</p></blockquote>", "<blockquote>a<p>b</p></blockquote>", ""},
		{"quotes", "<q>a</q>", "<p>“a”</p>", "<q>"},
		{"preformatted", "<pre>a</pre>", "<p>a</p>", ""},
		{"entities", "a&nbsp;&eacute;&#8212;b", "<p>a\u00a0é—b</p>", ""},
		{"invisible", "a\u202eb\u0007c", "<p>abc</p>", "invisible"},
		{"maths", `<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><semantics><mi>x</mi><annotation>x</annotation></semantics></math>`, `<math display="block"><mi>x</mi></math>`, ""},
		{"comment", "a<!-- b -->c", "<p>ac</p>", ""},
		{"script", `a<script>x()</script><b onclick="y()">b</b>`, "<p>a<b>b</b></p>", "<script>, onclick="},
		{"script address", `<a href="javascript:x()">a</a>`, "<p>a</p>", "href="},
		{"mutation", `<math><mtext><table><mglyph><style><img src=x onerror=y()></style></mglyph></table></mtext></math>`, "", "bank cannot hold"},
		{"template", "a<template><script>x()</script></template>", "<p>a</p>", "<template>"},
		{"frame", `<iframe src="x"></iframe>a`, "", "<iframe>"},
		{"inline SVG", "<svg><script>x()</script></svg>a", "", "<svg>"},
		{"form", "<input>a", "", "<input>"},
		{"text in a list", "<ul>a<li>b</li></ul>", "", "text straight in <ul>"},
		{"unclosed", "<b>a<i>b", "<p><b>a<i>b</i></b></p>", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &Report{}
			got, _, ok := r.stem(Place{}, Text{Body: tt.in})
			var told strings.Builder
			for _, f := range append(r.Faults, r.Warnings...) {
				told.WriteString(f.String() + "\n")
			}
			if ok != (tt.want != "") || got != tt.want {
				t.Errorf("got %q, %v\nwant %q", got, ok, tt.want)
			}
			if !strings.Contains(told.String(), tt.told) || tt.told == "" && told.Len() > 0 {
				t.Errorf("told %q, want %q", told.String(), tt.told)
			}
		})
	}
}

func TestWhereThePictureStands(t *testing.T) {
	for in, end := range map[string]bool{
		"a<img src=x>": true, "<p>a <img src=x></p>": true, "a<p><img src=x></p>": true, "a<img src=x><br>": true,
		"<img src=x>a": false, "<p><img src=x></p><p>a</p>": false, "<p>a<img src=x></p><table><tr><td>b</table>": false,
		"<p><img src=x></p><table><tr><td>b</table>": false, "<p>a <img src=x> b</p>": false, "<table><tr><td><img src=x></table>": false,
	} {
		p := readHTML(in)
		if len(p.images) != 1 || p.images[0].end != end {
			t.Errorf("%s: %+v, want at the end %v", in, p.images, end)
		}
	}
}

// Whatever HTML comes in, what is taken is canonical and stays so on the way through again.
func FuzzForeignHTML(f *testing.F) {
	for _, s := range []string{
		`<p style="x">a<b>b</b></p><table><tr><td>1</td></tr></table>`, `<math><mi>x</mi></math>`, `<ul><li>a<p>b</ul>`, `<svg><style><img src=x>`,
		`<img src="data:image/png;base64,AAAA" alt="x">`, `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := &Report{}
		text, _, ok := r.stem(Place{}, Text{Body: s})
		if !ok {
			if len(r.Faults) == 0 {
				t.Fatal("refused without a fault")
			}
			return
		}
		if again, faults := questionbank.Canonical(text); len(faults) > 0 || again != text {
			t.Fatalf("not canonical: %q, %v", text, faults)
		}
		if again, _, ok := r.stem(Place{}, Text{Body: text}); !ok || again != text {
			t.Fatalf("it changes on the second way: %q, then %q", text, again)
		}
	})
}
