package web

import (
	"errors"
	"net/http"
	"strings"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

func (s *Server) resultRoutes(rt *routes) {
	rt.staffPage("GET /hasil-ujian", proctor.ActResultRead, Anywhere, s.serveResultExams)
	rt.staffPage("GET /hasil-ujian/{exam}", proctor.ActResultRead, OfExam, s.serveResultsPage)
	rt.staff("GET /api/v1/exams/{exam}/results", proctor.ActResultRead, OfExam, s.serveResults)
	rt.staff("POST /api/v1/exams/{exam}/results/freeze", proctor.ActResultFreeze, OfExam, s.serveFreezeResults)
	rt.staff("POST /api/v1/exams/{exam}/results/unfreeze", proctor.ActResultFreeze, OfExam, s.serveUnfreezeResults)
	rt.staff("POST /api/v1/exams/{exam}/results/release", proctor.ActResultRelease, OfExam, s.serveReleaseResults)
	rt.staff("POST /api/v1/exams/{exam}/results/reveal", proctor.ActResultRelease, OfExam, s.serveRevealSeed)
	rt.staff("POST /api/v1/exams/{exam}/annulments", proctor.ActResultAnnul, OfExam, s.serveAnnul)
	rt.staff("POST /api/v1/exams/{exam}/annulments/preview", proctor.ActResultAnnul, OfExam, s.servePreviewAnnul)
	rt.public("GET /hasil", s.servePublishedExams)
	rt.public("GET /hasil/{exam}", s.servePublished)
	rt.public("GET /api/v1/results", s.servePublishedList)
	rt.public("GET /api/v1/results/{exam}", s.servePublishedJSON)
}

// resultsJSON is how far an exam's results are decided.
type resultsJSON struct {
	Exam     string            `json:"exam"`
	Title    string            `json:"title"`
	Phase    string            `json:"phase"` // provisional, frozen or final
	Version  int               `json:"version"`
	Frozen   *stepJSON         `json:"frozen,omitempty"`
	Released *stepJSON         `json:"released,omitempty"` // what is public now
	Annulled []annulledJSON    `json:"annulled"`
	Revealed *revealedJSON     `json:"revealed,omitempty"` // the seed, once it is public
	Open     proctor.Unsettled `json:"open"`
}

// stepJSON is a freeze or a release, with both names.
type stepJSON struct {
	List    string `json:"list"` // SHA-256 of its bytes
	At      string `json:"at"`
	By      string `json:"by"`
	Two     string `json:"two"`
	Despite bool   `json:"despite,omitempty"` // something was open, and it was said so
}

// revealedJSON is the seed that forms were drawn by, and who published it.
type revealedJSON struct {
	Seed string `json:"seed"` // hex
	At   string `json:"at"`
	By   string `json:"by"`
	Two  string `json:"two"`
}

type annulledJSON struct {
	Version int    `json:"version"` // of the results that it made
	Item    string `json:"item"`
	Policy  string `json:"policy"`
	Why     string `json:"why"`
	At      string `json:"at"`
	By      string `json:"by"`
	Two     string `json:"two"`
}

func step(e *engine.Event) *stepJSON {
	if e.Kind == "" {
		return nil
	}
	return &stepJSON{List: e.Text, At: e.At.String(), By: e.By, Two: e.Two, Despite: e.Why == despite}
}

func (s *Server) resultsOf(r *http.Request, exam string) (*resultsJSON, error) {
	x := s.exam(exam)
	if x == nil {
		return nil, engine.ErrAbsent
	}
	state, err := s.office.Results(r.Context(), exam)
	if err != nil {
		return nil, err
	}
	v := &resultsJSON{
		Exam: exam, Title: x.Def.Title, Phase: state.Standing(), Version: len(state.Annulled),
		Frozen: step(&state.Frozen), Released: step(&state.Released), Annulled: []annulledJSON{},
	}
	for i, e := range state.Annulled {
		v.Annulled = append(v.Annulled, annulledJSON{Version: i + 1, Item: e.Item, Policy: e.Act, Why: e.Why, At: e.At.String(), By: e.By, Two: e.Two})
	}
	if e := &state.Revealed; e.Kind != "" {
		v.Revealed = &revealedJSON{Seed: e.Seed, At: e.At.String(), By: e.By, Two: e.Two}
	}
	v.Open, err = s.desk.Unsettled(r.Context(), exam, "")
	return v, err
}

func (s *Server) serveResults(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	v, err := s.resultsOf(r, r.PathValue("exam"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// decided answers what became of an act of two people: 202 says that it waits for another.
func (s *Server) decided(w http.ResponseWriter, r *http.Request, answer proctor.Response, err error) {
	var faulty *Faulty
	switch {
	case errors.As(err, &faulty):
		writeJSON(w, http.StatusUnprocessableEntity, map[string]any{
			"code": codeBadData, "text": codeText(codeBadData, language(r)), "faults": faulty.Faults,
		})
	case err != nil:
		s.fail(w, r, err)
	case answer.Proposal != "":
		writeJSON(w, http.StatusAccepted, answer)
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}

// resultAct answers an act of two people on results, whose request is a Q.
func resultAct[Q any](s *Server, w http.ResponseWriter, r *http.Request, ask func(q *Q) (proctor.Response, error)) {
	q := new(Q)
	if !readJSON(w, r, 256<<10, q) {
		return
	}
	answer, err := ask(q)
	s.decided(w, r, answer, err)
}

func (s *Server) serveFreezeResults(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	resultAct(s, w, r, func(q *FreezeRequest) (proctor.Response, error) {
		return s.results.Freeze(r.Context(), a, r.PathValue("exam"), q)
	})
}

func (s *Server) serveUnfreezeResults(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	resultAct(s, w, r, func(q *Asking) (proctor.Response, error) {
		return s.results.Unfreeze(r.Context(), a, r.PathValue("exam"), q)
	})
}

func (s *Server) serveReleaseResults(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	resultAct(s, w, r, func(q *Asking) (proctor.Response, error) {
		return s.results.Release(r.Context(), a, r.PathValue("exam"), q)
	})
}

func (s *Server) serveAnnul(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	resultAct(s, w, r, func(q *AnnulRequest) (proctor.Response, error) {
		return s.results.Annul(r.Context(), a, r.PathValue("exam"), q)
	})
}

// changeJSON is what an annulment does to one person.
type changeJSON struct {
	Number       string `json:"number"`
	Formation    string `json:"formation"`
	Before       int    `json:"before"`
	After        int    `json:"after"`
	StatusBefore string `json:"status_before"`
	StatusAfter  string `json:"status_after"`
	RankBefore   int    `json:"rank_before"`
	RankAfter    int    `json:"rank_after"`
}

// previewMost is how many changed results a preview lists; terang results annul --preview
// --output has all.
const previewMost = 100

func (s *Server) servePreviewAnnul(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q AnnulRequest
	if !readJSON(w, r, 256<<10, &q) {
		return
	}
	exam := r.PathValue("exam")
	v, err := s.results.PreviewAnnul(r.Context(), exam, &q)
	if err != nil {
		s.decided(w, r, proctor.Response{}, err)
		return
	}
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadResult, Sitting: exam, Filter: "annul " + q.Policy + " " + strings.Join(q.Items, " ")})
	x, changes, more := s.exam(exam), []changeJSON{}, 0
	for i := range v.Changes {
		c := &v.Changes[i]
		if c.Before == c.After {
			continue
		}
		if len(changes) == previewMost {
			more++
			continue
		}
		changes = append(changes, changeOf(x, c))
	}
	writeJSON(w, http.StatusOK, map[string]any{"effect": v.Effect, "changes": changes, "more": more})
}

func changeOf(x *Exam, c *scoring.Change) changeJSON {
	return changeJSON{
		Number: x.Person(c.Attempt).Number, Formation: c.Formation, Before: c.Before.Points.Sum(), After: c.After.Points.Sum(),
		StatusBefore: c.Before.Status, StatusAfter: c.After.Status, RankBefore: c.RankBefore, RankAfter: c.RankAfter,
	}
}

// resultExams is what templates/result-exams.html is made from.
type resultExams struct {
	officeData
	Exams []*resultsJSON
}

func (s *Server) serveResultExams(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	data := resultExams{officeData: s.officeData(r, "results", a)}
	for _, one := range s.examsWhere(func(code string) bool { return a.May(proctor.ActResultRead, code, "", "") }) {
		v, err := s.resultsOf(r, one.Code)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		data.Exams = append(data.Exams, v)
	}
	s.show(w, r, http.StatusOK, "result-exams.html", data)
}

// resultsPage is what templates/results.html is made from.
type resultsPage struct {
	officeData
	Results    *resultsJSON
	Open       []proctor.OpenCount
	Waiting    int // acts on these results that wait for the second person
	Rehearsal  bool
	MayFreeze  bool
	MayRelease bool
	MayAnnul   bool
	Policies   []string
	Reasons    []string

	FlagsPassed int // advisory signals that two people have passed to the committee

	Item, Objection string // of one that was upheld, and leads here
}

func (s *Server) serveResultsPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	exam := r.PathValue("exam")
	v, err := s.resultsOf(r, exam)
	if errors.Is(err, engine.ErrAbsent) {
		s.notFound(w, r)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	waiting, err := s.desk.Pairs().In(r.Context(), engine.ExamStream+exam)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	may := func(act string) bool { return a.May(act, exam, "", "") }
	_, _, passed := s.desk.CountFlags(a, exam)
	s.show(w, r, http.StatusOK, "results.html", resultsPage{
		officeData: s.officeData(r, "results", a), Results: v, Open: v.Open.Counts(), Waiting: len(waiting),
		Rehearsal: s.exam(exam).Def.Rehearsal, MayFreeze: may(proctor.ActResultFreeze), MayRelease: may(proctor.ActResultRelease), MayAnnul: may(proctor.ActResultAnnul),
		Policies: scoring.Policies, Reasons: AnnulReasons, FlagsPassed: passed, Item: r.URL.Query().Get("butir"), Objection: r.URL.Query().Get("sanggahan"),
	})
}
