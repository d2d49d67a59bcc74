package proctor

import (
	"context"

	"terang/engine"
)

// RosterCheck is what a roster would change, before it is imported. With faults it would
// be refused whole.
type RosterCheck struct {
	Rows    int
	New     []string // numbers
	Changed []string // number and what changes of it
	Faults  []Fault
	Frozen  bool // a change takes two people
}

// CheckRoster says what a roster would change, and changes nothing.
func (o *Office) CheckRoster(ctx context.Context, actor Account, exam string, file []byte) (RosterCheck, error) {
	c := RosterCheck{New: []string{}, Changed: []string{}}
	if !actor.May(ActRoster, exam, "", "") {
		return c, refusal(engine.NotAllowed, "action")
	}
	known, people, faults, err := o.parse(ctx, exam, file)
	if err != nil || len(faults) > 0 {
		c.Faults = faults
		return c, err
	}
	c.Rows = len(people)
	for i := range people {
		was := known.Find(people[i].Number, exam)
		if len(was) == 0 {
			c.New = append(c.New, people[i].Number)
		} else if text := difference(was[0], &people[i]); text != "" {
			c.Changed = append(c.Changed, text)
		}
	}
	c.Frozen, err = o.RosterFrozen(ctx, exam)
	c.Frozen = c.Frozen || known.Exam(exam).Policy.NeedsTwo(engine.ActRoster)
	return c, err
}
