package proctor

import (
	"cmp"
	"maps"
	"time"

	"terang/engine"
)

// adjustmentOf is all that a candidate is given: by an act, or else as the roster says.
func adjustmentOf(a *engine.Attempt, p *Person) engine.Adjustment {
	return a.Given(&engine.Terms{Extra: time.Duration(p.ExtraMinutes) * time.Minute})
}

// An adjustment is all that a candidate is given, so one takes the place of another. Two that
// are proposed at two desks would each leave out what the other gives, and whoever is approved
// last would take it away unseen. So each is of what was given when it was asked, Was, which a
// desk says or is noted here; over something else it is refused, by the attempt itself.

// overWhat notes what is given to each candidate now, where the request does not say over what
// it was decided.
func (d *Desk) overWhat(a *act) {
	if a.Action != engine.ActAdjust {
		return
	}
	was := maps.Clone(a.Was)
	if was == nil {
		was = make(map[string]string)
	}
	targets, _ := d.targets(a)
	for i := range targets {
		t := &targets[i]
		was[t.person.Number] = cmp.Or(was[t.person.Number], t.given())
	}
	a.Was = was
}

// given is what a candidate is given now, in words.
func (t *target) given() (words string) {
	t.live.View(func(s *engine.Attempt, terms *engine.Terms) { words = s.Given(terms).Words() })
	return words
}

// showAdjusted says what stands now, and is replaced, and that something else stands than the
// proposal was made over.
func (d *Desk) showAdjusted(a *act, lines []Line) ([]Line, error) {
	lines = append(lines, Line{"adjust", cmp.Or(a.Adjust, engine.NothingGiven)})
	var other error
	targets, _ := d.targets(a)
	for i := range targets {
		t := &targets[i]
		now := t.given()
		if now != engine.NothingGiven {
			lines = append(lines, Line{"adjust_was", t.person.Number + " · " + now})
		}
		if was := a.Was[t.person.Number]; was != "" && was != now {
			other = refusal(engine.WrongState, "adjust")
		}
	}
	return lines, other
}
