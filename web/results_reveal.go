package web

import (
	"context"
	"net/http"
	"strconv"

	"terang/engine"
	"terang/proctor"
)

// Reveal asks two people to publish the seed that forms were drawn by. From then on whoever
// has plan and bank can draw every form again, also one that is yet to be sat; so no sitting
// may be open or still follow from an objection, see proctor.Desk.Revealable, and where items
// are used again in another exam it should be over too.
func (r *Results) Reveal(ctx context.Context, actor proctor.Account, exam string, q *Asking) (proctor.Response, error) {
	if done, err := r.office.Recorded(ctx, &proctor.Proposal{Stream: engine.ExamStream + exam, Op: q.Op}); err != nil || done {
		return proctor.Response{}, err
	}
	if _, err := r.open(exam); err != nil {
		return proctor.Response{}, err
	}
	if err := r.desk.Revealable(ctx, exam, q.Op); err != nil {
		return proctor.Response{}, err
	}
	return r.take(ctx, actor, exam, engine.ActReveal, q, struct{}{})
}

func (r *Results) showReveal(ctx context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	x, err := r.open(p.Exam)
	if err != nil {
		return nil, err
	}
	lines := []proctor.Line{{What: "exam", Text: x.Def.Title}, {What: "seed", Text: engine.SHA256(string(x.seed))}}
	n, err := r.desk.Unredressed(ctx, p.Exam)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		lines = append(lines, proctor.Line{What: "unredressed", Text: strconv.Itoa(n)})
	}
	return lines, r.desk.Revealable(ctx, p.Exam, p.Op)
}

func (r *Results) doReveal(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	if done, err := r.office.Recorded(ctx, p); err != nil || done {
		return proctor.Response{}, err
	}
	x, err := r.open(p.Exam)
	if err != nil {
		return proctor.Response{}, err
	}
	return proctor.Response{}, r.desk.Reveal(ctx, r.office, p, two, x.seed)
}

func (s *Server) serveRevealSeed(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	resultAct(s, w, r, func(q *Asking) (proctor.Response, error) {
		return s.results.Reveal(r.Context(), a, r.PathValue("exam"), q)
	})
}
