package proctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"terang/engine"
)

// CaseEvent is something that happened in a case, as whoever answers reads it.
type CaseEvent struct {
	engine.Event
	Sitting bool // to the whole sitting
	N       int  // version in its stream
}

// caseMost is how many events of a case are told at most; a whole exam has some dozens
// beside its answers.
const caseMost = 500

// CaseEvents tells what the journal has of the candidate's attempt and sittings: all but
// answers, looks and marks, and of these those of the item that an objection names; of the
// sitting nothing that is about another candidate. Of an exam that was sat again it is what
// was sat when the objection was filed: on another form another item stands at the position.
func (o *Office) CaseEvents(ctx context.Context, one *Objection, p *Person) ([]CaseEvent, error) {
	var events []CaseEvent
	sittings := []string{}
	in := func(id string) {
		if id != "" && !slices.Contains(sittings, id) {
			sittings = append(sittings, id)
		}
	}
	after := false // it was sat again since
	read := func(stream string, sitting bool) error {
		err := o.log.journal.Read(ctx, stream, 0, func(r engine.Record) error {
			if ofCandidate(r.Body) && one.Q == 0 {
				return nil
			}
			e, err := engine.Decode(r.Body)
			switch {
			case err != nil || sitting && e.Number != "" && e.Number != p.Number: // somebody else's
				return err
			case sitting:
			case after:
				return nil
			case e.Kind == engine.CheckedIn:
				in(e.Sitting)
			case e.Kind == engine.Resat && e.At <= one.Filed:
				events, sittings = nil, nil
			case e.Kind == engine.Resat:
				after = true
			}
			if !sitting {
				in(one.leaves(&e))
			}
			if !ofCandidate(r.Body) || e.Q == one.Q && e.Kind != engine.SettledTo && e.Kind != engine.DeviceBound {
				events = append(events, CaseEvent{e, sitting, r.N})
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", stream, err)
		}
		return nil
	}
	if err := read(engine.AttemptStream+p.Attempt, false); err != nil {
		return nil, err
	}
	if !after {
		in(p.SittingID())
	}
	for _, id := range sittings {
		if err := read(engine.SittingStream+id, true); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(events, func(a, b CaseEvent) int { return cmp.Compare(a.At, b.At) })
	return events[:min(len(events), caseMost)], nil
}
