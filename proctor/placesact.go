package proctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"terang/engine"
)

// Places is where an exam's sites, rooms and sittings are changed after it was made. Who is
// expected where is drawn anew as far as it has to be, and both are one act: nobody is left
// with a sitting that is not held.
type Places struct {
	office  *Office
	archive engine.Archive
	length  func(exam string) (time.Duration, error) // of a sitting, as the rules say
}

// NewPlaces returns places whose act is registered with the mechanism for two people.
func NewPlaces(o *Office, a engine.Archive, length func(exam string) (time.Duration, error)) *Places {
	p := &Places{office: o, archive: a, length: length}
	o.pairs.Register(PairAct{Name: engine.ActPlaces, Right: ActExam, Life: OfficeLife, Show: p.show, Do: p.do})
	return p
}

// PlacesRequest asks for an exam's places to be changed.
type PlacesRequest struct {
	Op     string     `json:"op"`
	Edit   PlacesEdit `json:"edit"`
	Reason string     `json:"reason"`
	Change string     `json:"change"` // ID of the plan that was shown; nothing else is taken
	Second *Second    `json:"second,omitempty"`
}

// PlacesPlan is what an edit would change. With faults nothing can be taken.
type PlacesPlan struct {
	ID      string        `json:"id,omitempty"`
	Exam    string        `json:"exam"`
	Changes []PlaceChange `json:"changes"`
	Seats   *SeatPlan     `json:"seats,omitempty"` // where people are given another sitting
	Told    int           `json:"told"`            // people whose sitting, room or hour is another than they know
	Two     bool          `json:"two"`             // it takes two people
	Faults  []Fault       `json:"faults,omitempty"`

	Def *engine.Definition `json:"-"` // as it would be

	payload placesPayload
	file    []byte // the exam file as it would be
	roster  []byte // the roster as it would be
}

// placesPayload is all that is done, so that an act which was cut short can be gone on with:
// what it finds done already, it leaves.
type placesPayload struct {
	Edit   PlacesEdit                `json:"edit"`
	Base   string                    `json:"base"` // SHA-256 of the exam file that stood
	File   string                    `json:"file"` // and of the one in its place; the register keeps it
	Hours  map[string]engine.Instant `json:"hours,omitempty"`
	Lasts  map[string]int64          `json:"lasts,omitempty"` // ms, of sittings that are added
	Cancel []string                  `json:"cancel,omitempty"`
	Told   int                       `json:"told"`

	Roster     *rosterPayload `json:"roster,omitempty"` // nil: everybody keeps the sitting
	RosterBase string         `json:"roster_base,omitempty"`
	RosterNext string         `json:"roster_next,omitempty"`
	People     int            `json:"people,omitempty"` // on it
}

// standing is an exam as the register has it, with its people.
type standingPlaces struct {
	file  []byte
	def   *engine.Definition
	known *People
}

func (p *Places) standing(ctx context.Context, exam string) (*standingPlaces, error) {
	s := &standingPlaces{known: NewPeople(p.office.register)}
	if err := s.known.Load(ctx, exam); err != nil {
		return nil, err
	}
	var err error
	s.file, err = p.office.register.Get(ctx, KindExam, exam)
	if s.def = s.known.Exam(exam); errors.Is(err, engine.ErrAbsent) || err == nil && s.def == nil {
		return nil, refusal(engine.BadFrame, "exam")
	}
	return s, err
}

// edit is the definition that stands with an edit in it.
func (p *Places) edit(ctx context.Context, s *standingPlaces, e *PlacesEdit) (*placing, error) {
	length, err := p.length(s.def.Code)
	if err != nil {
		return nil, err
	}
	state, err := p.states(ctx, s)
	if err != nil {
		return nil, err
	}
	next := edited(s.def, e, state, length, p.office.now())
	results, err := p.office.Results(ctx, s.def.Code)
	if results.Revealed.Kind != "" && len(next.made) > 0 {
		next.fault("sittings", "make another exam, with this one as earlier", "the seed of this exam is public: whoever has its bank knows the form of everybody who would sit it from here on")
	}
	return next, err
}

