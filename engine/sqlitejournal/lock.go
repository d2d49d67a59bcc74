package sqlitejournal

import (
	"fmt"
	"os"
	"strings"

	"terang/engine"
)

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

// held says who holds the lock, as well as is known: the holder may be just signing.
func held(path string) error {
	who := "a process that has not signed yet"
	if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
		who = strings.TrimSpace(string(b))
	}
	return fmt.Errorf("%w: %s writes it; stop that process first, or use a command that only reads", engine.ErrLocked, who)
}
