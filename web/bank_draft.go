package web

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strings"

	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/shelf"
)

// draftJSON is a question as an editor holds it: the stem as authors write it.
type draftJSON struct {
	ID      string        `json:"id"`
	Section string        `json:"section"`
	Topic   string        `json:"topic"`
	Band    string        `json:"band"`
	Rule    string        `json:"options_rule"`
	Enemies string        `json:"enemies"`
	Lang    string        `json:"lang"`
	Author  string        `json:"author"`
	Why     string        `json:"why"`
	Stem    string        `json:"stem"`
	Figure  *draftFigure  `json:"figure"`
	Options []draftOption `json:"options"`
}

type draftOption struct {
	Value  int          `json:"value"`
	Text   string       `json:"text"`
	Figure *draftFigure `json:"figure"`
}

// draftFigure is a picture: type and size are read from its bytes.
type draftFigure struct {
	Path string `json:"path,omitempty"` // as it is stored; "" for a new one
	Alt  string `json:"alt"`
	Data []byte `json:"data"`
}

func draftOf(q *questionbank.Question) draftJSON {
	d := draftJSON{
		ID: q.ID, Section: q.Section, Topic: q.Topic, Band: string(q.Band), Rule: string(q.Rule), Enemies: q.Enemies, Lang: q.Lang,
		Author: q.Author, Why: q.Why, Stem: questionbank.StemText(q.Stem), Figure: figureDraft(q.Figure), Options: []draftOption{},
	}
	for _, o := range q.Options {
		d.Options = append(d.Options, draftOption{o.Value, o.HTML, figureDraft(o.Figure)})
	}
	return d
}

func figureDraft(f *questionbank.Figure) *draftFigure {
	if f == nil {
		return nil
	}
	return &draftFigure{f.Path, f.Alt, f.Data}
}

// question reads the draft over the question that its author began with: what the editor
// does not show stays as it was. Faults say what was dropped from it or cannot be kept.
func (d *draftJSON) question(q questionbank.Question) (questionbank.Question, []questionbank.Fault) {
	plain := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	q.ID, q.Version, q.Section, q.Topic, q.Band = plain(d.ID), 1, plain(d.Section), plain(d.Topic), questionbank.Band(d.Band)
	q.Rule, q.Enemies, q.Lang, q.Author, q.Why = questionbank.Rule(d.Rule), plain(d.Enemies), plain(d.Lang), plain(d.Author), plain(d.Why)
	q.Options = nil
	if q.Rule == "" {
		q.Rule = questionbank.Free
	}
	if q.Lang == "" {
		q.Lang = "id"
	}
	var faults []questionbank.Fault
	q.Stem, faults = questionbank.StemFrom(d.Stem)
	figure := func(f *draftFigure, suffix, where string) *questionbank.Figure {
		if f == nil {
			return nil
		}
		name := q.ID + suffix
		if f.Path != "" {
			name = strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
		}
		fig, err := questionbank.NewFigure(name, plain(f.Alt), f.Data)
		if err != nil {
			faults = append(faults, questionbank.Fault{What: fmt.Sprintf("the figure of %s: %v", where, err), Remedy: "choose an SVG, PNG or WebP within the limits"})
		}
		return fig
	}
	q.Figure = figure(d.Figure, "", "the text")
	for i, o := range d.Options {
		letter := string(rune('a' + i))
		html, more := questionbank.CanonicalInline(strings.TrimSpace(o.Text))
		for _, f := range more {
			f.What = "option " + letter + ": " + f.What
			faults = append(faults, f)
		}
		q.Options = append(q.Options, questionbank.Option{ID: letter, Value: o.Value, HTML: html, Figure: figure(o.Figure, "-"+letter, "option "+letter)})
	}
	return q, faults
}

// checkJSON is what a page's checks say, in words of the page's language.
type checkJSON struct {
	Level  string         `json:"level"` // ok, warn or bad
	Code   string         `json:"code"`
	Values map[string]any `json:"values,omitempty"`
}

// longKey is from how many times the mean length of the other options a key stands out.
const longKey = 2

// checks looks at a question as an experienced reviewer would first.
func (s *Server) checks(ctx context.Context, q *questionbank.Question) ([]checkJSON, error) {
	list := []checkJSON{keyCheck(q)}
	if c, ok := lengthCheck(q); ok {
		list = append(list, c)
	}
	if c, ok := figureCheck(q); ok {
		list = append(list, c)
	}
	twins, err := s.shelf.LikeThis(ctx, q, shelf.Near)
	if err != nil {
		return nil, err
	}
	for _, t := range twins[:min(len(twins), 3)] {
		list = append(list, checkJSON{"warn", "alike", map[string]any{"percent": t.Likeness, "id": t.B}})
	}
	if len(twins) == 0 {
		list = append(list, checkJSON{"ok", "unlike", nil})
	}
	return list, nil
}

// keyCheck tells one key from none or several, and a graded question from both.
func keyCheck(q *questionbank.Question) checkJSON {
	best, graded := 0, len(q.Options) > 0
	seen := map[int]bool{}
	for _, o := range q.Options {
		best = max(best, o.Value)
		graded = graded && o.Value > 0 && !seen[o.Value]
		seen[o.Value] = true
	}
	keys := 0
	for _, o := range q.Options {
		if o.Value == best && best > 0 {
			keys++
		}
	}
	values := map[string]any{"options": len(q.Options), "keys": keys}
	switch {
	case graded:
		return checkJSON{"ok", "graded", values}
	case keys == 1:
		return checkJSON{"ok", "one_key", values}
	case keys == 0:
		return checkJSON{"bad", "no_key", values}
	}
	return checkJSON{"bad", "many_keys", values}
}

// lengthCheck compares the length of the key with that of the other options: people who
// know nothing choose the longest.
func lengthCheck(q *questionbank.Question) (checkJSON, bool) {
	key, rest, others, best := 0, 0, 0, 0
	for _, o := range q.Options {
		best = max(best, o.Value)
	}
	for _, o := range q.Options {
		n := len(strings.Fields(questionbank.Plain(o.HTML)))
		if o.Value == best {
			key = max(key, n)
		} else {
			rest, others = rest+n, others+1
		}
	}
	if others == 0 || rest == 0 {
		return checkJSON{}, false
	}
	c := checkJSON{"ok", "key_length", map[string]any{"key": key, "mean": (rest + others/2) / others}}
	if key*others > longKey*rest {
		c.Level, c.Code = "warn", "key_long"
	}
	return c, true
}

// figureCheck wants words for those who cannot see a figure.
func figureCheck(q *questionbank.Question) (checkJSON, bool) {
	figures, silent := 0, 0
	look := func(f *questionbank.Figure) {
		if f != nil {
			figures++
			if f.Alt == "" {
				silent++
			}
		}
	}
	look(q.Figure)
	for _, o := range q.Options {
		look(o.Figure)
	}
	switch {
	case figures == 0:
		return checkJSON{}, false
	case silent > 0:
		return checkJSON{"bad", "figure_silent", map[string]any{"figures": silent}}, true
	}
	return checkJSON{"ok", "figures_told", map[string]any{"figures": figures}}, true
}

// servePreview shows a draft as a candidate would see it, and what is to be said of it.
// Nothing is stored.
func (s *Server) servePreview(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	var d draftJSON
	if !readJSON(w, r, itemMost, &d) {
		return
	}
	q, faults := d.question(questionbank.Question{})
	checks, err := s.checks(r.Context(), &q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"item": previewed(q.Seen()), "checks": checks, "faults": faultsJSON(append(faults, q.Unfit()...), language(r)),
	})
}
