package web

import (
	"encoding/hex"
	"net/http"
	"time"

	"terang/engine"
	"terang/proctor"
)

func (s *Server) surveyRoutes(rt *routes) {
	rt.public("GET /umpan-balik/{exam}", s.serveSurveySummary)
	rt.public("GET /umpan-balik", s.serveSurveyForm) // asks nobody without a session that is over
	rt.public("GET /api/v1/surveys/{exam}", s.serveSurvey)
	rt.candidate("POST /api/v1/exam/survey-token", s.serveSurveyToken)
	rt.public("POST /api/v1/surveys/{exam}/answers", s.serveSurveyAnswers)
	rt.staff("GET /api/v1/exams/{exam}/survey-texts", proctor.ActReport, OfExam, s.serveSurveyTexts)
	rt.staffPage("GET /hasil-ujian/{exam}/umpan-balik", proctor.ActReport, OfExam, s.serveSurveyTextsPage)
}

// surveyByAddress is how often an address may send answers: a room is one address.
var surveyByAddress = engine.Limit{Burst: 500, Every: time.Second}

// surveyJSON is what a page needs to ask, and what everybody may read.
type surveyJSON struct {
	*proctor.SurveySummary
	Title string        `json:"title"`
	Key   surveyKeyJSON `json:"key"`
}

// surveyKeyJSON is the key that tokens are checked with (RSABSSA-SHA384-PSS-Deterministic, RFC 9474).
type surveyKeyJSON struct {
	N string `json:"n"` // hex
	E int    `json:"e"`
}

func (s *Server) surveyOf(r *http.Request, x *Exam) (*surveyJSON, error) {
	v, err := s.survey.Summary(r.Context(), x.Def)
	if err != nil {
		return nil, err
	}
	n, e, err := s.survey.Key(r.Context(), x.Def.Code)
	return &surveyJSON{v, x.Def.Title, surveyKeyJSON{n, e}}, err
}

func (s *Server) serveSurvey(w http.ResponseWriter, r *http.Request) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		s.fail(w, r, engine.ErrAbsent)
		return
	}
	v, err := s.surveyOf(r, x)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// serveSurveyToken signs what the candidate's page has blinded, once for each attempt that
// is over. What is signed cannot be recognised later.
func (s *Server) serveSurveyToken(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Blinded string `json:"blinded"` // hex
	}
	if !readJSON(w, r, 8<<10, &q) {
		return
	}
	live, x, _, refused := s.admitted(r)
	if refused != "" {
		writeError(w, r, refused, "")
		return
	}
	over := false
	live.View(func(a *engine.Attempt, _ *engine.Terms) { over = a.State.Over() })
	blinded, err := hex.DecodeString(q.Blinded)
	switch {
	case !over || len(proctor.Questions(x.Def)) == 0:
		writeError(w, r, engine.WrongState, "survey")
		return
	case err != nil:
		writeError(w, r, engine.BadFrame, "blinded")
		return
	}
	signed, err := s.survey.Sign(r.Context(), x.Def.Code, live.ID, blinded)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"signed": hex.EncodeToString(signed)})
}

// serveSurveyAnswers takes answers from whoever shows a signed token. It looks at no
// cookie; the page sends none.
func (s *Server) serveSurveyAnswers(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Token     string            `json:"token"`     // hex
		Signature string            `json:"signature"` // hex
		Answers   map[string]string `json:"answers"`
		Text      string            `json:"text"`
	}
	if !readJSON(w, r, 16<<10, &q) {
		return
	}
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		s.fail(w, r, engine.ErrAbsent)
		return
	}
	if ok, retry := s.limits.Allow(r.Context(), "survey/"+s.neighbourhood(r), surveyByAddress, s.hall.Now()); !ok {
		writeRefusal(w, r, &engine.Refusal{Code: engine.RateLimited, Retry: retry})
		return
	}
	token, err := hex.DecodeString(q.Token)
	if err != nil {
		writeError(w, r, engine.BadFrame, "token")
		return
	}
	signature, err := hex.DecodeString(q.Signature)
	if err != nil {
		writeError(w, r, engine.BadFrame, "signature")
		return
	}
	if err := s.survey.Answer(r.Context(), x.Def, token, signature, q.Answers, q.Text); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"taken": true})
}

// surveyPage is what templates/survey.html and survey-summary.html are made from.
type surveyPage struct {
	pageData
	Exam      string // "" if nobody's exam is over here
	Title     string
	Rehearsal bool
	Least     int
	Answers   int
	Questions []surveyQuestion
}

type surveyQuestion struct {
	Code, Text string
	Options    []surveyOption
	Answers    int
}

type surveyOption struct {
	Code, Text string
	Count      int
	Share      int // in percent
}

// surveyQuestions are the questions in the page's language, with their counts.
func (p *surveyPage) take(v *proctor.SurveySummary, scale map[string]string) {
	p.Least, p.Answers = v.Least, v.Answers
	for _, c := range v.Questions {
		q := surveyQuestion{Code: c.Code, Text: c.ID, Answers: c.Answers}
		if p.Lang == "en" {
			q.Text = c.EN
		}
		for i, code := range proctor.OptionCodes(&c.SurveyQuestion) {
			o := surveyOption{Code: code, Text: scale["survey.scale."+code], Count: c.Counts[code]}
			if len(c.Options) > 0 {
				if o.Text = c.Options[i].ID; p.Lang == "en" {
					o.Text = c.Options[i].EN
				}
			}
			if c.Answers > 0 {
				o.Share = (200*o.Count + c.Answers) / (2 * c.Answers)
			}
			q.Options = append(q.Options, o)
		}
		p.Questions = append(p.Questions, q)
	}
}

func (s *Server) serveSurveyForm(w http.ResponseWriter, r *http.Request) {
	page := surveyPage{pageData: s.data(r, "survey")}
	live, x, _, refused := s.session(r)
	over := false
	if refused == "" {
		live.View(func(a *engine.Attempt, _ *engine.Terms) { over = a.State.Over() })
	}
	if over && len(proctor.Questions(x.Def)) > 0 {
		page.Exam, page.Title, page.Rehearsal = x.Def.Code, x.Def.Title, x.Def.Rehearsal
		page.take(&proctor.SurveySummary{Least: proctor.SurveyLeast, Questions: unanswered(x.Def)}, page.Texts)
	}
	s.show(w, r, http.StatusOK, "survey.html", page)
}

func unanswered(def *engine.Definition) (all []proctor.SurveyCounted) {
	for _, q := range proctor.Questions(def) {
		all = append(all, proctor.SurveyCounted{SurveyQuestion: q})
	}
	return all
}

func (s *Server) serveSurveySummary(w http.ResponseWriter, r *http.Request) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		s.notFound(w, r)
		return
	}
	v, err := s.survey.Summary(r.Context(), x.Def)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := surveyPage{pageData: s.data(r, "survey"), Exam: x.Def.Code, Title: x.Def.Title, Rehearsal: x.Def.Rehearsal}
	page.take(v, page.Texts)
	s.show(w, r, http.StatusOK, "survey-summary.html", page)
}
