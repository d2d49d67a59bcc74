package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/process"
)

// idleNice stands for SCHED_IDLE, which comes after every nice.
const idleNice = 100

// niceOf is the highest priority of any thread of a process, as Linux tells it.
func niceOf(t *testing.T, pid int) int {
	t.Helper()
	stats, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(stats) == 0 {
		t.Fatalf("the threads of %d: %v", pid, err)
	}
	highest := idleNice
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		nice, policy := 0, 0
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if _, err := fmt.Sscan(fields[16]+" "+fields[38], &nice, &policy); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if policy == process.SchedIdle {
			nice = idleNice
		}
		highest = min(highest, nice)
	}
	return highest
}

// Readers and a board server give way to an exam on the same machine, with all their threads.
func TestReadersAndBoardsGiveWay(t *testing.T) {
	own := niceOf(t, os.Getpid())
	binary := asCommand(t)
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"readers"}, idleNice},
		{[]string{"board", "--from", "http://127.0.0.1:9", "--addr", "127.0.0.1:0", "--data", t.TempDir()}, process.BoardNice},
		{[]string{"board", "--from", "http://127.0.0.1:9", "--addr", "127.0.0.1:0", "--data", t.TempDir(), "--nice", "0"}, 0},
	} {
		cmd := exec.CommandContext(t.Context(), binary, c.args...)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = cmd.Stdout
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(in, `{"do":"look"}`) // which readers answer; a board server says in its log that it serves
		if said := bufio.NewScanner(out); !said.Scan() || !strings.Contains(said.Text(), "come first") && !strings.Contains(said.Text(), "serving boards") {
			t.Errorf("%v: %s", c.args, said.Text())
		}
		if nice := niceOf(t, cmd.Process.Pid); nice != max(own, c.want) {
			t.Errorf("%v runs with nice %d, want %d", c.args, nice, c.want)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// What a process has used of the processors is read where the system tells it.
func TestProcessorTimeIsRead(t *testing.T) {
	for until := time.Now().Add(30 * time.Second); process.OwnTime() < 30*time.Millisecond; { // some work, until there is anything to be read
		if time.Now().After(until) {
			t.Fatal("no processor time after half a minute of work")
		}
	}
	if is := process.ProcessTime(os.Getpid()); is < 20*time.Millisecond || is > process.OwnTime()+20*time.Millisecond {
		t.Errorf("%v, the process itself says %v", is, process.OwnTime())
	}
	if process.ProcessTime(1<<30) != 0 {
		t.Error("a process that is not there has used time")
	}
}
