package web

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/http"
	"time"

	"terang/engine"
)

// Opening tells how many exams have been recorded that this node does not serve yet.
// Meanwhile it says of no session that it has ended: it may be of one of these.
func (s *Server) Opening(exams int) { s.opening.Store(int32(exams)) }

// SetReady tells load balancers whether this node takes new sockets.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.moving.Load():
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "missing": []string{"this node is shutting down"}})
	case !s.ready.Load():
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "missing": []string{"recovery has not finished"}})
	default:
		if missing := s.hall.Missing(); len(missing) > 0 {
			writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "missing": missing})
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"ready": true})
	}
}

// Drain moves every candidate away: they come back by themselves, spread over a window,
// to whoever answers then. It returns when all sockets are gone or ctx ends.
func (s *Server) Drain(ctx context.Context) {
	s.moving.Store(true)
	s.hall.Leave()
	s.sockets.closeAll(s.retryAfter)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !s.sockets.empty() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// CloseStreams ends the event streams, which would otherwise outlive the server.
func (s *Server) CloseStreams() {
	s.boards.Close()
	s.rooms.close()
}

// retryAfter draws a delay from the window that spreads a stampede, in milliseconds.
func (s *Server) retryAfter() int64 {
	var b [4]byte
	_, _ = rand.Read(b[:])
	span := (engine.RetryTo - engine.RetryFrom).Milliseconds()
	return engine.RetryFrom.Milliseconds() + int64(binary.BigEndian.Uint32(b[:]))%span
}

// movingAway sends a page to say hello again, after a delay of its own.
func (s *Server) movingAway() byeFrame {
	return byeFrame{T: "bye", Code: string(engine.ServerMoving), Retry: s.retryAfter()}
}
