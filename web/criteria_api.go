package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

func (s *Server) criteriaRoutes(rt *routes) {
	rt.staff("GET /api/v1/exams/{exam}/criteria", proctor.ActCriteria, OfExam, s.serveCriteriaDraft)
	rt.staff("POST /api/v1/exams/{exam}/criteria/{part}", proctor.ActCriteria, OfExam, s.servePublish)
	rt.staff("GET /api/v1/exams/{exam}/applicants", proctor.ActRoster, OfExam, s.serveApplicants)
}

// versionJSON is a version as the public reads it: roles, and nobody's name.
type versionJSON struct {
	Part    proctor.Part             `json:"part"`
	Version int                      `json:"version"`
	From    string                   `json:"from"`            // in force since
	Until   string                   `json:"until,omitempty"` // when the next took its place
	Roles   []string                 `json:"roles"`
	Reason  string                   `json:"reason"`
	Rows    int                      `json:"rows"`
	Hash    string                   `json:"sha256"` // of the file that anybody can download
	File    string                   `json:"file"`
	Changed int                      `json:"changed"` // fields, against the version before
	Changes []proctor.CriteriaChange `json:"changes,omitempty"`
}

func (b *book) versionJSON(r *http.Request, v *proctor.Version) (versionJSON, *disclosed, error) {
	d, err := b.disclose(r.Context(), v)
	if err != nil {
		return versionJSON{}, nil, err
	}
	j := versionJSON{
		Part: d.Part, Version: d.N, From: d.At, Roles: d.Roles, Reason: d.Reason, Rows: len(d.Table.Rows), Hash: d.Hash,
		File: "/kriteria/" + b.code + "/" + string(d.Part) + ".csv?versi=" + strconv.Itoa(d.N), Changed: len(d.Changes),
	}
	if later := proctor.VersionOf(b.versions, v.Part, v.N+1); later != nil {
		j.Until = later.At.String()
	}
	return j, d, nil
}

func (o *openPages) serveCriteriaList(w http.ResponseWriter, r *http.Request) {
	type one struct {
		Exam     string `json:"exam"`
		Title    string `json:"title"`
		Versions int    `json:"versions"`
	}
	books, err := o.from.openBooks(r)
	if err != nil {
		o.fail(w, r, err)
		return
	}
	all := make([]one, len(books))
	for i, b := range books {
		all[i] = one{b.code, b.title, len(b.versions)}
	}
	o.answer(w, r, map[string]any{"exams": all})
}

// instantOf reads ?at=, now if it is not given.
func instantOf(r *http.Request, now engine.Instant) (engine.Instant, bool) {
	text := r.URL.Query().Get("at")
	if text == "" {
		return now, true
	}
	at, err := time.Parse(time.RFC3339, text)
	return engine.InstantOf(at), err == nil
}

// bookJSON is what an exam is decided by, its versions, and which were in force at an instant.
type bookJSON struct {
	Exam     string               `json:"exam"`
	Title    string               `json:"title"`
	At       string               `json:"at"`
	RuleSet  string               `json:"rule_set"`
	Rules    string               `json:"rule_set_sha256"`
	InForce  map[proctor.Part]int `json:"in_force"` // version by part
	Criteria []proctor.Criterion  `json:"criteria"` // that the exam is decided by now
	Versions []versionJSON        `json:"versions"` // the newest first
}

func (b *book) json(r *http.Request, at engine.Instant) (*bookJSON, error) {
	answer := &bookJSON{b.code, b.title, at.String(), b.rules.ID, b.rules.Hash(), map[proctor.Part]int{}, b.fields, []versionJSON{}}
	for i := range b.versions {
		v := &b.versions[i]
		j, _, err := b.versionJSON(r, v)
		if err != nil {
			return nil, err
		}
		answer.Versions = slices.Insert(answer.Versions, 0, j)
		if v.At <= at {
			answer.InForce[v.Part] = v.N
		}
	}
	return answer, nil
}

// serveCriteriaJSON answers with the rules that the exam is decided by, its versions, and
// which are in force at ?at=.
func (o *openPages) serveCriteriaJSON(w http.ResponseWriter, r *http.Request) {
	b, err := o.from.openBook(r, r.PathValue("exam"))
	if err != nil {
		o.fail(w, r, err)
		return
	}
	if b == nil {
		writeError(w, r, codeNotFound, "exam")
		return
	}
	at, ok := instantOf(r, o.now())
	if !ok {
		writeError(w, r, engine.BadFrame, "at")
		return
	}
	answer, err := b.json(r, at)
	if err != nil {
		o.fail(w, r, err)
		return
	}
	o.answer(w, r, answer)
}

