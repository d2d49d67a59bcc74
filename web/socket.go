package web

import (
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"terang/engine"
)

// Subprotocol of the exam socket.
const Subprotocol = "terang.exam.v1"

var closeCodes = map[engine.Code]int{
	engine.BadFrame: 4001, engine.AlreadyOver: 4002, engine.Superseded: 4003, engine.RateLimited: 4004,
	engine.NotAllowed: 4005, engine.OtherBrowser: 4005, engine.ServerMoving: 4006, engine.SignedOutNow: 4007,
}

// Times of a socket. A page beats every 2 s, so one that has said nothing for a minute
// is gone, whatever its network believes.
const (
	readWithin  = time.Minute
	writeWithin = 10 * time.Second
)

// socket carries frames over a websocket. Whoever has a frame writes it, in turns.
type socket struct {
	mu    sync.Mutex  // one writes at a time, and nothing after the end
	over  atomic.Bool // nothing is written any more
	wire  *wire
	until atomic.Int64                      // when the page is gone if nothing has come: a time since begun
	take  func(frame []byte) (later func()) // later is what of it would wait
	conn  *websocket.Conn
	log   *slog.Logger
	odd   func()      // for a message that is no text
	calm  func() bool // the page is one that a reactor may read
	done  func()      // at the end, once
}

// begun is when this process was: sockets count from there, whatever a clock is set to.
var begun = time.Now()

func newUpgrader(origin func(*http.Request) bool) *websocket.Upgrader {
	return &websocket.Upgrader{
		ReadBufferSize: 512, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{},
		Subprotocols: []string{Subprotocol}, CheckOrigin: origin, HandshakeTimeout: 10 * time.Second, Error: refuseUpgrade,
	}
}

// refuseUpgrade answers what is no upgrade, or another site's, as every other call is refused.
func refuseUpgrade(w http.ResponseWriter, r *http.Request, status int, _ error) {
	w.Header().Set("Sec-WebSocket-Version", "13")
	switch status {
	case http.StatusForbidden:
		writeError(w, r, codeForeign, "")
	case http.StatusInternalServerError:
		writeError(w, r, codeUnavailable, "")
	default:
		writeError(w, r, engine.BadFrame, "upgrade")
	}
}

// serveSocket upgrades always, with our origin; a browser cannot read a refused upgrade,
// so refusals are frames. The connection goes on in a goroutine of its own: while this one
// has not returned, net/http keeps the request and buffers of 10 kB that nobody needs.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	conn, err := s.upgrader.Upgrade(wired{w}, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	sock := newSocket(conn, s.log)
	page, bye := s.seatOf(r, sock)
	go func() {
		if page == nil {
			sock.farewell(bye)
			return
		}
		s.serveSeat(page, sock)
	}()
}

// newSocket is one whose handshake is over. Until it is told otherwise it ignores the page.
func newSocket(conn *websocket.Conn, log *slog.Logger) *socket {
	k := &socket{conn: conn, wire: conn.NetConn().(*wire), log: log}
	k.take, k.odd, k.calm = func([]byte) func() { return nil }, func() {}, func() bool { return false }
	k.done = sync.OnceFunc(k.end)
	conn.SetReadLimit(FrameMost)
	k.wire.open()
	k.within(readWithin)
	return k
}

// seatOf is the page of a session, or the goodbye that refuses it.
func (s *Server) seatOf(r *http.Request, sock *socket) (*seat, byeFrame) {
	moving := byeFrame{Code: string(engine.ServerMoving), Retry: s.retryAfter()}
	if s.moving.Load() {
		return nil, moving
	}
	live, exam, session, refused := s.admitted(r)
	switch refused {
	case "":
	case engine.Busy:
		return nil, moving
	default:
		return nil, byeFrame{Code: string(refused)}
	}
	page := &seat{server: s, exam: exam, live: live, cookie: session, lang: language(r), line: sock, allowance: s.allowance(live.ID)}
	if !s.sockets.add(page) {
		return nil, moving
	}
	return page, byeFrame{}
}

func (s *Server) serveSeat(page *seat, sock *socket) {
	s.engineMetrics.Connected.Inc()
	sock.take = func(frame []byte) func() { return page.frame(frame, s.hall.Now()) }
	sock.odd = func() { page.badFrame("", engine.BadFrame) }
	sock.calm = page.known
	sock.done = sync.OnceFunc(func() {
		s.engineMetrics.Connected.Dec()
		s.sockets.remove(page)
		page.live.Hang(page)
		sock.end()
	})
	sock.serve(nil)
}

