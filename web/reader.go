package web

import "sync/atomic"

// reader reads the plain texts of a socket whenever its reactor says that something has
// come, without a goroutine of its own: of 19,000 pages few say something at a time, and
// a goroutine for each costs a stack that is cold whenever it is needed. What is not plain,
// and what would wait, leaves the reactor: a goroutine reads on with the websocket library,
// and comes back when the page is an ordinary one again.
type reader struct {
	sock *socket
	at   *reactor
	turn atomic.Int32 // see the constants

	// Whoever made turn busy has these.
	fd   int32  // -1 before the reactor reads
	part []byte // beginning of a frame whose rest has yet to come
}

// Values of reader.turn. Whoever makes idle busy reads; what comes meanwhile is noted, and
// read by the same one.
const (
	idle int32 = iota
	busy
	again
)

// roundsMost is how often a reader fills its room in one turn, before it is one whom others
// would have to wait for.
const roundsMost = 4

// aloneRoom is enough for who reads one socket, and not many in turn: a part and more.
const aloneRoom = 2 * FrameMost

// begin takes the socket from the goroutine that calls it, which reads no more if this is true.
func (r *reader) begin() bool {
	w := r.sock.wire
	r.part = w.handOver()
	r.turn.Store(busy) // whoever closes the wire meanwhile leaves the reading to us
	w.reader.Store(r)
	if r.at.add(r) != nil {
		r.back(r.part)
		return false
	}
	if !r.turn.CompareAndSwap(busy, idle) { // something has come, or was closed
		r.turn.Store(idle)
		go r.ready(true, make([]byte, aloneRoom))
	}
	return true
}

// back gives the socket to a goroutine; the turn stays busy.
func (r *reader) back(rest []byte) {
	w := r.sock.wire
	r.at.remove(r)
	w.rejoin()
	w.giveBack(rest)
	w.reader.Store(nil)
	_ = w.SetReadDeadline(r.sock.deadline())
}

// ready reads what has come. all is whether to read until nothing is left: the end of a
// connection is announced but once. room is used until it returns.
func (r *reader) ready(all bool, room []byte) {
	for !r.turn.CompareAndSwap(idle, busy) {
		if r.turn.CompareAndSwap(busy, again) || r.turn.Load() == again {
			return
		}
	}
	for r.read(all, room) {
		if r.turn.CompareAndSwap(busy, idle) {
			return
		}
		r.turn.Store(busy)
		all = true
	}
}

// read is false if the socket has left the reactor; then the turn is never idle again.
func (r *reader) read(all bool, room []byte) (stays bool) {
	defer func() {
		if why := recover(); why != nil { // one page's fault is not everybody's
			r.sock.fault(why)
			r.end()
		}
	}()
	n := copy(room, r.part)
	r.part = nil
	for range roundsMost {
		got, err := tryRead(uintptr(r.fd), room[n:])
		n += got
		rest := room[:n]
		for {
			text, size, plain := plainText(rest)
			if !plain {
				r.leave(rest, nil)
				return false
			}
			if size == 0 {
				break
			}
			rest = rest[size:]
			if later := r.sock.heard(text); later != nil {
				r.leave(rest, later)
				return false
			}
		}
		if err != nil {
			r.end()
			return false
		}
		filled := n == len(room)
		n = copy(room, rest)
		if !filled && (!all || got == 0) {
			if n > 0 {
				r.part = append([]byte(nil), room[:n]...)
			}
			return true
		}
	}
	r.leave(room[:n], nil)
	return false
}

// leave lets a goroutine do what would wait, and read what follows.
func (r *reader) leave(rest []byte, later func()) {
	r.back(rest)
	go r.sock.serve(later)
}

// end is the connection's. What is done then waits for the attempt's turn, and nobody for that.
func (r *reader) end() {
	r.at.remove(r)
	r.sock.wire.release()
	go r.sock.done()
}

// silent ends a socket whose page has said nothing for too long.
func (r *reader) silent() {
	if r.sock.overdue() && r.turn.CompareAndSwap(idle, busy) {
		r.end()
	}
}
