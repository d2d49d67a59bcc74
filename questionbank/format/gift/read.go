// Package gift reads and writes GIFT, the text format of Moodle (question/format/gift).
//
// Read are choice questions with one right answer, with weights (~%50%) and with several
// right answers (no "="), true/false questions, names (::name::), text formats ([html],
// [moodle], [plain], [markdown]), missing words, general and answer feedback, $CATEGORY
// lines, and the [id:…] and [tag:…] that newer exports put into comments.
//
// Refused by name are essay, numerical, matching and short-answer questions and
// descriptions: the bank holds choices only.
//
// Pictures: an <img> whose address is a data: URI; a file beside the GIFT file; or, in a zip
// archive, @@PLUGINFILE@@/NAME or NAME of an entry. The writer puts data: URIs, so that one
// file holds all.
package gift

import (
	"regexp"
	"strings"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// Read reads GIFT files, or archives of them with their pictures.
func Read(files []draft.File, o draft.Options) *draft.Import {
	r := &draft.Report{}
	var items []draft.Item
	for _, src := range r.AllTextSources(files, ".gift", ".txt") {
		in := reader{Report: r, lang: o.Lang}
		for _, b := range blocks(src.Name, src.Text) {
			before := len(r.Faults)
			if it, ok := in.block(b); ok && src.Whole {
				it.Shared, it.Refused = src.Pictures, len(r.Faults) > before
				items = append(items, it)
			}
		}
	}
	return r.Settle("GIFT", items, o)
}

// block is one question: lines up to an empty one.
type block struct {
	draft.Place
	lines []string
}

func blocks(file, text string) []block {
	var all []block
	open := false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.TrimSpace(line) == "":
			open = false
		case !open:
			all = append(all, block{draft.Place{File: file, Line: i + 1}, nil})
			open = true
			fallthrough
		default:
			b := &all[len(all)-1]
			b.lines = append(b.lines, line)
		}
	}
	return all
}

type reader struct {
	*draft.Report
	lang     string
	category string
}

