package proctor

import (
	"context"
	"slices"
	"sync"

	"terang/engine"
)

// auditIndex is where in the journal the records are that candidates did not cause: a few
// in a thousand. It takes eight bytes each.
type auditIndex struct {
	mu    sync.RWMutex
	reach engine.Pos // all up to here have been seen, 0 without a hall
	at    []engine.Pos
}

// Apply takes in a committed record; see engine.Sink.
func (u *Audit) Apply(r engine.Record, e *engine.Event) {
	x := &u.index
	x.mu.Lock()
	defer x.mu.Unlock()
	if r.Pos <= x.reach {
		return
	}
	x.reach = r.Pos
	if e.By != "candidate" && e.By != "" {
		x.at = append(x.at, r.Pos)
	}
}

// auditRun is how far apart records may stand to be read at once.
const auditRun = 16

// next returns records after a position that may be rows, at least one if there is one
// and it is not known to be none; and up to where nothing else needs to be looked at.
func (u *Audit) next(ctx context.Context, after engine.Pos) ([]engine.Record, engine.Pos, error) {
	x := &u.index
	x.mu.RLock()
	reach := x.reach
	i, _ := slices.BinarySearch(x.at, after+1)
	var first, last engine.Pos
	if i < len(x.at) {
		first, last = x.at[i], x.at[i]
		for _, pos := range x.at[i+1:] {
			if pos-first >= auditRun {
				break
			}
			last = pos
		}
	}
	x.mu.RUnlock()
	switch {
	case after >= reach: // newer than the index, or there is none
		records, err := u.journal.Tail(ctx, after, auditPage)
		return records, after, err
	case first == 0:
		return nil, reach, nil
	}
	records, err := u.journal.Tail(ctx, first-1, int(last-first)+1)
	// Positions have gaps, so that more may have been read than was meant.
	records = slices.DeleteFunc(records, func(r engine.Record) bool { return r.Pos > last })
	return records, last, err
}
