package web

import (
	"strconv"
	"strings"
	"time"
)

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

// spanWords says a length of time, as "20m0s" for programs, in minutes and seconds.
func spanWords(texts map[string]string, span string) string {
	d, err := time.ParseDuration(span)
	if err != nil {
		return span
	}
	var said []string
	for key, n := range []time.Duration{d / time.Minute, d % time.Minute / time.Second} {
		if n != 0 || key == 1 && len(said) == 0 {
			text := texts[[]string{"exam.minutes", "exam.seconds"}[key]]
			said = append(said, strings.ReplaceAll(text, "{n}", strconv.Itoa(int(n))))
		}
	}
	return strings.Join(said, " ")
}
