package web

import (
	"slices"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// authors are who made an item, as the exam's bank names them.
func (x *Exam) authors(item string) []string {
	if item == "" {
		return nil
	}
	q, ok := x.bank.Question(item)
	if !ok {
		return nil
	}
	names := []string{q.Author, q.Reviewer}
	for _, u := range x.bank.Units() {
		if u.ID == q.Unit {
			names = append(names, u.Author, u.Reviewer)
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}

// caseItem says what of the item that an objection names stands in the attempt, and in the
// key as it is now. It is for whoever answers; no candidate's page has it.
func (x *Exam) caseItem(one *proctor.Objection, a *engine.Attempt, t *engine.Terms) *caseItem {
	item := x.bank.Item(one.Item)
	place, ok := t.Form.Place(one.Q)
	if item == nil || !ok || place.Item.ID != one.Item {
		return nil
	}
	v := &caseItem{ID: item.ID, Section: item.Section}
	if one.Q <= len(a.Responses) {
		v.Letter = strings.ToUpper(a.Responses[one.Q-1].C)
		if option, ok := place.Option(a.Responses[one.Q-1].C); ok {
			v.Option, v.Points = option, x.key[item.ID][option]
		}
	}
	var best []string
	for _, o := range item.Options {
		switch worth := x.key[item.ID][o.ID]; {
		case worth > v.Most:
			v.Most, best = worth, []string{o.ID}
		case worth == v.Most:
			best = append(best, o.ID)
		}
	}
	v.Best = strings.Join(best, ", ")
	return v
}