// serveCriteriaPart answers with the rows of one part: of ?version=, of the one in force at
// ?at=, or now; those that hold the words of ?q=, from ?offset= on.
func (o *openPages) serveCriteriaPart(w http.ResponseWriter, r *http.Request) {
	b, err := o.from.openBook(r, r.PathValue("exam"))
	if err != nil {
		o.fail(w, r, err)
		return
	}
	query, part := r.URL.Query(), proctor.Part(r.PathValue("part"))
	if b == nil || !slices.Contains(proctor.Parts, part) {
		writeError(w, r, codeNotFound, "part")
		return
	}
	at, ok := instantOf(r, o.now())
	n, fits := whole(query.Get("version"), 0, 1<<30)
	offset, from := whole(query.Get("offset"), 0, 1<<30)
	limit, most := whole(query.Get("limit"), pageSize, scoring.MaxPage)
	if !ok || !fits || !from || !most || len(query.Get("q")) > criteriaQuery {
		writeError(w, r, engine.BadFrame, "query")
		return
	}
	v := proctor.InForce(b.versions, part, at)
	if n > 0 {
		v = proctor.VersionOf(b.versions, part, n)
	}
	if v == nil {
		writeError(w, r, codeNotFound, "version")
		return
	}
	j, d, err := b.versionJSON(r, v)
	if err != nil {
		o.fail(w, r, err)
		return
	}
	j.Changes = d.Changes
	rows := d.find(query.Get("q"))
	page := proctor.Criteria{Columns: d.Table.Columns, Rows: rows[min(offset, len(rows)):min(offset+limit, len(rows))]}
	o.answer(w, r, struct {
		Exam string `json:"exam"`
		versionJSON
		Total  int                 `json:"total"`
		Offset int                 `json:"offset"`
		Items  []map[string]string `json:"items"`
	}{b.code, j, len(rows), offset, page.Objects()})
}

// serveCriteriaDraft answers with the table of criteria that the exam would publish, for
// whoever adds words of their own to it.
func (s *Server) serveCriteriaDraft(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	rules, err := s.criteriaRules(r.PathValue("exam"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"criteria": rules.Fields})
}

// faultJSON is why a file was refused, each with its place and its remedy.
type faultJSON struct {
	Row    int    `json:"row,omitempty"`
	Column string `json:"column,omitempty"`
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

func tableFaults(faults []proctor.Fault) []faultJSON {
	all := make([]faultJSON, len(faults))
	for i, f := range faults {
		all[i] = faultJSON{f.Row, f.Column, f.What, f.Remedy}
	}
	return all
}

// publishMost is the size of a table of some hundred thousand formations.
const publishMost = 32 << 20

// servePublish asks two people to publish a part; with dry_run it says what would change.
func (s *Server) servePublish(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q proctor.PublishRequest
	if !readJSON(w, r, publishMost, &q) {
		return
	}
	answer, err := s.publisher.Publish(r.Context(), a, r.PathValue("exam"), proctor.Part(r.PathValue("part")), q)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case len(answer.Faults) > 0:
		writeJSON(w, http.StatusUnprocessableEntity, map[string]any{
			"code": codeBadData, "text": codeText(codeBadData, language(r)), "faults": tableFaults(answer.Faults),
		})
	case answer.Proposal != "":
		writeJSON(w, http.StatusAccepted, answer)
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}

// serveApplicants answers with the people of the roster whose application does not fit the
// formations in force.
func (s *Server) serveApplicants(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	at, ok := instantOf(r, s.hall.Now())
	if !ok {
		writeError(w, r, engine.BadFrame, "at")
		return
	}
	exam := r.PathValue("exam")
	faults, published, err := s.publisher.Applicants(r.Context(), exam, at)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if len(faults) > 0 {
		s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadRoster, Sitting: exam, Filter: "applicants"})
	}
	writeJSON(w, http.StatusOK, map[string]any{"published": published, "faults": append([]proctor.ApplicantFault{}, faults...)})
}
