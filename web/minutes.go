package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"terang/engine"
	"terang/proctor"
)

func (s *Server) minutesRoutes(rt *routes) {
	rt.staffPage("GET /meja/{id}/berita-acara", proctor.ActMinutesRead, OfSitting, s.serveMinutesPage)
	rt.staff("GET /api/v1/sittings/{id}/minutes", proctor.ActMinutesRead, OfSitting, s.serveMinutes)
	rt.staff("GET /api/v1/sittings/{id}/minutes/{file}", proctor.ActMinutesRead, OfSitting, s.serveMinutesFile)
	rt.staff("POST /api/v1/sittings/{id}/minutes", proctor.ActMinutes, OfSitting, s.serveCloseMinutes)
	rt.staff("POST /api/v1/sittings/{id}/minutes/{version}/sign", proctor.ActMinutes, OfSitting, s.serveSignMinutes)
	rt.staff("POST /api/v1/sittings/{id}/minutes/{version}/witness", proctor.ActSign, OfSitting, s.serveWitnessMinutes)
	rt.public("GET /berita-acara/{id}/{hash}", s.serveVerifyMinutes)
	s.dayRoutes(rt)
}

// VerifyMinutes is the address at which the fingerprint of a sitting's minutes is compared.
func VerifyMinutes(address, sitting, hash string) string {
	return strings.TrimSuffix(address, "/") + "/berita-acara/" + sitting + "/" + hash
}

// address is how people come to this server: what it was told, or what they came by.
func (s *Server) address(r *http.Request) string {
	if s.url != nil {
		return s.url.Scheme + "://" + s.url.Host
	}
	return "http://" + r.Host
}

// minutesJSON is how far the minutes of a sitting have come.
type minutesJSON struct {
	Sitting  string               `json:"sitting"`
	Phase    engine.Phase         `json:"phase"`
	State    string               `json:"state"` // open, due, unsigned, newer or signed; see proctor.MinutesState
	Records  int64                `json:"records"`
	Versions []minutesVersionJSON `json:"versions"`
}

type minutesVersionJSON struct {
	Version   int              `json:"version"`
	SHA256    string           `json:"sha256"`
	At        string           `json:"at"`
	By        string           `json:"by"`
	Why       string           `json:"why,omitempty"`
	Records   int64            `json:"records"`
	Signed    *signatureJSON   `json:"signed,omitempty"`
	Witnesses []signatureJSON  `json:"witnesses,omitempty"`
	Counted   *proctor.Counted `json:"counted,omitempty"`
	Reason    string           `json:"reason,omitempty"` // of a difference, in words
}

type signatureJSON struct {
	At  string `json:"at"`
	By  string `json:"by"`
	Two string `json:"two,omitempty"`
}

func (s *Server) minutesOf(ctx context.Context, id string) (*minutesJSON, error) {
	sitting := s.hall.Sitting(id).State()
	v := &minutesJSON{Sitting: id, Phase: sitting.Phase, State: s.minutes.State(id), Records: s.minutes.Records(id), Versions: []minutesVersionJSON{}}
	for i := range sitting.Minutes {
		one := &sitting.Minutes[i]
		j := minutesVersionJSON{Version: one.Version(), SHA256: one.Closed.Text, At: one.Closed.At.String(), By: one.Closed.By, Why: one.Closed.Why, Records: one.Closed.Extra}
		if one.Signed.Kind != "" {
			j.Signed = &signatureJSON{one.Signed.At.String(), one.Signed.By, one.Signed.Two}
		}
		for k := range one.Witnessed {
			j.Witnesses = append(j.Witnesses, signatureJSON{At: one.Witnessed[k].At.String(), By: one.Witnessed[k].By})
		}
		var err error
		if j.Counted, j.Reason, err = s.minutes.Count(ctx, one); err != nil {
			return nil, err
		}
		v.Versions = append(v.Versions, j)
	}
	return v, nil
}

