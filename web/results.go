package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
)

// Results are where two people decide about an exam's results: which items do not count,
// when a list is fixed, and when it is published. Each of these is an act of
// proctor.Pairs, and an event in the exam's stream.
type Results struct {
	hall     *engine.Hall
	office   *proctor.Office
	desk     *proctor.Desk
	people   *proctor.People
	archive  engine.Archive
	register engine.Register
	folds    *Folds
	exam     func(code string) *Exam

	mu     sync.Mutex
	drawn  map[string]drawn // by exam and items
	parsed map[string]*List // by archive hash

	deciding sync.Mutex
	listings map[string]*selection.Listing // of released lists, by the same
}

// drawn says on whose forms items stand, while an exam's people are the same.
type drawn struct {
	exam  *Exam
	given map[string][]scoring.Place
}

func newResults(p *ServerParts, exam func(string) *Exam) *Results {
	r := &Results{
		hall: p.Hall, office: p.Office, desk: p.Desk, people: p.People, archive: p.Archive, register: p.Register, folds: p.Folds, exam: exam,
		drawn: make(map[string]drawn), parsed: make(map[string]*List), listings: make(map[string]*selection.Listing),
	}
	if p.Desk == nil { // nobody acts on a server that is only asked what it measures
		return r
	}
	p.Desk.Pairs().Register(
		proctor.PairAct{Name: engine.ActAnnul, Right: proctor.ActResultAnnul, Life: proctor.OfficeLife, Show: r.showAnnul, Do: r.doAnnul},
		proctor.PairAct{Name: engine.ActFreeze, Right: proctor.ActResultFreeze, Life: proctor.OfficeLife, Show: r.showFreeze, Do: r.doFreeze},
		proctor.PairAct{Name: engine.ActPublish, Right: proctor.ActResultRelease, Life: proctor.OfficeLife, Show: r.showRelease, Do: r.doRelease},
		proctor.PairAct{Name: engine.ActUnfreeze, Right: proctor.ActResultFreeze, Life: proctor.OfficeLife, Show: r.showUnfreeze, Do: r.doUnfreeze},
		proctor.PairAct{Name: engine.ActReveal, Right: proctor.ActResultRelease, Life: proctor.OfficeLife, Show: r.showReveal, Do: r.doReveal},
	)
	return r
}

// Results are where a server's exams have their results decided.
func (s *Server) Results() *Results { return s.results }

// errResults refuses what does not fit the results as they stand; field says why.
func errResults(field string) error {
	return &engine.Refusal{Code: engine.WrongState, Field: field}
}

// errStanding refuses what needs the results elsewhere than where they stand. A list that is public
// is called so: whoever repeats a release of which the answer was lost is not led to open it again.
func errStanding(state *proctor.ResultsState) error {
	return errResults(map[string]string{
		proctor.ResultsProvisional: "not_frozen", proctor.ResultsFrozen: "frozen", proctor.ResultsFinal: "released",
	}[state.Standing()])
}

// open is the exam as it is served here.
func (r *Results) open(code string) (*Exam, error) {
	x := r.exam(code)
	if x == nil {
		return nil, &engine.Refusal{Code: engine.BadFrame, Field: "exam"}
	}
	return x, nil
}

// take asks for an act, with what exactly it is in the payload.
func (r *Results) take(ctx context.Context, actor proctor.Account, exam, act string, ask *Asking, payload any) (proctor.Response, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return proctor.Response{}, fmt.Errorf("%s of %s: %w", act, exam, err)
	}
	return r.office.Take(ctx, actor, proctor.Proposal{Act: act, Op: ask.Op, Exam: exam, Reason: ask.Reason, Payload: body}, ask.Second)
}

// Asking is the part that all requests about results have.
type Asking struct {
	Op     string          `json:"op"` // UUID; the same one again has no second effect
	Reason string          `json:"reason"`
	Second *proctor.Second `json:"second,omitempty"` // who signs at the same desk; absent: it is proposed
}

func payloadOf[T any](p *proctor.Proposal) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(p.Payload, v); err != nil {
		return nil, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return v, nil
}

// current says how far results are decided, once boards have all that was committed before. While a
// decision about an item is on its way into them, nothing is decided on what they show, and nobody waits.
func (r *Results) current(ctx context.Context, x *Exam) (proctor.ResultsState, error) {
	if err := r.abreast(ctx); err != nil {
		return proctor.ResultsState{}, err
	}
	state, err := r.office.Results(ctx, x.Def.Code)
	if err == nil && x.Version() != len(state.Annulled) {
		err = &engine.Refusal{Code: engine.Busy, Field: "results"}
	}
	return state, err
}

// abreastWithin is how long a decision waits for boards that are behind the journal; it takes some
// hundredths of a second, if the journal can be read.
const abreastWithin = 2 * time.Second

// abreast lets boards reach what is committed: what is open in a room is seen there at once, and a list
// of results without the last of them would be taken for whole.
func (r *Results) abreast(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, abreastWithin)
	defer cancel()
	if err := r.hall.Abreast(ctx); err != nil {
		return errors.Join(&engine.Refusal{Code: engine.Busy, Field: "results"}, err)
	}
	return nil
}

// annulments are the decisions that an exam's stream names.
func (r *Results) annulments(ctx context.Context, state *proctor.ResultsState) (a Annulments, err error) {
	for i := range state.Annulled {
		e := &state.Annulled[i]
		h, err := engine.ParseHash(e.Text)
		if err != nil {
			return a, err
		}
		body, err := r.archive.Fetch(ctx, h)
		if err != nil {
			return a, fmt.Errorf("annulment of %s: %w", e.Item, err)
		}
		if err := a.Add(body, e); err != nil {
			return a, err
		}
	}
	return a, nil
}

// rescoring is what further annulments would make of the exam. Whose forms have the items
// is looked up once.
func (r *Results) rescoring(ctx context.Context, x *Exam, state *proctor.ResultsState, more []AnnulDecision) (*scoring.Rescoring, error) {
	all, err := r.annulments(ctx, state)
	if err != nil {
		return nil, err
	}
	for i := range more {
		all.List = append(all.List, more[i].Annulment)
	}
	annulled, err := scoring.NewAnnulled(x.Rules, x.key, all.List)
	if err != nil {
		return nil, err
	}
	key := x.Def.Code + "\n" + strings.Join(annulled.Items(), "\n")
	r.mu.Lock()
	d, ok := r.drawn[key]
	r.mu.Unlock()
	if !ok || d.exam != x {
		d.exam = x
		if d.given, err = x.given(annulled.Items(), x.people, nil); err != nil {
			return nil, err
		}
		r.mu.Lock()
		if len(r.drawn) > 16 {
			clear(r.drawn)
		}
		r.drawn[key] = d
		r.mu.Unlock()
	}
	return &scoring.Rescoring{Annulled: annulled, Given: d.given}, nil
}
