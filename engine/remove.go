package engine

import (
	"context"
	"fmt"
	"strings"
)

// RemovalStream records what was taken out of a journal, and by whom. Who has seen a
// record that is no longer there finds the reason here, at a later position.
const RemovalStream = StaffStream + "removals"

// Removal is what Remove takes out of a database, and the run of RemovalStream that says so.
type Removal struct {
	Streams []string // whole streams: none is ever left with a hole
	Entries []Entry  // of the register, by Kind and ID
	Bodies  []Hash   // of the archive
	Record  Run
}

// Remover is a database of journal, register and archive from which a rehearsal can be
// taken as a whole. What happened in a real exam is never removed: whoever calls Remove has
// made sure of that.
//
// All of it is one commit, the record included, so that no crash leaves half an exam. The
// record's position is behind everything that was removed: positions never go back, who
// reads the tail meets a gap like any other, and the record at its end. A name that was
// removed should not be used again: (stream, n) would name two events.
type Remover interface {
	// Remove reports a conflict, and has removed nothing, when the record's version is taken.
	Remove(ctx context.Context, r Removal) (Outcome, error)
}

// Check refuses what would leave the removal unexplained.
func (r *Removal) Check() error {
	if r.Record.Stream != RemovalStream || len(r.Record.Records) == 0 {
		return fmt.Errorf("remove: the record is %d events of %q: give at least one of %s", len(r.Record.Records), r.Record.Stream, RemovalStream)
	}
	for _, s := range r.Streams {
		if strings.HasPrefix(s, StaffStream) {
			return fmt.Errorf("remove %s: what staff did is never removed", s)
		}
	}
	return nil
}
