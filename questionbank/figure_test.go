package questionbank

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"strings"
	"testing"
)

func svg(inner string) []byte {
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 120 80.5">` + inner + `</svg>`)
}

func TestSVGThatOnlyDrawsIsAccepted(t *testing.T) {
	for _, inner := range []string{
		"",
		`<title>x</title><desc>y</desc>`,
		`<g transform="rotate(90)"><path d="M0 0h10" stroke="#000" fill="none"/></g>`,
		`<defs><path id="k" d="M0 0"/></defs><use href="#k" x="3"/><use xlink:href="#k"/>`,
		`<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs><rect width="3" height="3" fill="url(#g)"/>`,
		`<text x="1" y="2" font-size="9">A<tspan>b</tspan></text>`,
	} {
		mime, w, h, err := inspectFigure(svg(inner))
		if err != nil || mime != "image/svg+xml" || w != 120 || h != 81 {
			t.Errorf("%s: %s %d × %d, %v", inner, mime, w, h, err)
		}
	}
}

func TestSVGThatCouldDoMoreIsRefused(t *testing.T) {
	for inner, what := range map[string]string{
		`<script>alert(1)</script>`:                            "<script>",
		`<foreignObject><p/></foreignObject>`:                  "<foreignObject>",
		`<style>*{fill:url(http://x)}</style>`:                 "<style>",
		`<image href="figures/x.png"/>`:                        "<image>",
		`<animate attributeName="x"/>`:                         "<animate>",
		`<a href="#x"/>`:                                       "<a>",
		`<rect onload="x"/>`:                                   `"onload"`,
		`<rect style="fill:red"/>`:                             `"style"`,
		`<rect class="a"/>`:                                    `"class"`,
		`<use href="http://x/#a"/>`:                            "refers to",
		`<use href="data:image/svg+xml,x"/>`:                   "refers to",
		`<rect href="#a"/>`:                                    "refers to",
		`<rect fill="url(http://x)"/>`:                         "must be url(#name)",
		`<rect fill="url(#a) url(//x)"/>`:                      "must be url(#name)",
		`<g id="a"><use href="#b"/></g>`:                       "inside an element with an id",
		`<!-- kunci: b -->`:                                    "comment",
		`<?xml-stylesheet href="x"?>`:                          "processing instruction",
		`<svg/>`:                                               "must be the root",
		`<p xmlns="http://www.w3.org/1999/xhtml"/>`:            "<p>",
		`<rect xmlns:e="http://e" e:x="1"/>`:                   "namespace",
		`<rect`:                                                "syntax",
		`&a;`:                                                  "entity",
		strings.Repeat("<g>", 40) + strings.Repeat("</g>", 40): "deeper",
		strings.Repeat("<g/>", 6000):                           "more than",
	} {
		_, _, _, err := inspectFigure(svg(inner))
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%.60s: %v, want %q", inner, err, what)
		}
	}
	for name, data := range map[string]string{
		"DOCTYPE":   `<!DOCTYPE svg [<!ENTITY a "b">]>` + goodSVG,
		"no size":   `<svg xmlns="http://www.w3.org/2000/svg"/>`,
		"percent":   `<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="1"/>`,
		"too wide":  `<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="1"/>`,
		"no space":  `<svg width="1" height="1"/>`,
		"HTML":      `<html></html>`,
		"two roots": goodSVG + goodSVG,
		"empty":     "",
		"text":      "hello",
	} {
		if _, _, _, err := inspectFigure([]byte(data)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPicturesAreKnownByTheirBytes(t *testing.T) {
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	webp := func(kind string, body ...byte) []byte {
		data := append([]byte("RIFF\x00\x00\x00\x00WEBP"+kind+"\x00\x00\x00\x00"), body...)
		return append(data, make([]byte, 20)...)
	}
	lossless := binary.LittleEndian.AppendUint32([]byte{0x2f}, 29|19<<14)
	for _, tt := range []struct {
		name string
		data []byte
		mime string
	}{
		{"PNG", buf.Bytes(), "image/png"},
		{"WebP lossy", webp("VP8 ", 0, 0, 0, 0x9d, 1, 0x2a, 30, 0, 20, 0), "image/webp"},
		{"WebP lossless", webp("VP8L", lossless...), "image/webp"},
		{"WebP extended", webp("VP8X", 0, 0, 0, 0, 29, 0, 0, 19, 0, 0), "image/webp"},
	} {
		mime, w, h, err := inspectFigure(tt.data)
		if err != nil || mime != tt.mime || w != 30 || h != 20 {
			t.Errorf("%s: %s %d × %d, %v", tt.name, mime, w, h, err)
		}
		for n := range len(tt.data) {
			if n < 30 {
				if _, _, _, err := inspectFigure(tt.data[:n]); err == nil && n < 29 {
					t.Errorf("%s cut to %d bytes: accepted", tt.name, n)
				}
			}
		}
	}
}

func FuzzInspectFigure(f *testing.F) {
	f.Add(svg(`<g id="a"/><use href="#a"/>`))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08"))
	f.Fuzz(func(t *testing.T, data []byte) {
		mime, w, h, err := inspectFigure(data)
		if err == nil && (mime == "" || w < 1 || h < 1 || w > maxFigureSide || h > maxFigureSide) {
			t.Errorf("accepted as %q, %d × %d", mime, w, h)
		}
	})
}
