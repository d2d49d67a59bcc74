package draft

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"terang/questionbank"
)

// The bank's limits of a question that even a draft must keep.
const (
	minOptions = 2
	maxOptions = 10
)

var idShape = regexp.MustCompile(`^[A-Z0-9-]{1,40}$`)

// Settle makes questions of items, and reports for each what is not taken or is taken
// otherwise. kind begins the ids of questions that have neither an id nor a name.
func (r *Report) Settle(kind string, items []Item, o Options) *Import {
	s := settler{Report: r, kind: kind, o: &o, ids: map[string]bool{}, twins: map[string]int{},
		gallery: &gallery{beside: o.Beside, byPath: map[string][sha256.Size]byte{}}}
	if len(items) > MaxItems {
		r.Fault(Place{File: items[0].File}, "divide the file", "there are %d questions, at most %d are read at once", len(items), MaxItems)
		items = nil
	}
	var qs []questionbank.Question
	for i := range items {
		if q, ok := s.question(&items[i]); ok {
			qs = append(qs, q)
		}
	}
	return r.Finish(qs, o)
}

type settler struct {
	*Report
	kind    string
	o       *Options
	ids     map[string]bool
	twins   map[string]int // how often a name has been given out
	gallery *gallery
}

func (s *settler) question(it *Item) (q questionbank.Question, ok bool) {
	before := len(s.Faults)
	if n := len(it.Choices); n < minOptions || n > maxOptions {
		s.Fault(it.Place, fmt.Sprintf("give it %d to %d", minOptions, maxOptions), "the question has %d options", n)
		return q, false
	}
	d := s.describe(it)
	q.Version, q.Enemies = 1, first(d.said["enemies"])
	if v := d.said["version"]; v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			s.Warn(it.Place, "write a whole number from 1", "the version %q is not a number; it is taken as 1", short(v))
			n = 1
		}
		q.Version = n
	}
	section, topic := category(it.Category)
	q.Section = first(d.said["section"], s.o.Section, section)
	q.Topic = first(d.said["topic"], s.o.Topic, topic)
	q.Band = questionbank.Band(first(d.said["band"], string(d.band), string(s.o.Band)))
	q.Author, q.Reviewer = first(d.said["author"], s.o.Author), first(d.said["reviewer"], s.o.Reviewer)
	q.Lang = first(d.said["lang"], it.Lang, s.o.lang())
	q.Rule = questionbank.Rule(first(d.said["options"], string(it.Rule), string(questionbank.Free)))

	var images []drawing
	q.Stem, images, _ = s.stem(it.Place, it.Stem)
	q.Options = make([]questionbank.Option, len(it.Choices))
	pictures := make([][]drawing, len(it.Choices))
	for i := range it.Choices {
		c := &it.Choices[i]
		q.Options[i].ID = string(rune('a' + i))
		q.Options[i].HTML, pictures[i], _ = s.option(c.Place.At("option %c", 'a'+i), c.Text)
	}
	if len(s.Faults) > before {
		return q, false
	}
	s.worth(it, &q, d.points)
	s.why(it, &q)
	s.order(it, &q, d.said["options"] != "")
	q.ID = s.id(it, &q)
	s.pictures(it, &q, images, pictures)
	s.filled(it, &q)

	lines := make([]int, len(it.Choices))
	for i := range it.Choices {
		lines[i] = it.Choices[i].Line
	}
	q.ReadFrom(it.File, it.Line, lines)
	return q, len(s.Faults) == before && !it.Refused
}

// worth gives the options their points.
func (s *settler) worth(it *Item, q *questionbank.Question, said int) {
	weights := make([]*big.Rat, len(it.Choices))
	right, part := 0, false
	for i := range it.Choices {
		w := it.Choices[i].Weight
		if w == nil {
			w = new(big.Rat)
		}
		weights[i] = w
		if w.Sign() > 0 {
			right++
		}
		part = part || w.Sign() < 0
	}
	vs, exact := values(weights, said, s.o.points())
	for i, v := range vs {
		q.Options[i].Value = v
	}
	switch {
	case it.Refused:
	case right == 0:
		s.Warn(it.Place, "say which option is right", "no option is worth anything")
	case it.Multiple:
		s.Warn(it.Place, "make one option right, or use it in no exam whose candidates choose one",
			"it wants several choices at once; here a candidate chooses one, the options are worth %v", vs)
	case !exact:
		s.Warn(it.Place, "check the points", "the weights are no whole points of %d; they are taken as %v", s.o.points(), vs)
	case said == 0 && (part || right > 1 && !graded(vs)):
		s.Warn(it.Place, "check the points", "the weights are neither one right option nor a grading; they are taken as %v", vs)
	}
}

