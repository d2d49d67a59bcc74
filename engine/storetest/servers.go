package storetest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startWithin is how long a private server may take until it answers: long, because a
// server that was killed first replays its log.
const startWithin = time.Minute

// server is a private server of one test: a process with a folder of its own, which holds
// its data and its socket. Both are gone when the test has ended; if that was killed, the
// process ends and the folder stays.
type server struct {
	t       testing.TB
	dir     string
	as      *account // beside the test's own user
	command []string
	ready   string         // a line of the server's log that has this says that it answers
	quit    syscall.Signal // ends it without ado, and leaves nothing behind in the system
	env     []string       // beside the test's own
	full    string         // the file that says that its disk is full

	mu      sync.Mutex
	process *process // nil while it is down
}

// process is one life of a server.
type process struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed when it answers
	ended chan struct{} // closed when it is dead

	mu  sync.Mutex
	log []string // its last lines
}

// absent skips the test because a server's program is missing, or fails it where
// TERANG_REQUIRE=1 says that nothing may be missing.
func absent(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("TERANG_REQUIRE") == "1" {
		t.Fatalf("%s, and TERANG_REQUIRE=1 forbids to skip", reason)
	}
	t.Skip(reason)
}

// program finds a program on PATH, or else in the newest of the folders.
func program(name string, folders ...string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	var found []string
	for _, folder := range folders {
		more, _ := filepath.Glob(filepath.Join(folder, name)) // fails for malformed patterns only
		found = append(found, more...)
	}
	if len(found) == 0 {
		return "", err
	}
	return slices.MaxFunc(found, func(a, b string) int { // 9 is older than 15
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	}), nil
}

// newServer makes the folder. It stands directly below the system's own, because a
// socket's path must be short and the server's user must reach it.
func newServer(t testing.TB, name string, users ...string) *server {
	t.Helper()
	as, err := unprivileged(users...)
	if err != nil {
		absent(t, err.Error())
	}
	dir, err := os.MkdirTemp("", "terang-"+name+"-")
	if err != nil {
		t.Fatalf("a folder for %s: %v", name, err)
	}
	s := &server{t: t, dir: dir, as: as}
	t.Cleanup(func() {
		s.end()
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove what %s left: %v", name, err)
		}
	})
	if err := as.own(dir); err != nil {
		t.Fatalf("give %s to %s: %v", dir, as.name, err)
	}
	return s
}

// do runs a program as the server's user until it ends.
func (s *server) do(path string, args ...string) {
	s.t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Dir = s.dir
	s.as.runs(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", filepath.Base(path), err, out)
	}
}

// start starts the server and returns when it answers.
func (s *server) start() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.launch()
	if err != nil {
		s.t.Fatalf("start %s: %v", s.command[0], err)
	}
	s.process = p
	select {
	case <-p.ready:
	case <-p.ended:
		s.process = nil
		s.t.Fatalf("%s ended by itself:\n%s", s.command[0], p.lines())
	case <-time.After(startWithin):
		s.t.Fatalf("%s does not answer after %v:\n%s", s.command[0], startWithin, p.lines())
	}
}

func (s *server) launch() (*process, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(s.command[0], s.command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, write, write
	s.as.runs(cmd)
	cmd.Env = append(cmd.Env, s.env...)
	dieWithUs(cmd, s.quit)
	p := &process{cmd: cmd, ready: make(chan struct{}), ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// "Die with us" means: with the thread that started it.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
			close(p.ended)
		}
	}()
	err = <-started
	if err = errors.Join(err, write.Close()); err != nil {
		return nil, errors.Join(err, read.Close())
	}
	go p.follow(read, s.ready)
	return p, nil
}

// follow keeps the last lines of the log until nobody writes it any more.
func (p *process) follow(read *os.File, ready string) {
	defer read.Close()
	answers := false
	for lines := bufio.NewScanner(read); lines.Scan(); {
		p.mu.Lock()
		p.log = append(p.log[max(0, len(p.log)-99):], lines.Text())
		p.mu.Unlock()
		if !answers && strings.Contains(lines.Text(), ready) {
			answers = true
			close(p.ready)
		}
	}
}

func (p *process) lines() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.log, "\n")
}

// Log returns the last lines that the server has written in its present life.
func (s *server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return ""
	}
	return s.process.lines()
}

// Kill ends the server and all of its processes as kill -9 does. Nothing happens when it
// is down already.
func (s *server) Kill() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return
	}
	pid := s.process.cmd.Process.Pid
	s.send(kill, s.freeze(pid)...)
	// PostgreSQL does not start again while one of its former processes is still dying.
	for tick := time.Tick(time.Millisecond); len(children(pid)) > 0; {
		<-tick
	}
	s.send(kill, pid)
	<-s.process.ended
	s.process = nil
}

// Pause stops the server and all of its processes as SIGSTOP does: connections stay and
// nothing answers, until Resume.
func (s *server) Pause() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		s.send(pause, s.freeze(s.process.cmd.Process.Pid)...)
	}
}

// Resume ends a Pause.
func (s *server) Resume() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		pid := s.process.cmd.Process.Pid
		s.send(resume, append(children(pid), pid)...)
	}
}

// Restart starts the server again with the data that it had, after a Kill or, if it still
// runs, doing that first.
func (s *server) Restart() {
	s.t.Helper()
	s.Kill()
	s.start()
}

// freeze keeps the main process from making new ones, and returns those that it has.
func (s *server) freeze(pid int) []int {
	s.send(pause, pid)
	return children(pid)
}

// send signals processes; one that has ended meanwhile is no error.
func (s *server) send(sig syscall.Signal, pids ...int) {
	s.t.Helper()
	for _, pid := range pids {
		if err := signal(pid, sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
			s.t.Errorf("send %v to process %d: %v", sig, pid, err)
		}
	}
}

// end is the last thing: the server has no chance to keep the test waiting.
func (s *server) end() {
	s.Resume()
	s.mu.Lock()
	p := s.process
	s.mu.Unlock()
	if p == nil {
		return
	}
	s.send(s.quit, p.cmd.Process.Pid)
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		fmt.Fprintf(os.Stderr, "%s did not end, it is killed\n", s.command[0])
		s.Kill()
	}
}
