package proctor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"terang/engine"
)

// roomActs are the acts of the staff API as the mechanism for two people knows them.
func (d *Desk) roomActs() []PairAct {
	var acts []PairAct
	for _, action := range slices.Sorted(maps.Keys(rules)) {
		acts = append(acts, PairAct{Name: action, Right: action, Life: RoomLife, Show: d.show, Do: d.agreed})
	}
	return acts
}

// propose stores a request until another person decides it.
func (d *Desk) propose(ctx context.Context, actor Account, a *act) (Response, error) {
	if !a.named() && !rules[a.Action].room && !rules[a.Action].all {
		return Response{}, refusal(engine.BadFrame, "seats")
	}
	var failed []Failed
	if a.named() && a.Action != engine.ActMarkSeat { // that is about the computer, whoever sits there
		var targets []target
		if targets, failed = d.targets(a); len(targets) == 0 {
			return Response{Failed: failed}, refusal(engine.UnknownSeat, "seats")
		}
		a.pin(targets)
	}
	q := a.proposal()
	var err error
	if q.Payload, err = json.Marshal(a.Request); err != nil {
		return Response{}, fmt.Errorf("propose %s: %w", a.Action, err)
	}
	id, err := d.pairs.Propose(ctx, actor, q)
	if err != nil {
		return Response{Proposal: id}, err
	}
	return Response{Proposal: id, Failed: failed}, nil
}

// pin names the people who are meant by their numbers, wherever they were named by. A seat has
// somebody else, or nobody, after a move, and whom the first person meant the second agrees to.
func (a *act) pin(targets []target) {
	a.Seats, a.Numbers = nil, make([]string, 0, len(targets))
	for _, t := range targets {
		a.Numbers = append(a.Numbers, t.person.Number)
	}
}

// proposal is the act as the mechanism names it, without what it holds.
func (a *act) proposal() Proposal {
	return Proposal{
		Stream: engine.SittingStream + a.room.ID, Act: a.Action, Op: a.Op, Exam: a.def.Code, Site: a.sitting.Site, Sitting: a.sitting.Code, Reason: a.Reason,
	}
}

// roomRequest is the request that a proposal of a sitting holds.
func roomRequest(p *Proposal) (r Request, err error) {
	if err = json.Unmarshal(p.Payload, &r); err != nil {
		err = fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return r, err
}

func (d *Desk) reopenAct(p *Proposal) (*act, error) {
	a, err := d.open(p.SittingID())
	if err != nil {
		return nil, err
	}
	a.Request, err = roomRequest(p)
	asked := proposedAt(a.room.State().Pairs, p.Op)
	a.asked = &asked
	return a, err
}

// proposedAt is when what waits, or is agreed to and not done yet, was proposed; 0 if it is neither.
func proposedAt(pairs engine.Pairs, op string) engine.Instant {
	n := pairs.Asked[op]
	if e, open := pairs.Open[n]; open {
		return e.At
	}
	return pairs.Approved[n].Proposed.At
}

// agreed does what two people have agreed to.
func (d *Desk) agreed(ctx context.Context, p *Proposal, two string) (Response, error) {
	a, err := d.reopenAct(p)
	if err != nil {
		return Response{}, err
	}
	a.by, a.two = p.By, two
	return d.do(ctx, a)
}

// shownMost is how many people a proposal names; of more it says how many.
const shownMost = 50

// show says what a request would do, with the names of those it would be done to.
func (d *Desk) show(ctx context.Context, p *Proposal) ([]Line, error) {
	a, err := d.reopenAct(p)
	if err != nil {
		return nil, err
	}
	lines := []Line{{"sitting", strings.Join([]string{a.def.Title, a.sitting.Title, a.place.Name}, " · ")}}
	switch targets, failed := d.targets(a); {
	case a.Action == engine.ActMarkSeat:
		lines = append(lines, Line{"seats", strings.Join(a.Seats, ", ")})
	case !a.named() && rules[a.Action].room:
		lines = append(lines, Line{"whole", fmt.Sprint(len(d.people.In(a.room.ID)))})
	default:
		lines = append(lines, Line{"people", fmt.Sprint(len(targets))})
		for _, t := range targets[:min(len(targets), shownMost)] {
			lines = append(lines, Line{"person", strings.TrimPrefix(strings.Join([]string{t.seat, t.person.Number, t.person.Name}, " · "), " · ")})
		}
		for _, f := range failed {
			lines = append(lines, Line{"nobody", f.Seat + f.Number})
		}
	}
	if a.MS != 0 {
		lines = append(lines, Line{"time", (time.Duration(a.MS) * time.Millisecond).String()})
	}
	for _, l := range []Line{{"to", a.To}, {"message", a.Text}, {"verdict", a.Decision}} {
		if l.Text != "" {
			lines = append(lines, l)
		}
	}
	if a.Action == engine.ActAdjust {
		return d.showAdjusted(a, lines)
	}
	if a.Action == engine.ActPassFlag {
		lines = append(lines, Line{"message", d.flagWords(ctx, a.room.ID, a.Ref)})
	} else if a.Ref != 0 {
		lines = append(lines, Line{"record", fmt.Sprint(a.Ref)})
	}
	return lines, nil
}

// Decide approves or refuses a proposal; see Pairs.Decide.
func (d *Desk) Decide(ctx context.Context, actor Account, id, op, decision, reason string) (Response, error) {
	return d.pairs.Decide(ctx, actor, id, op, decision, reason)
}

// Proposals lists what waits for another person at a sitting, oldest first.
func (d *Desk) Proposals(ctx context.Context, sitting string) ([]Waiting, error) {
	return d.pairs.In(ctx, engine.SittingStream+sitting)
}
