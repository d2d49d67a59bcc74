package proctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"terang/engine"
)

// KindPayload is what an act of an office works on, by SHA-256: a roster that waits for
// another person's word.
const KindPayload = "payload"

// Office is where acts are done that are of no single sitting: rosters, and accounts.
type Office struct {
	register engine.Register
	accounts *Accounts
	log      *Log
	pairs    *Pairs
	now      func() engine.Instant
}

// NewOffice returns an office whose acts are registered with the mechanism for two people.
func NewOffice(r engine.Register, a *Accounts, p *Pairs) *Office {
	o := &Office{register: r, accounts: a, log: a.log, pairs: p, now: p.now}
	p.Register(
		PairAct{Name: engine.ActRoster, Right: ActRoster, Life: OfficeLife, Show: o.showRoster, Do: o.doRoster},
		PairAct{Name: engine.ActGrant, Right: ActGrant, Life: OfficeLife, Show: o.showAccount, Do: o.doAccount},
		PairAct{Name: engine.ActReset, Right: ActStaff, Life: OfficeLife, Show: o.showAccount, Do: o.doAccount},
	)
	return o
}

// RosterRequest asks for a roster to be loaded.
type RosterRequest struct {
	Op     string  `json:"op"`
	File   string  `json:"file"` // the CSV file itself
	Reason string  `json:"reason,omitempty"`
	Second *Second `json:"second,omitempty"`
}

// RosterAnswer says what became of it. With faults nothing was taken.
type RosterAnswer struct {
	Loaded   int     `json:"loaded,omitempty"`
	Proposal string  `json:"proposal,omitempty"`
	Faults   []Fault `json:"faults,omitempty"`
}

// rosterPayload is a roster by the hash of its file.
type rosterPayload struct {
	File string `json:"file"`
}

// RosterFrozen says whether a change of the exam's roster takes two people: since it was
// frozen, or since the first check-in was opened.
func (o *Office) RosterFrozen(ctx context.Context, exam string) (bool, error) {
	def := o.pairs.people.Exam(exam)
	if def == nil {
		return false, refusal(engine.BadFrame, "exam")
	}
	frozen := false
	if err := o.log.look(ctx, engine.ExamStream+exam, func(t *tip) { frozen = t.frozen.Kind != "" }); err != nil || frozen {
		return frozen, err
	}
	for _, s := range def.Sittings {
		stream := engine.SittingStream + exam + "." + s.Code
		if o.pairs.hall != nil {
			frozen = frozen || o.pairs.hall.Sitting(exam+"."+s.Code).State().Phase != engine.Planned
			continue
		}
		err := o.log.journal.Read(ctx, stream, 0, func(r engine.Record) error {
			e, err := engine.Decode(r.Body)
			frozen = frozen || e.Kind == engine.CheckinOpened || e.Kind == engine.SittingStarted
			return err
		})
		if err != nil {
			return false, fmt.Errorf("has check-in been opened at %s: %w", stream, err)
		}
	}
	return frozen, nil
}

// FreezeRoster makes every later change of the exam's roster take two people. It is said
// once; a second time is refused.
func (o *Office) FreezeRoster(ctx context.Context, actor Account, exam string) error {
	if !actor.May(ActRoster, exam, "", "") || actor.Token { // it is said once, and by a person
		return refusal(engine.NotAllowed, "action")
	}
	_, err := o.log.decide(ctx, engine.ExamStream+exam, "", func(t *tip) ([]engine.Event, error) {
		if t.frozen.Kind != "" || t.roster == "" {
			return nil, refusal(engine.WrongState, "roster")
		}
		return []engine.Event{{Kind: engine.RosterFrozen, At: o.now(), By: actor.User, Text: t.roster}}, nil
	})
	return err
}

