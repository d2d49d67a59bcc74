package shelf

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"terang/questionbank"
)

// Card is what a list shows of a version, and what it is compared by. It has no key.
type Card struct {
	Section, Topic, Author, Lang string
	Band                         questionbank.Band
	Opening                      string // how the text begins
	Options                      int
	Figures                      []string // SHA-256 of each figure's bytes

	print fingerprint
}

// openingRunes is about what a row of a list has room for.
const openingRunes = 90

// Row is an item of a list with the card of its newest version.
type Row struct {
	*Item
	*Card
}

// Filter narrows a list; empty fields narrow nothing.
type Filter struct {
	Section, Topic string
	Sections       []string // any of these
	Stages         []Stage
	Band           questionbank.Band
	Author         string             // account that stored a version
	Text           string             // in the code or the text, whatever the case
	Without        *questionbank.Bank // leaves out the items of a bank
}

// card reads the card of a version, once.
func (s *Shelf) card(ctx context.Context, v *Version) (*Card, error) {
	s.mu.Lock()
	c, ok := s.cards[v.Body]
	s.mu.Unlock()
	if ok {
		return c, nil
	}
	q, err := s.Question(ctx, v)
	if err != nil {
		return nil, err
	}
	c = NewCard(&q)
	s.mu.Lock()
	s.cards[v.Body] = c
	s.mu.Unlock()
	return c, nil
}

// NewCard makes the card of a question.
func NewCard(q *questionbank.Question) *Card {
	opening := strings.Join(strings.Fields(questionbank.Plain(q.Stem)), " ")
	if utf8.RuneCountInString(opening) > openingRunes {
		opening = strings.TrimSpace(string([]rune(opening)[:openingRunes])) + " …"
	}
	print, figures := printOf(q)
	return &Card{
		Section: q.Section, Topic: q.Topic, Author: q.Author, Lang: q.Lang, Band: q.Band, Opening: opening,
		Options: len(q.Options), Figures: figures, print: print,
	}
}

// List returns the items that pass a filter, in order of code.
func (s *Shelf) List(ctx context.Context, f Filter) ([]Row, error) {
	items, err := s.All(ctx)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, it := range items {
		c, err := s.card(ctx, it.Newest())
		if err != nil {
			return nil, err
		}
		if row := (Row{it, c}); f.Passes(&row) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// Passes says whether a row is one of the list.
func (f *Filter) Passes(r *Row) bool {
	text := strings.ToLower(f.Text)
	return (f.Section == "" || f.Section == r.Section) &&
		(len(f.Sections) == 0 || slices.Contains(f.Sections, r.Section)) &&
		(f.Topic == "" || f.Topic == r.Topic) &&
		(f.Band == "" || f.Band == r.Band) &&
		(len(f.Stages) == 0 || slices.Contains(f.Stages, r.Stage())) &&
		(f.Author == "" || r.Wrote(f.Author)) &&
		(f.Without == nil || f.Without.Item(r.ID) == nil) &&
		(text == "" || strings.Contains(strings.ToLower(r.ID), text) || strings.Contains(r.print.text, normal(f.Text)))
}
