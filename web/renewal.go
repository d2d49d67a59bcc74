package web

import (
	"sync"
	"time"

	"terang/engine"
)

// Pages that were given a result hear when it becomes another: a list was released, an item
// annulled, the results opened again. Their sockets stand in the hand-in time; a page whose
// socket has said goodbye asks by itself, see serveResult.

// RenewEvery is how often Server.RenewResults is meant to be called.
const RenewEvery = 100 * time.Millisecond

// renewMost bounds how many pages one call writes to: a thousand in a second, so that
// 19,000 are done within twenty seconds, and the exams that go on keep the processor.
const renewMost = 100

// renewal are the pages that have yet to hear of another result, each once.
type renewal struct {
	mu    sync.Mutex
	pages map[*seat]struct{}
}

// ResultsChanged notes that results of an exam may have become others. It writes to no page.
func (s *Server) ResultsChanged(exam string) {
	open := 0
	note := func(p *seat) {
		if p.exam.Def.Code == exam && p.hasResult() {
			s.renewal.wait(p)
			open++
		}
	}
	s.sockets.each(note)
	s.pollers.each(note)
	if open > 0 {
		s.log.Info("results may have changed: pages that show one hear of theirs", "exam", exam, "pages", open, "pages_per_s", int(renewMost*time.Second/RenewEvery))
	}
}

// RenewResults tells some of the pages that wait for it their result as it now stands.
func (s *Server) RenewResults() {
	for _, p := range s.renewal.some(renewMost) {
		if !p.renew() {
			s.renewal.wait(p)
		}
	}
}

// some takes so many pages out, whichever.
func (r *renewal) some(most int) []*seat {
	r.mu.Lock()
	defer r.mu.Unlock()
	pages := make([]*seat, 0, min(most, len(r.pages)))
	for p := range r.pages {
		if len(pages) == most {
			return pages
		}
		pages = append(pages, p)
		delete(r.pages, p)
	}
	r.pages = nil // a map that was large keeps its room
	return pages
}

func (r *renewal) wait(p *seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pages == nil {
		r.pages = make(map[*seat]struct{})
	}
	r.pages[p] = struct{}{}
}

// hasResult says whether the page shows a result, and hears more.
func (s *seat) hasResult() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.given != 0 && !s.gone
}

// renew tells the page its result, if it is another than the one it has. It is false, and is to be done later, while the attempt waits
// for the journal.
func (s *seat) renew() bool {
	if !s.hasResult() {
		return true
	}
	return s.live.TryDo(engine.Task{
		Command: engine.Command{Act: engine.ActView},
		Reply: func(r engine.Result) {
			if r.Err == nil && r.State.State.Over() && s.hasResult() {
				s.tell(r.State, r.Terms, true)
			}
		},
	})
}
