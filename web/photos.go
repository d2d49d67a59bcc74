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
	def, _, _, ok := s.placeOf(r.PathValue("id"))
	if !ok {
		s.fail(w, r, proctor.UnknownSitting)
		return
	}
	for _, p := range s.results.people.Find(r.PathValue("number"), def.Code) {
		if p.SittingID() != r.PathValue("id") {
			continue
		}
		body, err := proctor.Photo(r.Context(), s.register, p)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if body == nil {
			break
		}
		s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadPhoto, Sitting: p.SittingID(), Number: p.Number})
		w.Header().Set("Content-Type", "image/jpeg")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(body)
		return
	}
	writeError(w, r, codeNotFound, "number")
}
