package web

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"terang/questionbank"
)

// The rules of a bank, of a roster and of a selection speak English, as the command line does. The pages say the same in
// Indonesian, by a table from each English sentence, as the rules write it, to the other
// language. What the table does not have stays English.

//go:embed bank_faults.json
var faultWords []byte

// rosterWords are the sentences of rosters, seats and photos.
//
//go:embed roster_faults.json
var rosterWords []byte

// importWords are the sentences of files in other programs' formats.
//
//go:embed import_faults.json
var importWords []byte

// doubtWords are what the rule sets that come with the program say is not certain in them.
//
//go:embed rules_doubts.json
var doubtWords []byte

// sentence is one entry of the table.
type sentence struct {
	en *regexp.Regexp
	id string
}

// verb is a place of a sentence where a word of the item comes in.
var verb = regexp.MustCompile(`%(\[1\])?[sdqvc]|U\+%04X`)

var sentences = sync.OnceValue(func() []sentence {
	table := map[string]string{}
	if err := json.Unmarshal(faultWords, &table); err != nil {
		panic("bank_faults.json: " + err.Error()) // embedded: a test reads it
	}
	if err := json.Unmarshal(rosterWords, &table); err != nil {
		panic("roster_faults.json: " + err.Error()) // embedded: a test reads it
	}
	if err := json.Unmarshal(importWords, &table); err != nil {
		panic("import_faults.json: " + err.Error()) // embedded: a test reads it
	}
	if err := json.Unmarshal(doubtWords, &table); err != nil {
		panic("rules_doubts.json: " + err.Error()) // embedded: a test reads it
	}
	var list []sentence
	for en, id := range table {
		list = append(list, sentence{sentencePattern(en), id})
	}
	// The longest first, so that a sentence with more words of its own is found before one
	// that is nothing but places.
	slices.SortFunc(list, func(a, b sentence) int {
		if d := len(b.en.String()) - len(a.en.String()); d != 0 {
			return d
		}
		return strings.Compare(a.id, b.id)
	})
	return list
})

// sentencePattern finds the words at the places of a format.
func sentencePattern(format string) *regexp.Regexp {
	var p strings.Builder
	p.WriteString(`(?s)^`)
	from := 0
	for _, at := range verb.FindAllStringIndex(format, -1) {
		p.WriteString(regexp.QuoteMeta(format[from:at[0]]))
		switch format[at[0]:at[1]] {
		case "%d":
			p.WriteString(`(-?\d+)`)
		case "%q":
			p.WriteString(`("(?:[^"\\]|\\.)*")`)
		default:
			p.WriteString(`(.*?)`)
		}
		from = at[1]
	}
	p.WriteString(regexp.QuoteMeta(format[from:]) + `$`)
	return regexp.MustCompile(p.String())
}

// inIndonesian says a sentence of the table.
func inIndonesian(en string) string {
	for _, s := range sentences() {
		found := s.en.FindStringSubmatch(en)
		if found == nil {
			continue
		}
		i := 0
		return verb.ReplaceAllStringFunc(s.id, func(v string) string {
			if v != "%[1]s" {
				i++
			}
			word := found[max(i, 1)]
			if v == "%v" || v == "%s" { // a reason within a reason, or things in a list
				return wordsIn(word)
			}
			return word
		})
	}
	return en
}

// wordsIn says what stands at a place of a sentence, as far as the table has it: a sentence
// of its own, or a list of things.
func wordsIn(en string) string {
	if strings.Contains(en, " ") {
		if id := inIndonesian(en); id != en {
			return id
		}
	}
	parts := strings.Split(en, ", ")
	if len(parts) == 1 {
		return en
	}
	for i, p := range parts {
		if strings.Contains(p, " ") {
			parts[i] = inIndonesian(p)
		}
	}
	return strings.Join(parts, ", ")
}

var (
	ofPlace    = regexp.MustCompile(`^(column \S+|answer \d+|feedback of option [a-j]|feedback): `)
	ofItem     = regexp.MustCompile(`^([A-Z0-9-]{1,40}): `)
	ofOption   = regexp.MustCompile(`^option ([a-z]): `)
	atOption   = regexp.MustCompile(` \(option ([a-z])\)$`)
	ofFigure   = regexp.MustCompile(`^(figure \S+): `)
	optionWord = "pilihan "
)

// faultIn says a fault in the language of a page.
func faultIn(f questionbank.Fault, lang string) bankFaultJSON {
	j := bankFaultJSON(f)
	if lang == "en" {
		return j
	}
	what, before, after := f.What, "", ""
	if m := ofPlace.FindStringSubmatch(what); m != nil {
		place := strings.NewReplacer("column", "kolom", "answer", "jawaban", "feedback of option", "umpan balik pilihan", "feedback", "umpan balik").Replace(m[1])
		what, before = what[len(m[0]):], place+": "
	}
	if m := ofItem.FindStringSubmatch(what); m != nil {
		what, before = what[len(m[0]):], before+m[0]
	}
	if m := ofOption.FindStringSubmatch(what); m != nil {
		what, before = what[len(m[0]):], before+optionWord+m[1]+": "
	}
	if m := ofFigure.FindStringSubmatch(what); m != nil {
		what, before = what[len(m[0]):], before+"gambar "+strings.TrimPrefix(m[1], "figure ")+": "
	}
	if m := atOption.FindStringSubmatch(what); m != nil {
		what, after = strings.TrimSuffix(what, m[0]), " ("+optionWord+m[1]+")"
	}
	j.What, j.Remedy = before+inIndonesian(what)+after, inIndonesian(f.Remedy)
	return j
}
