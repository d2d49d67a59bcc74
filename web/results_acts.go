package web

import (
	"cmp"
	"context"
	"fmt"

	"terang/engine"
	"terang/proctor"
)

// despite is the code of a freeze while matters were open.
const despite = "despite"

// FreezeRequest asks for a list to be fixed. While something is open it is refused,
// unless Despite says that this is known and meant.
type FreezeRequest struct {
	Asking
	Despite bool `json:"despite,omitempty"`
}

// freezePayload is the list that is to be fixed, and what was open when it was proposed.
type freezePayload struct {
	List    string            `json:"list"` // archive hash
	People  int               `json:"people"`
	Version int               `json:"version"`
	Despite bool              `json:"despite,omitempty"`
	Open    proctor.Unsettled `json:"open"`
}

// releasePayload names the frozen list that is to be published.
type releasePayload struct {
	List string `json:"list"`
}

// Freeze asks two people to fix the results as they stand.
func (r *Results) Freeze(ctx context.Context, actor proctor.Account, exam string, q *FreezeRequest) (proctor.Response, error) {
	x, err := r.open(exam)
	if err != nil {
		return proctor.Response{}, err
	}
	state, err := r.current(ctx, x)
	if err != nil {
		return proctor.Response{}, err
	}
	open, err := r.desk.Unsettled(ctx, exam, q.Op)
	switch {
	case err != nil:
		return proctor.Response{}, err
	case state.Standing() != proctor.ResultsProvisional:
		done, err := r.office.Recorded(ctx, &proctor.Proposal{Stream: engine.ExamStream + exam, Op: q.Op})
		if err == nil && !done {
			err = errStanding(&state)
		}
		return proctor.Response{}, err
	case open.Any() && !q.Despite:
		return proctor.Response{}, errResults("open")
	}
	l, body, err := r.list(x)
	if err != nil {
		return proctor.Response{}, err
	}
	payload := freezePayload{List: engine.SHA256(string(body)), People: len(l.Rows), Version: l.Version, Despite: q.Despite, Open: open}
	return r.take(ctx, actor, exam, engine.ActFreeze, &q.Asking, payload)
}

// Release asks two people to publish the frozen list.
func (r *Results) Release(ctx context.Context, actor proctor.Account, exam string, q *Asking) (proctor.Response, error) {
	state, err := r.office.Results(ctx, exam)
	if err != nil {
		return proctor.Response{}, err
	}
	if state.Standing() != proctor.ResultsFrozen {
		done, err := r.office.Recorded(ctx, &proctor.Proposal{Stream: engine.ExamStream + exam, Op: q.Op})
		if err == nil && !done {
			err = errStanding(&state)
		}
		return proctor.Response{}, err
	}
	return r.take(ctx, actor, exam, engine.ActPublish, q, releasePayload{state.Frozen.Text})
}

// Unfreeze asks two people to let results change again.
func (r *Results) Unfreeze(ctx context.Context, actor proctor.Account, exam string, q *Asking) (proctor.Response, error) {
	state, err := r.office.Results(ctx, exam)
	if err != nil {
		return proctor.Response{}, err
	}
	if state.Standing() == proctor.ResultsProvisional {
		done, err := r.office.Recorded(ctx, &proctor.Proposal{Stream: engine.ExamStream + exam, Op: q.Op})
		if err == nil && !done {
			err = errResults("not_frozen")
		}
		return proctor.Response{}, err
	}
	return r.take(ctx, actor, exam, engine.ActUnfreeze, q, releasePayload{state.Frozen.Text})
}

func openLines(u *proctor.Unsettled) (lines []proctor.Line) {
	for _, one := range u.Counts() {
		if one.Count > 0 {
			lines = append(lines, proctor.Line{What: "open." + one.What, Text: one.String()})
		}
	}
	return lines
}

func (r *Results) showFreeze(ctx context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	x, err := r.open(p.Exam)
	if err != nil {
		return nil, err
	}
	payload, err := payloadOf[freezePayload](p)
	if err != nil {
		return nil, err
	}
	lines := []proctor.Line{
		{What: "exam", Text: x.Def.Title}, {What: "people", Text: fmt.Sprint(payload.People)},
		{What: "version", Text: fmt.Sprint(payload.Version)}, {What: "list", Text: payload.List},
	}
	if payload.Despite {
		lines = append(lines, proctor.Line{What: "despite", Text: despite})
	}
	_, open, err := r.frozenBy(ctx, x, p, payload)
	return append(lines, openLines(&open)...), err
}

// frozenBy makes the list that two people agreed to fix, and says what is open beside it, or why it
// is not that list any more.
func (r *Results) frozenBy(ctx context.Context, x *Exam, p *proctor.Proposal, payload *freezePayload) (body []byte, open proctor.Unsettled, err error) {
	if _, err = r.current(ctx, x); err != nil {
		return nil, open, err
	}
	open, err = r.desk.Unsettled(ctx, p.Exam, p.Op)
	switch {
	case err != nil:
		return nil, open, err
	case open.Any() && !payload.Despite:
		return nil, open, errResults("open")
	}
	_, body, err = r.list(x)
	if err == nil && engine.SHA256(string(body)) != payload.List {
		err = errResults("list")
	}
	return body, open, err
}