// The escapes of GIFT become single bytes that no UTF-8 text has, before anything is cut.
var (
	escape   = strings.NewReplacer(`\\`, "\xf8", `\:`, "\xf9", `\#`, "\xfa", `\=`, "\xfb", `\{`, "\xfc", `\}`, "\xfd", `\~`, "\xfe", `\n`, "\xff")
	unescape = strings.NewReplacer("\xf8", `\`, "\xf9", ":", "\xfa", "#", "\xfb", "=", "\xfc", "{", "\xfd", "}", "\xfe", "~", "\xff", "\n")

	idTag  = regexp.MustCompile(`\[id:((?:\\\]|[^\]])*)\]`)
	tagTag = regexp.MustCompile(`\[tag:((?:\\\]|[^\]])*)\]`)
	weight = regexp.MustCompile(`^%(-*[0-9]{1,2}\.?[0-9]*)%`)
	// weightLike begins a text that was meant to have a weight.
	weightLike = regexp.MustCompile(`^%[^%\s]{0,30}%`)
	truth      = regexp.MustCompile(`^\s*(T|TRUE|F|FALSE)\s*$`)
	brackets   = regexp.MustCompile(`^\[(html|moodle|plain|markdown)\]`)
)

func (in *reader) block(b block) (it draft.Item, ok bool) {
	it.Place = b.Place
	for i, line := range b.lines {
		trimmed := strings.TrimSpace(line)
		if !strings.HasPrefix(trimmed, "//") {
			continue
		}
		if m := idTag.FindStringSubmatch(trimmed); m != nil {
			it.ID = strings.ReplaceAll(m[1], `\]`, "]")
		}
		for _, m := range tagTag.FindAllStringSubmatch(trimmed, -1) {
			it.Tags = append(it.Tags, strings.ReplaceAll(m[1], `\]`, "]"))
		}
		b.lines[i] = " "
	}
	p := &part{Place: b.Place, text: escape.Replace(strings.Join(b.lines, "\n"))}
	p.trim()
	it.Place.Line = p.Line
	switch {
	case p.text == "":
		return it, false // comments only
	case strings.HasPrefix(p.text, "$CATEGORY:"):
		name, more, _ := strings.Cut(p.text[len("$CATEGORY:"):], "\n")
		if strings.TrimSpace(more) != "" {
			in.Fault(it.Place, "put an empty line after the category", "the category has other lines in its block")
		}
		in.category = strings.TrimSpace(unescape.Replace(name))
		return it, false
	}
	it.Category = in.category
	if rest, ok := strings.CutPrefix(p.text, "::"); ok {
		if name, _, ok := strings.Cut(rest, "::"); ok {
			it.Name = strings.TrimSpace(unescape.Replace(name))
			p = p.after(len(name) + 4)
			p.trim()
		}
	}
	return it, in.question(p, &it)
}

// question reads text and answers.
func (in *reader) question(p *part, it *draft.Item) bool {
	from, to := strings.Index(p.text, "{"), strings.Index(p.text, "}")
	switch {
	case from < 0 && to < 0:
		in.unsupported(it, "a description (a text without a question)")
		return false
	case from < 0 || to < from:
		in.Fault(it.Place, `write { and } in a pair, and \{ or \} for the signs themselves; no empty line inside`, "the braces of the answers do not fit")
		return false
	}
	answers := p.after(from + 1)
	answers.text = answers.text[:to-from-1]
	stem, tail := p.text[:from], p.text[to+1:]
	if strings.ContainsAny(tail, "{}") {
		in.Fault(it.Place, `write an empty line between questions, and \{ for the sign itself`, "there is more than one block of answers")
		return false
	}
	if strings.TrimSpace(tail) != "" {
		stem += "_____" + tail
	}
	it.Stem = text(stem, draft.Auto)
	if i := strings.LastIndex(answers.text, "####"); i >= 0 {
		it.Why = text(answers.text[i+4:], it.Stem.Format)
		answers.text = answers.text[:i]
	}
	answers.trim()
	body := answers.text
	said, _, _ := strings.Cut(body, "#")
	switch {
	case body == "":
		in.unsupported(it, "an essay question ({})")
	case body[0] == '#':
		in.unsupported(it, "a numerical question ({#…})")
	case strings.Contains(body, "~"):
		return in.choices(answers, it)
	case strings.Contains(body, "=") && strings.Contains(body, "->"):
		in.unsupported(it, "a matching question (= … -> …)")
	case truth.MatchString(said):
		in.truth(body, it)
		return true
	default:
		in.unsupported(it, "a short-answer question ({=…})")
	}
	return false
}

func (in *reader) unsupported(it *draft.Item, what string) {
	in.Fault(it.Place, "make it a question with options, delete it, or import the rest with --partial", "%s cannot be in the bank", what)
}

// maxChoices is more than anybody writes, and few enough to count lines for each.
const maxChoices = 50

// choices reads "=right ~wrong ~%50%half # feedback".
func (in *reader) choices(p *part, it *draft.Item) bool {
	it.Multiple = !strings.Contains(p.text, "=")
	at := strings.IndexAny(p.text, "~=")
	if strings.TrimSpace(p.text[:at]) != "" {
		in.Fault(it.Place, "begin every answer with = or ~", "the text %q stands before the first answer", brief(p.text[:at]))
		return false
	}
	for at < len(p.text) {
		if len(it.Choices) > maxChoices {
			in.Fault(it.Place, `write \= and \~ for the signs themselves`, "there are more than %d answers", maxChoices)
			return false
		}
		next := len(p.text)
		if i := strings.IndexAny(p.text[at+1:], "~="); i >= 0 {
			next = at + 1 + i
		}
		sign := p.text[at]
		c := p.after(at + 1)
		c.text = c.text[:next-at-1]
		switch empty := strings.TrimSpace(c.text) == ""; {
		case !empty:
			it.Choices = append(it.Choices, in.choice(c, sign, it.Stem.Format))
		case sign == '~' && next < len(p.text) && p.text[next] == '=':
			// "~=" is one sign to those who write it
		default:
			in.Fault(c.Place, "write its text, or delete the sign", "an answer is empty")
		}
		at = next
	}
	return true
}

func (in *reader) choice(c *part, sign byte, format draft.TextFormat) draft.Choice {
	c.trim()
	out := draft.Choice{Place: c.Place, Weight: draft.Whole(sign == '=')}
	if m := weight.FindStringSubmatch(c.text); m != nil && sign == '~' {
		w, err := draft.Percent(m[1])
		if err != nil {
			in.Fault(c.Place, "write it as %50% or %-33.33333%", "the weight: %v", err)
			w = draft.Whole(false)
		}
		out.Weight = w
		c.text = c.text[len(m[0]):]
	}
	if m := weightLike.FindString(c.text); m != "" && (sign == '=' || out.Weight.Sign() == 0) {
		in.Fault(c.Place, "write = for a right answer, ~%50% for a half right one", "the weight %q cannot be read", m)
	}
	body, feedback, _ := strings.Cut(c.text, "#")
	out.Text = text(body, format)
	if strings.TrimSpace(feedback) != "" {
		out.Feedback = text(feedback, format)
	}
	return out
}

// truth reads "T#feedback for the wrong response#feedback for the right one".
func (in *reader) truth(body string, it *draft.Item) {
	parts := strings.SplitN(body, "#", 3)
	right := strings.HasPrefix(strings.TrimSpace(parts[0]), "T")
	it.Choices = draft.TrueFalse(it.Place, right, in.lang)
	it.Rule = questionbank.Fixed
	at := map[bool]int{true: 0, false: 1}
	if len(parts) > 1 {
		it.Choices[at[!right]].Feedback = text(parts[1], it.Stem.Format)
	}
	if len(parts) > 2 {
		it.Choices[at[right]].Feedback = text(parts[2], it.Stem.Format)
	}
}

// text reads a text with its format before it; without one it has that of the question.
func text(s string, format draft.TextFormat) draft.Text {
	s = strings.TrimSpace(s)
	if m := brackets.FindStringSubmatch(s); m != nil {
		s = strings.TrimSpace(s[len(m[0]):])
		format = map[string]draft.TextFormat{"html": draft.HTML, "moodle": draft.Auto, "plain": draft.Plain, "markdown": draft.Markdown}[m[1]]
	}
	return draft.Text{Body: unescape.Replace(s), Format: format}
}

// part is a piece of a file that knows the line of its beginning.
type part struct {
	draft.Place
	text string
}

// after is the part from the byte n on.
func (p *part) after(n int) *part {
	q := &part{p.Place, p.text[n:]}
	q.Line += strings.Count(p.text[:n], "\n")
	return q
}

func (p *part) trim() {
	cut := len(p.text) - len(strings.TrimLeft(p.text, " \t\n"))
	*p = *p.after(cut)
	p.text = strings.TrimRight(p.text, " \t\n")
}

func brief(s string) string {
	s = strings.Join(strings.Fields(unescape.Replace(s)), " ")
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
