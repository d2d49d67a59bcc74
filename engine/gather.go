package engine

import "runtime"

// A batch that follows a large one is let to grow for a moment: those who were just
// acknowledged come again at once, one by one, and a commit for the first of them alone
// would keep all others waiting for as long as one for all.
const (
	gatherFrom = 16  // runs of the last batch from which on it pays
	gatherMost = 400 // turns that others are given: a small part of what a commit takes
)

// gather lets others run until half as many runs wait as the last batch held. It counts
// turns and asks no clock, so that it ends however time passes.
func (w *Writer) gather() {
	if w.last < gatherFrom {
		return
	}
	for range gatherMost {
		w.mu.Lock()
		enough := 2*len(w.waiting) >= w.last
		w.mu.Unlock()
		if enough {
			return
		}
		runtime.Gosched()
	}
}
