package web

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// reactor is one goroutine that reads for many sockets. It waits for its epoll as any
// goroutine waits for a socket: in the runtime's own.
type reactor struct {
	fd    int      // of the epoll
	epoll *os.File // the same, for its deadlines
	raw   syscall.RawConn
	room  []byte

	mu sync.Mutex
	of map[int32]*reader // by descriptor
}

const (
	reactorRoom   = 64 << 10
	reactorEvents = 128
	silentEvery   = time.Second
	edge          = 1 << 31 // EPOLLET, which package syscall has as a negative number
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
	x := &reactor{fd: fd, epoll: os.NewFile(uintptr(fd), "epoll"), room: make([]byte, reactorRoom), of: map[int32]*reader{}}
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
		all := slices.AppendSeq(make([]*reader, 0, len(x.of)), maps.Values(x.of))
		x.mu.Unlock()
		for _, r := range all {
			r.silent()
		}
	}
}

// add lets the reactor read for a socket, what has come already included. After an error
// remove is still due.
func (x *reactor) add(r *reader) error {
	var refused error
	err := r.sock.wire.raw.Control(func(fd uintptr) {
		r.fd = int32(fd)
		x.mu.Lock()
		x.of[r.fd] = r
		x.mu.Unlock()
		e := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | edge, Fd: r.fd}
		refused = syscall.EpollCtl(x.fd, syscall.EPOLL_CTL_ADD, int(fd), &e)
	})
	if err == nil {
		err = refused
	}
	return err
}

// remove ends that. A descriptor that was closed is out of the epoll already, and may be
// another socket's by now.
func (x *reactor) remove(r *reader) {
	x.mu.Lock()
	if x.of[r.fd] == r {
		delete(x.of, r.fd)
	}
	x.mu.Unlock()
	_ = r.sock.wire.raw.Control(func(fd uintptr) {
		_ = syscall.EpollCtl(x.fd, syscall.EPOLL_CTL_DEL, int(fd), nil)
	})
}
