package storetest

import (
	"errors"
	"os/exec"
	"syscall"
)

// The servers' tests need signals and unix sockets, so on Windows they skip: unprivileged,
// which comes first, says so, and nothing below is reached.
const (
	pause, resume = syscall.Signal(0), syscall.Signal(0)
	quit, kill    = syscall.SIGQUIT, syscall.SIGKILL
)

type account struct{ name string }

func unprivileged(...string) (*account, error) {
	return nil, errors.New("private servers need a unix system")
}

func (a *account) own(string) error       { return nil }
func (a *account) runs(*exec.Cmd)         {}
func signal(int, syscall.Signal) error    { return nil }
func dieWithUs(*exec.Cmd, syscall.Signal) {}
func children(int) []int                  { return nil }
