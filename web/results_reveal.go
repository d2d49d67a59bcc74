package web

import (
	"context"
	"encoding/hex"
	"net/http"

	"terang/engine"
	"terang/proctor"
)

// Reveal asks two people to publish the seed that forms were drawn by. From then on whoever
// has plan and bank can draw every form again; so no sitting may be open, and where items
// are used again in another exam it should be over too.
func (r *Results) Reveal(ctx context.Context, actor proctor.Account, exam string, q *Asking) (proctor.Response, error) {
	if done, err := r.office.Recorded(ctx, &proctor.Proposal{Stream: engine.ExamStream + exam, Op: q.Op}); err != nil || done {
		return proctor.Response{}, err
	}
	if err := r.revealable(ctx, exam, q.Op); err != nil {
		return proctor.Response{}, err
	}
	return r.take(ctx, actor, exam, engine.ActReveal, q, struct{}{})
}

// revealable says whether the seed may be published: once, when every sitting is over.
func (r *Results) revealable(ctx context.Context, exam, op string) error {
	if _, err := r.open(exam); err != nil {
		return err
	}
	state, err := r.office.Results(ctx, exam)
	if err != nil {
		return err
	}
	if state.Revealed.Kind != "" {
		return errResults("revealed")
	}
	open, err := r.desk.Unsettled(ctx, exam, op)
	if err == nil && (open.Sittings > 0 || open.Working > 0) {
		err = errResults("sitting_open")
	}
	return err
}

func (r *Results) showReveal(ctx context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	x, err := r.open(p.Exam)
	if err != nil {
		return nil, err
	}
	lines := []proctor.Line{{What: "exam", Text: x.Def.Title}, {What: "seed", Text: engine.SHA256(string(x.seed))}}
	return lines, r.revealable(ctx, p.Exam, p.Op)
}

func (r *Results) doReveal(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	if done, err := r.office.Recorded(ctx, p); err != nil || done {
		return proctor.Response{}, err
	}
	x, err := r.open(p.Exam)
	if err != nil {
		return proctor.Response{}, err
	}
	if err := r.revealable(ctx, p.Exam, p.Op); err != nil {
		return proctor.Response{}, err
	}
	return proctor.Response{}, r.office.Record(ctx, p, two, func(state *proctor.ResultsState) ([]engine.Event, error) {
		if state.Revealed.Kind != "" {
			return nil, errResults("revealed")
		}
		return []engine.Event{{Kind: engine.SeedRevealed, Seed: hex.EncodeToString(x.seed)}}, nil
	})
}

func (s *Server) serveRevealSeed(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	resultAct(s, w, r, func(q *Asking) (proctor.Response, error) {
		return s.results.Reveal(r.Context(), a, r.PathValue("exam"), q)
	})
}
