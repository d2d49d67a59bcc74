package web

import (
	"cmp"
	"net/http"
	"slices"

	"terang/engine"
)

// sebExams are the exams that ask for Safe Exam Browser and use a room, or with "" any
// room, in order of their codes.
func (s *Server) sebExams(site, room string) []*engine.Definition {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []*engine.Definition
	for _, x := range s.exams {
		here := room == "" || slices.ContainsFunc(x.Def.Rooms, func(r engine.RoomDef) bool { return r.Site == site && r.Code == room })
		if x.Def.Policy.SEB.Required && here {
			all = append(all, x.Def)
		}
	}
	slices.SortFunc(all, func(a, b *engine.Definition) int { return cmp.Compare(a.Code, b.Code) })
	return all
}

// judgeSEB says whether a computer's browser is one that an exam of its room lets in: one
// fits, because a configuration is of one exam. Of no exam that asks for it there is a line
// only where the page has one.
func (s *Server) judgeSEB(r *http.Request, req *reportRequest) []readinessLine {
	const check = "seb"
	exams := s.sebExams(req.Site, req.Room)
	if len(exams) == 0 {
		if len(s.sebExams("", "")) == 0 {
			return nil
		}
		return []readinessLine{note(check, "none", nil)}
	}
	says := s.shows(r)
	if says.Config == "" {
		says = req.Measures.SEB.shown(s, "/kesiapan")
	}
	var failed readinessLine
	for _, def := range exams {
		v := map[string]string{"exam": def.Code}
		why := s.fits(def, says)
		if why == "" {
			return []readinessLine{fine(check, v)}
		}
		if failed.Check == "" || why == browserKey {
			failed = bad(check, why, v)
		}
	}
	return []readinessLine{failed}
}
