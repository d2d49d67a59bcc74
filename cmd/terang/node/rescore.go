package node

import (
	"context"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/scoring"
)

// rescore takes annulments over while the exam is served: prepared aside, with progress in
// the log, then put into boards and results in one step.
func (n *Node) rescore(ctx context.Context, was *OpenExam, recorded stores.ExamRecord) error {
	r, err := n.rescoring(ctx, was, recorded)
	if err != nil {
		return err
	}
	n.Folds.Rescore(was.Boards, r)
	was.Rescored(r)
	n.Exams.put(&OpenExam{was.Exam, recorded})
	n.Logger.Info("results were made anew: the boards say so", "exam", was.Def.Code, "version", r.Rescored.Version, "had_the_item", len(r.Given))
	return nil
}

// annul gives an exam that is about to be loaded anew its annulments.
func (n *Node) annul(ctx context.Context, was *OpenExam, recorded stores.ExamRecord) error {
	r, err := n.rescoring(ctx, was, recorded)
	if err == nil {
		was.Rescored(r)
	}
	return err
}

func (n *Node) rescoring(ctx context.Context, was *OpenExam, recorded stores.ExamRecord) (*scoring.Rescoring, error) {
	began := n.Hall.Now()
	annulments, err := n.Stores.Annulments(ctx, recorded)
	if err != nil {
		return nil, err
	}
	return was.Rescoring(annulments, recorded.Last, func(done, all int) {
		n.Logger.Info("an item was annulled: results are being made anew", "exam", was.Def.Code, "done", done, "of", all, "ms", int64(engine.Instant(n.Hall.Now())-began))
	})
}