// farewell refuses a socket that was just opened.
func (k *socket) farewell(f byeFrame) {
	f.T = "bye"
	k.send(frameJSON(f))
	k.close(engine.Code(f.Code))
	k.serve(nil)
}

// serve does what would have waited, and reads until the connection ends or a reactor reads on.
func (k *socket) serve(later func()) {
	defer func() {
		if why := recover(); why != nil { // as net/http would have: one page's fault is not everybody's
			k.fault(why)
			k.done()
		}
	}()
	if later != nil {
		later()
	}
	if !k.read() {
		k.done()
	}
}

func (k *socket) fault(why any) {
	k.log.Error("a page's connection was ended by a fault of this program: report it", "error", why, "stack", string(debug.Stack()))
}

// read hands on each text frame until the connection ends, or a reactor reads on.
func (k *socket) read() (goesOn bool) {
	var buf []byte
	for {
		if k.settle() {
			return true
		}
		kind, r, err := k.conn.NextReader()
		if err != nil {
			return false
		}
		if buf, err = readAll(buf[:0], r); err != nil {
			return false
		}
		if kind != websocket.TextMessage {
			k.odd()
			continue
		}
		if later := k.heard(buf); later != nil {
			later()
		}
		if cap(buf) > 1024 {
			buf = nil
		}
	}
}

// settle leaves the socket to a reactor, if its page is calm and nothing of it waits.
func (k *socket) settle() bool {
	if k.wire.raw == nil || !k.calm() || k.over.Load() || !k.wire.between() {
		return false
	}
	x := someReactor()
	if x == nil {
		return false
	}
	return (&reader{sock: k, at: x, fd: -1}).begin()
}

// heard hands on one text frame. The deadline moves in steps: a timer for each would cost as
// much as the frame.
func (k *socket) heard(text []byte) (later func()) {
	until, now := k.until.Load(), int64(time.Since(begun))
	if until-now < int64(readWithin/2) && !k.over.Load() && k.until.CompareAndSwap(until, now+int64(readWithin)) {
		k.enforce()
	}
	return k.take(text)
}

// within says how long the page may be silent from now on.
func (k *socket) within(d time.Duration) {
	k.until.Store(int64(time.Since(begun) + d))
	k.enforce()
}

// enforce lets a read that waits end in time; a reactor looks by itself.
func (k *socket) enforce() {
	if k.wire.reader.Load() == nil {
		_ = k.conn.SetReadDeadline(k.deadline())
	}
}

func (k *socket) deadline() time.Time { return begun.Add(time.Duration(k.until.Load())) }

func (k *socket) overdue() bool { return int64(time.Since(begun)) > k.until.Load() }

func readAll(buf []byte, r io.Reader) ([]byte, error) {
	if buf == nil {
		buf = make([]byte, 0, 256)
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// send writes a frame without waiting for the page. A page that does not read is cut: it
// comes back by itself, and nothing that was acknowledged is lost.
func (k *socket) send(frame []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over.Load() {
		return
	}
	if err := k.wire.text(frame); err != nil {
		k.over.Store(true)
		_ = k.conn.Close()
	}
}

// close ends the connection after what was sent.
func (k *socket) close(code engine.Code) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over.Swap(true) {
		return
	}
	status, ok := closeCodes[code]
	if !ok {
		status = websocket.CloseNormalClosure
	}
	_ = k.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(status, ""), time.Now().Add(writeWithin))
	k.within(2 * time.Second) // the page answers the close; if it does not, this ends it
}

// end frees the connection after its reader has returned.
func (k *socket) end() {
	k.over.Store(true)
	_ = k.conn.Close()
}

// registry knows the pages that are connected, to tell them when the server moves.
type registry struct {
	mu     sync.Mutex
	pages  map[*seat]struct{}
	closed bool
}

func (g *registry) add(p *seat) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	if g.pages == nil {
		g.pages = make(map[*seat]struct{})
	}
	g.pages[p] = struct{}{}
	return true
}

func (g *registry) each(visit func(*seat)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for p := range g.pages {
		visit(p)
	}
}

func (g *registry) remove(p *seat) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.pages, p)
}

// closeAll says goodbye to every page; retry spreads their return.
func (g *registry) closeAll(retry func() int64) {
	g.mu.Lock()
	g.closed = true
	pages := make([]*seat, 0, len(g.pages))
	for p := range g.pages {
		pages = append(pages, p)
	}
	g.mu.Unlock()
	for _, p := range pages {
		p.bye(byeFrame{Code: string(engine.ServerMoving), Retry: retry()})
	}
}

func (g *registry) empty() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.pages) == 0
}
