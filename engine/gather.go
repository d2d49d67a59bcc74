package engine

import (
	"runtime"
	"time"
)

// A batch that follows a large one is let to grow for a moment: those who were just
// acknowledged come again at once, one by one, and a commit for the first of them alone
// would keep all others waiting for as long as one for all.
const (
	gatherFrom = 16                     // runs of the last batch from which on it pays
	gatherMost = 250 * time.Microsecond // a small part of what a commit takes
)

// gather waits until half as many runs wait as the last batch held, or the moment is over.
func (w *Writer) gather() {
	if w.last < gatherFrom {
		return
	}
	for until := time.Now().Add(gatherMost); time.Now().Before(until); runtime.Gosched() {
		w.mu.Lock()
		enough := 2*len(w.waiting) >= w.last
		w.mu.Unlock()
		if enough {
			return
		}
	}
}
