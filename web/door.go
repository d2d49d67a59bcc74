package web

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // what cameras of browsers give
	_ "image/png"
	"io"
	"net/http"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// doorRoutes are the check-in desk of a sitting: who stands there, with which papers, and
// what differs for whom.
func (s *Server) doorRoutes(rt *routes) {
	rt.staffPage("GET /meja/{id}/masuk", engine.ActCheckin, OfSitting, s.serveDoor)
	rt.staff("GET /api/v1/sittings/{id}/door", engine.ActCheckin, OfSitting, s.serveDoorView)
	rt.staff("GET /api/v1/sittings/{id}/find", engine.ActCheckin, OfSitting, s.serveFind)
	rt.staff("GET /api/v1/sittings/{id}/checkin-photos/{number}", engine.ActCheckin, OfSitting, s.serveCheckinPhoto)
	rt.staff("POST /api/v1/sittings/{id}/checkin-photos/{number}", engine.ActCheckin, OfSitting, s.serveTakePhoto)
	rt.staffPage("GET /meja/{id}/penyesuaian", proctor.ActSee, OfSitting, s.serveDifferencesPage)
	rt.staff("GET /api/v1/sittings/{id}/differences", proctor.ActSee, OfSitting, s.serveDifferences)
}

// atDoor says whether a page is that of a check-in desk: the only one that may ask for a camera.
func atDoor(path string) bool {
	return strings.HasPrefix(path, "/meja/") && strings.HasSuffix(path, "/masuk")
}

func (s *Server) serveDoor(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	id := r.PathValue("id")
	v, err := s.desk.Overview(a, id)
	if err != nil {
		s.notFound(w, r)
		return
	}
	door, err := s.desk.AtDoor(id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "door.html", struct {
		pageData
		Staff   staffJSON
		Sitting deskSitting
		Door    proctor.DoorView
		May     []string
	}{s.data(r, "door"), s.shownAccount(a), deskSitting{ID: v.ID, Title: v.Title, Site: v.SiteName, Room: v.Room, State: string(v.Phase), Start: v.Planned, Zone: v.Zone, Rehearsal: v.Rehearsal, Home: v.Home}, door, v.May})
}

func (s *Server) serveDoorView(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	v, err := s.desk.AtDoor(r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

func (s *Server) serveFind(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	id := r.PathValue("id")
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadRoom, Sitting: id})
	found, err := s.desk.Seek(r.Context(), id, r.URL.Query().Get("q"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, e := range found.Elsewhere { // is none of the room's people
		s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadRoom, Sitting: id, Number: e.Number})
	}
	writeJSON(w, http.StatusOK, found)
}

// serveTakePhoto keeps the picture in the body; op is in the query, for the body is the
// picture itself.
func (s *Server) serveTakePhoto(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	picture, err := io.ReadAll(http.MaxBytesReader(w, r.Body, proctor.PhotoMost))
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		writeError(w, r, codeTooLarge, "photo")
		return
	}
	if _, kind, bad := image.DecodeConfig(bytes.NewReader(picture)); err != nil || bad != nil || kind != "jpeg" && kind != "png" {
		writeError(w, r, engine.BadFrame, "photo")
		return
	}
	err = s.desk.TakePhoto(r.Context(), a, r.PathValue("id"), r.PathValue("number"), r.URL.Query().Get("op"), picture)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"kept": true})
}

func (s *Server) serveCheckinPhoto(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	picture, err := s.desk.Photo(r.Context(), a, r.PathValue("id"), r.PathValue("number"))
	p := s.comer(r)
	switch {
	case errors.Is(err, engine.ErrAbsent), err == nil && p == nil:
		writeError(w, r, codeNotFound, "photo")
	case err != nil:
		s.fail(w, r, err)
	default:
		s.showPhoto(w, r, a, p, picture)
	}
}

func (s *Server) serveDifferences(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	c, err := s.differences(r, a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, c)
}

func (s *Server) differences(r *http.Request, a proctor.Account) (proctor.Comparison, error) {
	id := r.PathValue("id")
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadRoom, Sitting: id})
	return s.desk.Differences(id)
}

func (s *Server) serveDifferencesPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	v, err := s.desk.Overview(a, r.PathValue("id"))
	if err != nil {
		s.notFound(w, r)
		return
	}
	c, err := s.differences(r, a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "differences.html", struct {
		pageData
		Staff   staffJSON
		Sitting deskSitting
		proctor.Comparison
	}{s.data(r, "door"), s.shownAccount(a), deskSitting{ID: v.ID, Title: v.Title, Site: v.SiteName, Room: v.Room, State: string(v.Phase), Start: localTime(v.Planned, v.Zone, language(r)), Zone: v.Zone, Rehearsal: v.Rehearsal}, c})
}

// adjustJSON is what a candidate is given, for the page that shows the exam.
type adjustJSON struct {
	Size      int   `json:"size,omitempty"`
	Dark      bool  `json:"dark,omitempty"`
	Reader    bool  `json:"reader,omitempty"`
	Assistant bool  `json:"assistant,omitempty"`
	ExtraMS   int64 `json:"extra_ms,omitempty"`
	BreaksMS  int64 `json:"breaks_ms,omitempty"`
}

// adjusted is what an attempt is given, nil where nothing is.
func adjusted(a *engine.Attempt, t *engine.Terms) *adjustJSON {
	j := adjustJSON{ExtraMS: a.Extra(t).Milliseconds()}
	if given := a.Adjust; given != nil {
		j.Size, j.Dark, j.Reader, j.Assistant, j.BreaksMS = given.Size, given.Dark, given.Reader, given.Assistant, given.Breaks.Milliseconds()
	}
	if a.Ledger.From != 0 {
		j.ExtraMS = a.Ledger.Extra.Milliseconds()
	}
	if j == (adjustJSON{}) {
		return nil
	}
	return &j
}
