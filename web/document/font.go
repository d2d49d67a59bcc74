package document

import (
	"embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// fontFiles are Noto Sans in four cuts, each with the same Latin letters (Mono: ASCII).
// font/README.md says which version, and how they were cut down.
//
//go:embed font/*.ttf
var fontFiles embed.FS

// Families of the fonts, and the styles of one.
const (
	sans = "sans"
	mono = "mono"

	plain  = ""
	bold   = "B"
	italic = "I"
)

var cuts = []struct{ family, style, file string }{
	{sans, plain, "font/NotoSans-Regular.ttf"},
	{sans, bold, "font/NotoSans-Bold.ttf"},
	{sans, italic, "font/NotoSans-Italic.ttf"},
	{mono, plain, "font/NotoSansMono-Regular.ttf"},
}

// lost stands for a letter that the font does not have.
const lost = '\uFFFD'

// drawable says whether the font has a letter.
var drawable = sync.OnceValue(func() func(rune) bool {
	body, err := fontFiles.ReadFile(cuts[0].file)
	if err != nil {
		panic(err) // embedded
	}
	font, err := sfnt.Parse(body)
	if err != nil {
		panic(err) // tested
	}
	var mu sync.Mutex // guards the buffer
	var buffer sfnt.Buffer
	return func(r rune) bool {
		mu.Lock()
		defer mu.Unlock()
		glyph, err := font.GlyphIndex(&buffer, r)
		return err == nil && glyph != 0 && r <= 0xFFFF
	}
})

// Undrawable are the letters of a text that documents cannot draw, each once: they show
// U+FFFD in their place. Latin letters with all the accents of Indonesia's names are there.
func Undrawable(text string) (out []rune) {
	for _, r := range clean(text, false) {
		if !drawable()(r) && !strings.ContainsRune(string(out), r) {
			out = append(out, r)
		}
	}
	return out
}

// clean makes one line of drawable letters: accents are joined to their letters, and what
// breaks lines becomes a space.
func clean(text string, replace bool) string {
	text = norm.NFC.String(strings.ToValidUTF8(text, string(lost)))
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		case replace && !drawable()(r):
			return lost
		}
		return r
	}, text)
}
