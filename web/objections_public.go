package web

import (
	"net/http"

	"terang/engine"
	"terang/proctor"
)

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

	rehearsal bool
}

// newPublicObjections are the figures of an exam as of an instant.
func newPublicObjections(x *Exam, all []proctor.Objection, bases engine.ObjectionBases, now engine.Instant) *publicObjections {
	policy := x.Def.Policy.Objections
	v := &publicObjections{
		Exam: x.Def.Code, Title: x.Def.Title, At: now.String(), Windows: openingsJSON(policy.Openings(bases), now), Counts: proctor.CountObjections(all, now),
		rehearsal: x.Def.Rehearsal,
	}
	if policy != nil {
		v.Hours, v.From, v.Most = policy.AnswerHours, policy.AnswerFrom, policy.Most
	}
	return v
}

// listed says whether the list of all exams names it: it takes objections, or took some.
func (v *publicObjections) listed() bool {
	return len(v.Windows) > 0 || len(v.Counts) > 0 && v.Counts[len(v.Counts)-1].Filed > 0
}

// openObjectionsOf implements openSource.
func (s *Server) openObjectionsOf(r *http.Request, code string) (*publicObjections, error) {
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
	return newPublicObjections(x, all.All(), bases, s.hall.Now()), nil
}

// openObjections implements openSource.
func (s *Server) openObjections(r *http.Request) ([]*publicObjections, error) {
	all := []*publicObjections{}
	for _, one := range s.examsWhere(func(string) bool { return true }) {
		v, err := s.openObjectionsOf(r, one.Code)
		if err != nil {
			return nil, err
		}
		if v != nil {
			all = append(all, v)
		}
	}
	return all, nil
}

// publicObjectionsPage is what templates/objections.html is made from: of one exam, or the
// list of all.
type publicObjectionsPage struct {
	pageData
	To        boardLinks
	One       *publicObjections
	Exams     []*publicObjections
	At        string                    // of the one
	Counts    []proctor.ObjectionCounts // of the one
	Windows   []shownWindow
	States    []string
	Rehearsal bool
}

// Other is this page in the other language.
func (p *publicObjectionsPage) Other() string {
	if p.One == nil {
		return p.To.OtherObjections("")
	}
	return p.To.OtherObjections(p.One.Exam)
}

func (p *BoardPages) objectionsPage(r *http.Request, v *publicObjections) *publicObjectionsPage {
	return &publicObjectionsPage{
		pageData: pageData{Lang: language(r)}, To: p.links(r), One: v, At: localTime(v.At, capital, language(r)), Counts: v.Counts, Windows: windowsIn(v.Windows, capital, language(r)),
		States: proctor.ObjectionStates, Rehearsal: v.rehearsal,
	}
}

func (p *BoardPages) objectionExams(r *http.Request, all []*publicObjections) *publicObjectionsPage {
	page := &publicObjectionsPage{pageData: pageData{Lang: language(r)}, To: p.links(r), States: proctor.ObjectionStates}
	for _, v := range all {
		if v.listed() {
			page.Exams = append(page.Exams, v)
		}
	}
	return page
}

func (o *openPages) serveObjectionExams(w http.ResponseWriter, r *http.Request) {
	all, err := o.from.openObjections(r)
	if err != nil {
		o.fail(w, r, err)
		return
	}
	o.showFigures(w, r, "sanggahan", o.boards.objectionExams(r, all))
}

func (o *openPages) servePublicObjections(w http.ResponseWriter, r *http.Request) {
	v, err := o.from.openObjectionsOf(r, r.PathValue("exam"))
	switch {
	case err != nil:
		o.fail(w, r, err)
	case v == nil:
		o.missing(w, r)
	default:
		o.showFigures(w, r, "sanggahan/"+v.Exam, o.boards.objectionsPage(r, v))
	}
}

func (o *openPages) servePublicObjectionsJSON(w http.ResponseWriter, r *http.Request) {
	v, err := o.from.openObjectionsOf(r, r.PathValue("exam"))
	switch {
	case err != nil:
		o.fail(w, r, err)
	case v == nil:
		writeError(w, r, codeNotFound, "exam")
	default:
		o.answerFigures(w, r, v, v.rehearsal)
	}
}

func (o *openPages) servePublicObjectionsList(w http.ResponseWriter, r *http.Request) {
	all, err := o.from.openObjections(r)
	if err != nil {
		o.fail(w, r, err)
		return
	}
	rehearsed := false
	for _, v := range all {
		rehearsed = rehearsed || v.rehearsal
	}
	o.answerFigures(w, r, map[string]any{"exams": all}, rehearsed)
}
