package node

import (
	"context"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/scoring"
)

// again takes over what was decided about results while the exam is served, annulments and
// which list stands: prepared aside, with progress in the log, then put into boards and
// results in one step.
func (n *Node) again(ctx context.Context, was *OpenExam, recorded stores.ExamRecord) error {
	r, d, err := n.redecided(ctx, was, recorded)
	if err != nil {
		return err
	}
	n.Folds.Again(was.Boards, r, d)
	n.takeOver(was, r, d)
	n.Exams.put(&OpenExam{was.Exam, recorded})
	if r != nil || d != nil {
		n.Server.ResultsChanged(was.Def.Code)
	}
	if r != nil {
		n.Logger.Info("results were made anew: the boards say so", "exam", was.Def.Code, "version", r.Rescored.Version, "had_the_item", len(r.Given))
	}
	if d != nil {
		n.Logger.Info("another list of results stands, or none any more: the boards say so", "exam", was.Def.Code, "list", d.Decided.List, "people", len(d.Rows), "again", d.Decided.Again)
	}
	return nil
}

// redecided is what was decided about results since, nil where nothing was.
func (n *Node) redecided(ctx context.Context, was *OpenExam, recorded stores.ExamRecord) (r *scoring.Rescoring, d *scoring.Deciding, err error) {
	if len(was.Recorded.Annulled) != len(recorded.Annulled) {
		if r, err = n.rescoring(ctx, was, recorded); err != nil {
			return nil, nil, err
		}
	}
	if was.Recorded.Releases != recorded.Releases {
		d, err = n.Stores.Deciding(ctx, recorded)
	}
	return r, d, err
}

// takeOver is for the pages of candidates, and for boards that are about to be folded anew.
func (n *Node) takeOver(was *OpenExam, r *scoring.Rescoring, d *scoring.Deciding) {
	if r != nil {
		was.Rescored(r)
	}
	if d != nil {
		was.Decided(d)
	}
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
