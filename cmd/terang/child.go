package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"
)

// readyWithin is how long a server may take to recover its journal before it serves.
const readyWithin = 30 * time.Second

// child is this command in a process of its own, as a rehearsal and its tests need it.
type child struct {
	binary string
	addr   string
	cmd    *exec.Cmd
	pid    atomic.Int64 // 0: none runs
}

// runChild runs a command of the binary to its end.
func runChild(ctx context.Context, binary string, args ...string) error {
	if out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", binary, args, err, out)
	}
	return nil
}

// start runs a command that listens on the child's address, until it is ready. What it
// complains of goes to errs.
func (c *child) start(ctx context.Context, errs io.Writer, args ...string) error {
	cmd := exec.Command(c.binary, append(args, "--addr", c.addr)...) //nolint:gosec // our own binary
	cmd.Stderr = errs
	if err := c.run(cmd); err != nil {
		return fmt.Errorf("start %s: %w", args[0], err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(readyWithin); !isReady(ctx, c.base()); {
		if time.Now().After(until) {
			c.kill()
			return fmt.Errorf("%s on %s was not ready within %v: see what it wrote above", args[0], c.addr, readyWithin)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.kill()
			return ctx.Err()
		}
	}
	return nil
}

// run starts the process.
func (c *child) run(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	c.cmd = cmd
	c.pid.Store(int64(cmd.Process.Pid))
	return nil
}

// processor is the processor time that the process has used so far, 0 if nobody can say.
func (c *child) processor() time.Duration {
	if pid := c.pid.Load(); pid != 0 {
		return processTime(int(pid))
	}
	return 0
}

func (c *child) base() string { return "http://" + c.addr }

// kill ends the process as a power cut does, and waits until it is gone.
func (c *child) kill() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Kill()
	c.pid.Store(0)
	_ = c.cmd.Wait() // "signal: killed", as was meant
	c.cmd = nil
}

// warnings passes on what a server says that a person should read.
type warnings struct {
	to func(line string)
}

func (w *warnings) Write(lines []byte) (int, error) {
	for line := range strings.Lines(string(lines)) {
		if !strings.Contains(line, `"level":"INFO"`) {
			w.to(strings.TrimSpace(line))
		}
	}
	return len(lines), nil
}

// freeAddress is an address on this machine that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free address: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// isReady says whether a server takes candidates.
func isReady(ctx context.Context, base string) bool { return isThere(ctx, base+"/readyz") }

// isThere says whether an address is answered well.
func isThere(ctx context.Context, at string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
