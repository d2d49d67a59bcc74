package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"terang/engine"
)

// KindImport is EXAM/OP: what a program's import of a roster changes, for the answer when it is
// sent again: by then the roster is another.
const KindImport = "roster-import"

// RosterCheck is what corrections of a roster change, or would: whom they do not name stays.
// With faults they are refused whole.
type RosterCheck struct {
	Rows     int      `json:"rows"`
	New      []string `json:"new"`     // numbers
	Changed  []string `json:"changed"` // number and what changes of it
	Faults   []Fault  `json:"-"`
	Proposal string   `json:"-"` // of an import that waits for another person
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
	return c, nil
}

// ImportRoster takes corrections of a roster, and says what they change. An operation that was
// taken is answered as the first time, whatever the roster is by now.
func (o *Office) ImportRoster(ctx context.Context, actor Account, exam string, r RosterRequest) (RosterCheck, error) {
	r.Op, r.Partial = strings.ToLower(r.Op), true
	switch {
	case !actor.May(ActRoster, exam, "", ""):
		return RosterCheck{}, refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(r.Op):
		return RosterCheck{}, refusal(engine.BadFrame, "op")
	}
	if n, err := o.taken(ctx, exam, r.Op); err != nil {
		return RosterCheck{}, err
	} else if n > 0 {
		return o.imported(ctx, exam, r.Op)
	}
	c, err := o.CheckRoster(ctx, actor, exam, []byte(r.File))
	if err != nil || len(c.Faults) > 0 {
		return c, err
	}
	if err := o.keepImport(ctx, exam, &r, &c); err != nil {
		return c, err
	}
	answer, err := o.Roster(ctx, actor, exam, r)
	if err == nil && answer.Loaded == 0 && answer.Version > 0 { // the same operation was quicker
		return o.imported(ctx, exam, r.Op)
	}
	c.Faults, c.Proposal = answer.Faults, answer.Proposal
	return c, err
}

// keptImport is the entry of KindImport.
type keptImport struct {
	File string `json:"file"` // SHA-256
	RosterCheck
}

// keepImport notes what an operation changes before it is taken. Where the roster is already as
// the file has it, a first try was cut short, and what that was about to change stands.
func (o *Office) keepImport(ctx context.Context, exam string, r *RosterRequest, c *RosterCheck) error {
	next := keptImport{engine.SHA256(r.File), *c}
	if len(c.New)+len(c.Changed) == 0 {
		if was, err := o.keptImport(ctx, exam, r.Op); err != nil || was.File == next.File {
			*c = was.RosterCheck
			return err
		}
	}
	body, err := json.Marshal(next)
	if err == nil {
		err = o.register.Put(ctx, engine.Entry{Kind: KindImport, ID: exam + "/" + r.Op, Body: body})
	}
	if err != nil {
		return fmt.Errorf("keep what import %s changes: %w", r.Op, err)
	}
	return nil
}

// keptImport is without a file where the operation has changed nothing that was noted: an earlier
// program took it.
func (o *Office) keptImport(ctx context.Context, exam, op string) (k keptImport, err error) {
	k.New, k.Changed = []string{}, []string{}
	body, err := o.register.Get(ctx, KindImport, exam+"/"+op)
	if errors.Is(err, engine.ErrAbsent) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &k)
	}
	if err != nil {
		err = fmt.Errorf("read what import %s changed: %w", op, err)
	}
	return k, err
}

// imported is the answer to an operation that was taken.
func (o *Office) imported(ctx context.Context, exam, op string) (RosterCheck, error) {
	k, err := o.keptImport(ctx, exam, op)
	return k.RosterCheck, err
}
