// Package filelock lets one process alone write something: what it may write is named by a
// file, which says who holds it.
package filelock

import (
	"fmt"
	"os"
	"strings"
)

// Held is the error of a lock that another process has.
type Held struct {
	Who string // "process 4711 on HOST", as well as is known
}

func (h *Held) Error() string { return "held by " + h.Who }

// sign writes into the lock who holds it.
func sign(f *os.File) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(fmt.Appendf(nil, "process %d on %s\n", os.Getpid(), host), 0)
	return err
}

// held says who holds the lock: the holder may be just signing.
func held(path string) error {
	who := "a process that has not signed yet"
	if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
		who = strings.TrimSpace(string(b))
	}
	return &Held{who}
}
