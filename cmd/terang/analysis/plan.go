package analysis

import (
	"fmt"

	"terang/cmd/terang/output"
	"terang/questionbank"
	"terang/scoring/itemstats"
)

// writePlanStatistics writes what candidates did on each item, as a plan reads it with
// --stats. It tells how hard items are, so nobody else may read it.
func (x *Sheets) writePlanStatistics(path string, cube *itemstats.Cube) error {
	var counts []questionbank.Counted
	for i, it := range x.design.Items {
		q, _ := x.bank.Question(it.ID)
		all, at := cube.Thirds(i)
		c := questionbank.Counted{ID: it.ID, Count: questionbank.Count{Version: q.Version, All: questionbank.Sum(all)}}
		for a := range at {
			c.At[a] = questionbank.Sum(at[a])
		}
		counts = append(counts, c)
	}
	if err := output.Private(path, output.Bytes(questionbank.EncodeStatistics(counts))); err != nil {
		return fmt.Errorf("--plan-csv: %w", err)
	}
	return nil
}
