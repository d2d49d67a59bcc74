package qti

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// Write writes a package of QTI 3.0: an item a question, figures as files, what QTI has no
// place for as keywords of the manifest. Points are the mapped values.
func Write(w io.Writer, qs []questionbank.Question) (*draft.Export, error) {
	e := &draft.Export{Written: len(qs)}
	files := questionbank.FigureFiles(qs)
	var m bytes.Buffer
	m.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<manifest xmlns="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1" identifier="terang">
<metadata><schema>QTI Package</schema><schemaversion>3.0.1</schemaversion></metadata>
<organizations/>
<resources>
`)
	for i := range qs {
		q := &qs[i]
		name := "items/" + q.ID + ".xml"
		files[name] = item3(q, e)
		_, points := draft.Weights(q)
		fmt.Fprintf(&m, "<resource identifier=\"item-%s\" type=\"imsqti_item_xmlv3p0\" href=\"%s\">\n<metadata><lom xmlns=\"http://ltsc.ieee.org/xsd/LOM\"><general>", q.ID, name)
		for _, t := range draft.Tags(q, points) {
			fmt.Fprintf(&m, "<keyword><string>%s</string></keyword>", draft.Escape(t))
		}
		fmt.Fprintf(&m, "</general></lom></metadata>\n<file href=\"%s\"/>", name)
		for _, f := range figures(q) {
			fmt.Fprintf(&m, "<file href=\"%s\"/>", f.Path)
		}
		m.WriteString("\n</resource>\n")
	}
	m.WriteString("</resources>\n</manifest>\n")
	files[manifest] = m.Bytes()
	return e, draft.Zip(w, files)
}

func figures(q *questionbank.Question) []*questionbank.Figure {
	var all []*questionbank.Figure
	if q.Figure != nil {
		all = append(all, q.Figure)
	}
	for _, o := range q.Options {
		if o.Figure != nil {
			all = append(all, o.Figure)
		}
	}
	return all
}

// item3 is an item of QTI 3.0. One right option with nothing else of worth is matched;
// anything else is mapped.
func item3(q *questionbank.Question, e *draft.Export) []byte {
	best, worth := 0, 0
	for i, o := range q.Options {
		if o.Value > q.Options[best].Value {
			best = i
		}
		if o.Value != 0 {
			worth++
		}
	}
	if q.Options[best].Value <= 0 {
		e.Lose(q, "give one option a value above 0", "no option is right; other programs will take option %s for it", q.Options[best].ID)
	}
	match := worth == 1 && q.Options[best].Value > 0
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="%s" title="%[1]s" adaptive="false" time-dependent="false" xml:lang="%s">
<qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">
<qti-correct-response><qti-value>%s</qti-value></qti-correct-response>
`, draft.Escape(q.ID), draft.Escape(q.Lang), q.Options[best].ID)
	template := "match_correct"
	if !match {
		template = "map_response"
		b.WriteString("<qti-mapping default-value=\"0\">")
		for _, o := range q.Options {
			fmt.Fprintf(&b, "<qti-map-entry map-key=\"%s\" mapped-value=\"%d\"/>", o.ID, o.Value)
		}
		b.WriteString("</qti-mapping>\n")
	}
	b.WriteString("</qti-response-declaration>\n<qti-outcome-declaration identifier=\"SCORE\" cardinality=\"single\" base-type=\"float\"><qti-default-value><qti-value>0</qti-value></qti-default-value></qti-outcome-declaration>\n<qti-item-body>\n")
	b.WriteString(body(q.Stem, q.Figure) + "\n")
	if q.Why != "" {
		fmt.Fprintf(&b, "<qti-rubric-block use=\"scoring\" view=\"scorer author\"><qti-content-body><p>%s</p></qti-content-body></qti-rubric-block>\n", draft.Escape(q.Why))
	}
	fmt.Fprintf(&b, "<qti-choice-interaction response-identifier=\"RESPONSE\" shuffle=\"%t\" max-choices=\"1\">\n", q.Rule == questionbank.Free || q.Rule == questionbank.LastFixed)
	for i, o := range q.Options {
		fixed := ""
		if q.Rule == questionbank.LastFixed && i == len(q.Options)-1 {
			fixed = ` fixed="true"`
		}
		fmt.Fprintf(&b, "<qti-simple-choice identifier=\"%s\"%s>%s</qti-simple-choice>\n", o.ID, fixed, body(o.HTML, o.Figure))
	}
	fmt.Fprintf(&b, "</qti-choice-interaction>\n</qti-item-body>\n<qti-response-processing template=\"https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/%s.xml\"/>\n</qti-assessment-item>\n", template)
	return b.Bytes()
}

// body is canonical HTML, which is XML, with its picture; MathML needs its namespace.
func body(html string, f *questionbank.Figure) string {
	html = strings.ReplaceAll(html, "<math", `<math xmlns="http://www.w3.org/1998/Math/MathML"`)
	if f == nil {
		return html
	}
	return html + draft.ImageTag(f, "../"+f.Path, "")
}
