package web

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"terang/engine"
)

// Opening tells how many exams have been recorded that this node does not serve yet.
// Meanwhile it says of no session that it has ended: it may be of one of these.
func (s *Server) Opening(exams int) { s.opening.Store(int32(exams)) }

// SetReady tells load balancers whether this node takes new sockets.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

// missing says why a load balancer should send nobody here.
func (s *Server) missing() []string {
	switch why := s.stopped.Load(); {
	case why != nil:
		return []string{*why}
	case s.moving.Load():
		return []string{"this node is shutting down"}
	case !s.ready.Load():
		return []string{"recovery has not finished"}
	}
	return s.hall.Missing()
}

func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request) {
	if missing := s.missing(); len(missing) > 0 {
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "missing": missing})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"ready": true})
}

// countReady shows to Prometheus what a load balancer is told.
func (s *Server) countReady() {
	promauto.With(s.registry).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "terang_ready", Help: "1 while this node takes candidates, as /readyz says with the reason if it does not.",
	}, func() float64 {
		if len(s.missing()) > 0 {
			return 0
		}
		return 1
	})
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
