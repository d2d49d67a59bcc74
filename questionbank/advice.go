package questionbank

import (
	"regexp"
)

// Advice lists what a reviewer should look at although it is allowed:
// options whose rule moves what their words hold in place, or holds what could move.
func Advice(b *Bank) []Fault {
	var advice []Fault
	for i := range b.questions {
		advice = append(advice, b.questions[i].advice()...)
	}
	return inReadingOrder(advice)
}

var (
	number = regexp.MustCompile(`^(Rp ?)?[+-]?[0-9][0-9.,]*( ?%)?$`)
	// wholeSet is an option about all the others, which readers expect at the end.
	wholeSet = regexp.MustCompile(`(?i)^(semua(nya)?( (jawaban|opsi|pilihan|pernyataan))?( (di ?atas|tersebut|itu))? (benar|salah|betul|tepat)|(tidak ada|bukan)( (jawaban|opsi|pilihan|satu pun))?.{0,20} (benar|salah|betul|tepat)|all of (the above|these)|none of (the above|these))\W*$`)
)

func (q *Question) advice() []Fault {
	var advice []Fault
	add := func(i int, remedy, format string, args ...any) {
		advice = append(advice, q.optionFault(i, remedy, format, args...))
	}
	last := len(q.Options) - 1
	numeric := true
	for i, o := range q.Options {
		text := textOf(o.HTML)
		numeric = numeric && number.MatchString(text)
		if wholeSet.MatchString(text) && q.moves(i) {
			add(i, "put it last and write `options: last-fixed`", "%q speaks of all options, and is shuffled among them", text)
		}
		if phrase, ok := RefersToPlace(text, len(q.Options)); ok && q.Rule != Free && q.moves(min(i, last-1)) {
			if i == last && q.Rule == LastFixed && above.MatchString(phrase) {
				continue // the others stand above it in any order
			}
			add(i, "write `options: fixed`, or word it without reference to other options", "%q names options by their place, and they are shuffled", phrase)
		}
	}
	if q.Rule == Free && numeric {
		advice = append(advice, q.fault("options", "put them in ascending order and write `options: ordered`",
			"all options are numbers, and they are shuffled freely"))
	}
	if (q.Rule == Ordered || q.Rule == Fixed) && q.graded() {
		advice = append(advice, q.fault("options", "write `options: free`, unless the text needs the order",
			"options that are all worth something stand in one order, so that a habit of one letter earns the same everywhere"))
	}
	return advice
}

// moves says whether the rule can move option i.
func (q *Question) moves(i int) bool {
	switch q.Rule {
	case Free, OrderedReversible, Pairs:
		return true
	case LastFixed:
		return i < len(q.Options)-1
	default:
		return false
	}
}
