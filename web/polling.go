package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"terang/engine"
)

// pollers are pages on networks that break websockets: the same frames, in order, over
// plain requests that the page makes every 5 s.
type pollers struct {
	mu    sync.Mutex
	open  map[string]*poller // by attempt and device
	swept time.Time
}

type poller struct {
	page *seat
	turn sync.Mutex // one request at a time, so that frames stay in order

	mu     sync.Mutex
	queue  []json.RawMessage
	closed bool
	why    engine.Code // that it was closed with
	seen   time.Time
}

type framesRequest struct {
	Device string            `json:"device"`
	Have   int               `json:"have"`
	Frames []json.RawMessage `json:"frames"`
}

// pollIdle is how long a page may stay away before it has to say hello again.
const pollIdle = time.Minute

// sweepPollers is how often pollers are looked through for those that are no more: with each request
// it would be thousands of times a second, through thousands.
const sweepPollers = time.Second

// queueMost is how many frames wait for the page's next request.
const queueMost = 512

func (s *Server) serveFrames(w http.ResponseWriter, r *http.Request) {
	var req framesRequest
	if !readJSON(w, r, 256<<10, &req) {
		return
	}
	if len(req.Frames) > 256 {
		writeError(w, r, engine.BadFrame, "frames")
		return
	}
	req.Device = deviceOf(req.Device)
	live, exam, session, refused := s.admitted(r)
	if refused != "" {
		// A move or a release ends the session: the page has yet to hear why, and where to go.
		if last := s.pollers.last(s.credentials(r), req.Device); len(last) > 0 {
			writeJSON(w, http.StatusOK, map[string]any{"frames": last})
			return
		}
		writeError(w, r, refused, "")
		return
	}
	if !engine.ValidOp(req.Device) {
		writeError(w, r, engine.BadFrame, "device")
		return
	}
	if s.moving.Load() {
		writeJSON(w, http.StatusOK, map[string]any{"frames": []byeFrame{s.movingAway()}})
		return
	}
	hello := beginsWithHello(req.Frames)
	p := s.pollers.of(pollKey(credentials{live.ID, session}, req.Device), hello, func(p *poller) *seat {
		return &seat{server: s, exam: exam, live: live, cookie: session, lang: language(r), line: p, allowance: s.allowance(live.ID)}
	})
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.over() {
		// What ended it came between two requests: the page has yet to hear it.
		writeJSON(w, http.StatusOK, map[string]any{"frames": s.heard(p, req.Have)})
		return
	}
	if !p.page.known() && !hello {
		// The page said hello to another run of this server, or long ago: what it has sent
		// is not refused, it comes again after a hello.
		p.shut()
		writeJSON(w, http.StatusOK, map[string]any{"frames": []byeFrame{s.movingAway()}})
		return
	}
	if !hello && (p.page.lapsed(s.hall.Now()) || p.page.outlived(req.Have)) {
		writeJSON(w, http.StatusOK, map[string]any{"frames": []byeFrame{s.movingAway()}})
		return
	}
	live.Shows(req.Have)
	for _, f := range req.Frames {
		if len(f) > FrameMost {
			long, _ := readFrame(f)
			p.page.badFrame(long.Op, engine.BadFrame)
			continue
		}
		if later := p.page.frame(f, s.hall.Now()); later != nil {
			later()
		}
	}
	// The poll itself is the beat: a page that has nothing to say is there all the same. A hello
	// is none: whether its welcome comes to the page is seen with the next request.
	if !hello {
		p.page.polled(s.hall.Now())
	}
	// What was handed in is answered before this: the attempt takes commands in order.
	live.View(func(*engine.Attempt, *engine.Terms) {})
	writeJSON(w, http.StatusOK, map[string]any{"frames": s.heard(p, req.Have)})
}

// heard is what waits for the page, which has seen the version have by then. A balancer may bring
// each of its requests to another node, and it says hello wherever it is told to: that its own hello
// took the attempt from here is no end, and it says hello once more.
func (s *Server) heard(p *poller, have int) []json.RawMessage {
	frames := p.take()
	if last := len(frames) - 1; last >= 0 && p.ended(engine.Superseded) && p.page.wentOn(have) {
		frames[last] = frameJSON(s.movingAway())
	}
	return frames
}

// wentOn says whether the page itself has taken the attempt at another node since, and not another
// page of its browser, with which it would take turns for ever: it has seen the welcome there, or
// does not say what it has seen.
func (s *seat) wentOn(have int) (there bool) {
	s.live.View(func(a *engine.Attempt, _ *engine.Terms) {
		s.mu.Lock()
		defer s.mu.Unlock()
		there = a.Node != s.server.hall.Node() && a.Device == s.device && a.Session == s.cookie && (have == 0 || have >= a.BoundN)
	})
	return there
}

// outlived says whether a request was made before the page's newest hello: a network, or a machine
// that stood still, kept it, and the page has sent again what was in it, or something newer in its
// place. have is the version that the page had seen by then, 0 from who does not say.
func (s *seat) outlived(have int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return have > 0 && have < s.bound
}

func beginsWithHello(frames []json.RawMessage) bool {
	if len(frames) == 0 {
		return false
	}
	f, ok := readFrame(frames[0])
	return ok && f.T == "hello"
}

func pollKey(c credentials, device string) string {
	return c.attempt + "/" + c.session + "/" + device
}

// last is what a page has yet to hear whose session has ended.
func (ps *pollers) last(c credentials, device string) []json.RawMessage {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.open[pollKey(c, device)]
	if p == nil || !p.over() {
		return nil
	}
	return p.take()
}

// of finds a page's poller, or makes it; a hello never finds one that has ended.
func (ps *pollers) of(key string, hello bool, page func(*poller) *seat) *poller {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	now := time.Now()
	if ps.open == nil {
		ps.open = make(map[string]*poller)
	}
	if now.Sub(ps.swept) >= sweepPollers {
		ps.swept = now
		for k := range ps.open {
			ps.sweep(k, false, now)
		}
	}
	ps.sweep(key, hello, now)
	p, ok := ps.open[key]
	if !ok {
		p = &poller{}
		p.page = page(p)
		ps.open[key] = p
	}
	p.mu.Lock()
	p.seen = now
	p.mu.Unlock()
	return p
}

// sweep forgets a poller that has been idle, or that has ended and has been heard, or whose page
// says hello anew. Called with the lock held.
func (ps *pollers) sweep(key string, hello bool, now time.Time) {
	p, ok := ps.open[key]
	if !ok {
		return
	}
	p.mu.Lock()
	idle := now.Sub(p.seen) > pollIdle || p.closed && (len(p.queue) == 0 || hello)
	p.mu.Unlock()
	if idle {
		p.page.live.Hang(p.page)
		delete(ps.open, key)
	}
}

// each visits every page that polls.
func (ps *pollers) each(visit func(*seat)) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.open {
		visit(p.page)
	}
}

func (p *poller) send(frame []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && len(p.queue) < queueMost {
		p.queue = append(p.queue, bytes.Clone(frame)) // the caller's room is lent again
	}
}

func (p *poller) close(why engine.Code) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed, p.why = true, why
	}
}

func (p *poller) shut() { p.close(engine.ServerMoving) }

func (p *poller) ended(why engine.Code) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed && p.why == why
}

func (p *poller) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

func (p *poller) take() []json.RawMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	frames := p.queue
	p.queue = nil
	if frames == nil {
		frames = []json.RawMessage{}
	}
	return frames
}
