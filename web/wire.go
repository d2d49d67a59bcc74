package web

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// wire is a connection whose writers never wait: what the kernel has no room for now is
// kept, and written by a goroutine that lives as long as there is such a rest. An
// acknowledgement is then sent by whoever has it, at the price of the system call alone.
// Who reads it is handed one frame at a time, so that nothing of the next one is in anybody's
// buffer when another goes on reading. While a reactor reads, the runtime's poller does not know
// the connection: it would be woken by each frame too, for nobody.
type wire struct {
	mu      sync.Mutex
	fd      int32 // while it is aside: the connection; else -1
	closed  bool
	opened  bool // the handshake is over; before, writes are those of the connection
	err     error
	drainer net.Conn        // of the goroutine that writes the rest, nil if there is none
	raw     syscall.RawConn // of conn; nil where a call cannot be tried, as under TLS: then all is rest, and no reactor reads
	rest    []byte
	conn    net.Conn // whom one may wait for: the same, or one made since; closed while it is aside

	reader atomic.Pointer[reader] // while a reactor reads; else a goroutine does, from:
	in     []byte                 // read, and not handed on
	room   []byte                 // that it is read into
	left   int                    // of the frame that is being handed on

	net.Conn        // as it came: for the handshake, and its addresses
	trying   []byte // by attempt, which reports with sent and failed
	sent     int
	failed   error
	attempt  func(uintptr) bool // made once: a closure for each frame would cost as much as the frame
}

// restMost is how much may wait for a slow page before it is cut, beside what the kernel
// keeps for it. It comes back by itself, and nothing that was acknowledged is lost.
const restMost = 1 << 20

var errUnread = errors.New("the page does not read what it is sent")

func newWire(c net.Conn) *wire {
	w := &wire{Conn: c, fd: -1}
	w.takes(c)
	w.attempt = func(fd uintptr) bool {
		w.sent, w.failed = tryWrite(fd, w.trying)
		return true // it was tried; whoever wrote does not wait for room
	}
	return w
}

// takes makes c the connection whom one may wait for.
func (w *wire) takes(c net.Conn) {
	w.conn, w.raw = c, nil
	if s, ok := c.(syscall.Conn); ok {
		w.raw, _ = s.SyscallConn()
	}
}

// aside takes the connection from the runtime's poller, for a reactor that reads it by the
// descriptor. Who is the last to read it ends that with rejoin or release: a descriptor that
// others may still use must not be closed, as it would soon be another connection's.
func (w *wire) aside() (fd int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.drainer != nil || w.raw == nil {
		return -1, errAttended
	}
	if fd, err = another(w.raw); err != nil {
		return -1, err
	}
	_ = w.conn.Close()
	w.fd = int32(fd)
	return fd, nil
}

var errAttended = errors.New("a goroutine has to do with the connection")

// rejoin makes it one again whom a goroutine may wait for. If that cannot be, it has ended:
// whoever reads on is told so.
func (w *wire) rejoin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return
	}
	c, err := connection(int(w.fd))
	w.fd = -1
	if err != nil {
		w.err = err
		return
	}
	w.takes(c)
	if w.closed {
		_ = c.Close()
	}
}

// release ends a connection that is aside.
func (w *wire) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return
	}
	if w.drainer != nil {
		shut(int(w.fd))
	}
	discard(int(w.fd))
	w.fd, w.closed = -1, true
	if w.err == nil {
		w.err = net.ErrClosed
	}
}

// open ends the handshake: from now on nobody waits.
func (w *wire) open() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened = true
}

// inRoom is how much is read at a time: more than most frames.
const inRoom = 512

// Read implements net.Conn; it waits.
func (w *wire) Read(p []byte) (int, error) {
	for w.left == 0 {
		if w.left = frameSize(w.in); w.left > 0 {
			break
		}
		if w.room == nil {
			w.room = make([]byte, inRoom)
		}
		n := copy(w.room, w.in) // part of a head
		got, err := w.conn.Read(w.room[n:])
		w.in = w.room[:n+got]
		if got == 0 && err != nil { // else it comes again, and the bytes do not
			return 0, err
		}
	}
	p = p[:min(len(p), w.left)]
	n := copy(p, w.in)
	w.in = w.in[n:]
	var err error
	if n == 0 {
		n, err = w.conn.Read(p)
	}
	w.left -= n
	return n, err
}

// between is whether it stands between two frames, of which the next one may be a plain text
// and has not come whole.
func (w *wire) between() bool {
	size, plain := plainSize(w.in)
	return w.left == 0 && plain && (size == 0 || size > len(w.in))
}

