package web

import (
	"context"
	"time"

	"terang/engine"
	"terang/proctor"
)

// words fetches free text by the hash that an event carries.
func (s *Server) words(hash string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	body, err := s.register.Get(ctx, proctor.KindText, hash)
	return string(body), err
}

// say sends a supervisor's message to a page.
func (s *Server) say(p *seat, hash string, at engine.Instant) {
	go func() {
		text, err := s.words(hash)
		if err != nil {
			s.log.Warn("a message's words are not in the register", "hash", hash, "error", err)
			return
		}
		p.line.send(frameJSON(map[string]string{"t": "say", "from": "pengawas", "text": text, "at": at.String()}))
	}()
}

// warnFirst tells the page that holds an attempt, if it is at this node, that somebody else tried its
// number, here or elsewhere.
func (s *Server) warnFirst(attempt string) {
	warn := func(p *seat) {
		if p.live.ID == attempt {
			p.line.send(frameJSON(map[string]string{"t": "say", "from": "sistem", "text": codeText(codeOtherDevice, p.lang), "at": s.hall.Now().String()}))
		}
	}
	s.sockets.each(warn)
	s.pollers.each(warn)
}
