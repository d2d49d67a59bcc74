package web

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"terang/engine"
	"terang/proctor"
	"terang/proctor/seb"
)

func (s *Server) sebRoutes(rt *routes) {
	rt.public("GET "+seb.QuitPath, s.serveSEBQuit)
	rt.public("GET /ujian/seb/{exam}", s.serveSEBFile)
	rt.public("POST /api/v1/exam/seb", s.serveSEBProof)
	rt.staff("GET /api/v1/exams/{exam}/seb", proctor.ActExam, OfExam, s.serveStaffSEBFile)
}

// sebPage is what templates/seb.html is made from.
type sebPage struct {
	pageData
	Exam, Title string
	Why         string       // of browser…; "" where SEB is to end
	Link        template.URL // opens SEB with the configuration; "" if ours is not let in
	File        string
	Rehearsal   bool
}

// serveSEBGate answers instead of the candidate's page when the browser does not fit; true
// if it did. A page that is let in carries the proof on.
func (s *Server) serveSEBGate(w http.ResponseWriter, r *http.Request) bool {
	x := s.sebExam(r)
	if x == nil {
		return false
	}
	session := s.sessionAt(r, x.Def.Code)
	why := s.browser(r, x.Def, session, "")
	if why == "" {
		s.setProof(w, x.Def, session)
		return false
	}
	s.browserRefused.WithLabelValues(why).Inc()
	page := sebPage{pageData: s.data(r, "seb"), Exam: x.Def.Code, Title: x.Def.Title, Why: why, Rehearsal: x.Def.Rehearsal}
	if s.ownConfigFits(x.Def) {
		page.File = "/ujian/seb/" + url.PathEscape(x.Def.Code)
		page.Link = sebLink(s.url, page.File)
	}
	s.show(w, r, http.StatusForbidden, "seb.html", page)
	return true
}

// sebLink makes an installed SEB fetch a file of ours: seb stands for http, sebs for https.
func sebLink(base *url.URL, path string) template.URL {
	scheme := "sebs"
	if base.Scheme == "http" {
		scheme = "seb"
	}
	return template.URL(scheme + "://" + seb.Host(base) + path) //nolint:gosec // of --url, and a code of [a-z0-9-]
}

// ownConfigFits says whether the configuration that this server makes is let in: not where
// the committee names others.
func (s *Server) ownConfigFits(def *engine.Definition) bool {
	if s.url == nil {
		return false
	}
	for _, key := range s.configKeys(def) {
		if key == seb.ConfigKey(s.sebAsked(def).Config()) {
			return true
		}
	}
	return false
}

func (s *Server) serveSEBQuit(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "seb.html", sebPage{pageData: s.data(r, "seb")})
}

// serveSEBFile hands the configuration to a browser that is to open with it.
func (s *Server) serveSEBFile(w http.ResponseWriter, r *http.Request) {
	x := s.exam(r.PathValue("exam"))
	if x == nil || !x.Def.Policy.SEB.Required || !s.ownConfigFits(x.Def) {
		s.notFound(w, r)
		return
	}
	s.writeSEBFile(w, r, x.Def)
}

// serveStaffSEBFile hands it to who prepares computers, also before the exam asks for it.
func (s *Server) serveStaffSEBFile(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		writeError(w, r, codeNotFound, "exam")
		return
	}
	s.writeSEBFile(w, r, x.Def)
}

func (s *Server) writeSEBFile(w http.ResponseWriter, r *http.Request, def *engine.Definition) {
	asked := s.sebAsked(def)
	if asked == nil {
		writeError(w, r, codeNoURL, "")
		return
	}
	config := asked.Config()
	h := w.Header()
	h.Set("Content-Type", "application/seb")
	h.Set("Content-Disposition", `attachment; filename="`+def.Code+`.seb"`)
	h.Set("Cache-Control", "no-store")
	h.Set("Terang-Config-Key", seb.ConfigKey(config))
	_, _ = w.Write(config.Plist())
}

type sebProof struct {
	Exam   string `json:"exam"`
	URL    string `json:"url"` // of the page whose script asks
	Config string `json:"config_key"`
	Key    string `json:"browser_exam_key"`
}

// shown is what a script has read from its browser, for one of our pages.
func (p *sebProof) shown(s *Server, path string) browserShows {
	if s.url == nil {
		return browserShows{}
	}
	u, err := url.Parse(p.URL)
	if err != nil || !strings.EqualFold(u.Scheme, s.url.Scheme) || seb.Host(u) != seb.Host(s.url) || u.Path != path {
		return browserShows{}
	}
	return browserShows{p.Config, p.Key, p.URL}
}

// serveSEBProof takes what a page's script has read, where SEB sends no headers.
func (s *Server) serveSEBProof(w http.ResponseWriter, r *http.Request) {
	var req sebProof
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	x := s.exam(req.Exam)
	if x == nil || !x.Def.Policy.SEB.Required {
		writeError(w, r, codeNotFound, "exam")
		return
	}
	if why := s.fits(x.Def, req.shown(s, "/ujian")); why != "" {
		s.browserRefused.WithLabelValues(why).Inc()
		if live, at, _, refused := s.session(r); refused == "" && at.Def.Code == x.Def.Code {
			s.door.Tell(live.ID, proctor.AlertBrowser, s.hall.Now())
		}
		writeError(w, r, engine.OtherBrowser, why)
		return
	}
	s.setProof(w, x.Def, s.sessionAt(r, x.Def.Code))
	w.WriteHeader(http.StatusNoContent)
}
