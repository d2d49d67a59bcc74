package main

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A demo whose terminal is closed ends as one that is interrupted: its data goes with it.
func TestADemoLeavesNothingWhenItsTerminalIsClosed(t *testing.T) {
	// Tests that run under nohup ignore hangups, and so would the demo. What is handled here is
	// as usual in a program that is started.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	temp := t.TempDir()
	c := exec.CommandContext(t.Context(), asCommand(t), "demo", "--addr", "127.0.0.1:0", "--candidates", "2", "--seats", "1") //nolint:gosec // this program
	c.Env = append(os.Environ(), "TMPDIR="+temp)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 0, 4096)
	for part := make([]byte, 512); !strings.Contains(string(said), "board:"); {
		n, err := out.Read(part)
		if said = append(said, part[:n]...); err != nil {
			t.Fatalf("%s: %v", said, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "terang-demo-*")); len(left) != 1 {
		t.Fatalf("while it runs: %v", left)
	}
	if err := c.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(time.Minute, func() { _ = c.Process.Kill() })
	defer watchdog.Stop()
	if err := c.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "terang-demo-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
