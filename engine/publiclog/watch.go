package publiclog

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Misconduct is what a watcher found that no log does by mistake, with the two signed
// checkpoints that show it to others.
type Misconduct struct {
	What    string `json:"what"` // SplitView or Rollback
	Why     string `json:"why"`
	Seen    string `json:"seen"`    // the signed checkpoint that was seen before
	Offered string `json:"offered"` // and the one that is offered now
}

// Kinds of Misconduct.
const (
	SplitView = "split view" // two trees were signed of which neither begins with the other
	Rollback  = "rollback"   // what was signed once is not offered any more
)

// Error implements error.
func (m *Misconduct) Error() string { return m.What + ": " + m.Why }

// ErrBehind says that an older checkpoint of the same tree is offered. A node that lags or
// a cache does that for some seconds; for longer it is a rollback.
var ErrBehind = errors.New("an older checkpoint is offered than was seen before")

// Follow says whether a log has only grown since the checkpoint that was seen last, nil at
// the first look. It returns the checkpoint that is to be remembered, together with the
// signed note. What the tree does not have under its root is an error of the source.
func Follow(seen, offered []byte, source Source, keys ...note.Verifier) (Checkpoint, error) {
	now, _, err := Open(offered, keys...)
	if err != nil || seen == nil {
		return now, err
	}
	was, _, err := Open(seen, keys...)
	if err != nil {
		return now, fmt.Errorf("what was seen before: %w", err)
	}
	if was.Origin != now.Origin {
		return now, fmt.Errorf("this is the log %s, and %s was watched before: give another state file", now.Origin, was.Origin)
	}
	older, newer := was.Tree, now.Tree
	if older.N > newer.N {
		older, newer = newer, older
	}
	var proof tlog.TreeProof
	if older.N > 0 && older.N < newer.N {
		if proof, err = tlog.ProveTree(newer.N, older.N, source.Read(newer)); err != nil {
			if now.N < was.N { // the tiles of what was seen are gone, or a node lags
				return was, fmt.Errorf("%w: %d leaves, %d were seen; %w", ErrBehind, now.N, was.N, err)
			}
			return was, fmt.Errorf("read the tiles of %d leaves: %w", newer.N, err)
		}
	}
	if err := CheckGrowth(older, newer, proof); err != nil {
		return was, &Misconduct{SplitView, err.Error(), string(seen), string(offered)}
	}
	if now.N < was.N {
		return was, fmt.Errorf("%w: %d leaves, %d were seen", ErrBehind, now.N, was.N)
	}
	return now, nil
}
