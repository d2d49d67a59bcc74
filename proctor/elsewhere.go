package proctor

import (
	"context"
	"time"

	"terang/engine"
)

// A page that another node holds is heard there. The nodes note in the session store when;
// here that is shown, and nothing is decided by it.
const (
	askEvery = 500 * time.Millisecond // a room is asked for at most so often, however many look
	// noteAge is how old a note may be to be shown: a holder that lives notes each of its
	// pages every engine.NoteEvery. What is older is not known.
	noteAge = 3 * engine.NoteEvery
)

// FromJournal says that a seat's last contact is what the journal knows: the page may have
// been heard since, by the node that holds it.
const FromJournal = "journal"

// Listen asks the session store for what other nodes have heard of a sitting's pages. It
// asks nothing while this node holds them all. A store that does not answer changes
// nothing: what it said before grows old.
func (d *Desk) Listen(ctx context.Context, sitting string) {
	elsewhere := false
	for _, p := range d.people.In(sitting) {
		if live := d.hall.Attempt(p.Attempt); live != nil {
			seen, ok := live.Presence()
			if elsewhere = ok && !seen.State.Over() && d.hall.Elsewhere(seen); elsewhere {
				break
			}
		}
	}
	if !elsewhere || !d.station.ask(sitting, d.now()) {
		return
	}
	if notes, err := d.hall.Noted(ctx, sitting); err == nil {
		d.station.hear(notes)
	}
}

// ask says whether the sitting has not been asked for a moment ago.
func (s *Station) ask(sitting string, now engine.Instant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.asked[sitting]) < askEvery {
		return false
	}
	s.asked[sitting] = now
	return true
}

func (s *Station) hear(notes []engine.Presence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range notes {
		s.heard[n.Attempt] = n
	}
}

// note is what the node that holds the attempt has noted of it lately. Called with the
// lock held.
func (s *Station) note(attempt, holder string, now engine.Instant) (engine.Presence, bool) {
	n, ok := s.heard[attempt]
	return n, ok && n.Node == holder && now.Sub(n.Noted) < noteAge
}
