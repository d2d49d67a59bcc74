// Package publiclog is the public log as strangers read it: what a leaf says, how it is
// written down, how leaves make a tree, and how a checkpoint, a proof and a receipt are
// checked. It knows nothing of the engine, of stores or of HTTP: whoever checks an exam
// from outside needs this package and two of golang.org/x/mod, and no more.
//
// A leaf is one JSON object in canonical bytes (leaf.go). The tree is that of RFC 6962, by
// golang.org/x/mod/sumdb/tlog. Checkpoints are signed notes as C2SP tlog-checkpoint has them,
// cosignatures are of type 0x04 (checkpoint.go), and tiles stand at the paths of C2SP
// tlog-tiles (tile.go).
//
// Nothing that is never public has a place in a leaf. A leaf's text fields hold codes,
// hashes and words of fixed lists; whatever a person could be guessed from is a Commitment:
// a hash under a salt (commit.go), which only the person, or an auditor, is given.
//
// Begin with leaf.go. How leaves come from the journal's events is package keeper's.
package publiclog
