// Package export is the command that takes an exam that is over out of a journal: for an
// auditor, as package evidence reads it, or for everybody, as cmd/periksa does.
//
// It must never write what its reader may not have: the public export has no name, no need
// and no answer, and even the auditor's no key from which the commitments of another exam
// follow.
//
// Start reading at Cmd.Run.
package export
