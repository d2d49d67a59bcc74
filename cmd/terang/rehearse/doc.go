// Package rehearse loads a server with simulated candidates and says whether the machine is
// ready: each limit beside what was measured, and what was full first.
//
// A rehearsal has a stage (the server, who sits there, and who acts as staff), a performance
// (the crowd on it, after a profile) and an outcome (figures, limits, verdict, report). What
// was acknowledged is read back over the wire and, where it can be read, held against the
// journal by judge.
//
// It must never touch an exam that is not marked as a rehearsal.
//
// Start reading at Cmd.Rehearse; profiles are in profile.go.
package rehearse