// why joins the remarks: the general one, then those of the options.
func (s *settler) why(it *Item, q *questionbank.Question) {
	parts := []string{}
	if t := s.remark(it.Place.At("feedback"), it.Why); t != "" {
		parts = append(parts, t)
	}
	for i := range it.Choices {
		if t := s.remark(it.Choices[i].Place.At("feedback of option %c", 'a'+i), it.Choices[i].Feedback); t != "" {
			parts = append(parts, fmt.Sprintf("%c) %s", 'a'+i, t))
		}
	}
	q.Why = strings.Join(parts, " ")
}

// order keeps options in their place whose words name places, unless the file is ours and
// says what it wants.
func (s *settler) order(it *Item, q *questionbank.Question, ours bool) {
	if q.Rule != questionbank.Free || ours {
		return
	}
	for i := range q.Options {
		if phrase, found := questionbank.RefersToPlace(questionbank.Plain(q.Options[i].HTML), len(q.Options)); found {
			s.Warn(it.Choices[i].Place.At("option %c", 'a'+i), "word it without reference to other options, or leave it so",
				"%q depends on the order, so that the options stay as written", phrase)
			q.Rule = questionbank.Fixed
			return
		}
	}
}

// id takes the file's own, or makes one of its name, or of its content: the same question
// read again gets the same.
func (s *settler) id(it *Item, q *questionbank.Question) string {
	if id := strings.TrimSpace(it.ID); id != "" {
		if up := strings.ToUpper(id); idShape.MatchString(up) {
			s.ids[up] = true
			return up
		}
		s.Warn(it.Place, "use capitals, digits and -, at most 40", "the id %q is not of the bank's form", short(id))
	}
	name := strings.ToUpper(slug(first(it.ID, it.Name)))
	if name == "" {
		sum := sha256.Sum256([]byte(fmt.Sprintf("%s\x00%v", q.Stem, q.Options)))
		name = s.kind + "-" + strings.ToUpper(hex.EncodeToString(sum[:4]))
	}
	id := name
	for s.ids[id] {
		s.twins[name]++
		id = fmt.Sprintf("%.34s-%d", name, s.twins[name]+1)
	}
	if id != name {
		s.Warn(it.Place, "give each question a name of its own", "the name %s stands twice; this one becomes %s", name, id)
	}
	s.ids[id] = true
	return id
}

// pictures puts each picture in its one place: after the question's text, after an option's.
func (s *settler) pictures(it *Item, q *questionbank.Question, stem []drawing, options [][]drawing) {
	q.Figure = s.one(it, it.Place, it.Figure, stem, strings.ToLower(q.ID))
	for i := range q.Options {
		c := &it.Choices[i]
		q.Options[i].Figure = s.one(it, c.Place.At("option %c", 'a'+i), c.Figure, options[i], strings.ToLower(q.ID)+"-"+q.Options[i].ID)
	}
}

func (s *settler) one(it *Item, at Place, apart *Picture, images []drawing, name string) *questionbank.Figure {
	if apart != nil {
		images = append(images, drawing{Picture: *apart, end: true})
	}
	switch {
	case len(images) == 0:
		return nil
	case len(images) > 1:
		s.Fault(at, "draw them as one picture", "there are %d pictures, a text has place for one", len(images))
		return nil
	case !images[0].end:
		s.Warn(at, "look at the question whether it still reads well", "the picture %q moves below the text", short(images[0].Source))
	}
	f, _ := s.figure(s.gallery, at, it, images[0].Picture, first(images[0].name, name))
	return f
}

// filled refuses what is no question even as a draft.
func (s *settler) filled(it *Item, q *questionbank.Question) {
	if strings.TrimSpace(questionbank.Plain(q.Stem)) == "" {
		s.Fault(it.Place, "write the question in words, beside a picture too", "the question has no text")
	}
	for i := range q.Options {
		if o := &q.Options[i]; questionbank.Plain(o.HTML) == "" && o.Figure == nil {
			s.Fault(it.Choices[i].Place.At("option %s", o.ID), "write its text or give it a picture", "the option is empty")
		}
		if v := q.Options[i].Value; v < -1000 || v > 1000 {
			s.Fault(it.Choices[i].Place.At("option %s", q.Options[i].ID), "use points from -1000 to 1000", "its weight makes %d points", v)
		}
	}
}

// first is the first value that says something, on one line and without what nobody sees.
func first(values ...string) string {
	for _, v := range values {
		text, _ := questionbank.CanonicalInline(Escape(strings.ToValidUTF8(v, "")))
		if v = strings.Join(strings.Fields(questionbank.Plain(text)), " "); v != "" {
			return v
		}
	}
	return ""
}
