package web

import (
	"slices"
	"strings"

	"terang/engine"
	"terang/scoring"
)

// remove tells the others of an exam that is no longer in the journal, and drops its boards.
// They hear of it first: who is about to take boards over knows then that they are to go.
// After the fold, it is called by the tail alone.
func (f *Folds) remove(exam string) {
	if f.Removed != nil {
		f.Removed(exam)
	}
	f.Forget(exam)
}

// Forget drops the boards of an exam.
func (f *Folds) Forget(exam string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.boards = slices.DeleteFunc(f.boards, func(b *scoring.Boards) bool { return b.Code() == exam })
}

// Forget lets an exam go that was removed while this node runs: its pages are told
// goodbye, its boards and stations end. What of it is not known here is passed over.
func (s *Server) Forget(exam string) {
	s.mu.Lock()
	x := s.exams[exam]
	if x != nil {
		delete(s.exams, exam)
		for id := range x.people {
			delete(s.attempts, id)
			s.allowances.Delete(id)
		}
		s.networks = slices.DeleteFunc(s.networks, func(n siteNetwork) bool { return n.exam == exam })
	}
	s.mu.Unlock()
	s.boards.remove(exam)
	s.desk.Forget(exam)
	s.rooms.drop(exam + ".")
	if x == nil {
		return
	}
	s.sockets.each(func(p *seat) {
		if p.exam == x {
			p.Bye(engine.SignedOutNow)
		}
	})
	s.log.Info("a rehearsal was removed", "exam", exam)
}

// remove closes an exam's boards; their watchers find nothing in their place.
func (p *BoardPages) remove(exam string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.exams[exam]; old != nil {
		delete(p.exams, exam)
		p.codes = slices.DeleteFunc(p.codes, func(code string) bool { return code == exam })
		close(old.replaced)
	}
}

// drop ends the streams of the sittings whose id begins so.
func (f *roomFeeds) drop(prefix string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, feed := range f.open {
		if strings.HasPrefix(id, prefix) {
			for w := range feed.watchers {
				close(w)
			}
			delete(f.open, id)
		}
	}
}