// states are the exam's sittings as they stand, by code.
func (p *Places) states(ctx context.Context, s *standingPlaces) (func(code string) *engine.Sitting, error) {
	states := map[string]*engine.Sitting{}
	for _, one := range s.def.Sittings {
		var err error
		if states[one.Code], err = p.office.Sitting(ctx, s.def.Code+"."+one.Code); err != nil {
			return nil, err
		}
	}
	return func(code string) *engine.Sitting {
		if states[code] == nil {
			states[code] = engine.NewSitting(engine.SittingStream + s.def.Code + "." + code)
		}
		return states[code]
	}, nil
}

// Plan says what an edit would change, whom it would move, and what is wrong with it.
// Nothing is taken.
func (p *Places) Plan(ctx context.Context, actor Account, exam string, e PlacesEdit) (*PlacesPlan, error) {
	if !actor.May(ActExam, exam, "", "") {
		return nil, refusal(engine.NotAllowed, "action")
	}
	s, err := p.standing(ctx, exam)
	if err != nil {
		return nil, err
	}
	next, err := p.edit(ctx, s, &e)
	if err != nil {
		return nil, err
	}
	two, err := p.takesTwo(ctx, s.def)
	if err != nil {
		return nil, err
	}
	plan := &PlacesPlan{Exam: exam, Changes: next.changes, Faults: next.faults, Two: two}
	plan.Def = next.def
	if plan.Changes == nil {
		plan.Changes = []PlaceChange{}
	}
	if len(plan.Faults) > 0 || len(plan.Changes) == 0 {
		return plan, nil
	}
	plan.stay(s, next)
	if err := p.move(ctx, plan, s, next); err != nil || len(plan.Faults) > 0 {
		return plan, err
	}
	if plan.file, err = next.def.File(); err != nil {
		return nil, err
	}
	plan.fill(s, &e, next)
	return plan, nil
}

// takesTwo says whether a change of an exam's places takes two people.
func (p *Places) takesTwo(ctx context.Context, def *engine.Definition) (bool, error) {
	frozen, err := p.office.RosterFrozen(ctx, def.Code)
	return frozen || def.Policy.NeedsTwo(engine.ActPlaces), err
}

// fill names what would be done, and the plan by it.
func (plan *PlacesPlan) fill(s *standingPlaces, e *PlacesEdit, next *placing) {
	pay := placesPayload{
		Edit: *e, Base: engine.SHA256(string(s.file)), File: engine.SHA256(string(plan.file)), Hours: next.hours, Lasts: map[string]int64{},
		Cancel: next.closed, Told: plan.Told,
	}
	for code := range next.made {
		pay.Lasts[code] = next.lasts(next.sitting("sittings", code)).Milliseconds()
	}
	if c := plan.change(); c != nil {
		pay.Roster = &rosterPayload{File: engine.SHA256(string(plan.roster)), Whole: true, Draw: plan.Seats.Seed, Plan: engine.SHA256(string(plan.Seats.record))}
		pay.RosterBase, pay.RosterNext, pay.People = c.Base, c.Next, c.People
	}
	body, _ := json.Marshal(pay) // of strings and numbers
	sum := engine.SHA256(string(body))
	plan.payload, plan.ID = pay, sum[:4]+"-"+sum[4:8]
}

// change is what becomes of the roster, nil if it stays.
func (plan *PlacesPlan) change() *RosterChange {
	if plan.Seats == nil || plan.Seats.Change == nil || plan.Seats.Change.Nothing() {
		return nil
	}
	return plan.Seats.Change
}

// PlacesAnswer says what became of a request. With faults nothing was taken.
type PlacesAnswer struct {
	Response
	Plan *PlacesPlan `json:"plan"`
}

// Take does what was shown, or proposes it where it takes two people.
func (p *Places) Take(ctx context.Context, actor Account, exam string, r PlacesRequest) (PlacesAnswer, error) {
	r.Op = strings.ToLower(r.Op)
	switch {
	case actor.Token:
		return PlacesAnswer{}, refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(r.Op):
		return PlacesAnswer{}, refusal(engine.BadFrame, "op")
	case strings.TrimSpace(r.Reason) == "":
		return PlacesAnswer{}, refusal(engine.NeedsReason, "reason")
	}
	if done, err := p.office.Recorded(ctx, &Proposal{Stream: engine.ExamStream + exam, Op: r.Op}); err != nil || done {
		return PlacesAnswer{Plan: &PlacesPlan{Exam: exam, Changes: []PlaceChange{}}}, err
	}
	plan, err := p.Plan(ctx, actor, exam, r.Edit)
	answer := PlacesAnswer{Plan: plan}
	switch {
	case err != nil || len(plan.Faults) > 0:
		return answer, err
	case plan.ID == "" || r.Change != plan.ID:
		return answer, refusal(engine.WrongState, "places")
	}
	pay, err := json.Marshal(plan.payload)
	if err == nil {
		err = p.keep(ctx, plan)
	}
	if err != nil {
		return answer, err
	}
	q := Proposal{Act: engine.ActPlaces, Op: r.Op, Exam: exam, Reason: r.Reason, Payload: pay}
	if plan.Two {
		answer.Response, err = p.office.Take(ctx, actor, q, r.Second)
		return answer, err
	}
	q.Stream, q.By = engine.ExamStream+exam, actor.User
	answer.Response, err = p.do(ctx, &q, "")
	return answer, err
}

