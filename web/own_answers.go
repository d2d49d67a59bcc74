package web

import (
	"errors"
	"net/http"

	"terang/engine"
	"terang/proctor"
)

// ownAnswer is one place of the form as its candidate chose: letters, and no text of items.
type ownAnswer struct {
	Q  int
	C  string
	At string
}

// maySeeAnswers says whether a candidate may see their own answers: where the exam's policy
// says so, and a list with their result has been released.
func (s *Server) maySeeAnswers(r *http.Request, p *proctor.Person) (bool, error) {
	x := s.exam(p.Exam)
	if x == nil || !x.Def.Policy.OwnAnswers {
		return false, nil
	}
	return s.released(r.Context(), p.Exam, p.Attempt)
}

// ownAnswers are what a candidate may see of their own, nil if nothing.
func (s *Server) ownAnswers(r *http.Request, p *proctor.Person) ([]ownAnswer, error) {
	if may, err := s.maySeeAnswers(r, p); err != nil || !may {
		return nil, err
	}
	file, err := s.hall.OwnAnswers(r.Context(), p.Attempt)
	if errors.Is(err, engine.ErrNotOver) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, chosen, err := file.Fold()
	shown := make([]ownAnswer, len(chosen))
	for i, c := range chosen {
		shown[i] = ownAnswer{c.Q, c.C, localTimeToSecond(c.At.String(), s.zoneOf(p.SittingID()), language(r))}
	}
	return shown, err
}

// serveOwnAnswers hands the stored bytes of the own attempt to who opened their result.
func (s *Server) serveOwnAnswers(w http.ResponseWriter, r *http.Request) {
	p := s.cameBack(w, r)
	if p == nil {
		writeError(w, r, codeOwnWrong, "")
		return
	}
	may, err := s.maySeeAnswers(r, p)
	if err == nil && !may {
		writeError(w, r, codeNotFound, "")
		return
	}
	var file *engine.OwnAnswers
	if err == nil {
		file, err = s.hall.OwnAnswers(r.Context(), p.Attempt)
	}
	if errors.Is(err, engine.ErrNotOver) {
		writeError(w, r, codeNotFound, "")
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.writeOwnFile(w, r, "answers.json", file)
}
