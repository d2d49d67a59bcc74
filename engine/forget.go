package engine

// Forget drops what no longer stands in the journal: the attempts and sittings of a
// rehearsal that was removed. Who still holds one of them meets conflicts, and is answered
// busy until its page is told goodbye.
func (h *Hall) Forget(attempts, sittings []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range attempts {
		delete(h.attempts, id)
	}
	for _, id := range sittings {
		delete(h.sittings, id)
	}
}
