package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// AnnulReasons are why an item may be annulled, as boards say it.
var AnnulReasons = []string{"wrong_key", "two_answers", "unusable", "leaked", "court"}

// AnnulDecision is what the archive keeps of a decision about an item; the event names
// its bytes.
type AnnulDecision struct {
	scoring.Annulment
	Why    string `json:"why"`              // one of AnnulReasons
	Reason string `json:"reason,omitempty"` // SHA-256 of the words
	Minute string `json:"minute,omitempty"`
}

// Add appends the decision that an ItemAnnulled names, from its bytes.
func (a *Annulments) Add(body []byte, e *engine.Event) error {
	var d AnnulDecision
	if err := json.Unmarshal(body, &d); err != nil {
		return fmt.Errorf("annulment %s: %w", e.Text, err)
	}
	a.List = append(a.List, d.Annulment)
	a.Rescored = scoring.Rescored{Version: len(a.List), Why: e.Why, At: e.At}
	return nil
}

// AnnulRequest asks for items to be annulled in one act. Key is a new right option of a
// keyed item, Values are the points of each option of a graded one.
type AnnulRequest struct {
	Asking
	Items  []string       `json:"items"`
	Policy string         `json:"policy"`
	Key    string         `json:"key,omitempty"`
	Values map[string]int `json:"values,omitempty"`
	Why    string         `json:"why"`
	Minute string         `json:"minute"`
}

// annulPayload is an annulment as it waits: complete, so that nothing about it is open.
type annulPayload struct {
	Decisions []AnnulDecision `json:"decisions"`
}

// Faulty says what is wrong with a request, in words for staff who may see items.
type Faulty struct{ Faults []string }

func (f *Faulty) Error() string { return strings.Join(f.Faults, "\n") }

