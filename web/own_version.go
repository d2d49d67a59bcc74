package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// ownVersion names what a candidate's page tells of their result and of their objections: it
// is another one when that is, and of points only then: whoever asks again after each answer must
// not learn from it what the answer is worth. It is the same at every node.
func (s *Server) ownVersion(ctx context.Context, x *Exam, p *proctor.Person) (string, error) {
	var b strings.Builder
	if d := x.decided.Load(); d != nil {
		fmt.Fprint(&b, d.Decided.List, d.Decided.At, d.Decided.Again)
	}
	result, _ := s.results.folds.Result(x.Boards, p.Attempt)
	over := result.Finished
	fmt.Fprint(&b, "|", x.Version(), over, result.Held)
	if live := s.hall.Attempt(p.Attempt); live != nil {
		live.View(func(a *engine.Attempt, _ *engine.Terms) {
			over = a.State.Over()
			fmt.Fprint(&b, "|", over, a.Fingerprint, a.ClockN, a.Doubt)
		})
	}
	if over && !result.Held {
		told, err := s.released(ctx, p.Exam, p.Attempt)
		if err != nil {
			return "", err
		}
		if fmt.Fprint(&b, "|", told); !x.hides(&result, told) {
			fmt.Fprint(&b, "|", result.Shown(), result.Points)
		}
	}
	all, err := s.office.Objections(ctx, p.Exam)
	if err != nil {
		return "", err
	}
	for _, o := range all.Of(p.Number) {
		fmt.Fprint(&b, "|", o.Seq, o.State, o.Redressed)
	}
	return engine.SHA256(b.String())[:16], nil
}

// serveOwnVersion is asked now and then by a page that shows somebody's own result. It says whether
// anybody has used it since: a page that was left open keeps nobody signed in.
func (s *Server) serveOwnVersion(w http.ResponseWriter, r *http.Request) {
	p, own := s.ownSession(r)
	if p == nil {
		writeError(w, r, codeOwnOver, "")
		return
	}
	x := s.exam(p.Exam)
	if x == nil {
		writeError(w, r, codeNotFound, "")
		return
	}
	version, err := s.ownVersion(r.Context(), x, p)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if r.URL.Query().Has("dipakai") {
		s.staysOwn(w, own)
	}
	writeJSON(w, http.StatusOK, map[string]string{"version": version})
}
