package proctor

import (
	"context"
	"slices"
	"strings"

	"terang/engine"
)

func (a *act) upholds() bool {
	yes, ok := a.granted()
	return ok && !yes
}

// bars says whether a turning away is for breaking a rule at the door: a disqualification.
func (a *act) bars() bool {
	why, _ := splitReason(a.Reason)
	return why == "disqualified"
}

// otherUnit refuses the decision about a doubt to all who raised one that is open, and to who
// belongs to the unit of the first: nobody judges the work of their own table. That the other
// table doubts, too, leaves the rest of it to decide: else nobody could where there are two.
func (d *Desk) otherUnit(ctx context.Context, a *act) error {
	decider, err := d.known(ctx, a.by)
	if err != nil {
		return err
	}
	targets, _ := d.targets(a)
	for _, t := range targets {
		var raised []string
		t.live.View(func(s *engine.Attempt, _ *engine.Terms) {
			if s.Doubt { // else it is refused, or done, by the attempt itself
				raised = s.DoubtBy
			}
		})
		unit := false
		for i, by := range raised {
			raiser, err := d.known(ctx, by)
			if err != nil {
				return err
			}
			if SurelySame(decider, raiser) {
				return refusal(engine.SecondPerson, "doubt")
			}
			unit = unit || i == 0 && sameUnit(decider, raiser, a)
		}
		if unit {
			return refusal(engine.SecondPerson, "unit")
		}
	}
	return nil
}

// sameUnit says whether two accounts belong together: by the units that they name, or,
// where one names none, because they have a role in common in this place.
func sameUnit(x, y Account, a *act) bool {
	if x.Unit != "" && y.Unit != "" {
		return strings.EqualFold(x.Unit, y.Unit)
	}
	here := func(g Grant) bool { return g.Covers(a.def.Code, a.sitting.Site, a.sitting.Code) }
	return slices.ContainsFunc(x.Grants, func(g Grant) bool {
		return here(g) && slices.ContainsFunc(y.Grants, func(o Grant) bool { return here(o) && o.Role == g.Role })
	})
}
