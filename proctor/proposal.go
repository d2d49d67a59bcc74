package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"terang/engine"
)

// ProposalLife is how long a proposal waits for the other person.
const ProposalLife = 10 * time.Minute

// proposal is what the register keeps of a request that waits; the Proposed event names
// its bytes by hash, so that nobody approves another request than was proposed.
type proposal struct {
	ID      string  `json:"id"`
	Sitting string  `json:"sitting"`
	By      string  `json:"by"`
	Request Request `json:"request"`
}

// Waiting is a proposal as the station shows it.
type Waiting struct {
	ID      string   `json:"id"`
	Action  string   `json:"action"`
	Seats   []string `json:"seats,omitempty"`
	Numbers []string `json:"numbers,omitempty"`
	Reason  string   `json:"reason"`
	By      string   `json:"by"`
	At      string   `json:"at"`
	Expires string   `json:"expires"`
}

// propose stores a request until another person decides it.
func (d *Desk) propose(ctx context.Context, a *act) (Response, error) {
	if !a.named() && !rules[a.Action].room && !rules[a.Action].all {
		return Response{}, refusal(engine.BadFrame, "seats")
	}
	targets, failed := d.targets(a)
	if a.named() && len(targets) == 0 {
		return Response{Failed: failed}, refusal(engine.UnknownSeat, "seats")
	}
	p := proposal{ID: derive(a.Op, "proposal/"+a.room.ID), Sitting: a.room.ID, By: a.by, Request: a.Request}
	body, err := json.Marshal(p)
	if err != nil {
		return Response{}, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	kept, err := d.register.Get(ctx, KindProposal, p.ID)
	if err == nil && string(kept) != string(body) {
		return Response{}, refusal(engine.BadFrame, "op") // the operation means something else already
	}
	if err != nil && !errors.Is(err, engine.ErrAbsent) {
		return Response{}, fmt.Errorf("read proposal %s: %w", p.ID, err)
	}
	if err := d.register.Put(ctx, engine.Entry{Kind: KindProposal, ID: p.ID, Body: body}); err != nil {
		return Response{}, fmt.Errorf("keep proposal %s: %w", p.ID, err)
	}
	why, _ := splitReason(a.Reason)
	_, err = a.room.Append("", func(s *engine.Sitting) ([]engine.Event, error) {
		var events []engine.Event
		for n, e := range s.Proposals {
			if e.Op == a.Op {
				return nil, nil
			}
			if expired(e, a.now) {
				events = append(events, engine.Event{Kind: engine.Expired, At: max(a.now, s.At), By: "engine", Ref: n})
			}
		}
		slices.SortFunc(events, func(x, y engine.Event) int { return x.Ref - y.Ref })
		return append(events, engine.Event{
			Kind: engine.Proposed, At: max(a.now, s.At), By: a.by, Op: a.Op, Act: a.Action, Why: why, Text: engine.SHA256(string(body)),
		}), nil
	})
	return Response{Proposal: p.ID}, err
}

func expired(e engine.Event, now engine.Instant) bool { return now.Sub(e.At) > ProposalLife }

// SittingOf returns the sitting that a proposal belongs to.
func (d *Desk) SittingOf(ctx context.Context, id string) (string, error) {
	p, _, err := d.proposal(ctx, id)
	return p.Sitting, err
}

func (d *Desk) proposal(ctx context.Context, id string) (proposal, string, error) {
	var p proposal
	body, err := d.register.Get(ctx, KindProposal, strings.ToLower(id))
	if errors.Is(err, engine.ErrAbsent) {
		return p, "", refusal(engine.WrongState, "proposal")
	}
	if err == nil {
		err = json.Unmarshal(body, &p)
	}
	if err != nil {
		return p, "", fmt.Errorf("read proposal %s: %w", id, err)
	}
	return p, engine.SHA256(string(body)), nil
}

// Decide approves or refuses a proposal; decision is "approve" or "refuse". An approval
// by another person with the same right, within ten minutes, is recorded and then the act
// is done, with both names.
func (d *Desk) Decide(ctx context.Context, actor Account, id, op, decision, reason string) (Response, error) {
	op = strings.ToLower(op)
	approve := decision == "approve"
	switch {
	case !engine.ValidOp(op):
		return Response{}, refusal(engine.BadFrame, "op")
	case !approve && decision != "refuse":
		return Response{}, refusal(engine.BadFrame, "decision")
	}
	p, hash, err := d.proposal(ctx, id)
	if err != nil {
		return Response{}, err
	}
	a, err := d.open(p.Sitting)
	if err != nil {
		return Response{}, err
	}
	a.Request, a.by, a.two = p.Request, p.By, actor.User
	if !actor.May(a.Action, a.def.Code, a.sitting.Site) {
		return Response{}, refusal(engine.NotAllowed, "action")
	}
	why, words := splitReason(reason)
	text, err := KeepText(ctx, d.register, words)
	if err != nil {
		return Response{}, err
	}
	late := false
	// The operation is bound to the decision: an approval that repeats a refusal's id must
	// not pass for an approval that was accepted before.
	_, err = a.room.Append(derive(op, decision+"/"+p.ID), func(s *engine.Sitting) ([]engine.Event, error) {
		for n, e := range s.Proposals {
			if e.Op != p.Request.Op || e.Text != hash {
				continue
			}
			e2 := engine.Event{Kind: engine.Refused, At: max(a.now, s.At), By: actor.User, Op: derive(op, decision+"/"+p.ID), Ref: n, Why: why, Text: text}
			switch {
			case expired(e, a.now):
				late = true
				e2.Kind, e2.By, e2.Op, e2.Why, e2.Text = engine.Expired, "engine", "", "", ""
			case approve && e.By == actor.User:
				return nil, refusal(engine.SecondPerson, "proposal")
			case approve:
				e2.Kind = engine.Approved
			}
			return []engine.Event{e2}, nil
		}
		return nil, refusal(engine.WrongState, "proposal")
	})
	switch {
	case err != nil:
		return Response{}, err
	case late:
		return Response{}, refusal(engine.WrongState, "expired")
	case !approve:
		return Response{}, nil
	}
	return d.do(ctx, a)
}

// Proposals lists what waits for another person at a sitting, oldest first.
func (d *Desk) Proposals(ctx context.Context, sitting string) ([]Waiting, error) {
	now := d.now()
	open := d.hall.Sitting(sitting).State().Proposals
	var versions []int
	for n, e := range open {
		if !expired(e, now) {
			versions = append(versions, n)
		}
	}
	slices.Sort(versions)
	waiting := []Waiting{}
	for _, n := range versions {
		e := open[n]
		p, _, err := d.proposal(ctx, derive(e.Op, "proposal/"+sitting))
		if err != nil {
			return nil, err
		}
		waiting = append(waiting, Waiting{
			ID: p.ID, Action: p.Request.Action, Seats: p.Request.Seats, Numbers: p.Request.Numbers, Reason: p.Request.Reason,
			By: e.By, At: e.At.String(), Expires: e.At.Add(ProposalLife).String(),
		})
	}
	return waiting, nil
}
