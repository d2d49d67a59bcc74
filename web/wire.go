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
// buffer when another goes on reading.
type wire struct {
	net.Conn
	raw syscall.RawConn // nil where a call cannot be tried, as under TLS: then all is rest, and no reactor reads

	mu       sync.Mutex
	opened   bool // the handshake is over; before, writes are those of the connection
	draining bool
	rest     []byte
	err      error
	trying   []byte // by attempt, which reports with sent and failed
	sent     int
	failed   error
	attempt  func(uintptr) bool // made once: a closure for each frame would cost as much as the frame

	reader atomic.Pointer[reader] // while a reactor reads; else a goroutine does, from:
	in     []byte                 // read, and not handed on
	room   []byte                 // that it is read into
	left   int                    // of the frame that is being handed on
}

// restMost is how much may wait for a slow page before it is cut, beside what the kernel
// keeps for it. It comes back by itself, and nothing that was acknowledged is lost.
const restMost = 1 << 20

var errUnread = errors.New("the page does not read what it is sent")

func newWire(c net.Conn) *wire {
	w := &wire{Conn: c}
	if s, ok := c.(syscall.Conn); ok {
		w.raw, _ = s.SyscallConn()
	}
	w.attempt = func(fd uintptr) bool {
		w.sent, w.failed = tryWrite(fd, w.trying)
		return true // it was tried; whoever wrote does not wait for room
	}
	return w
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
		got, err := w.Conn.Read(w.room[n:])
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
		n, err = w.Conn.Read(p)
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

// Close ends the connection, for a reactor too: it is not told of what was closed here.
func (w *wire) Close() error {
	err := w.Conn.Close()
	if r := w.reader.Load(); r != nil {
		go r.ready(true, make([]byte, aloneRoom))
	}
	return err
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
		return w.Conn.Write(p)
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
	if !w.draining && w.raw != nil {
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
	if !w.draining {
		w.draining = true
		go w.drain()
	}
	return len(p), nil
}

// try writes what there is room for. Called with the lock held.
func (w *wire) try(p []byte) (int, error) {
	w.trying, w.sent, w.failed = p, 0, nil
	err := w.raw.Write(w.attempt)
	w.trying = nil
	if err == nil {
		err = w.failed
	}
	return w.sent, err
}

// drain writes the rest, and waits for the page as long as a write may take.
func (w *wire) drain() {
	for {
		w.mu.Lock()
		rest := w.rest
		w.rest = nil
		if len(rest) == 0 || w.err != nil {
			w.draining = false
			_ = w.Conn.SetWriteDeadline(time.Time{})
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		_ = w.Conn.SetWriteDeadline(time.Now().Add(writeWithin))
		if _, err := w.Conn.Write(rest); err != nil {
			w.mu.Lock()
			w.err = err
			w.mu.Unlock()
			_ = w.Close()
		}
	}
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
