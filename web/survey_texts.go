package web

import (
	"net/http"

	"terang/engine"
	"terang/proctor"
)

// surveyTextsPage is what templates/survey-texts.html is made from.
type surveyTextsPage struct {
	officeData
	Exam      shownExam
	Rehearsal bool
	Least     int
	Answers   int
	Words     []string
}

// surveyTexts are the words that candidates wrote; that they were read is recorded first.
func (s *Server) surveyTexts(r *http.Request, a proctor.Account) (*Exam, []string, error) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		return nil, nil, engine.ErrAbsent
	}
	texts, err := s.survey.Texts(r.Context(), x.Def)
	if err == nil && len(texts) > 0 {
		s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadSurvey, Sitting: x.Def.Code})
	}
	return x, texts, err
}

func (s *Server) serveSurveyTexts(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	_, texts, err := s.surveyTexts(r, a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"least": proctor.SurveyLeast, "texts": texts})
}

func (s *Server) serveSurveyTextsPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	x, texts, err := s.surveyTexts(r, a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	summary, err := s.survey.Summary(r.Context(), x.Def)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "survey-texts.html", surveyTextsPage{
		officeData: s.officeData(r, "survey", a), Exam: shownExam{x.Def.Code, x.Def.Title}, Rehearsal: x.Def.Rehearsal,
		Least: summary.Least, Answers: summary.Answers, Words: texts,
	})
}
