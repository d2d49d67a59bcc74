package engine

import "sync/atomic"

// lately keeps the acts that this node has committed a moment ago, for the journal's tail: it
// brings the same in the journal's order, and need not be decoded then. They are kept only as
// long as the tail is near.
type lately struct {
	acts [latelyMost]struct {
		pos atomic.Int64 // 0: none, taken: somebody has to do with it
		act act
	} // at position % latelyMost
}

const (
	// latelyMost is more than is committed from one look at the tail to the next.
	latelyMost = 4096

	taken = -1
)

// put notes an act that was stored at a position.
func (t *lately) put(pos Pos, a *act) {
	at := &t.acts[pos%latelyMost]
	if was := at.pos.Load(); was == taken || !at.pos.CompareAndSwap(was, taken) {
		return // the tail is far behind
	}
	at.act = *a
	at.pos.Store(int64(pos))
}

// take fills in the event at a position, or says that it is not here.
func (t *lately) take(pos Pos, e *Event) bool {
	at := &t.acts[pos%latelyMost]
	if at.pos.Load() != int64(pos) || !at.pos.CompareAndSwap(int64(pos), taken) {
		return false
	}
	*e = at.act.event()
	at.act = act{}
	at.pos.Store(0)
	return true
}