// Roster loads a roster whole, or names every fault and takes nothing. After the freeze,
// and wherever the exam wants two people for it, another person has to agree.
func (o *Office) Roster(ctx context.Context, actor Account, exam string, r RosterRequest) (RosterAnswer, error) {
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
	_, people, faults, err := o.parse(ctx, exam, []byte(r.File))
	if err != nil || len(faults) > 0 {
		return RosterAnswer{Faults: faults}, err
	}
	frozen, err := o.RosterFrozen(ctx, exam)
	if err != nil {
		return RosterAnswer{}, err
	}
	hash := engine.SHA256(r.File)
	payload, err := json.Marshal(rosterPayload{hash})
	if err == nil {
		err = o.register.Put(ctx, engine.Entry{Kind: KindPayload, ID: hash, Body: []byte(r.File)})
	}
	if err != nil {
		return RosterAnswer{}, fmt.Errorf("keep the roster of %s: %w", exam, err)
	}
	p := Proposal{Stream: engine.ExamStream + exam, Act: engine.ActRoster, Op: r.Op, By: actor.User, Exam: exam, Reason: r.Reason, Payload: payload}
	two := ""
	if frozen || def.Policy.NeedsTwo(engine.ActRoster) {
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
	_, err = o.doRoster(ctx, &p, two)
	return RosterAnswer{Loaded: len(people)}, err
}

// parse reads a roster against the exam as the register has it now. What is served is
// told by the exam's stream, so these people are nobody else's.
func (o *Office) parse(ctx context.Context, exam string, file []byte) (*People, []Person, []Fault, error) {
	known := NewPeople(o.register)
	if err := known.Load(ctx, exam); err != nil {
		return nil, nil, nil, err
	}
	def := known.Exam(exam)
	if def == nil {
		return nil, nil, nil, refusal(engine.BadFrame, "exam")
	}
	people, faults := ParseRoster(bytes.NewReader(file), def, known.Formations(exam))
	return known, people, faults, nil
}

func (o *Office) proposedRoster(ctx context.Context, p *Proposal) (*People, []Person, error) {
	var payload rosterPayload
	if err := json.Unmarshal(p.Payload, &payload); err != nil {
		return nil, nil, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	file, err := o.register.Get(ctx, KindPayload, payload.File)
	if err != nil {
		return nil, nil, fmt.Errorf("proposal %s: its roster: %w", p.ID, err)
	}
	if engine.SHA256(string(file)) != payload.File {
		return nil, nil, fmt.Errorf("proposal %s: the register holds another roster than was proposed: propose it anew, and look who changed the database", p.ID)
	}
	known, people, faults, err := o.parse(ctx, p.Exam, file)
	if err == nil && len(faults) > 0 {
		err = fmt.Errorf("proposal %s: the exam has changed since, the roster does not fit any more: %s: %w", p.ID, faults[0], refusal(engine.WrongState, "roster"))
	}
	return known, people, err
}

func (o *Office) doRoster(ctx context.Context, p *Proposal, two string) (Response, error) {
	done := false
	err := o.log.look(ctx, p.Stream, func(t *tip) { done = t.ops[p.Op] != 0 })
	if err != nil || done {
		return Response{}, err // and what was loaded since stays
	}
	known, people, err := o.proposedRoster(ctx, p)
	if err != nil {
		return Response{}, err
	}
	why, words := splitReason(p.Reason)
	if _, err := KeepText(ctx, o.register, words); err != nil {
		return Response{}, err
	}
	return Response{}, known.load(ctx, o.log, p.Exam, people, nil, engine.Event{At: o.now(), By: p.By, Two: two, Op: p.Op, Why: why})
}

// showRoster says what a roster changes, person by person.
func (o *Office) showRoster(ctx context.Context, p *Proposal) ([]Line, error) {
	known, people, err := o.proposedRoster(ctx, p)
	if errors.Is(err, engine.WrongState) {
		return []Line{{"fault", err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	var lines []Line
	fresh, changed := 0, 0
	for i := range people {
		q := &people[i]
		was := known.Find(q.Number, p.Exam)
		kind, text := "new", strings.Join([]string{q.Number, q.Name, q.Site, q.Sitting, q.Seat}, " · ")
		if len(was) > 0 {
			kind, text = "changed", difference(was[0], q)
		}
		switch {
		case text == "":
			continue
		case kind == "new":
			fresh++
		default:
			changed++
		}
		if len(lines) < shownMost {
			lines = append(lines, Line{kind, text})
		}
	}
	head := []Line{
		{"exam", known.Exam(p.Exam).Title}, {"rows", strconv.Itoa(len(people))},
		{"count_new", strconv.Itoa(fresh)}, {"count_changed", strconv.Itoa(changed)},
	}
	return append(head, lines...), nil
}

// difference names what a roster changes of a person, "" if nothing.
func difference(was, is *Person) string {
	a, b := was.fields(), is.fields()
	var changes []string
	for _, key := range slices.Sorted(maps.Keys(a)) {
		if a[key] != b[key] {
			changes = append(changes, fmt.Sprintf("%s: %s → %s", key, a[key], b[key]))
		}
	}
	if len(changes) == 0 {
		return ""
	}
	return was.Number + " · " + strings.Join(changes, ", ")
}

func (p *Person) fields() map[string]string {
	return map[string]string{
		"name": p.Name, "birth_date": p.BirthDate, "formation": p.Formation, "site": p.Site, "sitting": p.Sitting, "seat": p.Seat,
		"accommodation": p.Accommodation, "extra_minutes": strconv.Itoa(p.ExtraMinutes), "photo": p.Photo,
	}
}
