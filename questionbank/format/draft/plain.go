package draft

import (
	"html"
	"strings"
)

// PlainText is the text from which a table's reader makes this canonical HTML again: of a
// question, or with inline of an option. It is false where the HTML holds more than text.
func PlainText(markup string, inline bool) (string, bool) {
	text := markup
	if !inline {
		inner, opens := strings.CutPrefix(text, "<p>")
		inner, closes := strings.CutSuffix(inner, "</p>")
		if !opens || !closes {
			return "", false
		}
		text = strings.ReplaceAll(inner, "</p><p>", "\n\n")
	}
	text = html.UnescapeString(strings.ReplaceAll(text, "<br/>", "\n"))
	if strings.TrimSpace(text) != text {
		return "", false
	}
	r := &Report{}
	read := r.stem
	if inline {
		read = r.option
	}
	back, images, ok := read(Place{}, Text{Body: text, Format: Plain})
	return text, ok && back == markup && len(images) == 0
}
