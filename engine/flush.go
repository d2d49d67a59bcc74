package engine

import (
	"context"
	"time"
)

// dirty marks an attempt to be noted in the session store.
func (h *Hall) dirty(l *Live) {
	if l.noted.Swap(true) {
		return // it is among them, and is looked at only when they are noted
	}
	h.noted.Lock()
	h.noted.set[l] = struct{}{}
	h.noted.Unlock()
}

// NoteEvery is how often a node notes each page that it holds, also one of which nothing is
// recorded: stations at other nodes show its last contact, and see by the age of the note
// whether that can be believed.
const NoteEvery = 5 * time.Second

// flushEvery is how often the session store is written to.
const flushEvery = 500 * time.Millisecond

// renew marks a share of what this node holds to be noted again, so that everything was
// after NoteEvery. Nobody reads it while no other node lives.
func (h *Hall) renew() {
	if len(h.peers.others()) == 0 {
		return
	}
	const shares = int(NoteEvery / flushEvery)
	h.share = (h.share + 1) % shares
	h.each(func(l *Live) {
		// The last letter of an id is random: its share is as good as any.
		if p := l.cached.Load(); p != nil && int(l.ID[len(l.ID)-1])%shares == h.share && p.Node == h.node && !p.State.Over() {
			h.dirty(l)
		}
	})
}

// flush writes presence and deadlines to the session store, behind the journal and
// coalesced. The store may be gone, or empty: what it lacks is written when it answers.
func (h *Hall) flush() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if v, ok := h.store.(Volatile); ok {
		kept, err := v.Kept(ctx)
		if h.failed(err) {
			return
		}
		if !kept {
			h.each(h.dirty)
		}
	}
	now := h.clock.Now()
	h.renew()
	h.noted.Lock()
	set := h.noted.set
	h.noted.set = make(map[*Live]struct{}, len(set))
	h.noted.Unlock()
	seen := make([]Presence, 0, len(set))
	due := make(map[string]Instant, len(set))
	for l := range set {
		l.noted.Store(false)
		// What another node holds is noted there, with the last contact that it knows.
		if p, ok := l.Presence(); ok && h.mine(l.ID, p.Node) {
			p.Noted = now
			seen = append(seen, p)
			due[l.ID] = p.Ends
			if p.State != Running {
				due[l.ID] = Never
			}
		}
	}
	if len(seen) == 0 {
		return
	}
	err := h.store.Note(ctx, seen)
	if err == nil {
		err = h.store.Schedule(ctx, due)
	}
	if h.failed(err) {
		for l := range set {
			h.dirty(l)
		}
	}
}

// failed tells an operator once that the session store is gone, and returns whether it is.
func (h *Hall) failed(err error) bool {
	if err != nil && !h.behind {
		h.log.Warn("the session store does not answer; the exam goes on without it, and fills it when it is back", "error", err)
	}
	h.behind = err != nil
	return h.behind
}

// How the store's hints are gone through.
const (
	sweepEvery = 5 * time.Second
	sweepMost  = 256
)

// sweep looks at attempts whose deadline passed a while ago, and that the store still
// has: nobody seems to have ended them. What is over is taken from the store; what is
// not, because a gap is open, is looked at again later.
func (h *Hall) sweep() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	now := h.clock.Now()
	ids, err := h.store.Due(ctx, now.Add(-2*TakeoverAfter), sweepMost)
	if err != nil || len(ids) == 0 {
		return // flush says that the store is gone
	}
	again := make(map[string]Instant, len(ids))
	for _, id := range ids {
		again[id] = Never
		l := h.Attempt(id)
		if l == nil {
			continue
		}
		p := l.cached.Load()
		if p == nil || p.State != Running {
			continue
		}
		again[id] = now
		if h.mine(id, p.Node) {
			l.expire(now)
		}
	}
	if err := h.store.Schedule(ctx, again); err != nil {
		h.log.Debug("hints stay as they were", "error", err)
	}
}