func (s *Server) serveMinutes(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	v, err := s.minutesOf(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// minutesSheet is a version, 0 for what the journal says now, with its bytes if closed.
func (s *Server) minutesSheet(r *http.Request, id string, version int) (*Exam, *MinutesSheet, []byte, error) {
	exam, code, _ := cutSitting(id)
	x := s.exam(exam)
	if x == nil {
		return nil, nil, nil, engine.ErrAbsent
	}
	ctx := r.Context()
	sheet := &MinutesSheet{Authority: s.authority, Issued: s.hall.Now(), Name: s.nameOf(ctx)}
	var body []byte
	var err error
	if version > 0 {
		v := s.hall.Sitting(id).State().MinutesOf(version)
		if v == nil {
			return nil, nil, nil, engine.ErrAbsent
		}
		if sheet.Data, body, err = s.minutes.Read(ctx, id, version); err != nil {
			return nil, nil, nil, err
		}
		sheet.Version, sheet.Issued, sheet.Verify = v, v.Closed.At, VerifyMinutes(s.address(r), id, v.Closed.Text)
		if sheet.Counted, sheet.Why, err = s.minutes.Count(ctx, v); err != nil {
			return nil, nil, nil, err
		}
	} else {
		facts, err := s.minutes.Facts(ctx, id)
		if err != nil {
			return nil, nil, nil, err
		}
		line, err := s.minutesResults(x, code)
		if err != nil {
			return nil, nil, nil, err
		}
		sheet.Data = &proctor.MinutesData{
			Format: proctor.MinutesFormat, Title: x.Def.Title, Zone: x.Def.Zone(code).String(), Rehearsal: x.Def.Rehearsal, Facts: *facts, Results: line,
		}
	}
	sheet.Words, err = proctor.IncidentWords(ctx, s.register, &sheet.Data.Facts)
	return x, sheet, body, err
}

func (s *Server) minutesResults(x *Exam, sitting string) (json.RawMessage, error) {
	return json.Marshal(x.MinutesResults(s.results.folds.Results(x.Boards), sitting))
}

// nameOf gives accounts their names.
func (s *Server) nameOf(ctx context.Context) func(string) string {
	known := make(map[string]string)
	return func(user string) string {
		if name, ok := known[user]; ok {
			return name
		}
		if a, err := s.accounts.Get(ctx, user); err == nil {
			known[user] = a.Name
		} else {
			known[user] = ""
		}
		return known[user]
	}
}

// serveMinutesFile answers N.json, N.pdf, now.json or now.pdf.
func (s *Server) serveMinutesFile(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	id := r.PathValue("id")
	name, kind, _ := strings.Cut(r.PathValue("file"), ".")
	version, err := strconv.Atoi(name)
	if name == "now" {
		version, err = 0, nil
	}
	if err != nil || version < 0 || kind != "json" && kind != "pdf" {
		s.notFound(w, r)
		return
	}
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadMinutes, Sitting: id})
	x, sheet, body, err := s.minutesSheet(r, id, version)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	switch {
	case kind == "json" && body != nil:
		h.Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(body)
	case kind == "json":
		writeJSON(w, http.StatusOK, sheet.Data)
	default:
		m, err := sheet.Print(x)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		h.Set("Content-Type", "application/pdf")
		h.Set("Content-Disposition", `inline; filename="berita-acara-`+id+"-"+name+`.pdf"`)
		if err := m.WritePDF(w); err != nil {
			s.log.Error("minutes could not be written", "sitting", id, "error", err)
		}
	}
}

func (s *Server) serveCloseMinutes(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q proctor.CloseRequest
	if !readJSON(w, r, 8<<10, &q) {
		return
	}
	id := r.PathValue("id")
	exam, code, _ := cutSitting(id)
	version, err := s.minutes.Close(r.Context(), a, id, q, func() (json.RawMessage, error) {
		x := s.exam(exam)
		if x == nil {
			return nil, engine.ErrAbsent
		}
		return s.minutesResults(x, code)
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]int{"version": version})
}

func versionOf(r *http.Request) int {
	n, err := strconv.Atoi(r.PathValue("version"))
	if err != nil {
		return 0
	}
	return n
}

func (s *Server) serveSignMinutes(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q proctor.SignRequest
	if !readJSON(w, r, 8<<10, &q) {
		return
	}
	answer, err := s.minutes.Sign(r.Context(), a, r.PathValue("id"), versionOf(r), q)
	s.answerAct(w, r, answer, err)
}

func (s *Server) serveWitnessMinutes(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q proctor.SignRequest
	if !readJSON(w, r, 8<<10, &q) {
		return
	}
	if err := s.minutes.Witness(r.Context(), a, r.PathValue("id"), versionOf(r), q); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"witnessed": true})
}

// verifyPage is what templates/minutes-verify.html is made from.
type verifyPage struct {
	pageData
	Hash    string
	Title   string // of the exam, "" if the sitting is not known
	Sitting deskSitting
	Version *minutesVersionJSON // nil: no version of this sitting has the fingerprint
	Newest  int
}

// serveVerifyMinutes says whether a fingerprint is that of a sitting's minutes, and
// whether they still are the newest. It tells nothing of what they say.
func (s *Server) serveVerifyMinutes(w http.ResponseWriter, r *http.Request) {
	id, hash := r.PathValue("id"), strings.ToLower(r.PathValue("hash"))
	page := verifyPage{pageData: s.data(r, "minutes"), Hash: hash}
	def, sitting, place, ok := s.placeOf(id)
	if _, err := engine.ParseHash(hash); err != nil || !ok {
		s.show(w, r, http.StatusNotFound, "minutes-verify.html", page)
		return
	}
	page.Title = def.Title
	page.Sitting = deskSitting{ID: id, Title: sitting.Title, Site: sitting.Site, Room: place.Name}
	state := s.hall.Sitting(id).State()
	page.Newest = len(state.Minutes)
	for i := range state.Minutes {
		if v := &state.Minutes[i]; v.Closed.Text == hash {
			zone := def.Zone(sitting.Code).String()
			page.Version = &minutesVersionJSON{Version: v.Version(), At: localTime(v.Closed.At.String(), zone, page.Lang)}
			if v.Signed.Kind != "" {
				page.Version.Signed = &signatureJSON{At: localTime(v.Signed.At.String(), zone, page.Lang)}
			}
		}
	}
	status := http.StatusOK
	if page.Version == nil {
		status = http.StatusNotFound
	}
	s.show(w, r, status, "minutes-verify.html", page)
}

// errMinutes says whether an error means that there is nothing to show.
func errMinutes(err error) bool { return errors.Is(err, engine.ErrAbsent) }
