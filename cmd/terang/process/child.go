package process

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ReadyWithin is how long a server may take to recover its journal before it serves, on a machine
// that has a crowd to serve as well.
const ReadyWithin = time.Minute

// Child is this command in a process of its own, as a rehearsal and its tests need it.
type Child struct {
	Binary string
	Addr   string
	Cmd    *exec.Cmd
	pid    atomic.Int64 // 0: none runs
}

// Run runs a command of the binary to its end.
func Run(ctx context.Context, binary string, args ...string) error {
	if out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", binary, args, err, out)
	}
	return nil
}

// Start runs a command that listens on the child's address, until it is ready. What it
// complains of goes to errs.
func (c *Child) Start(ctx context.Context, errs io.Writer, args ...string) error {
	cmd := exec.Command(c.Binary, append(args, "--addr", c.Addr)...) //nolint:gosec // our own binary
	cmd.Stderr = errs
	if err := c.Run(cmd); err != nil {
		return fmt.Errorf("start %s: %w", args[0], err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(ReadyWithin); !Ready(ctx, c.Base()); {
		if time.Now().After(until) {
			c.Kill()
			return fmt.Errorf("%s on %s was not ready within %v: see what it wrote above", args[0], c.Addr, ReadyWithin)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.Kill()
			return ctx.Err()
		}
	}
	return nil
}

// Run starts the process.
func (c *Child) Run(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	c.Cmd = cmd
	c.pid.Store(int64(cmd.Process.Pid))
	return nil
}

// Processor is the processor time that the process has used so far, 0 if nobody can say.
func (c *Child) Processor() time.Duration {
	if pid := c.pid.Load(); pid != 0 {
		return ProcessTime(int(pid))
	}
	return 0
}

// Base is the address of the server that the child is, without a slash at its end.
func (c *Child) Base() string { return "http://" + c.Addr }

// Kill ends the process as a power cut does, and waits until it is gone.
func (c *Child) Kill() {
	if c.Cmd == nil {
		return
	}
	_ = c.Cmd.Process.Kill()
	c.pid.Store(0)
	_ = c.Cmd.Wait() // "signal: killed", as was meant
	c.Cmd = nil
}

// Warnings passes on what a server says that a person should read.
type Warnings struct {
	To func(line string)
}

// Write implements io.Writer: what is above INFO goes to To, line by line.
func (w *Warnings) Write(lines []byte) (int, error) {
	for line := range strings.Lines(string(lines)) {
		if !strings.Contains(line, `"level":"INFO"`) {
			w.To(strings.TrimSpace(line))
		}
	}
	return len(lines), nil
}

var given sync.Map // the ports of the addresses that FreeAddress returned

// FreeAddress is an address on this machine that nobody listens on. Its port is below those that
// systems give to who connects: a server that is killed finds it free when it starts again, however
// many candidates try to come back meanwhile.
//
// No address is given twice: whoever was given one may not listen there yet.
func FreeAddress(ctx context.Context) (string, error) {
	const from, to = 10240, 32768
	var last error
	for range 50 {
		n, err := rand.Int(rand.Reader, big.NewInt(to-from))
		if err != nil {
			return "", fmt.Errorf("find a free address: %w", err)
		}
		if _, twice := given.LoadOrStore(n.Int64(), true); twice {
			continue
		}
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", from+n.Int64()))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
		last = err
	}
	return "", fmt.Errorf("find a free address: %w", last)
}

// Ready says whether a server takes candidates.
func Ready(ctx context.Context, base string) bool { return Answers(ctx, base+"/readyz") }

// Answers says whether an address is answered well.
func Answers(ctx context.Context, at string) bool {
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
