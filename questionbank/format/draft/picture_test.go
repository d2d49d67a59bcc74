package draft

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"testing/fstest"

	"terang/questionbank"
)

func grey(w, h int) *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.Black})
	img.SetColorIndex(0, 0, 1)
	return img
}

func encoded(t *testing.T, encode func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPicturesAreKnownByTheirContent(t *testing.T) {
	still := encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, grey(8, 6), nil) })
	moving := encoded(t, func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{grey(8, 6), grey(8, 6)}, Delay: []int{1, 1}})
	})
	photo := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, grey(8, 6), nil) })
	drawn := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, grey(8, 6)) })
	wide := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, grey(maxSide+1, 1)) })
	broad := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, grey(2500, 1)) })
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"><rect width="1" height="1"/></svg>`
	for _, tt := range []struct {
		name   string
		data   []byte
		kind   string // of the figure; "" if it is refused
		report string
	}{
		{"png", drawn, "image/png", ""},
		{"a GIF named png", still, "image/png", "is GIF and becomes PNG"},
		{"a JPEG", photo, "image/png", "is JPEG and becomes PNG"},
		{"an SVG", []byte(svg), "image/svg+xml", ""},
		{"a GIF that moves", moving, "", "GIF that moves"},
		{"too many pixels", wide, "", "at most 4000"},
		{"more pixels than the bank takes", broad, "", "each side may have 1 to 2000"},
		{"half a PNG", drawn[:len(drawn)-20], "", "broken PNG"},
		{"half a GIF", still[:20], "", "broken GIF"},
		{"an active SVG", []byte(strings.Replace(svg, "<rect", `<rect onload="x()"`, 1)), "", "not on the list"},
		{"an SVG with a script", []byte(strings.Replace(svg, "<rect", `<script/><rect`, 1)), "", "<script>"},
		{"an SVG that loads", []byte(strings.Replace(svg, "<rect", `<image href="x"/><rect`, 1)), "", "<image>"},
		{"HTML", []byte("<html><script>x()</script></html>"), "", "not on the list"},
		{"a program", []byte("\x7fELF........"), "", "neither SVG nor PNG nor WebP"},
		{"nothing", nil, "", "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &Report{}
			it := Item{Place: Place{File: "f", Line: 1}, Stem: Text{Body: `Apa? <img src="gambar.png" alt="x">`}, Files: map[string][]byte{"gambar.png": tt.data},
				Choices: []Choice{{Text: Text{Body: "ya"}, Weight: Whole(true)}, {Text: Text{Body: "tidak"}}}}
			in := r.Settle("X", []Item{it}, Options{})
			var told strings.Builder
			for _, f := range append(in.Faults, in.Warnings...) {
				told.WriteString(f.String() + "\n")
			}
			if !strings.Contains(told.String(), tt.report) || tt.report == "" && told.Len() > 0 {
				t.Errorf("report %q, want %q", told.String(), tt.report)
			}
			if taken := len(in.Questions) == 1; taken != (tt.kind != "") {
				t.Fatalf("taken %v", taken)
			} else if taken && in.Questions[0].Figure.Type != tt.kind {
				t.Errorf("type %q, want %q", in.Questions[0].Figure.Type, tt.kind)
			}
		})
	}
}

func TestTwoPicturesOfOneNameStayTwo(t *testing.T) {
	item := func(id, side string) Item {
		svg := `<svg xmlns="http://www.w3.org/2000/svg" width="` + side + `" height="6"><rect width="1" height="1"/></svg>`
		return Item{ID: id, Stem: Text{Body: `Apa? <img src="@@PLUGINFILE@@/a.svg" alt="x">`}, Files: map[string][]byte{"a.svg": []byte(svg)},
			Choices: []Choice{{Text: Text{Body: "ya"}, Weight: Whole(true)}, {Text: Text{Body: "tidak"}}}}
	}
	r := &Report{}
	in := r.Settle("X", []Item{item("A", "8"), item("B", "9"), item("C", "8")}, Options{})
	files := questionbank.FigureFiles(in.Questions)
	if len(in.Faults) > 0 || len(files) != 2 || in.Questions[0].Figure.Path != in.Questions[2].Figure.Path {
		t.Errorf("%v, %d files", in.Faults, len(files))
	}
}

func TestPicturesBesideTheFileAreBelowIt(t *testing.T) {
	beside := fstest.MapFS{"a.svg": {Data: []byte("x")}, "big.png": {Data: make([]byte, MaxPicture+1)}}
	g := &gallery{beside: beside}
	for src, want := range map[string]string{
		"../secret.png": "not among the files", "/etc/passwd": "not among the files", "file:///etc/passwd": "on the net", "//host/a.png": "on the net",
		"https://host/a.png": "on the net", "": "no address", "big.png": "too large", "data:image/png,": "", "data:image/png;base64,!": "base64",
		"data:": "without a comma", "a.svg": "", "./a.svg": "",
	} {
		if _, _, _, err := g.load(&Item{}, src); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
}
