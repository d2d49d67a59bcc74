//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package process

import (
	"fmt"
	"syscall"
)

// GiveWay lowers the priority of this process: a nice of 1 to 19. It never raises it.
func GiveWay(nice int) error {
	if nice <= 0 {
		return nil
	}
	if is, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0); err == nil && is >= nice {
		return nil
	}
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, nice); err != nil {
		return fmt.Errorf("lower the priority: %w", err)
	}
	return nil
}

// StandAside lets this process run on what others leave.
func StandAside() error { return GiveWay(lowestPriority) }

const lowestPriority = 19
