package scoring

import (
	"strings"
	"unicode/utf8"
)

// Values of engine.Policy.Names: what a public row shows of a person.
const (
	NamesFull         = "full"
	NamesMasked       = "masked"        // "Maria Y*** N***"
	NamesNumber       = "number"        // the number, no name
	NamesMaskedNumber = "masked_number" // the end of the number, no name
)

// maskMark stands before the end of a number whose beginning is not shown.
const maskMark = "…"

// MaskName shows the first word and of every further word its first letter. Of a name
// of one word the first three letters stay, but never all: such a name is the whole one.
func MaskName(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	if len(words) == 1 {
		words[0] = firstRunes(words[0], max(1, min(3, utf8.RuneCountInString(words[0])-1))) + "***"
	}
	for i := 1; i < len(words); i++ {
		words[i] = firstRunes(words[i], 1) + "***"
	}
	return strings.Join(words, " ")
}

func firstRunes(s string, n int) string { return string([]rune(s)[:n]) }

// PlainNumber is a participant number as it is compared: upper case without hyphens.
func PlainNumber(number string) string {
	return strings.ToUpper(strings.ReplaceAll(number, "-", ""))
}

// MaskNumber shows the end of a number that stands on no board, as boards show the others
// under NamesMaskedNumber: half of it at most, and six characters at most.
func MaskNumber(number string) string {
	plain := PlainNumber(number)
	return maskMark + tail(plain, min(6, len(plain)/2))
}

// tailLength is how many last characters of the numbers a masked board shows: six, or
// as many more as keep everybody's row apart from everybody else's.
func tailLength(plain []string) int {
	longest := 0
	for _, n := range plain {
		longest = max(longest, len(n))
	}
	for length := 6; length < longest; length++ {
		seen := make(map[string]struct{}, len(plain))
		for _, n := range plain {
			seen[tail(n, length)] = struct{}{}
		}
		if len(seen) == len(plain) {
			return length
		}
	}
	return max(6, longest)
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }
