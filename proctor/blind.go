package proctor

import (
	"fmt"

	"terang/engine"
)

// blind is the accommodation of which rule sets say how long the exam takes.
const blind = "blind"

// blindTime is a blind person whose exam has another length than the rules give.
type blindTime struct {
	person *Person
	need   string
	length int // minutes of the sitting, without anybody's extra time
	gives  int // the rules
}

// blindTimes finds them. No rule is applied to anybody by itself: how long somebody has is
// approved for the person, and stands in the roster. So it is held against what is published.
func (r *CriteriaRules) blindTimes(def *engine.Definition, people []*Person, formations []Formation) (found []blindTime) {
	if r.Blind == nil {
		return nil
	}
	needs := make(map[string]string, len(formations))
	for _, f := range formations {
		needs[f.Code] = f.Need
	}
	for _, p := range people {
		need, known := needs[p.Formation]
		if p.Accommodation != blind || !known {
			continue
		}
		b := blindTime{p, need, r.length(def, p.Sitting), r.Blind(need)}
		if b.gives > 0 && b.length+p.ExtraMinutes != b.gives {
			found = append(found, b)
		}
	}
	return found
}

// length is how many minutes a sitting lasts, or any of the exam.
func (r *CriteriaRules) length(def *engine.Definition, sitting string) int {
	if def != nil {
		for _, s := range def.Sittings {
			if s.Code == sitting && s.Minutes > 0 {
				return s.Minutes
			}
		}
	}
	return r.Minutes
}

// BlindFaults says who is blind and has not the time that the rules give. A roster is taken
// nevertheless: another length may have been approved.
func (r *CriteriaRules) BlindFaults(def *engine.Definition, people []*Person, formations []Formation) []Fault {
	var faults []Fault
	for _, b := range r.blindTimes(def, people, formations) {
		f := Fault{
			Column: "extra_minutes",
			What:   fmt.Sprintf("%s is blind on the need %s and has %d minutes, the rule set gives %d", b.person.Number, b.need, b.length+b.person.ExtraMinutes, b.gives),
			Remedy: "correct the minutes of the sitting, unless this length was approved",
		}
		if extra := b.gives - b.length; extra >= 0 {
			f.Remedy = fmt.Sprintf("write %d extra minutes, unless this length was approved", extra)
		}
		faults = append(faults, f)
	}
	return faults
}
