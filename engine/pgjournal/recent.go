package pgjournal

import (
	"slices"
	"sync"

	"terang/engine"
)

// recentMost bounds the records that are kept: some seconds of what a node appends.
const recentMost = 16_384

// recent are the newest records, as long as this node alone appends: the node follows the
// tail of what it has written itself, and would otherwise fetch every record back from a
// database that has just taken it.
type recent struct {
	mu         sync.Mutex
	base, last engine.Pos // everything that stands behind base, up to last, is in records
	records    []engine.Record
}

// push takes in what an append has stored. The journal ended at was before it and
// ends at is now. If that is not where the records end, somebody else has appended between.
func (c *recent) push(was, is engine.Pos, runs []engine.Run, outcomes []engine.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != was {
		c.base, c.records = was, c.records[:0]
	}
	for i := range runs {
		if outcomes[i].Conflict {
			continue
		}
		for k, r := range runs[i].Records {
			r.Pos = outcomes[i].First + engine.Pos(k)
			c.records = append(c.records, r)
		}
	}
	c.last = is
	if over := len(c.records) - recentMost; over > recentMost {
		c.base = c.records[over-1].Pos
		c.records = slices.Clone(c.records[over:])
	}
}

// after returns at most limit records behind a position, in room if that is enough. It is not ok where there are none
// or others may stand between: the database knows.
func (c *recent) after(pos engine.Pos, limit int, room []engine.Record) ([]engine.Record, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if pos < c.base {
		return nil, false
	}
	from, _ := slices.BinarySearchFunc(c.records, pos+1, func(r engine.Record, p engine.Pos) int { return int(r.Pos - p) })
	to := min(from+limit, len(c.records))
	return append(room[:0], c.records[from:to]...), to > from
}

// forget lets the database tell.
func (c *recent) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.last, c.records = 0, -1, nil
}
