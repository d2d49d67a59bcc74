package questionbank

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The shapes of names in a bank.
var (
	idShape      = regexp.MustCompile(`^[A-Z0-9-]{1,40}$`)
	sectionShape = regexp.MustCompile(`^[A-Z0-9-]{1,20}$`)
	nameShape    = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
)

const (
	minOptions = 2
	maxOptions = 10
	maxValue   = 1000 // exam points of one option, in either direction
)

// SectionRule is what a rule set accepts in one section, as plain data.
type SectionRule struct {
	ID     string
	Values []int // the values an option may have
	OneKey bool  // true: exactly one option has the highest value; false: every value stands exactly once
}

// Check compares a bank with the sections of a rule set.
func Check(b *Bank, rules []SectionRule) []Fault {
	var faults []Fault
	for i := range b.questions {
		q := &b.questions[i]
		at := slices.IndexFunc(rules, func(r SectionRule) bool { return r.ID == q.Section })
		if at < 0 {
			faults = append(faults, q.fault("section", "use a section of the rule set, or choose another rule set",
				"the rule set has no section %s", q.Section))
			continue
		}
		faults = append(faults, rules[at].check(q)...)
	}
	for _, r := range rules {
		if r.OneKey {
			faults = append(faults, b.uneven(r.ID)...)
		}
	}
	return inReadingOrder(faults)
}

// uneven finds questions of a section with another number of options than most of it: who
// guesses among three has better luck than who guesses among five.
func (b *Bank) uneven(section string) []Fault {
	count := map[int]int{}
	most := 0
	for i := range b.questions {
		if q := &b.questions[i]; q.Section == section {
			n := len(q.Options)
			if count[n]++; count[n] > count[most] || count[n] == count[most] && n > most {
				most = n
			}
		}
	}
	var faults []Fault
	for i := range b.questions {
		if q := &b.questions[i]; q.Section == section && len(q.Options) != most {
			faults = append(faults, q.fault("", fmt.Sprintf("give it %d options", most),
				"it has %d options, the other questions of section %s have %d", len(q.Options), section, most))
		}
	}
	return faults
}

func (r *SectionRule) check(q *Question) []Fault {
	var faults []Fault
	count := map[int]int{}
	for i, o := range q.Options {
		count[o.Value]++
		if !slices.Contains(r.Values, o.Value) {
			faults = append(faults, q.optionFault(i, fmt.Sprintf("use one of %v", r.Values),
				"section %s has no value %d", r.ID, o.Value))
		}
	}
	if r.OneKey {
		if best := slices.Max(r.Values); count[best] != 1 {
			faults = append(faults, q.fault("", fmt.Sprintf("give exactly one option the value %d", best),
				"%d options have the value %d", count[best], best))
		}
		return faults
	}
	for _, v := range r.Values {
		if count[v] != 1 {
			faults = append(faults, q.fault("", fmt.Sprintf("give each of the values %v to exactly one option", r.Values),
				"%d options have the value %d", count[v], v))
		}
	}
	return faults
}

// Once keeps the first question of every id. Another with the same id is a fault that names
// both places: it is another question, or the same one given twice, and never a version.
func Once(qs []Question) (kept []Question, faults []Fault) {
	first := make(map[string]*Question, len(qs))
	for i := range qs {
		q := &qs[i]
		if twin, again := first[q.ID]; again {
			faults = append(faults, q.fault("", "give it an id of its own", "the id stands twice%s", also(twin)))
			continue
		}
		first[q.ID] = q
		kept = append(kept, *q)
	}
	return kept, faults
}

// validate applies every rule that does not depend on a rule set; both are sorted by id.
func validate(qs []Question, units []Unit) []Fault {
	var faults []Fault
	groups := map[string]int{}
	for i := range qs {
		q := &qs[i]
		faults = slices.Concat(faults, q.headerFaults(), q.reviewerFaults(), q.textFaults(), q.figureFaults())
		if q.Enemies != "" {
			groups[q.Enemies]++
		}
	}
	_, again := Once(qs)
	faults = append(faults, again...)
	faults = append(faults, unitFaults(qs, units)...)
	for i := range units {
		if g := units[i].Enemies; g != "" {
			groups[g]++
		}
	}
	alone := func(q *Question) {
		if groups[q.Enemies] == 1 {
			faults = append(faults, q.fault("enemies", "check the spelling of the group, or delete the line",
				"no other question is in the enemy group %q", q.Enemies))
		}
	}
	for i := range qs {
		alone(&qs[i])
	}
	for i := range units {
		alone(units[i].asQuestion())
	}
	if len(qs) == 0 {
		faults = append(faults, Fault{What: "there is no question", Remedy: `begin one with a line "== ID =="`})
	}
	return faults
}

func also(q *Question) string {
	switch {
	case q.src == nil:
		return ""
	case q.src.line == 0: // of an archive, a file is one question
		return ", also at " + q.src.file
	}
	return fmt.Sprintf(", also at %s:%d", q.src.file, q.src.line)
}

