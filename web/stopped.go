package web

import (
	"net/http"
	"strings"
)

// Stop says why this node serves nobody any more, though its process goes on: its journal
// was set back. A process that ended would be started again by whatever watches over it,
// and would take the journal as it finds it; one that stands waits for a person.
func (s *Server) Stop(why string) { s.stopped.Store(&why) }

// standing serves, once the node has stopped, what says so, and nothing that reads or
// writes an exam. Candidates' pages are sent to another node, and keep what they hold.
func (s *Server) standing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case s.stopped.Load() == nil, path == "/healthz", path == "/readyz", path == "/metrics", path == "/exam/ws", strings.HasPrefix(path, "/static/"):
			next.ServeHTTP(w, r)
		case path == "/api/v1/exam/frames":
			writeJSON(w, http.StatusOK, map[string]any{"frames": []byeFrame{s.movingAway()}})
		default:
			w.Header().Set("Cache-Control", "no-store")
			s.fail(w, r, codeStopped)
		}
	})
}
