package process

import (
	"errors"
	"os"
	"time"
)

// FilesAllowed is 0: Windows sets no limit that a process could ask for.
func FilesAllowed() uint64 { return 0 }

// DiskFree is not told here.
func DiskFree(string) (uint64, bool) { return 0, false }

// OwnTime is not told here.
func OwnTime() time.Duration { return 0 }

var tidy []os.Signal

// Tidy is refused: Windows has no signal for it.
func Tidy(*os.Process) error { return errors.ErrUnsupported }
