package proctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/engine"
)

// Deviation is one thing in which a candidate is treated otherwise than the others of the
// sitting. What is a code; Own and Others are the two values.
type Deviation struct {
	What   string `json:"what"`
	Own    string `json:"own"`
	Others string `json:"others"`
}

// Compared is a candidate with all that differs, and what was compared and is the same.
type Compared struct {
	Number        string      `json:"number"`
	Name          string      `json:"name"`
	Seat          string      `json:"seat,omitempty"`
	Accommodation string      `json:"accommodation,omitempty"` // the roster's code
	By            []string    `json:"by,omitempty"`            // who gave it, where an act did
	Differs       []Deviation `json:"differs"`
	Same          []string    `json:"same"`
}

// Comparison is a sitting's candidates who differ in anything, and how many do not.
type Comparison struct {
	Differing []Compared `json:"differing"`
	Alike     int        `json:"alike"`
	What      []string   `json:"what"` // all that was compared
}

// aspect is one thing that is compared. Own forms are no difference: everybody has another
// one, made by the same plan of the same parts.
type aspect struct {
	what string
	of   func(*engine.Attempt, *engine.Terms, *Person) string
}

func minutesText(d time.Duration) string { return strconv.FormatInt(int64(d/time.Minute), 10) }

var aspects = []aspect{
	{"length", func(a *engine.Attempt, t *engine.Terms, _ *Person) string {
		if a.Ledger.From != 0 {
			return minutesText(a.Ledger.Length)
		}
		return minutesText(t.Length)
	}},
	{"extra", func(a *engine.Attempt, t *engine.Terms, _ *Person) string {
		if a.Ledger.From != 0 {
			return minutesText(a.Ledger.Extra)
		}
		return minutesText(a.Extra(t))
	}},
	{"breaks", func(a *engine.Attempt, _ *engine.Terms, p *Person) string {
		return minutesText(adjustmentOf(a, p).Breaks)
	}},
	{"size", func(a *engine.Attempt, _ *engine.Terms, p *Person) string { return fmt.Sprint(adjustmentOf(a, p).Size) }},
	{"contrast", func(a *engine.Attempt, _ *engine.Terms, p *Person) string {
		return yes(adjustmentOf(a, p).Dark)
	}},
	{"reader", func(a *engine.Attempt, _ *engine.Terms, p *Person) string { return yes(adjustmentOf(a, p).Reader) }},
	{"assistant", func(a *engine.Attempt, _ *engine.Terms, p *Person) string {
		return yes(adjustmentOf(a, p).Assistant)
	}},
	{"plan", func(a *engine.Attempt, t *engine.Terms, _ *Person) string { return first(a.Plan, t.Plan) }},
	{"seed", func(a *engine.Attempt, t *engine.Terms, _ *Person) string { return first(a.Seed, t.Seed) }},
	{"sections", func(_ *engine.Attempt, t *engine.Terms, _ *Person) string { return sectionsText(t.Form) }},
	{"seen", func(a *engine.Attempt, t *engine.Terms, _ *Person) string { return first(a.Seen, t.Seen) }},
	{"policy", func(_ *engine.Attempt, t *engine.Terms, _ *Person) string { return fmt.Sprintf("%+v", t.Policy) }},
}

func yes(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

// first is what the record says, or, before it does, what the terms say.
func first(recorded, terms string) string {
	if recorded != "" {
		return recorded
	}
	return terms
}

func sectionsText(f *engine.Form) (text string) {
	if f == nil {
		return ""
	}
	for _, s := range f.Sections {
		text += fmt.Sprintf("%s %d-%d ", s.ID, s.From, s.To)
	}
	return text
}

// Differences compares everybody of a sitting with the others, aspect by aspect, by what
// they were really given. What most have is what the others are compared with; of two as
// frequent, the smaller text.
func (d *Desk) Differences(sitting string) (c Comparison, err error) {
	if _, err := d.open(sitting); err != nil {
		return c, err
	}
	type entry struct {
		person *Person
		seat   string
		by     []string
		values []string
	}
	var all []entry
	for _, p := range d.people.In(sitting) {
		live := d.hall.Attempt(p.Attempt)
		if live == nil {
			continue
		}
		e := entry{person: p, values: make([]string, len(aspects))}
		live.View(func(s *engine.Attempt, t *engine.Terms) {
			e.seat, e.by = s.Seat, s.AdjustBy
			for i, x := range aspects {
				e.values[i] = x.of(s, t, p)
			}
		})
		all = append(all, e)
	}
	usual := make([]string, len(aspects))
	for i := range aspects {
		counts := map[string]int{}
		for _, e := range all {
			counts[e.values[i]]++
		}
		most := -1
		for v, n := range counts {
			if n > most || n == most && v < usual[i] {
				most, usual[i] = n, v
			}
		}
		c.What = append(c.What, aspects[i].what)
	}
	c.Differing = []Compared{}
	for _, e := range all {
		one := Compared{Number: e.person.Number, Name: e.person.Name, Seat: e.seat, Accommodation: e.person.Accommodation, By: e.by}
		for i, x := range aspects {
			if e.values[i] == usual[i] {
				one.Same = append(one.Same, x.what)
				continue
			}
			one.Differs = append(one.Differs, Deviation{x.what, e.values[i], usual[i]})
		}
		if len(one.Differs) == 0 {
			c.Alike++
			continue
		}
		c.Differing = append(c.Differing, one)
	}
	slices.SortFunc(c.Differing, func(x, y Compared) int { return strings.Compare(x.Number, y.Number) })
	return c, nil
}