// decisions completes a request, or names all its faults.
func (x *Exam) decisions(q *AnnulRequest) ([]AnnulDecision, error) {
	var out []AnnulDecision
	faults := new(Faulty)
	if len(q.Items) == 0 {
		faults.Faults = append(faults.Faults, "items: name at least one item of the bank")
	}
	for i, item := range q.Items {
		if slices.Contains(q.Items[:i], item) {
			faults.Faults = append(faults.Faults, fmt.Sprintf("items: %s stands twice", item))
			continue
		}
		a, err := x.Annulment(scoring.Annulment{Item: item, Policy: q.Policy, Values: q.Values}, q.Key)
		if err != nil {
			faults.Faults = append(faults.Faults, err.Error())
		}
		out = append(out, AnnulDecision{Annulment: a, Why: q.Why, Reason: engine.SHA256(q.Reason), Minute: q.Minute})
	}
	if !slices.Contains(AnnulReasons, q.Why) {
		faults.Faults = append(faults.Faults, fmt.Sprintf("why: %q is not one of %s", q.Why, strings.Join(AnnulReasons, ", ")))
	}
	if len(faults.Faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// AnnulPreview is what an annulment would do.
type AnnulPreview struct {
	Effect  scoring.Effect   `json:"effect"`
	Changes []scoring.Change `json:"-"`
}

// PreviewAnnul says what an annulment would do, and does nothing.
func (r *Results) PreviewAnnul(ctx context.Context, exam string, q *AnnulRequest) (*AnnulPreview, error) {
	x, err := r.open(exam)
	if err != nil {
		return nil, err
	}
	if q.Why == "" {
		q.Why = AnnulReasons[0] // it changes nothing of what is asked
	}
	decisions, err := x.decisions(q)
	if err != nil {
		return nil, err
	}
	return r.preview(ctx, x, decisions)
}

func (r *Results) preview(ctx context.Context, x *Exam, decisions []AnnulDecision) (*AnnulPreview, error) {
	state, err := r.current(ctx, x)
	if err != nil {
		return nil, err
	}
	made, err := r.rescoring(ctx, x, &state, decisions)
	if err != nil {
		return nil, &Faulty{Faults: strings.Split(err.Error(), "\n")}
	}
	changes := r.folds.Preview(x.Boards, made)
	return &AnnulPreview{Effect: scoring.EffectOf(changes), Changes: changes}, nil
}

// Annul asks two people to annul items.
func (r *Results) Annul(ctx context.Context, actor proctor.Account, exam string, q *AnnulRequest) (proctor.Response, error) {
	x, err := r.open(exam)
	if err != nil {
		return proctor.Response{}, err
	}
	if strings.TrimSpace(q.Minute) == "" {
		return proctor.Response{}, &engine.Refusal{Code: engine.NeedsReason, Field: "minute"}
	}
	decisions, err := x.decisions(q)
	if err != nil {
		return proctor.Response{}, err
	}
	return r.take(ctx, actor, exam, engine.ActAnnul, &q.Asking, annulPayload{decisions})
}

// crossMost is how many people who cross a threshold whoever decides is shown by number.
const crossMost = 50

func (r *Results) showAnnul(ctx context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	x, err := r.open(p.Exam)
	if err != nil {
		return nil, err
	}
	payload, err := payloadOf[annulPayload](p)
	if err != nil {
		return nil, err
	}
	lines := []proctor.Line{{What: "exam", Text: x.Def.Title}}
	for _, d := range payload.Decisions {
		text := d.Item + " (" + d.Section + ") · " + d.Policy
		if len(d.Values) > 0 {
			text += " · " + pointsText(d.Values)
		}
		lines = append(lines, proctor.Line{What: "annul", Text: text})
	}
	if len(payload.Decisions) > 0 {
		d := payload.Decisions[0]
		lines = append(lines, proctor.Line{What: "annul_why", Text: d.Why}, proctor.Line{What: "minute", Text: d.Minute})
	}
	state, err := r.office.Results(ctx, p.Exam)
	if err != nil {
		return nil, err
	}
	if state.Standing() != proctor.ResultsProvisional {
		lines = append(lines, proctor.Line{What: "results_again", Text: state.Frozen.Text[:min(16, len(state.Frozen.Text))]})
	}
	v, err := r.preview(ctx, x, payload.Decisions)
	var faulty *Faulty
	if errors.As(err, &faulty) {
		return append(lines, proctor.Line{What: "fault", Text: faulty.Error()}), nil
	}
	if err != nil {
		return lines, err
	}
	return append(lines, effectLines(x, v)...), nil
}

func pointsText(values map[string]int) string {
	parts := make([]string, 0, len(values))
	for option, points := range values {
		parts = append(parts, fmt.Sprintf("%s=%d", option, points))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func effectLines(x *Exam, v *AnnulPreview) []proctor.Line {
	e := &v.Effect
	lines := []proctor.Line{
		{What: "had", Text: fmt.Sprintf("%d / %d", e.Had, e.Of)}, {What: "rise", Text: fmt.Sprint(e.Rise)}, {What: "fall", Text: fmt.Sprint(e.Fall)},
		{What: "gain", Text: fmt.Sprintf("%+d", e.Gain)}, {What: "now_meet", Text: fmt.Sprint(e.Meet)}, {What: "now_miss", Text: fmt.Sprint(e.Miss)},
	}
	more := 0
	for i := range v.Changes {
		c := &v.Changes[i]
		if !c.Crosses() {
			continue
		}
		if len(lines) >= crossMost {
			more++
			continue
		}
		lines = append(lines, proctor.Line{What: "crosses." + c.After.Status, Text: fmt.Sprintf("%s: %d → %d", x.Person(c.Attempt).Number, c.Before.Points.Sum(), c.After.Points.Sum())})
	}
	if more > 0 {
		lines = append(lines, proctor.Line{What: "crosses_more", Text: fmt.Sprint(more)})
	}
	return lines
}

// doAnnul records the decision. Whoever follows the exam's stream takes it over.
func (r *Results) doAnnul(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	payload, err := payloadOf[annulPayload](p)
	if err != nil {
		return proctor.Response{}, err
	}
	x, err := r.open(p.Exam)
	if err != nil {
		return proctor.Response{}, err
	}
	events := make([]engine.Event, len(payload.Decisions))
	for i, d := range payload.Decisions {
		body, err := json.Marshal(d)
		if err != nil {
			return proctor.Response{}, fmt.Errorf("annul %s: %w", d.Item, err)
		}
		hash, err := r.archive.Keep(ctx, body)
		if err != nil {
			return proctor.Response{}, fmt.Errorf("annul %s: %w", d.Item, err)
		}
		events[i] = engine.Event{Kind: engine.ItemAnnulled, Item: d.Item, Act: d.Policy, Why: d.Why, Text: hash.String()}
	}
	return proctor.Response{}, r.office.Record(ctx, p, two, func(state *proctor.ResultsState) ([]engine.Event, error) {
		all, err := r.annulments(ctx, state)
		if err != nil {
			return nil, err
		}
		for _, d := range payload.Decisions {
			all.List = append(all.List, d.Annulment)
		}
		if _, err := scoring.NewAnnulled(x.Rules, x.key, all.List); err != nil {
			return nil, errResults("annulment")
		}
		return events, nil
	})
}
