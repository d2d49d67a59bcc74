//go:build unix

package process

import (
	"os"
	"syscall"
	"time"
)

// FilesAllowed is how many descriptors a process may have; Go raises its own to that. 0 says
// that the system does not tell.
func FilesAllowed() uint64 {
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) != nil {
		return 0
	}
	return files.Max
}

// DiskFree is how many bytes of the disk under a folder are free, if the system tells.
func DiskFree(dir string) (uint64, bool) {
	var disk syscall.Statfs_t
	if syscall.Statfs(dir, &disk) != nil {
		return 0, false
	}
	return disk.Bavail * uint64(disk.Bsize), true
}

// OwnTime is the processor time of this process so far, 0 where the system does not tell.
func OwnTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var tidy = []os.Signal{syscall.SIGUSR1}

// Tidy asks another process of this program to give free memory back; see Tidier.
func Tidy(p *os.Process) error { return p.Signal(syscall.SIGUSR1) }
