package proctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"terang/engine"
)

// KindRosterPreview is the roster file of an exam whose change a member of staff was shown
// last, by EXAM/USER: what is taken is what was shown.
const KindRosterPreview = "roster-preview"

// RosterRequest asks for a roster to be loaded.
type RosterRequest struct {
	Op     string `json:"op"`
	File   string `json:"file,omitempty"`  // the CSV file itself
	Shown  bool   `json:"shown,omitempty"` // instead: the file whose change the account was shown last
	Reason string `json:"reason,omitempty"`
	// Partial says that the file holds corrections only: whom it does not name stays.
	Partial bool `json:"partial,omitempty"`
	// Change is the ID of what was shown. Anything else is refused; it is needed where the
	// file takes people out of the roster.
	Change string  `json:"change,omitempty"`
	Second *Second `json:"second,omitempty"`
}

// RosterAnswer says what became of it. With faults nothing was taken.
type RosterAnswer struct {
	Loaded   int     `json:"loaded,omitempty"` // rows that were taken
	Version  int     `json:"version,omitempty"`
	Proposal string  `json:"proposal,omitempty"`
	Faults   []Fault `json:"faults,omitempty"`
}

// rosterPayload is a roster by the hash of its file, and how it came to be.
type rosterPayload struct {
	File  string `json:"file"`
	Whole bool   `json:"whole,omitempty"`
	Draw  string `json:"draw,omitempty"` // seed, where sittings were given by draw
	Plan  string `json:"plan,omitempty"` // SHA-256 of what the draw was made from
	// Effect is what was agreed to, see RosterChange.Effect; nothing else is done.
	Effect string `json:"effect,omitempty"`
}

// readRoster is a roster file read against the exam as the register has it now.
type readRoster struct {
	known  *People
	people []Person
	change *RosterChange
	faults []Fault // then nothing may be taken
}

// PreviewRoster says what File, whole or Partial, would change, and keeps it for whoever asked:
// Shown in a RosterRequest takes it.
func (o *Office) PreviewRoster(ctx context.Context, actor Account, exam string, r RosterRequest) (*RosterChange, []Fault, error) {
	if !actor.May(ActRoster, exam, "", "") {
		return nil, nil, refusal(engine.NotAllowed, "action")
	}
	in, err := o.read(ctx, exam, []byte(r.File), !r.Partial)
	if err != nil || len(in.faults) > 0 {
		return nil, in.faults, err
	}
	err = o.register.Put(ctx, engine.Entry{Kind: KindRosterPreview, ID: exam + "/" + actor.User, Body: []byte(r.File)})
	if err != nil {
		return nil, nil, fmt.Errorf("keep the roster of %s: %w", exam, err)
	}
	return in.change, nil, nil
}

// shownFile is the file whose change an account was shown last and did not take.
func (o *Office) shownFile(ctx context.Context, actor Account, exam string) ([]byte, error) {
	file, err := o.register.Get(ctx, KindRosterPreview, exam+"/"+actor.User)
	if err != nil {
		return nil, fmt.Errorf("the roster that was shown: %w", err)
	}
	return file, nil
}