func (r *Results) doFreeze(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	if done, err := r.office.Recorded(ctx, p); err != nil || done {
		return proctor.Response{}, err
	}
	payload, err := payloadOf[freezePayload](p)
	if err != nil {
		return proctor.Response{}, err
	}
	x, err := r.open(p.Exam)
	if err != nil {
		return proctor.Response{}, err
	}
	body, open, err := r.frozenBy(ctx, x, p, payload)
	if err != nil {
		return proctor.Response{}, err
	}
	hash, err := r.archive.Keep(ctx, body)
	if err != nil {
		return proctor.Response{}, fmt.Errorf("keep the list of %s: %w", p.Exam, err)
	}
	return proctor.Response{}, r.office.Record(ctx, p, two, func(state *proctor.ResultsState) ([]engine.Event, error) {
		if state.Standing() != proctor.ResultsProvisional {
			return nil, errStanding(state)
		}
		if len(state.Annulled) != payload.Version {
			return nil, errResults("list")
		}
		e := engine.Event{Kind: engine.ResultsFrozen, Text: hash.String(), MS: int64(payload.People)}
		if open.Any() {
			e.Why = despite
		}
		return []engine.Event{e}, nil
	})
}

func (r *Results) showRelease(ctx context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	x, err := r.open(p.Exam)
	if err != nil {
		return nil, err
	}
	payload, err := payloadOf[releasePayload](p)
	if err != nil {
		return nil, err
	}
	state, err := r.office.Results(ctx, p.Exam)
	if err != nil {
		return nil, err
	}
	lines := []proctor.Line{{What: "exam", Text: x.Def.Title}, {What: "list", Text: payload.List}}
	if l, err := r.published(ctx, payload.List); err == nil {
		lines = append(lines, proctor.Line{What: "people", Text: fmt.Sprint(len(l.Rows))}, proctor.Line{What: "version", Text: fmt.Sprint(l.Version)})
		for _, s := range statuses(l) {
			lines = append(lines, proctor.Line{What: "status", Text: fmt.Sprintf("%s: %d", cmp.Or(s.What, "–"), s.Count)})
		}
	}
	if state.Frozen.Why == despite {
		lines = append(lines, proctor.Line{What: "despite", Text: despite})
	}
	return lines, r.releasable(x, payload, &state)
}

// statuses counts the codes of a list.
func statuses(l *List) (out []proctor.OpenCount) {
	for i := range l.Rows {
		at := -1
		for n := range out {
			if out[n].What == l.Rows[i].Status {
				at = n
			}
		}
		if at < 0 {
			at, out = len(out), append(out, proctor.OpenCount{What: l.Rows[i].Status})
		}
		out[at].Count++
	}
	return out
}

// releasable says whether the frozen list still is what the results say: what is
// published equals what boards, pages and exports show.
func (r *Results) releasable(x *Exam, payload *releasePayload, state *proctor.ResultsState) error {
	if state.Standing() != proctor.ResultsFrozen {
		return errStanding(state)
	}
	if state.Frozen.Text != payload.List {
		return errResults("not_frozen")
	}
	_, body, err := r.list(x)
	if err == nil && engine.SHA256(string(body)) != payload.List {
		err = errResults("changed")
	}
	return err
}

func (r *Results) doRelease(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	return proctor.Response{}, r.close(ctx, p, two, engine.ResultsReleased, r.releasable)
}

func (r *Results) showUnfreeze(ctx context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	x, err := r.open(p.Exam)
	if err != nil {
		return nil, err
	}
	state, err := r.office.Results(ctx, p.Exam)
	if err != nil {
		return nil, err
	}
	lines := []proctor.Line{{What: "exam", Text: x.Def.Title}, {What: "list", Text: state.Frozen.Text}}
	if state.Released.Kind != "" {
		lines = append(lines, proctor.Line{What: "stays_public", Text: state.Released.Text})
	}
	return lines, nil
}

func (r *Results) doUnfreeze(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	return proctor.Response{}, r.close(ctx, p, two, engine.ResultsUnfrozen, func(_ *Exam, payload *releasePayload, state *proctor.ResultsState) error {
		if state.Standing() == proctor.ResultsProvisional || state.Frozen.Text != payload.List {
			return errResults("not_frozen")
		}
		return nil
	})
}

// close records a step about the list that stands frozen, if it still may be taken.
func (r *Results) close(ctx context.Context, p *proctor.Proposal, two string, kind engine.Kind, may func(*Exam, *releasePayload, *proctor.ResultsState) error) error {
	payload, err := payloadOf[releasePayload](p)
	if err != nil {
		return err
	}
	x, err := r.open(p.Exam)
	if err != nil {
		return err
	}
	if err := r.abreast(ctx); err != nil {
		return err
	}
	return r.office.Record(ctx, p, two, func(state *proctor.ResultsState) ([]engine.Event, error) {
		if err := may(x, payload, state); err != nil {
			return nil, err
		}
		return []engine.Event{{Kind: kind, Text: payload.List, Why: state.Frozen.Why}}, nil
	})
}
