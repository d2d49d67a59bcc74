package proctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"terang/engine"
)

// settleAfter leaves an act that was just approved to whoever approved it.
const settleAfter = 5 * time.Second

// streams are all in which acts that take two may stand.
func (p *Pairs) streams() []string {
	streams := []string{StaffAccounts}
	for _, def := range p.people.Exams() {
		streams = append(streams, engine.ExamStream+def.Code)
		for _, s := range def.Sittings {
			streams = append(streams, engine.SittingStream+def.Code+"."+s.Code)
		}
	}
	return streams
}

// Settle ends what nobody decided in time, and does what was approved by somebody who
// then died before it was done: the node that finds it does it, in the names of those who
// agreed. Several may find it at once; an operation has one effect. What could not be done
// is returned once, and tried again at the next call.
func (p *Pairs) Settle(ctx context.Context) error {
	now := p.now()
	var faults []error
	for _, stream := range p.streams() {
		if id, ok := strings.CutPrefix(stream, engine.SittingStream); ok && p.hall != nil && p.hall.HomeOf(id) != "" {
			continue // what waits there is settled where its home is
		}
		standing, err := p.standing(ctx, stream)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if len(p.overdue(standing, now)) > 0 {
			err := p.record(ctx, stream, "", func(b book) ([]engine.Event, error) { return p.overdue(b.Pairs, now), nil })
			faults = append(faults, err)
		}
		for _, n := range sortedKeys(standing.Approved) {
			agreed := standing.Approved[n]
			id := derive(agreed.Proposed.Op, "proposal/"+stream)
			if now.Sub(agreed.Approved.At) < settleAfter {
				continue
			}
			if err := p.complete(ctx, id, agreed); err != nil && !p.failed[id] {
				p.failed[id] = true
				faults = append(faults, fmt.Errorf("proposal %s was approved, and could not be done so far: %w", id, err))
			}
		}
	}
	return errors.Join(faults...)
}

func (p *Pairs) complete(ctx context.Context, id string, agreed engine.Agreed) error {
	q, hash, err := p.Get(ctx, id)
	if err != nil {
		return err
	}
	act, known := p.acts[q.Act]
	if !known {
		return fmt.Errorf("this version does not know act %q", q.Act)
	}
	if hash != agreed.Proposed.Text {
		return errors.New("the register holds another act than was approved: it is not done; look who changed the database")
	}
	_, err = p.perform(ctx, act, q, hash, agreed.Approved.By)
	var no *engine.Refusal
	if errors.As(err, &no) && no.Code != engine.Busy {
		return nil // recorded as done to no effect
	}
	return err
}

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for n := range m {
		keys = append(keys, n)
	}
	slices.Sort(keys)
	return keys
}
