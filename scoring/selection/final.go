package selection

import (
	"fmt"
	"strings"

	"terang/scoring"
)

// Final joins the stages of everybody, ranks each formation by the final's keys and gives
// its seats to the first. Who is flagged, was absent at the second stage, failed an
// eliminating part or missed a threshold has no rank and no seat. Where the last seat
// falls into a tie, nobody of the tie is seated and Questions has it. Keys:
// PermenPANRB 6/2024, Pasal 45(4), with the same text as in 36/2018, 23/2019 and 27/2021.
func (l *Listing) Final() {
	l.Stage = FinalStage
	l.judge()
	twoGroups := l.Rules.Shortlist != nil && l.Rules.Shortlist.Mode == scoring.TwoGroups
	for i := range l.People {
		c := &l.People[i]
		l.eliminate(c)
		c.Group = 1
		if c.missed && twoGroups { // it went on as group 2, or the shortlist was wrong
			c.Group, c.missed = 2, false
		}
		if l.HasFinal(c) {
			steps := l.Steps(c)
			c.final = steps.Final
		}
	}
	l.rank()
}

// rank orders and seats formation by formation.
func (l *Listing) rank() {
	l.Questions, l.Moves, l.minutes = nil, nil, make(map[int32][]string)
	l.eachFormation(func(formation int32, members []int32) {
		var who []int32
		for _, i := range members {
			if c := &l.People[i]; l.HasFinal(c) && !c.missed {
				who = append(who, i)
			}
		}
		s := l.sorted(who, l.codes[formation])
		if s.minutes != nil {
			l.minutes[formation] = s.minutes
		}
		for n, i := range s.who {
			l.People[i].Rank = s.tie[n] + 1
		}
		if len(l.Formations) == 0 {
			for n := 1; n < len(s.who); n++ {
				l.People[s.who[n]].by = l.partedAt(&s, n-1, n)
			}
			return
		}
		cut := len(l.fill(&s, formation, l.Formations[formation].Seats))
		for n, i := range s.who {
			c := &l.People[i]
			if n < cut {
				c.Seat = OwnSeat
			}
			switch {
			case cut == 0 || cut == len(s.who):
			case n < cut:
				c.by = l.partedAt(&s, n, cut)
			default:
				c.by = l.partedAt(&s, cut-1, n)
			}
		}
	})
}

// fill gives seats to the first of the list and returns who got one. A tie over the last
// seat becomes a question, and its people get none.
func (l *Listing) fill(s *list, formation int32, seats int) []int32 {
	cut := min(seats, len(s.who))
	if cut > 0 && cut < len(s.who) && s.tie[cut] == s.tie[cut-1] {
		from := int(s.tie[cut])
		to := cut + 1
		for to < len(s.who) && s.tie[to] == s.tie[cut] {
			to++
		}
		l.Questions = append(l.Questions, Question{
			Formation: l.codes[formation], Seats: seats - from, Numbers: l.numbers(s.who[from:to]), Why: l.why(s.who[from:to]),
		})
		cut = from
	}
	for _, i := range s.who[:cut] {
		l.People[i].At = formation
	}
	return s.who[:cut]
}

// partedAt is the key between two places of a list.
func (l *Listing) partedAt(s *list, first, second int) int8 {
	if s.tie[first] == s.tie[second] {
		return -1
	}
	return l.parted(&l.People[s.who[first]], &l.People[s.who[second]])
}

// why says which rule ended.
func (l *Listing) why(who []int32) string {
	first := &l.People[who[0]]
	for _, i := range who {
		if c := &l.People[i]; c.academic != first.academic {
			return "a grade-point mean and a mean on a school certificate have no common scale"
		}
	}
	return fmt.Sprintf("equal in every key down to %s", l.order.keys[len(l.order.keys)-1].name)
}

// DecidedBy names what decided about the candidate's seat: the key that parts a seated
// candidate from the best who has none, or the other from the last who has one;
// COMMITTEE; or the step of the optimisation. Where no seats are known it is the key that
// puts the candidate behind the one above.
func (l *Listing) DecidedBy(c *Candidate) string {
	if c.Step >= 0 {
		return l.Rules.Optimisation.Steps[c.Step].Code
	}
	if c.by == committee && l.minutes[c.Formation] != nil {
		return "COMMITTEE " + strings.Join(l.minutes[c.Formation], ", ")
	}
	return l.keyName(c.by)
}

// Score is the candidate's final score as it is printed, "" if there is none.
func (l *Listing) Score(c *Candidate) string {
	if !l.HasFinal(c) {
		return ""
	}
	return c.final.Fixed(l.Rules.Final.Decimals)
}
