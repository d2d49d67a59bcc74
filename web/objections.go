package web

import (
	"cmp"
	"net/http"
	"slices"

	"terang/engine"
	"terang/proctor"
)

func (s *Server) objectionRoutes(rt *routes) {
	rt.candidate("POST /hasil-saya/sanggahan", s.serveFile)
	rt.candidate("POST /hasil-saya/sanggahan/{seq}/cabut", s.serveWithdraw)
	rt.public("GET /sanggahan", s.serveObjectionExams)
	rt.public("GET /sanggahan/{exam}", s.servePublicObjections)
	rt.public("GET /api/v1/objections/{exam}", s.servePublicObjectionsJSON)
	rt.staffPage("GET /sanggahan-ujian/{exam}", proctor.ActResultRead, OfExam, s.serveObjections)
	rt.staffPage("GET /sanggahan-ujian/{exam}/{seq}", proctor.ActResultRead, OfExam, s.serveCase)
	rt.staffPage("POST /sanggahan-ujian/{exam}/{seq}", proctor.ActObjectionAnswer, OfExam, s.serveCaseAct)
	s.redressRoutes(rt)
	rt.staff("GET /api/v1/exams/{exam}/notices", proctor.ActResultRead, OfExam, s.serveNotices)
	rt.staff("GET /api/v1/exams/{exam}/objections", proctor.ActResultRead, OfExam, s.serveObjectionsJSON)
}

// openingJSON is a window in which objections of a kind are taken.
type openingJSON struct {
	Kind  string `json:"kind"`
	State string `json:"state"` // waiting (for its basis), later, open or over
	Basis string `json:"basis,omitempty"`
	Hours int    `json:"hours,omitempty"`
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
}

func openingsJSON(all []engine.ObjectionOpening, now engine.Instant) []openingJSON {
	out := []openingJSON{}
	for i := range all {
		o := &all[i]
		v := openingJSON{Kind: o.Kind, State: "waiting", Basis: o.Basis, Hours: o.Hours, From: o.From.String(), Until: o.Until.String()}
		switch {
		case o.At(now):
			v.State = "open"
		case o.From != 0 && now < o.From:
			v.State = "later"
		case o.From != 0:
			v.State = "over"
		}
		out = append(out, v)
	}
	return out
}

// shownWindow is a window as a page tells it, with all kinds that are taken in it.
type shownWindow struct {
	openingJSON
	Kinds []string
}

// windowsIn joins the windows of several kinds, with their instants in a time zone.
func windowsIn(all []openingJSON, zone string) (out []shownWindow) {
	for _, w := range all {
		kind := w.Kind
		w.Kind, w.From, w.Until = "", localTime(w.From, zone), localTime(w.Until, zone)
		at := slices.IndexFunc(out, func(o shownWindow) bool { return o.openingJSON == w })
		if at < 0 {
			at, out = len(out), append(out, shownWindow{openingJSON: w})
		}
		out[at].Kinds = append(out[at].Kinds, kind)
	}
	return out
}

// publicObjections is what everybody may know of an exam's objections: counts, and when
// they are taken. It has no field for a word or a name.
type publicObjections struct {
	Exam    string                    `json:"exam"`
	Title   string                    `json:"title"`
	At      string                    `json:"at"`
	Windows []openingJSON             `json:"windows"` // of one candidate's sitting, only what it is counted from
	Counts  []proctor.ObjectionCounts `json:"counts"`  // last, of all
	Hours   int                       `json:"answer_hours,omitempty"`
	From    string                    `json:"answer_from,omitempty"`
	Most    int                       `json:"most,omitempty"`
}

// objectionsFor are the public figures, nil for an exam that does not exist for whoever asks.
func (s *Server) objectionsFor(r *http.Request, code string) (*publicObjections, error) {
	x := s.exam(code)
	if x == nil || x.Def.Rehearsal && !s.seesResults(r, code) {
		return nil, nil
	}
	all, err := s.office.Objections(r.Context(), code)
	if err != nil {
		return nil, err
	}
	bases, err := s.office.ObjectionBases(r.Context(), code, nil)
	if err != nil {
		return nil, err
	}
	now, policy := s.hall.Now(), x.Def.Policy.Objections
	v := &publicObjections{
		Exam: code, Title: x.Def.Title, At: now.String(), Windows: openingsJSON(policy.Openings(bases), now), Counts: proctor.CountObjections(all.All(), now),
	}
	if policy != nil {
		v.Hours, v.From, v.Most = policy.AnswerHours, policy.AnswerFrom, policy.Most
	}
	return v, nil
}

