package storetest

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// dieWithUs has the kernel end the server when the test is killed.
func dieWithUs(cmd *exec.Cmd, quit syscall.Signal) { cmd.SysProcAttr.Pdeathsig = quit }

// children returns the processes that a process has started.
func children(pid int) []int {
	var found []int
	entries, _ := os.ReadDir("/proc") // without it there are none to be seen
	for _, e := range entries {
		if child, err := strconv.Atoi(e.Name()); err == nil && parent(child) == pid {
			found = append(found, child)
		}
	}
	return found
}

// parent returns 0 for a process that is dead.
func parent(pid int) int {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The second field is a name in parentheses, which may hold anything.
	fields := strings.Fields(string(line[strings.LastIndexByte(string(line), ')')+1:]))
	if len(fields) < 2 || fields[0] == "Z" {
		return 0
	}
	ppid, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return ppid
}
