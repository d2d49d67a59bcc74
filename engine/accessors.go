package engine

import (
	"context"
	"slices"
)

// Shows notes the version of the clock that the page says it shows.
func (l *Live) Shows(n int) {
	if int64(n) > l.told.Load() {
		l.told.Store(int64(n))
	}
}

// Shown is the version of the clock that the page has said it shows, as this node heard it.
func (l *Live) Shown() int { return int(l.told.Load()) }

// Presence is what the attempt last left for stations, as of its newest commit that this
// node has seen; false while the attempt has no event. It never waits for the journal.
func (l *Live) Presence() (Presence, bool) {
	p := l.cached.Load()
	if p == nil {
		return Presence{}, false
	}
	seen := *p
	seen.Last = l.Last()
	seen.Told = l.Shown()
	return seen, true
}

// Elsewhere says whether another node that lives holds the attempt's page: then that node
// knows the last contact, and this one what the journal says.
func (h *Hall) Elsewhere(p Presence) bool {
	return p.Node != "" && p.Node != h.node && slices.Contains(h.peers.others(), p.Node)
}

// Noted are the presences of a sitting that the nodes have noted in the session store: a
// hint for who looks, and no reason for anything.
func (h *Hall) Noted(ctx context.Context, sitting string) ([]Presence, error) {
	return h.store.Presences(ctx, sitting)
}