// publicObjectionsPage is what templates/objections.html is made from: of one exam, or the
// list of all.
type publicObjectionsPage struct {
	pageData
	One       *publicObjections
	Exams     []*publicObjections
	Counts    []proctor.ObjectionCounts // of the one
	Windows   []shownWindow
	States    []string
	Rehearsal bool
}

func (s *Server) serveObjectionExams(w http.ResponseWriter, r *http.Request) {
	page := publicObjectionsPage{pageData: s.data(r, "objections"), States: proctor.ObjectionStates}
	for _, one := range s.examsWhere(func(string) bool { return true }) {
		v, err := s.objectionsFor(r, one.Code)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if v != nil && (len(v.Windows) > 0 || v.Counts[len(v.Counts)-1].Filed > 0) {
			page.Exams = append(page.Exams, v)
		}
	}
	s.show(w, r, http.StatusOK, "objections.html", page)
}

func (s *Server) servePublicObjections(w http.ResponseWriter, r *http.Request) {
	v, err := s.objectionsFor(r, r.PathValue("exam"))
	switch {
	case err != nil:
		s.fail(w, r, err)
	case v == nil:
		s.notFound(w, r)
	default:
		zone := s.zoneOf("")
		v.At = localTime(v.At, zone)
		s.show(w, r, http.StatusOK, "objections.html", publicObjectionsPage{
			pageData: s.data(r, "objections"), One: v, Counts: v.Counts, Windows: windowsIn(v.Windows, zone), States: proctor.ObjectionStates, Rehearsal: s.exam(v.Exam).Def.Rehearsal,
		})
	}
}

func (s *Server) servePublicObjectionsJSON(w http.ResponseWriter, r *http.Request) {
	v, err := s.objectionsFor(r, r.PathValue("exam"))
	switch {
	case err != nil:
		s.fail(w, r, err)
	case v == nil:
		writeError(w, r, codeNotFound, "exam")
	default:
		writeJSON(w, http.StatusOK, v)
	}
}

// ObjectionJSON is an objection without its words.
type ObjectionJSON struct {
	Seq       int    `json:"seq"`
	Number    string `json:"number"`
	Candidate string `json:"candidate"` // participant number
	Kind      string `json:"kind"`
	Q         int    `json:"q,omitempty"`
	Item      string `json:"item,omitempty"`
	State     string `json:"state"`
	Filed     string `json:"filed"`
	Due       string `json:"due"`
	Ended     string `json:"ended,omitempty"`
	Late      bool   `json:"late"`
	Assigned  string `json:"assigned,omitempty"`
	By        string `json:"by,omitempty"`

	Redressed string `json:"redressed,omitempty"`  // repeat or transfer, where what was upheld was carried out so
	RedressTo string `json:"redress_to,omitempty"` // EXAM.SITTING where it is sat
}

// ObjectionOf is an objection as of an instant.
func ObjectionOf(o *proctor.Objection, now engine.Instant) ObjectionJSON {
	return ObjectionJSON{
		Seq: o.Seq, Number: o.Number(), Candidate: o.Candidate, Kind: o.Kind, Q: o.Q, Item: o.Item, State: o.State,
		Filed: o.Filed.String(), Due: o.Due.String(), Ended: o.Ended.String(), Late: o.Late(now), Assigned: o.Assigned, By: o.By,
		Redressed: o.Redressed, RedressTo: o.RedressTo,
	}
}

// at shows the instants in a time zone.
func (o ObjectionJSON) at(zone string) ObjectionJSON {
	o.Filed, o.Due, o.Ended = localTime(o.Filed, zone), localTime(o.Due, zone), localTime(o.Ended, zone)
	return o
}

// listedObjections are an exam's, what is due first before the others, of one kind, state
// or assignee if the request asks for it.
func (s *Server) listedObjections(r *http.Request) ([]proctor.Objection, error) {
	all, err := s.office.Objections(r.Context(), r.PathValue("exam"))
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	list := slices.DeleteFunc(all.All(), func(o proctor.Objection) bool {
		return cmp.Or(q.Get("kind"), o.Kind) != o.Kind || cmp.Or(q.Get("state"), o.State) != o.State || cmp.Or(q.Get("assigned"), o.Assigned) != o.Assigned
	})
	proctor.ByDeadline(list)
	return list, nil
}

func (s *Server) serveObjectionsJSON(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	list, err := s.listedObjections(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadObjection, Sitting: r.PathValue("exam"), Filter: r.URL.Query().Encode()})
	now, out := s.hall.Now(), []ObjectionJSON{}
	for i := range list {
		out = append(out, ObjectionOf(&list[i], now))
	}
	writeJSON(w, http.StatusOK, map[string]any{"at": now.String(), "objections": out, "counts": proctor.CountObjections(list, now)})
}
