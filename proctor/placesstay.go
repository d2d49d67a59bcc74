package proctor

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"terang/engine"
)

// stay finds people of sites that are closed: no draw sends anybody to another site.
func (plan *PlacesPlan) stay(s *standingPlaces, next *placing) {
	for _, site := range next.def.Sites {
		n, first := 0, ""
		for _, q := range s.known.All(plan.Exam) {
			if q.Site != site.Code || !site.Closed || q.Sitting != "" && !slices.Contains(next.closed, q.Sitting) {
				continue
			}
			if n++; first == "" || q.Number < first {
				first = q.Number
			}
		}
		if n > 0 {
			plan.Faults = append(plan.Faults, Fault{
				Column: "close_sites", What: fmt.Sprintf("%d people are expected at site %s, %s first, and nobody is sent to another site by draw", n, site.Code, first),
				Remedy: "give them another site in the roster first, as corrections, and close the site then",
			})
		}
	}
}

// move draws sittings for those who cannot keep theirs. Where everybody can, the roster
// stays as it is: who has no sitting yet is placed by terang exam seats.
func (p *Places) move(ctx context.Context, plan *PlacesPlan, s *standingPlaces, next *placing) error {
	if len(plan.Faults) > 0 {
		return nil
	}
	there := expectedAt(s.known.All(plan.Exam))
	for code := range next.hours {
		if !next.made[code] {
			plan.Told += there[code]
		}
	}
	if next.displaced(s.known.All(plan.Exam)) == 0 {
		return nil
	}
	seed, err := p.office.drawSeed(ctx, plan.Exam)
	if err != nil {
		return err
	}
	plan.Seats = &SeatPlan{Seed: hex.EncodeToString(seed)}
	people, err := p.office.draw(ctx, plan.Seats, next.def, s.known, &SeatsRequest{})
	if err != nil {
		return err
	}
	if plan.Faults = plan.Seats.Faults; len(plan.Faults) > 0 {
		return nil
	}
	plan.roster = Canonical(people)
	for _, c := range plan.Seats.Change.Moved() {
		if _, told := next.hours[c.was.Sitting]; !told {
			plan.Told++
		}
	}
	return nil
}

// expectedAt counts people by sitting.
func expectedAt(people []*Person) map[string]int {
	there := map[string]int{}
	for _, q := range people {
		there[q.Sitting]++
	}
	return there
}

// displaced counts who could not keep the sitting, or the seat in it.
func (p *placing) displaced(people []*Person) (n int) {
	there := expectedAt(people)
	for _, one := range p.def.Sittings {
		_, room, _ := sittingOf(p.def, one.Code)
		for _, q := range people {
			if _, fits := seatLabel(q.Seat, room.Seats); q.Sitting == one.Code && q.Seat != "" && !fits {
				n++ // the sitting may stay, the seat is gone
			}
		}
		switch seats := room.Seats - len(spareIn(room)); {
		case slices.Contains(p.closed, one.Code):
			n += there[one.Code]
		case !one.Closed && p.state(one.Code).Phase == engine.Planned:
			n += max(0, there[one.Code]-seats)
		}
	}
	return n
}

// strands says whether a change by which everybody was to keep the sitting takes it from
// somebody: who was sent there since it was shown.
func (p *placing) strands(s *standingPlaces) bool {
	plan, people := &PlacesPlan{Exam: s.def.Code}, s.known.All(s.def.Code)
	plan.stay(s, p)
	was := placing{def: s.def, state: p.state}
	return len(plan.Faults) > 0 || p.displaced(people) > was.displaced(people)
}
