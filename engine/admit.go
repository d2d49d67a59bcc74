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
	if l.state.Ledger.From != 0 {
		return
	}
	// A page that waits for the start holds this form already. Only the form of a repetition
	// takes the place of what was met, also where its candidate came before it was heard of.
	if was := l.terms; l.state.State == Ready && (l.state.Leaves == "" || l.state.Leaves == was.Seen) {
		kept := *t
		kept.Number, kept.Plan, kept.Seed, kept.Seen, kept.Form = was.Number, was.Plan, was.Seed, was.Seen, was.Form
		t = &kept
	}
	l.terms = t
	l.keepUp()
	if a := l.state; a.Leaves != "" && a.State == Ready && l.hall.mine(l.ID, a.Node) {
		l.take(&Task{Command: Command{Act: ActFollow, By: "engine", At: l.hall.clock.Now()}}) // a start may have waited for the form
	}
}

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
