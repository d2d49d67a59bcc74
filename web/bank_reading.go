package web

import (
	"net/http"

	"terang/proctor"
)

// noteReading records that an account reads an item with its key, before it is shown:
// what cannot be recorded is not shown.
func (s *Server) noteReading(r *http.Request, a proctor.Account, id string) error {
	return s.readings.Note(r.Context(), a, proctor.Reading{What: proctor.ReadItem, Item: id}, s.hall.Now())
}
