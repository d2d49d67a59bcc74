package web

import (
	"net/http"

	"terang/engine"
	"terang/proctor"
)

func (s *Server) photoRoutes(rt *routes) {
	rt.staff("GET /api/v1/sittings/{id}/photos/{number}", engine.ActCheckin, OfSitting, s.servePhoto)
}

// servePhoto shows the registration photo of somebody who is expected at the sitting, to
// whoever compares faces there. Each look is recorded.
func (s *Server) servePhoto(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	p := s.comer(r)
	if p == nil {
		writeError(w, r, codeNotFound, "number")
		return
	}
	body, err := proctor.Photo(r.Context(), s.register, p)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case body == nil:
		writeError(w, r, codeNotFound, "number")
	default:
		s.showPhoto(w, r, a, p, body)
	}
}

// comer is whom the address names: of its sitting, by number; nil if there is none.
func (s *Server) comer(r *http.Request) *proctor.Person {
	exam, _, _ := cutSitting(r.PathValue("id"))
	for _, p := range s.results.people.Find(r.PathValue("number"), exam) {
		if p.SittingID() == r.PathValue("id") {
			return p
		}
	}
	return nil
}

// showPhoto sends somebody's photo, of the registration or of the check-in, and records it first.
func (s *Server) showPhoto(w http.ResponseWriter, r *http.Request, a proctor.Account, p *proctor.Person, body []byte) {
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadPhoto, Sitting: p.SittingID(), Number: p.Number})
	w.Header().Set("Content-Type", http.DetectContentType(body))
	_, _ = w.Write(body)
}
