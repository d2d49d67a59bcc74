//go:build unix && !linux

package storetest

import (
	"os/exec"
	"syscall"
)

// dieWithUs: no such service here. A test that is killed leaves its servers running.
func dieWithUs(*exec.Cmd, syscall.Signal) {}

// children: nobody tells in one way for all of these systems. PostgreSQL's own processes
// end by themselves when the main one is gone.
func children(int) []int { return nil }