// ShownRoster is what the file would change now that the account was shown last and did not
// take; nil where there is none, or where it has faults by now.
func (o *Office) ShownRoster(ctx context.Context, actor Account, exam string, partial bool) (*RosterChange, error) {
	if !actor.May(ActRoster, exam, "", "") {
		return nil, refusal(engine.NotAllowed, "action")
	}
	file, err := o.shownFile(ctx, actor, exam)
	if errors.Is(err, engine.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	in, err := o.read(ctx, exam, file, !partial)
	if err != nil || len(in.faults) > 0 {
		return nil, err
	}
	return in.change, nil
}

// Roster loads a roster whole, or names every fault and takes nothing. After the freeze,
// and wherever the exam wants two people for it, another person has to agree.
func (o *Office) Roster(ctx context.Context, actor Account, exam string, r RosterRequest) (RosterAnswer, error) {
	if r.Shown {
		if n, err := o.taken(ctx, exam, strings.ToLower(r.Op)); err != nil || n > 0 {
			return RosterAnswer{Version: n}, err // and the file was put away
		}
		file, err := o.shownFile(ctx, actor, exam)
		if errors.Is(err, engine.ErrAbsent) {
			return RosterAnswer{}, refusal(engine.WrongState, "roster_change")
		}
		if err != nil {
			return RosterAnswer{}, err
		}
		r.File = string(file)
	}
	answer, err := o.take(ctx, actor, exam, &r, rosterPayload{Whole: !r.Partial})
	if r.Shown && err == nil && len(answer.Faults) == 0 {
		err = o.register.Erase(ctx, KindRosterPreview, exam+"/"+actor.User)
	}
	return answer, err
}

func (o *Office) take(ctx context.Context, actor Account, exam string, r *RosterRequest, payload rosterPayload) (RosterAnswer, error) {
	def := o.pairs.people.Exam(exam)
	r.Op = strings.ToLower(r.Op)
	switch {
	case def == nil:
		return RosterAnswer{}, refusal(engine.BadFrame, "exam")
	case !actor.May(ActRoster, exam, "", ""):
		return RosterAnswer{}, refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(r.Op):
		return RosterAnswer{}, refusal(engine.BadFrame, "op")
	}
	if n, err := o.taken(ctx, exam, r.Op); err != nil || n > 0 {
		return RosterAnswer{Version: n}, err
	}
	in, err := o.read(ctx, exam, []byte(r.File), payload.Whole)
	if err != nil || len(in.faults) > 0 {
		return RosterAnswer{Faults: in.faults}, err
	}
	if r.Change == "" && len(in.change.Removed) > 0 {
		return RosterAnswer{Faults: []Fault{{
			What:   fmt.Sprintf("the file leaves out %d people who are on the roster, %s first", len(in.change.Removed), in.change.Removed[0].Number),
			Remedy: "load it as partial, if it holds corrections only; or look at what it changes, and take that",
		}}}, nil
	}
	if r.Change != "" && r.Change != in.change.ID() {
		return RosterAnswer{}, refusal(engine.WrongState, "roster_change")
	}
	frozen, err := o.RosterFrozen(ctx, exam)
	if err != nil {
		return RosterAnswer{}, err
	}
	payload.File, payload.Effect = engine.SHA256(r.File), in.change.Effect()
	body, err := json.Marshal(payload)
	if err == nil {
		err = o.register.Put(ctx, engine.Entry{Kind: KindPayload, ID: payload.File, Body: []byte(r.File)})
	}
	if err != nil {
		return RosterAnswer{}, fmt.Errorf("keep the roster of %s: %w", exam, err)
	}
	p := Proposal{Stream: engine.ExamStream + exam, Act: engine.ActRoster, Op: r.Op, By: actor.User, Exam: exam, Reason: r.Reason, Payload: body}
	two := ""
	if frozen || def.Policy.NeedsTwo(engine.ActRoster) {
		if actor.Token { // whoever proposes has to be a person, who can be asked
			return RosterAnswer{}, refusal(engine.SecondPerson, "token")
		}
		if strings.TrimSpace(r.Reason) == "" {
			return RosterAnswer{}, refusal(engine.NeedsReason, "reason")
		}
		if r.Second == nil {
			id, err := o.pairs.Propose(ctx, actor, p)
			return RosterAnswer{Proposal: id}, err
		}
		if two, err = o.pairs.Second(ctx, actor, r.Second, &p); err != nil {
			return RosterAnswer{}, err
		}
	}
	if _, err = o.doRoster(ctx, &p, two); err != nil {
		return RosterAnswer{}, err
	}
	return RosterAnswer{Loaded: len(in.people), Version: in.change.Version}, nil
}

// taken is the version that an operation made of the roster, 0 if it made none.
func (o *Office) taken(ctx context.Context, exam, op string) (version int, err error) {
	all, err := o.Rosters(ctx, exam)
	for _, v := range all {
		if v.op == op {
			version = v.Version
		}
	}
	return version, err
}

// read reads a roster against the exam as the register has it now. What is served is
// told by the exam's stream, so these people are nobody else's.
func (o *Office) read(ctx context.Context, exam string, file []byte, whole bool) (*readRoster, error) {
	in := &readRoster{known: NewPeople(o.register)}
	if err := in.known.Load(ctx, exam); err != nil {
		return nil, err
	}
	def := in.known.Exam(exam)
	if def == nil {
		return nil, refusal(engine.BadFrame, "exam")
	}
	var lines []int
	in.people, lines, in.faults = parseRoster(bytes.NewReader(file), def, in.known.Formations(exam), in.known.All(exam), whole)
	if len(in.faults) > 0 {
		return in, nil
	}
	var err error
	if in.change, err = in.known.change(ctx, o.log, exam, in.people, lines, whole); err == nil {
		in.faults, err = in.known.settled(ctx, o.log, in.change)
	}
	return in, err
}

func (o *Office) proposedRoster(ctx context.Context, p *Proposal) (*readRoster, rosterPayload, error) {
	var payload rosterPayload
	if err := json.Unmarshal(p.Payload, &payload); err != nil {
		return nil, payload, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	file, err := o.register.Get(ctx, KindPayload, payload.File)
	if err != nil {
		return nil, payload, fmt.Errorf("proposal %s: its roster: %w", p.ID, err)
	}
	if engine.SHA256(string(file)) != payload.File {
		return nil, payload, fmt.Errorf("proposal %s: the register holds another roster than was proposed: propose it anew, and look who changed the database", p.ID)
	}
	in, err := o.read(ctx, p.Exam, file, payload.Whole)
	switch {
	case err != nil:
	case len(in.faults) > 0:
		err = fmt.Errorf("proposal %s: the exam has changed since, the roster does not fit any more: %s: %w", p.ID, in.faults[0], refusal(engine.WrongState, "roster"))
	case !in.change.agreed(payload.Effect):
		err = fmt.Errorf("proposal %s: the roster has changed since, the file would change something else now: propose it anew: %w", p.ID, refusal(engine.WrongState, "roster_change"))
	}
	return in, payload, err
}

func (o *Office) doRoster(ctx context.Context, p *Proposal, two string) (Response, error) {
	o.pairs.people.rosters.Lock()
	defer o.pairs.people.rosters.Unlock()
	done := false
	err := o.log.look(ctx, p.Stream, func(t *tip) { done = t.ops[p.Op] != 0 })
	if err != nil || done {
		return Response{}, err // and what was loaded since stays
	}
	in, payload, err := o.proposedRoster(ctx, p)
	if err != nil {
		return Response{}, err
	}
	why, words := splitReason(p.Reason)
	if _, err := KeepText(ctx, o.register, words); err != nil {
		return Response{}, err
	}
	e := engine.Event{At: o.now(), By: p.By, Two: two, Op: p.Op, Why: why}
	if payload.Draw != "" {
		e.Act, e.Seed, e.Plan = RosterDrawn, payload.Draw, payload.Plan
	}
	return Response{}, in.known.load(ctx, o.log, p.Exam, in.people, nil, payload, e)
}

// RosterDrawn is the Act of a RosterLoaded whose sittings were given by draw.
const RosterDrawn = "seats"

// showRoster says what a roster changes, person by person.
func (o *Office) showRoster(ctx context.Context, p *Proposal) ([]Line, error) {
	in, payload, err := o.proposedRoster(ctx, p)
	if errors.Is(err, engine.WrongState) {
		return []Line{{"fault", err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	head := []Line{{"exam", in.known.Exam(p.Exam).Title}}
	if payload.Draw != "" {
		head = append(head, Line{"draw", payload.Draw})
	}
	return append(head, in.change.Lines()...), nil
}
