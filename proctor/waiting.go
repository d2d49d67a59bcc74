package proctor

import (
	"context"
	"errors"
	"strings"

	"terang/engine"
)

// Waiting is a proposal as it is shown to whoever may decide it.
type Waiting struct {
	ID      string   `json:"id"`
	Action  string   `json:"action"`
	Seats   []string `json:"seats,omitempty"`
	Numbers []string `json:"numbers,omitempty"`
	Reason  string   `json:"reason"`
	By      string   `json:"by"`
	At      string   `json:"at"`
	Expires string   `json:"expires"`
	Exam    string   `json:"exam,omitempty"`
	Site    string   `json:"site,omitempty"`
	Sitting string   `json:"sitting,omitempty"` // EXAM.SITTING
	Own     bool     `json:"own,omitempty"`     // the reader proposed it: may withdraw it, not approve it
	Shows   []Line   `json:"shows,omitempty"`   // what exactly would happen
}

// In lists what waits in a stream, oldest first, without what it would do.
func (p *Pairs) In(ctx context.Context, stream string) ([]Waiting, error) {
	waiting := []Waiting{}
	err := p.each(ctx, stream, func(_ *Proposal, w Waiting) error {
		waiting = append(waiting, w)
		return nil
	})
	return waiting, err
}

// For lists what waits for an account, wherever it may decide, with what each would do.
func (p *Pairs) For(ctx context.Context, actor Account) ([]Waiting, error) {
	return p.listed(ctx, actor, true)
}

// Brief is For without what each would do: for a page that looks whether there is news.
func (p *Pairs) Brief(ctx context.Context, actor Account) ([]Waiting, error) {
	return p.listed(ctx, actor, false)
}

func (p *Pairs) listed(ctx context.Context, actor Account, show bool) ([]Waiting, error) {
	waiting := []Waiting{}
	for _, stream := range p.streams() {
		err := p.each(ctx, stream, func(q *Proposal, w Waiting) error {
			act, known := p.acts[q.Act]
			if !known || !q.within(&actor, act.Right) {
				return nil
			}
			var err error
			if w.Own = q.By == actor.User; show {
				w.Shows, err = shown(ctx, act, q)
			}
			waiting = append(waiting, w)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return waiting, nil
}

// shown is what an act would do. That it can no longer be done is a line of it, code and field: the
// list of all that waits is shown whatever has become of one.
func shown(ctx context.Context, act PairAct, q *Proposal) ([]Line, error) {
	lines, err := act.Show(ctx, q)
	var no *engine.Refusal
	if errors.As(err, &no) {
		return append(lines, Line{"fault", strings.TrimSpace(string(no.Code) + " " + no.Field)}), nil
	}
	return lines, err
}

func (p *Pairs) each(ctx context.Context, stream string, visit func(*Proposal, Waiting) error) error {
	standing, err := p.standing(ctx, stream)
	if err != nil {
		return err
	}
	now := p.now()
	for _, n := range sortedKeys(standing.Open) {
		e := standing.Open[n]
		if p.expired(e, now) {
			continue
		}
		q, hash, err := p.Get(ctx, derive(e.Op, "proposal/"+stream))
		if err != nil {
			return err
		}
		if hash != e.Text {
			continue // not what was proposed: nobody can approve it, and it expires
		}
		w := Waiting{
			ID: q.ID, Action: q.Act, Reason: q.Reason, By: e.By, At: e.At.String(), Expires: e.At.Add(p.life(e.Act)).String(),
			Exam: q.Exam, Site: q.Site, Sitting: q.SittingID(),
		}
		if q.SittingID() != "" {
			if r, err := roomRequest(q); err == nil {
				w.Seats, w.Numbers = r.Seats, r.Numbers
			}
		}
		if err := visit(q, w); err != nil {
			return err
		}
	}
	return nil
}
