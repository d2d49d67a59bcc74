package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"sync"

	"terang/engine"
	"terang/proctor"
	"terang/scoring/evaluation"
)

// Evaluation is the evaluation of an exam as a page that is whole in itself, and as data.
type Evaluation struct {
	Page interface{ WriteHTML(w io.Writer) error }
	Data *evaluation.Report
}

// Evaluate makes the evaluation of an exam. It reads the whole journal.
type Evaluate func(ctx context.Context, exam string) (*Evaluation, error)

// evaluations are the reports that this node makes: one at a time, none while people sit
// here, and none twice of the same state of the boards.
type evaluations struct {
	make   Evaluate
	mu     sync.Mutex // held while one is made
	report map[string]*Evaluation
	at     map[string]reachedBy // when it was made
}

// reachedBy is how far boards and objections are.
type reachedBy struct {
	boards     engine.Pos
	objections int
}

func (s *Server) evaluationRoutes(rt *routes) {
	rt.staffPage("GET /laporan/{exam}", proctor.ActReport, OfExam, s.serveEvaluation)
	rt.staff("GET /api/v1/exams/{exam}/report", proctor.ActReport, OfExam, s.serveEvaluationJSON)
}

// evaluation is the report of an exam that this node serves.
func (s *Server) evaluation(ctx context.Context, code string) (*Evaluation, error) {
	x, e := s.exam(code), &s.evaluations
	switch {
	case x == nil:
		return nil, engine.ErrAbsent
	case e.make == nil:
		return nil, &engine.Refusal{Code: engine.WrongState, Field: "report"}
	}
	if !e.mu.TryLock() {
		return nil, &engine.Refusal{Code: engine.Busy, Field: "report"}
	}
	defer e.mu.Unlock()
	objections, err := s.office.Objections(ctx, code)
	if err != nil {
		return nil, err
	}
	reached := reachedBy{x.Boards.Reached(), objections.Version()}
	if r := e.report[code]; r != nil && e.at[code] == reached {
		return r, nil
	}
	if s.anybodySits() {
		return nil, &engine.Refusal{Code: engine.WrongState, Field: "report"}
	}
	r, err := e.make(ctx, code)
	if err != nil {
		return nil, err
	}
	if e.report == nil {
		e.report, e.at = make(map[string]*Evaluation), make(map[string]reachedBy)
	}
	e.report[code], e.at[code] = r, reached
	return r, nil
}

// anybodySits says whether a sitting of this node runs or stands still: whoever sits needs
// the machine more than whoever reads.
func (s *Server) anybodySits() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for code, x := range s.exams {
		for _, sitting := range x.Def.Sittings {
			switch s.hall.Sitting(code + "." + sitting.Code).State().Phase {
			case engine.InProgress, engine.Halted:
				return true
			}
		}
	}
	return false
}

func (s *Server) serveEvaluation(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	report, err := s.evaluation(r.Context(), r.PathValue("exam"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var body bytes.Buffer
	if err := report.Page.WriteHTML(&body); err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src "+styleHash(body.Bytes())+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, _ = w.Write(body.Bytes()) // who went away needs no answer
}

// styleHash names the one style that a page whole in itself brings along.
func styleHash(page []byte) string {
	_, rest, _ := bytes.Cut(page, []byte("<style>"))
	style, _, _ := bytes.Cut(rest, []byte("</style>"))
	sum := sha256.Sum256(style)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (s *Server) serveEvaluationJSON(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	report, err := s.evaluation(r.Context(), r.PathValue("exam"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, report.Data)
}
