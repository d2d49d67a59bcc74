package web

import (
	"net/http"

	"terang/proctor"
)

// sees says whether the request comes from staff who may look at a sitting at a site of an
// exam; what is empty asks for all of it.
func (s *Server) sees(r *http.Request, exam, site, sitting string) bool {
	a, err := s.account(r)
	return err == nil && !s.mustEnrol(a) && a.May(proctor.ActSee, exam, site, sitting)
}

// rehearses says whether whoever opens the candidate's page comes to rehearse: the exam
// that the address names is a rehearsal, or the node holds no other.
func (s *Server) rehearses(r *http.Request) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if x := s.exams[r.URL.Query().Get("ujian")]; x != nil {
		return x.Def.Rehearsal
	}
	for _, x := range s.exams {
		if !x.Def.Rehearsal {
			return false
		}
	}
	return len(s.exams) > 0
}
