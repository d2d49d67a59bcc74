package proctor

import (
	"context"
	"fmt"
	"strings"

	"terang/engine"
)

// RosterCheck is what corrections of a roster would change, before they are imported: whom
// they do not name stays. With faults they would be refused whole.
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
	in, err := o.read(ctx, exam, file, false)
	if err != nil || len(in.faults) > 0 {
		if in != nil {
			c.Faults = in.faults
		}
		return c, err
	}
	c.Rows = len(in.people)
	for i := range in.change.Added {
		c.New = append(c.New, in.change.Added[i].Number)
	}
	for _, p := range in.change.Changed {
		fields := make([]string, len(p.Fields))
		for i, f := range p.Fields {
			fields[i] = fmt.Sprintf("%s: %s → %s", f.Field, f.Was, f.Is)
		}
		c.Changed = append(c.Changed, p.Number+" "+strings.Join(fields, ", "))
	}
	c.Frozen, err = o.RosterFrozen(ctx, exam)
	c.Frozen = c.Frozen || in.known.Exam(exam).Policy.NeedsTwo(engine.ActRoster)
	return c, err
}
