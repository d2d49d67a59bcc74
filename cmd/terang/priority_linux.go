package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// giveWay lowers the priority of this process: a nice of 1 to 19. It never raises it.
//
// Linux keeps a nice for each thread, and a new thread has that of the one that makes it. So
// every thread is given it, until a look finds none that was not there before.
func giveWay(nice int) error {
	if nice <= 0 {
		return nil
	}
	done := make(map[int]bool)
	for more := true; more; {
		more = false
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("lower the priority: %w", err)
		}
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil || done[id] {
				continue
			}
			done[id], more = true, true
			if err := lowerThread(id, nice); err != nil && err != syscall.ESRCH { //nolint:errorlint // an errno; the thread may have ended
				return fmt.Errorf("lower the priority of thread %d: %w", id, err)
			}
		}
	}
	return nil
}

func lowerThread(id, nice int) error {
	is, err := syscall.Getpriority(syscall.PRIO_PROCESS, id) // 20 - nice, as the kernel gives it
	if err != nil || 20-is >= nice {
		return err
	}
	return syscall.Setpriority(syscall.PRIO_PROCESS, id, nice)
}
