package engine

import (
	"context"
	"fmt"
)

// Admit makes an attempt known, with the terms that its exam gives it. The terms of one
// that is known are replaced while it has not started: from then on its own stream says
// what it was given.
//
// An attempt may be admitted while the hall runs. What other nodes have written to it
// before is read when it is first asked for, or at once by Revive.
func (h *Hall) Admit(id string, t *Terms) *Live {
	h.mu.Lock()
	l, known := h.attempts[id]
	if !known {
		l = &Live{ID: id, hall: h, state: NewAttempt(AttemptStream + id), terms: t, due: Never, stale: h.folded.Load()}
		h.attempts[id] = l
	}
	h.mu.Unlock()
	if known {
		l.renew(t)
	}
	return l
}

// renew replaces the terms of an attempt that has not started.
func (l *Live) renew(t *Terms) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.later = nil
	l.give(t)
	l.keepUp()
	if a := l.state; a.Leaves != "" && a.State == Ready && l.hall.mine(l.ID, a.Node) {
		l.take(&Task{Command: Command{Act: ActFollow, By: "engine", At: l.hall.clock.Now()}}) // a start may have waited for the form
	}
}

// give takes of the terms what the attempt's stream leaves open.
func (l *Live) give(t *Terms) {
	switch a, was := l.state, l.terms; {
	case a.Ledger.From != 0 && t.Form.ETag == was.Form.ETag:
	case a.Ledger.From != 0 && t.Form.ETag == a.Form:
		l.terms = was.drawnAs(t) // another node knew of this form earlier, and began on it
	case a.Ledger.From != 0:
		l.later = t // of a repetition that this node has not heard of
	case a.State == Ready && (a.Leaves == "" || a.Leaves == was.Seen):
		// A page that waits for the start holds this form already. Only the form of a repetition
		// takes the place of what was met, also where its candidate came before it was heard of.
		l.terms = t.drawnAs(was)
	default:
		l.terms = t
	}
}

// drawnAs are the terms with another's form, and what it was drawn from.
func (t *Terms) drawnAs(o *Terms) *Terms {
	next := *t
	next.Number, next.Plan, next.Seed, next.Seen, next.Form = o.Number, o.Plan, o.Seed, o.Seen, o.Form
	return &next
}

// strange says that the attempt was begun on another form than these terms have: another node
// had heard of a repetition that this one has not. Its answers are to the items of that form.
func (a *Attempt) strange(t *Terms) bool { return a.Form != "" && a.Form != t.Form.ETag }

// Replay visits again what this node has followed of the journal: the records after a
// position, up to and with upto. It reads beside the tail and keeps nothing waiting.
func (h *Hall) Replay(ctx context.Context, after, upto Pos, visit func(Record, *Event)) error {
	for after < upto {
		part := h.stretch(ctx, after)
		if part.err != nil {
			return fmt.Errorf("replay: %w", part.err)
		}
		if len(part.records) == 0 {
			return nil // what lies between was refused, and is no record
		}
		for i, r := range part.records {
			if r.Pos > upto {
				return nil
			}
			visit(r, &part.events[i])
		}
		after = part.records[len(part.records)-1].Pos
	}
	return nil
}

// Revive reads what an attempt went through before this node knew it, so that this node
// can care for it although nobody asks for it here.
func (l *Live) Revive() error { return l.Ask(Command{Act: ActView}, nil).Err }
