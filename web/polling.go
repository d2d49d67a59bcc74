package web

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"terang/engine"
)

// pollers are pages on networks that break websockets: the same frames, in order, over
// plain requests that the page makes every 5 s.
type pollers struct {
	mu   sync.Mutex
	open map[string]*poller // by attempt and device
}

type poller struct {
	page *seat
	turn sync.Mutex // one request at a time, so that frames stay in order

	mu     sync.Mutex
	queue  []json.RawMessage
	closed bool
	seen   time.Time
}

type framesRequest struct {
	Device string            `json:"device"`
	Have   int               `json:"have"`
	Frames []json.RawMessage `json:"frames"`
}

// pollIdle is how long a page may stay away before it has to say hello again.
const pollIdle = time.Minute

func (s *Server) serveFrames(w http.ResponseWriter, r *http.Request) {
	var req framesRequest
	if !readJSON(w, r, 256<<10, &req) {
		return
	}
	if len(req.Frames) > 256 || len(req.Device) > 64 {
		writeError(w, r, engine.BadFrame, "frames")
		return
	}
	live, exam, session, refused := s.session(r)
	if refused != "" {
		writeError(w, r, refused, "")
		return
	}
	p := s.pollers.of(live.ID+"/"+req.Device, func(p *poller) *seat {
		return &seat{server: s, exam: exam, live: live, cookie: session, send: p.send, close: func(engine.Code) { p.shut() }}
	})
	p.turn.Lock()
	defer p.turn.Unlock()
	for _, f := range req.Frames {
		if len(f) > FrameMost {
			p.page.badFrame("")
			continue
		}
		p.page.frame(f, s.hall.Now())
	}
	// What was handed in is answered before this: the attempt takes commands in order.
	live.View(func(*engine.Attempt, *engine.Terms) {})
	writeJSON(w, http.StatusOK, map[string]any{"frames": p.take()})
}

func (ps *pollers) of(key string, page func(*poller) *seat) *poller {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	now := time.Now()
	if ps.open == nil {
		ps.open = make(map[string]*poller)
	}
	for k, p := range ps.open {
		p.mu.Lock()
		idle := p.closed || now.Sub(p.seen) > pollIdle
		p.mu.Unlock()
		if idle {
			p.page.live.Hang(p.page)
			delete(ps.open, k)
		}
	}
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

func (p *poller) send(frame []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) < queueMost {
		p.queue = append(p.queue, frame)
	}
}

func (p *poller) shut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
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