// handOver returns what was read and not handed on, for another to read on; giveBack returns it.
func (w *wire) handOver() (part []byte) {
	if len(w.in) > 0 {
		part = append(part, w.in...)
	}
	w.in, w.room = nil, nil
	return part
}

func (w *wire) giveBack(rest []byte) { w.in = append([]byte(nil), rest...) }

// Close ends the connection. If it is aside, who reads it sees that, and frees it.
func (w *wire) Close() error {
	w.mu.Lock()
	w.closed = true
	fd, conn, drainer := w.fd, w.conn, w.drainer
	if fd >= 0 {
		shut(int(fd))
	}
	w.mu.Unlock()
	if drainer != nil && drainer != conn {
		_ = drainer.Close()
	}
	if fd < 0 {
		return conn.Close()
	}
	if r := w.reader.Load(); r != nil {
		go r.ready(true, make([]byte, aloneRoom))
	}
	return nil
}

// text sends a text frame, or keeps it; p may be used again at once.
func (w *wire) text(p []byte) error {
	if len(p) > textsMost-headMost { // too much to be copied behind its head
		w.mu.Lock()
		defer w.mu.Unlock()
		_, err := w.write(appendTextHead(nil, len(p)))
		if err == nil {
			_, err = w.write(p)
		}
		return err
	}
	room := texts.Get().(*[]byte)
	defer texts.Put(room)
	*room = append(appendTextHead((*room)[:0], len(p)), p...)
	_, err := w.Write(*room)
	return err
}

// texts are rooms for short frames on their way.
var texts = sync.Pool{New: func() any { return new([]byte) }}

const textsMost = 4 << 10

// Write sends p, or keeps what there is no room for; p may be used again at once.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	if !w.opened {
		w.mu.Unlock()
		return w.conn.Write(p)
	}
	defer w.mu.Unlock()
	return w.write(p)
}

// write is that after the handshake. Called with the lock held.
func (w *wire) write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n := 0
	if w.drainer == nil && w.raw != nil {
		if n, w.err = w.try(p); w.err != nil {
			return n, w.err
		}
	}
	if n == len(p) {
		return n, nil
	}
	if len(w.rest)+len(p)-n > restMost {
		w.err = errUnread
		return n, w.err
	}
	w.rest = append(w.rest, p[n:]...)
	if w.drainer == nil {
		if w.drainer, w.err = w.waiting(); w.err != nil {
			return n, w.err
		}
		go w.drain(w.drainer)
	}
	return len(p), nil
}

// try writes what there is room for. Called with the lock held.
func (w *wire) try(p []byte) (int, error) {
	if w.fd >= 0 {
		return tryWrite(uintptr(w.fd), p)
	}
	w.trying, w.sent, w.failed = p, 0, nil
	err := w.raw.Write(w.attempt)
	w.trying = nil
	if err == nil {
		err = w.failed
	}
	return w.sent, err
}

// waiting is the connection for who waits: while it is aside, another one of it. Called with
// the lock held.
func (w *wire) waiting() (net.Conn, error) {
	if w.fd < 0 {
		return w.conn, nil
	}
	fd, err := twin(int(w.fd))
	if err != nil {
		return nil, err
	}
	return connection(fd)
}

// drain writes the rest to c, and waits for the page as long as a write may take.
func (w *wire) drain(c net.Conn) {
	for {
		w.mu.Lock()
		rest := w.rest
		w.rest = nil
		if len(rest) == 0 || w.err != nil {
			w.drainer = nil
			if c == w.conn {
				_ = c.SetWriteDeadline(time.Time{})
			} else {
				_ = c.Close()
			}
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		_ = c.SetWriteDeadline(time.Now().Add(writeWithin))
		if _, err := c.Write(rest); err != nil {
			w.mu.Lock()
			w.err = err
			w.mu.Unlock()
			_ = w.Close()
		}
	}
}

// SetReadDeadline is for a goroutine that reads; a reactor looks at the clock itself.
func (w *wire) SetReadDeadline(t time.Time) error {
	w.mu.Lock()
	c := w.conn
	w.mu.Unlock()
	return c.SetReadDeadline(t)
}

// SetWriteDeadline is the handshake's. Later only a rest waits, and sets its own: a
// deadline for each frame would cost a timer each.
func (w *wire) SetWriteDeadline(t time.Time) error {
	w.mu.Lock()
	opened := w.opened
	w.mu.Unlock()
	if opened {
		return nil
	}
	return w.Conn.SetWriteDeadline(t)
}

// wired lets an upgrade take a wire instead of the connection.
type wired struct{ http.ResponseWriter }

// Hijack implements http.Hijacker.
func (w wired) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, buffers, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return newWire(c), buffers, nil
}
