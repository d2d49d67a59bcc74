package sqlitejournal

import (
	"errors"
	"fmt"
	"os"

	"terang/engine"
	"terang/engine/filelock"
)

// lockFile takes the lock of a journal that is to be written.
func lockFile(path string) (*os.File, error) {
	f, err := filelock.Take(path)
	if other := new(filelock.Held); errors.As(err, &other) {
		err = fmt.Errorf("lock %s: %w: %s writes it; while an exam runs do this on that server's pages, or use a command that only reads; otherwise end that process first", path, engine.ErrLocked, other.Who)
	}
	return f, err
}
