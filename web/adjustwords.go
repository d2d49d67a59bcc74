package web

import "strings"

// adjustmentWords says what an adjustment gives, as the check-in desk says it: its own words, such
// as "extra=15 size=3", are for programs. A word that has no text stands as it is.
func adjustmentWords(texts map[string]string, adjustment string) string {
	var said []string
	for _, word := range strings.Fields(adjustment) {
		what, n, _ := strings.Cut(word, "=")
		if text := texts["door.need."+what]; text != "" {
			word = strings.NewReplacer("{n}", n, "{size}", texts["door.size."+n]).Replace(text)
		}
		said = append(said, word)
	}
	return strings.Join(said, ", ")
}
