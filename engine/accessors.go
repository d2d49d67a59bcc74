package engine

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
	seen.Last = max(seen.Last, l.Last())
	return seen, true
}
