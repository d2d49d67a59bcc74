package selection

import (
	"strings"
)

// Move is one seat that was filled after the ranking, with all who were looked at.
type Move struct {
	Number     string   `json:"number"`
	Step       string   `json:"step"`
	From       string   `json:"from"`
	To         string   `json:"to"`
	Considered []string `json:"considered"` // who fitted, the first first
}

// kindred is what a move keeps: agency, post and education.
type kindred struct{ agency, post, education string }

func (f *Formation) kindred() kindred {
	return kindred{folded(f.Agency), folded(f.Post), folded(f.Education)}
}

// folded is a name without what people write now so and now so: capitals, and spaces.
func folded(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// Optimise fills seats that stayed empty by the rule set's steps, in their order; within
// a step vacancies are taken in the order of the formations, and each takes the best who
// fit (PermenPANRB 23/2019; 27/2021, Pasal 48; the order in which vacancies choose is ours). Nobody who has a seat moves, and a question stops it.
func (l *Listing) Optimise() {
	empty := make([]int, len(l.Formations))
	for i, f := range l.Formations {
		empty[i] = f.Seats
	}
	pool := make(map[kindred][]int32)
	for i := range l.People {
		switch c := &l.People[i]; {
		case c.At >= 0:
			empty[c.At]--
		case c.Rank > 0:
			k := l.Formations[c.Formation].kindred()
			pool[k] = append(pool[k], int32(i))
		}
	}
	for step := range l.Rules.Optimisation.Steps {
		for f := range l.Formations {
			if empty[f] <= 0 || !l.vacancy(step, f) || len(l.Questions) > 0 {
				continue
			}
			var who []int32
			for _, i := range pool[l.Formations[f].kindred()] {
				if c := &l.People[i]; c.At < 0 && l.fits(step, f, c) {
					who = append(who, i)
				}
			}
			s := l.sorted(who, l.Formations[f].Code)
			considered := l.numbers(s.who)
			for _, i := range l.fill(&s, int32(f), empty[f]) {
				l.move(&l.People[i], step, f, considered)
				empty[f]--
			}
		}
	}
}

func (l *Listing) move(c *Candidate, step, to int, considered []string) {
	from := &l.Formations[c.Formation]
	c.Step, c.Seat = int8(step), OtherNeed
	if l.sites[c.Formation] != l.sites[to] {
		c.Seat = OtherPlace
	}
	l.Moves = append(l.Moves, Move{
		Number: c.Number, Step: l.Rules.Optimisation.Steps[step].Code, From: from.Code, To: l.Formations[to].Code, Considered: considered,
	})
}

// vacancy says whether the step fills the formation's seats.
func (l *Listing) vacancy(step, f int) bool {
	general := l.Formations[f].Need == "general"
	switch l.Rules.Optimisation.Steps[step].Vacancy {
	case "general":
		return general
	case "special":
		return !general
	}
	return true
}

// fits checks place, need and threshold in this order; post and education are
// the pool's.
func (l *Listing) fits(step, f int, c *Candidate) bool {
	s, own, to := &l.Rules.Optimisation.Steps[step], &l.Formations[c.Formation], &l.Formations[f]
	if int32(f) == c.Formation || (l.sites[c.Formation] == l.sites[f]) != (s.Place == "same") {
		return false
	}
	switch s.Source {
	case "general":
		if own.Need != "general" {
			return false
		}
	case "special":
		if own.Need == "general" {
			return false
		}
	case "same_need":
		if own.Need != to.Need {
			return false
		}
	case "other_need":
		if own.Need == to.Need {
			return false
		}
	}
	if s.Threshold == "general" {
		return c.general
	}
	return l.bars[f].Passed(&c.Points)
}