// keep stores what a proposal names by hash.
func (p *Places) keep(ctx context.Context, plan *PlacesPlan) error {
	entries := []engine.Entry{{Kind: KindPayload, ID: plan.payload.File, Body: plan.file}}
	if r := plan.payload.Roster; r != nil {
		entries = append(entries, engine.Entry{Kind: KindPayload, ID: r.File, Body: plan.roster})
		if _, err := KeepText(ctx, p.office.register, string(plan.Seats.record)); err != nil {
			return err
		}
	}
	if err := p.office.register.Put(ctx, entries...); err != nil {
		return fmt.Errorf("keep the places of %s: %w", plan.Exam, err)
	}
	return nil
}

// kept is what a proposal names by hash.
func (p *Places) kept(ctx context.Context, q *Proposal, hash string) ([]byte, error) {
	body, err := p.office.register.Get(ctx, KindPayload, hash)
	if err != nil {
		return nil, fmt.Errorf("proposal %s: what it would put in place: %w", q.ID, err)
	}
	if engine.SHA256(string(body)) != hash {
		return nil, fmt.Errorf("proposal %s: the register holds something else than was proposed: propose it anew, and look who changed the database", q.ID)
	}
	return body, nil
}

// show says what is changed, place by place, and how many people are told.
func (p *Places) show(ctx context.Context, q *Proposal) ([]Line, error) {
	var pay placesPayload
	if err := json.Unmarshal(q.Payload, &pay); err != nil {
		return nil, fmt.Errorf("proposal %s: %w", q.ID, err)
	}
	s, err := p.standing(ctx, q.Exam)
	if err != nil {
		return nil, err
	}
	lines := []Line{{"exam", s.def.Title}}
	next, err := p.edit(ctx, s, &pay.Edit)
	if err != nil {
		return nil, err
	}
	if engine.SHA256(string(s.file)) != pay.Base || len(next.faults) > 0 {
		return append(lines, Line{"fault", "the exam's places have changed since: propose it anew"}), nil
	}
	if pay.Roster == nil && next.strands(s) {
		return append(lines, Line{"fault", "people were sent since to what is to be closed or made smaller: propose it anew"}), nil
	}
	for _, c := range next.changes {
		lines = append(lines, Line{"place_" + c.What, c.String()})
	}
	lines = append(lines, Line{"count_told", strconv.Itoa(pay.Told)})
	if pay.Roster != nil {
		file, err := p.kept(ctx, q, pay.Roster.File)
		if err != nil {
			return nil, err
		}
		people, _, faults := parseRoster(bytes.NewReader(file), next.def, s.known.Formations(q.Exam), s.known.All(q.Exam), true)
		if len(faults) > 0 {
			return append(lines, Line{"fault", faults[0].String()}), nil
		}
		change, err := s.known.change(ctx, p.office.log, q.Exam, people, nil, true)
		if err != nil {
			return nil, err
		}
		lines = append(append(lines, Line{"draw", pay.Roster.Draw}), change.Lines()...)
	}
	return lines, nil
}

// String is the place with what becomes of it.
func (c PlaceChange) String() string {
	text := c.Of + " " + c.Code
	if c.Name != "" {
		text += " (" + c.Name + ")"
	}
	switch c.What {
	case PlaceChanged:
		return text + ", " + c.Field + ": " + c.Was + " → " + c.Is
	case PlaceAdded:
		if c.Is != "" {
			text += ": " + c.Is
		}
	case PlaceClosed:
		if c.Was != "" {
			text += ": " + c.Was
		}
	}
	return text
}
