// Package keeper keeps the public log of a journal: it makes leaves of events, signs
// checkpoints while something new comes, and serves what strangers ask for.
//
// The log is a fold of the journal like everything else. Fold says which events make
// leaves, in the journal's order; Due is a leaf that is not yet covered by a checkpoint.
// A checkpoint is itself an event, LogSigned, in a stream of its own: of all nodes that would
// sign the same size, the journal takes one, so that there are never two trees; and who
// makes the log again from the journal gets every leaf, root and signature as they were.
//
// The leaves themselves are kept in the register, each in a row that never changes. They
// are written before the checkpoint that covers them: whatever a crash leaves behind is
// more rows than there are leaves, and never fewer.
//
// The package must never make a leaf of anything but events and what they name by hash, and
// never wait in Apply: the journal's tail comes through it.
//
// Begin with table.go (which event makes which leaf), then fold.go and keeper.go.
package keeper