func (q *Question) headerFaults() []Fault {
	var faults []Fault
	add := func(key, remedy, format string, args ...any) {
		if q.src == nil || !q.src.unread[key] {
			faults = append(faults, q.fault(key, remedy, format, args...))
		}
	}
	shaped := func(key, value string, shape *regexp.Regexp) {
		if !shape.MatchString(value) {
			add(key, "write it as "+strings.Trim(shape.String(), "^$"), "%s %q has a wrong form", key, value)
		}
	}
	shaped("id", q.ID, idShape)
	shaped("section", q.Section, sectionShape)
	shaped("topic", q.Topic, nameShape)
	shaped("lang", q.Lang, anyLang)
	if q.Enemies != "" {
		shaped("enemies", q.Enemies, nameShape)
	}
	if q.Unit != "" {
		shaped("unit", q.Unit, idShape)
	}
	if q.Version < 1 {
		add("version", "write a whole number from 1", "the version %d is not allowed", q.Version)
	}
	if !q.Band.known() {
		add("band", "write easy, medium or hard", "the band %q is not known", q.Band)
	}
	if !q.Rule.known() {
		add("options", fmt.Sprintf("write one of %v", Rules()), "the option rule %q is not known", q.Rule)
	}
	if q.Author == "" || !oneLine(q.Author) {
		add("author", "write the person's name", "the author %q is not a name", q.Author)
	}
	if !oneLine(q.Why) {
		add("why", "write it as plain text", "the remark has line ends or invisible characters")
	}
	return faults
}

// reviewerFaults asks for a second person.
func (q *Question) reviewerFaults() (faults []Fault) {
	if q.src != nil && q.src.unread["reviewer"] {
		return nil
	}
	if q.Reviewer == "" || !oneLine(q.Reviewer) {
		faults = append(faults, q.fault("reviewer", "write the person's name", "the reviewer %q is not a name", q.Reviewer))
	}
	if q.Author != "" && strings.EqualFold(q.Author, q.Reviewer) {
		faults = append(faults, q.fault("reviewer", "have somebody else review it", "author and reviewer are the same person"))
	}
	return faults
}

// oneLine tells plain text that the bank format gives back unchanged.
func oneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, hidden) && strings.Join(strings.Fields(s), " ") == s
}

func (q *Question) stemFaults() []Fault {
	var faults []Fault
	if f, ok := q.markupFault(q.Stem, flowContent); ok {
		faults = append(faults, f)
	}
	if strings.TrimSpace(textOf(q.Stem)) == "" {
		faults = append(faults, q.fault("", "write the question above the options, the text of a unit below its header", "there is no text"))
	}
	return faults
}

func (q *Question) textFaults() []Fault {
	faults := q.stemFaults()
	if n := len(q.Options); n < minOptions || n > maxOptions {
		faults = append(faults, q.fault("", fmt.Sprintf("write %d to %d options", minOptions, maxOptions), "it has %d options", n))
	}
	if q.Rule == Pairs && len(q.Options)%2 != 0 {
		faults = append(faults, q.fault("options", "write an even number of options", "options in pairs, but there are %d", len(q.Options)))
	}
	seen := map[string]string{}
	for i, o := range q.Options {
		if want := string(rune('a' + i)); o.ID != want {
			faults = append(faults, q.optionFault(i, "letter the options a, b, c … without gaps", "the letter %s was expected here", want))
		}
		if o.Value < -maxValue || o.Value > maxValue {
			faults = append(faults, q.optionFault(i, "check the number in brackets", "the value %d is out of range", o.Value))
		}
		if f, ok := q.markupFault(o.HTML, inlineContent); ok {
			f.What, f.Line = f.What+" (option "+o.ID+")", q.optionFault(i, "", "").Line
			faults = append(faults, f)
		}
		if textOf(o.HTML) == "" && o.Figure == nil {
			faults = append(faults, q.optionFault(i, "write its text or give it a figure", "it is empty"))
		}
		if twin, ok := seen[o.HTML]; ok && o.Figure == nil {
			faults = append(faults, q.optionFault(i, "make the options different", "it reads the same as option %s", twin))
		} else if o.Figure == nil {
			seen[o.HTML] = o.ID
		}
		if phrase, ok := RefersToPlace(textOf(o.HTML), len(q.Options)); ok && q.Rule == Free {
			faults = append(faults, q.optionFault(i, "write `options: fixed` or `options: last-fixed`, or word it without reference to other options",
				"%q depends on the order, but the options are shuffled freely", phrase))
		}
	}
	return faults
}

// markupFault refuses text that Sanitise would change: Parse has made it canonical, and
// any other importer must do so too.
func (q *Question) markupFault(s string, holds kind) (Fault, bool) {
	kids, problems := parseMarkup(s, holds)
	switch {
	case len(problems) > 0:
		return q.fault("", problems[0].remedy, "%s", problems[0].what), true
	case render(kids) != s:
		return q.fault("", "pass imported text through Sanitise", "the text is not in canonical form"), true
	case strings.Contains(s, "!["):
		return q.fault("", "write ![text alternative](figures/name.svg) as a paragraph of its own, or at the end of an option",
			"a figure stands where none can be"), true
	}
	return Fault{}, false
}

// textOf is what a reader sees of canonical HTML.
func textOf(s string) string {
	kids, _ := parseMarkup(s, flowContent)
	return plain(kids)
}

var (
	above      = regexp.MustCompile(`(?i)\bdi ?atas\b`)
	letterPair = regexp.MustCompile(`(?i)(?:^|[^\pL\pN])(([a-j])(?: ?, ?[a-j])*,? (?:dan|atau|serta|and|or) ([a-j]))(?:$|[^\pL\pN])`)
	named      = regexp.MustCompile(`(?i)\b((?:jawaban|opsi|pilihan|option|answer) \(?([a-j]))(?:$|[^\pL\pN])`)
)

// RefersToPlace finds words that only make sense at one place or in one order of options.
func RefersToPlace(text string, options int) (phrase string, found bool) {
	if m := above.FindString(text); m != "" {
		return m, true
	}
	last := string(rune('a' + options - 1))
	for _, shape := range []*regexp.Regexp{letterPair, named} {
		if m := shape.FindStringSubmatch(text); m != nil && strings.ToLower(m[len(m)-1]) <= last {
			return m[1], true
		}
	}
	return "", false
}
