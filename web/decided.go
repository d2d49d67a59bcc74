package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"terang/engine"
	"terang/scoring"
)

// Releases fold an exam's stream into the list of results that stands. An annulment and an
// unfreeze open the results again: what was published stays to be read, but is no longer
// what boards, results and exports say of anybody. The zero value: none was released.
type Releases struct {
	Newest engine.Event // the ResultsReleased
	Again  bool         // results were opened since
	At     engine.Instant
}

// Add folds an event, and says whether boards change by it.
func (r *Releases) Add(e *engine.Event) (changed bool) {
	switch e.Kind {
	case engine.ResultsReleased:
		*r = Releases{Newest: *e, At: e.At}
		return true
	case engine.ItemAnnulled, engine.ResultsUnfrozen:
		if changed = r.Newest.Kind != "" && !r.Again; changed {
			r.Again, r.At = true, e.At
		}
	}
	return changed
}

// Deciding reads the list for the exam's boards, as of the epoch that they begin with; nil
// if none was released.
func (r *Releases) Deciding(ctx context.Context, archive func(ctx context.Context, hash string) ([]byte, error), epoch engine.Pos) (*scoring.Deciding, error) {
	if r.Newest.Kind == "" {
		return nil, nil
	}
	list := r.Newest.Text
	body, err := archive(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("list of results %s: %w", list, err)
	}
	l := new(List)
	if err := json.Unmarshal(body, l); err != nil {
		return nil, fmt.Errorf("list of results %s: %w", list, err)
	}
	d := &scoring.Deciding{Decided: scoring.Decided{List: list, Stage: l.Stage, At: r.Newest.At, Again: r.Again}, Epoch: epoch, At: r.At}
	if r.Again {
		return d, nil
	}
	d.Rows = make([]scoring.Listed, len(l.Rows))
	for i := range l.Rows {
		row := &l.Rows[i]
		d.Rows[i] = scoring.Listed{Number: row.Number, Code: row.Status, Scores: row.Scores}
	}
	return d, nil
}

// Decided takes over which list stands for the pages of candidates; the boards take it over
// by Folds.Again.
func (x *Exam) Decided(d *scoring.Deciding) { x.decided.Store(d) }

// standing is the stage of the list that stands, "" where none does.
func (x *Exam) standing() string {
	if d := x.decided.Load(); d != nil && !d.Decided.Again {
		return d.Decided.Stage
	}
	return ""
}

// meaningOf is what a status stands for, as texts name it: other where the rules do not say.
func meaningOf(meanings []scoring.Meaning, status string) string {
	switch status {
	case scoring.Meets, scoring.Misses, statusHeld, "":
		return status
	}
	for _, m := range meanings {
		if m.Code == status {
			return m.Is
		}
	}
	return cmp.Or(new(scoring.Codes).Is(scoring.StageScores, status), "other")
}

// announced puts the code of the list that stands in the place of what the thresholds say, if
// the list is of this result.
func (s *Server) announced(r *resultFrame, x *Exam, attempt string) {
	stage := x.standing()
	if stage == "" || r.Status == statusHeld {
		return
	}
	if now := s.exam(x.Def.Code); now != nil { // a page may have been opened with an earlier one
		x = now
	}
	if result, ok := s.results.folds.Result(x.Boards, attempt); ok && result.Announced != nil {
		r.Status = result.Announced.Code
		if r.Status != scoring.Meets && r.Status != scoring.Misses {
			r.Decision = meaningOf(x.Rules.Codes.Meanings(stage), r.Status)
		}
	}
}
