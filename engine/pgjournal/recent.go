package pgjournal

import (
	"slices"

	"terang/engine"
)

// recentMost bounds the records that are kept: some seconds of what a node appends.
const recentMost = 16_384

// recent are the newest records that are known. The node follows the tail of what it has
// written itself, and would otherwise fetch every record back from a database that has just
// taken it.
type recent struct {
	base    engine.Pos // everything that is known behind it is in records
	records []engine.Record
}

// push adds the next record.
func (c *recent) push(r engine.Record) {
	c.records = append(c.records, r)
	if over := len(c.records) - recentMost; over > recentMost {
		c.base = c.records[over-1].Pos
		c.records = slices.Clone(c.records[over:])
	}
}

// after returns at most limit records behind a position, in room if that is enough. It is not ok
// where there are none or others may stand between: the database knows.
func (c *recent) after(pos engine.Pos, limit int, room []engine.Record) ([]engine.Record, bool) {
	if pos < c.base {
		return nil, false
	}
	from, _ := slices.BinarySearchFunc(c.records, pos+1, func(r engine.Record, p engine.Pos) int { return int(r.Pos - p) })
	to := min(from+limit, len(c.records))
	return append(room[:0], c.records[from:to]...), to > from
}

// forget lets go of everything up to a position.
func (c *recent) forget(pos engine.Pos) { c.base, c.records = pos, nil }
