package web

import (
	"io"
	"net/http"
	"runtime/debug"
	"sync"
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
	conn *websocket.Conn

	mu   sync.Mutex
	over bool // nothing is written any more
}

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
	conn.NetConn().(*wire).open()
	sock := &socket{conn: conn}
	conn.SetReadLimit(FrameMost)
	page, bye := s.seatOf(r, sock)
	go func() {
		defer func() {
			if why := recover(); why != nil { // as net/http would have: one page's fault is not everybody's
				s.log.Error("a page's connection was ended by a fault of this program: report it", "error", why, "stack", string(debug.Stack()))
			}
		}()
		defer sock.end()
		if page == nil {
			sock.farewell(bye)
			return
		}
		s.serveSeat(page, sock)
	}()
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
	page := &seat{server: s, exam: exam, live: live, cookie: session, lang: language(r), send: sock.send, close: sock.close}
	if !s.sockets.add(page) {
		return nil, moving
	}
	return page, byeFrame{}
}

func (s *Server) serveSeat(page *seat, sock *socket) {
	s.engineMetrics.Connected.Inc()
	defer func() {
		s.engineMetrics.Connected.Dec()
		s.sockets.remove(page)
		page.live.Hang(page)
	}()
	sock.read(func(frame []byte) { page.frame(frame, s.hall.Now()) }, func() { page.badFrame("", engine.BadFrame) })
}

// farewell refuses a socket that was just opened.
func (k *socket) farewell(f byeFrame) {
	f.T = "bye"
	k.send(frameJSON(f))
	k.close(engine.Code(f.Code))
	k.read(func([]byte) {}, func() {})
}

// read hands each text frame to take until the connection ends.
func (k *socket) read(take func([]byte), bad func()) {
	var buf []byte
	until := time.Now().Add(readWithin)
	_ = k.conn.SetReadDeadline(until)
	for {
		kind, r, err := k.conn.NextReader()
		if err != nil {
			return
		}
		if buf, err = readAll(buf[:0], r); err != nil {
			return
		}
		// The deadline moves in steps: setting it for each frame would cost a timer each.
		if now := time.Now(); until.Sub(now) < readWithin/2 {
			until = now.Add(readWithin)
			_ = k.conn.SetReadDeadline(until)
		}
		if kind != websocket.TextMessage {
			bad()
			continue
		}
		take(buf)
		if cap(buf) > 1024 {
			buf = nil
		}
	}
}

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
	if k.over {
		return
	}
	if err := k.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		k.over = true
		_ = k.conn.Close()
	}
}

// close ends the connection after what was sent.
func (k *socket) close(code engine.Code) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over {
		return
	}
	k.over = true
	status, ok := closeCodes[code]
	if !ok {
		status = websocket.CloseNormalClosure
	}
	_ = k.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(status, ""), time.Now().Add(writeWithin))
	// The page answers the close; if it does not, the read deadline ends it.
	_ = k.conn.SetReadDeadline(time.Now().Add(2 * time.Second))
}

// end frees the connection after its reader has returned.
func (k *socket) end() {
	k.mu.Lock()
	k.over = true
	k.mu.Unlock()
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
