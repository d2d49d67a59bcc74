package engine

// Presence is what the attempt last left for stations, as of its newest commit that this
// node has seen; false while the attempt has no event. It never waits for the journal.
func (l *Live) Presence() (Presence, bool) {
	p := l.cached.Load()
	if p == nil {
		return Presence{}, false
	}
	seen := *p
	seen.Last = max(seen.Last, l.Last())
	return seen, true
}
