package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// GiveWay lowers the priority of this process: a nice of 1 to 19. It never raises it.
func GiveWay(nice int) error {
	if nice <= 0 {
		return nil
	}
	return eachThread(func(id int) error {
		is, err := syscall.Getpriority(syscall.PRIO_PROCESS, id) // 20 - nice, as the kernel gives it
		if err != nil || 20-is >= nice {
			return err
		}
		return syscall.Setpriority(syscall.PRIO_PROCESS, id, nice)
	})
}

// SchedIdle is SCHED_IDLE of sched(7): such a thread runs where nobody else wants to, and is
// put aside at once by whoever does. One that is only nice finishes its slice.
const SchedIdle = 5

// StandAside lets this process run on what others leave.
func StandAside() error {
	return eachThread(func(id int) error {
		param := int32(0)                                                                                                       // sched_priority, which has to be 0
		_, _, errno := syscall.Syscall(syscall.SYS_SCHED_SETSCHEDULER, uintptr(id), SchedIdle, uintptr(unsafe.Pointer(&param))) //nolint:gosec // as the system call wants it
		if errno != 0 {
			return errno
		}
		return nil
	})
}

// eachThread does something to every thread of the process: Linux keeps priorities by
// thread, and a new thread has those of the one that makes it. It looks again until it finds
// none that was not there before.
func eachThread(do func(id int) error) error {
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
			if err := do(id); err != nil && !errors.Is(err, syscall.ESRCH) { // it may have ended
				return fmt.Errorf("lower the priority of thread %d: %w", id, err)
			}
		}
	}
	return nil
}
