package main

import (
	"context"

	"terang/engine"
	"terang/scoring"
)

// rescore takes annulments over while the exam is served: prepared aside, with progress in
// the log, then put into boards and results in one step.
func (n *node) rescore(ctx context.Context, was *openExam, recorded examRecord) error {
	r, err := n.rescoring(ctx, was, recorded)
	if err != nil {
		return err
	}
	n.folds.Rescore(was.Boards, r)
	was.Rescored(r)
	n.exams.put(&openExam{was.Exam, recorded})
	n.log.Info("results were made anew: the boards say so", "exam", was.Def.Code, "version", r.Rescored.Version, "had_the_item", len(r.Given))
	return nil
}

// annul gives an exam that is about to be loaded anew its annulments.
func (n *node) annul(ctx context.Context, was *openExam, recorded examRecord) error {
	r, err := n.rescoring(ctx, was, recorded)
	if err == nil {
		was.Rescored(r)
	}
	return err
}

func (n *node) rescoring(ctx context.Context, was *openExam, recorded examRecord) (*scoring.Rescoring, error) {
	began := n.hall.Now()
	annulments, err := n.stores.annulments(ctx, recorded)
	if err != nil {
		return nil, err
	}
	return was.Rescoring(annulments, recorded.last, func(done, all int) {
		n.log.Info("an item was annulled: results are being made anew", "exam", was.Def.Code, "done", done, "of", all, "ms", int64(engine.Instant(n.hall.Now())-began))
	})
}
