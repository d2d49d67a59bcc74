package shelf

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"terang/questionbank"
)

// Near is the likeness, in hundredths, from which two items are shown as near-same.
const Near = 60

// shingle is how many neighbouring words are compared as one.
const shingle = 3

// Twins are two items that are too much alike. Likeness is 100 where their text is the
// same after normalisation; otherwise it is the Jaccard measure of their shingles: how
// many runs of three neighbouring words both have, in hundredths of those that either has.
// The order of the options plays no part. Items with figures are alike only if they share
// a figure too: their words alone often say no more than "which figure comes next".
type Twins struct {
	A, B     string // codes, A before B
	Likeness int    // hundredths
}

// fingerprint is what of a text is compared.
type fingerprint struct {
	text     string   // normalised stem and options
	shingles []string // sorted, each once
}

// normal is a text without what does not distinguish it: case, marks, spaces.
func normal(text string) string { return strings.Join(words(text), " ") }

func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && !unicode.Is(unicode.Sm, r)
	})
}

// printOf makes the fingerprint of a question, and the hashes of its figures.
func printOf(q *questionbank.Question) (fingerprint, []string) {
	options := make([]string, len(q.Options))
	for i, o := range q.Options {
		options[i] = normal(questionbank.Plain(o.HTML))
	}
	slices.Sort(options)
	var figures []string
	add := func(f *questionbank.Figure) {
		if f != nil {
			sum := sha256.Sum256(f.Data)
			figures = append(figures, hex.EncodeToString(sum[:]))
		}
	}
	add(q.Figure)
	for _, o := range q.Options {
		add(o.Figure)
	}
	slices.Sort(figures)
	all := append(words(questionbank.Plain(q.Stem)), strings.Fields(strings.Join(options, " "))...)
	p := fingerprint{text: strings.Join(all, " ")}
	for i := range max(1, len(all)-shingle+1) {
		p.shingles = append(p.shingles, strings.Join(all[i:min(i+shingle, len(all))], " "))
	}
	slices.Sort(p.shingles)
	p.shingles = slices.Compact(p.shingles)
	return p, figures
}

// comparable says whether the words of two cards say how alike they are.
func (c *Card) comparable(d *Card) bool {
	if len(c.Figures) == 0 && len(d.Figures) == 0 {
		return true
	}
	return slices.ContainsFunc(c.Figures, func(f string) bool { return slices.Contains(d.Figures, f) })
}

// Alike finds all pairs of cards whose likeness is least or more, the likest first. It
// compares exactly, by an index from shingles to items: banks of some ten thousand items
// need no sketches.
func Alike(cards map[string]*Card, least int) []Twins {
	index := map[string][]string{} // shingle -> codes
	var pairs []Twins
	for _, id := range sortedKeys(cards) {
		c := cards[id]
		shared := map[string]int{}
		for _, s := range c.print.shingles {
			for _, other := range index[s] {
				shared[other]++
			}
			index[s] = append(index[s], id)
		}
		for other, n := range shared {
			d := cards[other]
			if likeness := c.likeness(d, n); likeness >= least && c.comparable(d) {
				pairs = append(pairs, Twins{other, id, likeness})
			}
		}
	}
	slices.SortFunc(pairs, func(p, q Twins) int {
		return cmp.Or(cmp.Compare(q.Likeness, p.Likeness), cmp.Compare(p.A, q.A), cmp.Compare(p.B, q.B))
	})
	return pairs
}

// likeness of two cards that share n shingles.
func (c *Card) likeness(d *Card, n int) int {
	if c.print.text == d.print.text {
		return 100
	}
	return min(99, 100*n/(len(c.print.shingles)+len(d.print.shingles)-n))
}

// Alike finds the pairs among the newest versions of the items that are not retired, and
// with any of the questions given.
func (s *Shelf) Alike(ctx context.Context, least int, with ...questionbank.Question) ([]Twins, error) {
	cards, err := s.living(ctx)
	if err != nil {
		return nil, err
	}
	for i := range with {
		cards[with[i].ID] = NewCard(&with[i])
	}
	return Alike(cards, least), nil
}

// living are the cards of all items that are not retired.
func (s *Shelf) living(ctx context.Context) (map[string]*Card, error) {
	rows, err := s.List(ctx, Filter{Stages: []Stage{Draft, InReview, Approved, InUse}})
	if err != nil {
		return nil, err
	}
	cards := make(map[string]*Card, len(rows))
	for _, r := range rows {
		cards[r.ID] = r.Card
	}
	return cards, nil
}

// LikeThis finds the items that are too much like one question, the likest first.
func (s *Shelf) LikeThis(ctx context.Context, q *questionbank.Question, least int) ([]Twins, error) {
	cards, err := s.living(ctx)
	if err != nil {
		return nil, err
	}
	mine := NewCard(q)
	var pairs []Twins
	for id, c := range cards {
		if id == q.ID || !mine.comparable(c) {
			continue
		}
		n := 0
		for _, s := range c.print.shingles {
			if _, ok := slices.BinarySearch(mine.print.shingles, s); ok {
				n++
			}
		}
		if likeness := mine.likeness(c, n); likeness >= least {
			pairs = append(pairs, Twins{q.ID, id, likeness})
		}
	}
	slices.SortFunc(pairs, func(p, q Twins) int { return cmp.Or(cmp.Compare(q.Likeness, p.Likeness), cmp.Compare(p.B, q.B)) })
	return pairs, nil
}
