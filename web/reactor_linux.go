package web

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// reactor is one goroutine that reads for many sockets. It waits for its epoll as any
// goroutine waits for a socket: in the runtime's own.
type reactor struct {
	fd    int      // of the epoll
	epoll *os.File // the same, for its deadlines
	raw   syscall.RawConn
	room  []byte

	mu sync.Mutex
	of []*reader // by descriptor; nil where there is none
}

const (
	reactorRoom   = 64 << 10
	reactorEvents = 128
	silentEvery   = time.Second
)

// reactors are those of this process, as its network poller is: one for each processor,
// made when the first page comes. There are none where they cannot be made, and then every
// socket has its goroutine.
var reactors struct {
	once sync.Once
	all  []*reactor
	next atomic.Uint32
}

// someReactor is the next one in turn, or nil.
func someReactor() *reactor {
	reactors.once.Do(func() {
		for range runtime.NumCPU() {
			x, err := newReactor()
			if err != nil {
				reactors.all = nil
				return
			}
			reactors.all = append(reactors.all, x)
		}
		for _, x := range reactors.all {
			go x.run()
		}
	})
	if len(reactors.all) == 0 {
		return nil
	}
	return reactors.all[int(reactors.next.Add(1))%len(reactors.all)]
}

func newReactor() (*reactor, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // or os would not wait for it
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("epoll: %w", err)
	}
	x := &reactor{fd: fd, epoll: os.NewFile(uintptr(fd), "epoll"), room: make([]byte, reactorRoom)}
	if err := x.epoll.SetReadDeadline(time.Now().Add(silentEvery)); err != nil {
		_ = x.epoll.Close()
		return nil, fmt.Errorf("epoll: %w", err)
	}
	x.raw, err = x.epoll.SyscallConn()
	return x, err
}

func (x *reactor) run() {
	var (
		events = make([]syscall.EpollEvent, reactorEvents)
		ready  = make([]*reader, reactorEvents)
	)
	var until time.Time
	some := func(fd uintptr) bool {
		for time.Now().Before(until) {
			n, err := syscall.EpollWait(int(fd), events, 0)
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			if n <= 0 {
				return false
			}
			x.mu.Lock()
			for i := range events[:n] {
				ready[i] = x.of[events[i].Fd]
			}
			x.mu.Unlock()
			for i, r := range ready[:n] {
				if r != nil { // else it has left, or ended, since
					r.ready(events[i].Events&(syscall.EPOLLRDHUP|syscall.EPOLLHUP|syscall.EPOLLERR) != 0, x.room)
				}
				ready[i] = nil
			}
		}
		return true
	}
	for {
		until = time.Now().Add(silentEvery)
		_ = x.epoll.SetReadDeadline(until)
		_ = x.raw.Read(some)
		x.mu.Lock()
		all := slices.Clone(x.of)
		x.mu.Unlock()
		for _, r := range all {
			if r != nil {
				r.silent()
			}
		}
	}
}

// add lets the reactor read for a socket, what has come already included. After an error
// remove is still due.
func (x *reactor) add(r *reader) error {
	fd, err := r.sock.wire.aside()
	if err != nil {
		return err
	}
	r.fd = int32(fd)
	x.mu.Lock()
	if more := fd + 1 - len(x.of); more > 0 {
		x.of = append(x.of, make([]*reader, more)...)
	}
	x.of[fd] = r
	x.mu.Unlock()
	e := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | unix.EPOLLET, Fd: r.fd}
	return syscall.EpollCtl(x.fd, syscall.EPOLL_CTL_ADD, fd, &e)
}

// remove ends that, before the descriptor is closed.
func (x *reactor) remove(r *reader) {
	if r.fd < 0 {
		return
	}
	x.mu.Lock()
	x.of[r.fd] = nil
	x.mu.Unlock()
	_ = syscall.EpollCtl(x.fd, syscall.EPOLL_CTL_DEL, int(r.fd), nil)
}

// another is a descriptor of the connection that only its owner knows.
func another(raw syscall.RawConn) (fd int, err error) {
	if e := raw.Control(func(of uintptr) { fd, err = twin(int(of)) }); e != nil {
		return -1, e
	}
	return fd, err
}

// twin is one more descriptor of what fd is one of.
func twin(fd int) (int, error) {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("descriptor: %w", err)
	}
	return n, nil
}

// connection makes of a descriptor, which it takes, one whom a goroutine may wait for.
func connection(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "page")
	defer f.Close() //nolint:errcheck // the connection has a descriptor of its own
	return net.FileConn(f)
}

// shut ends a connection for all descriptors of it.
func shut(fd int) { _ = syscall.Shutdown(fd, syscall.SHUT_RDWR) }

func discard(fd int) { _ = syscall.Close(fd) }
