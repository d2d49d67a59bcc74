package proctor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"terang/engine"
)

// Redress is where an objection that was upheld has its effect on what was sat, after the
// sitting was ended or closed: the candidate sits all of it again at another sitting, on a
// form without the items that were met. Time that was lost is not given back on items that
// somebody has taken home; whoever had not begun, because they were turned away say, is
// transferred. It always takes two people of the committee.
type Redress struct {
	desk    *Desk
	office  *Office
	archive engine.Archive
	leaves  func(exam, attempt string) (string, error)
	length  func(exam string) (time.Duration, error) // of a sitting that says nothing of it
}

// NewRedress returns a redress whose act is registered with the mechanism for two people.
// leaves names the items that an attempt's next form leaves out, by their hash, and is an
// error where the bank has no such form; length is that of a sitting, as the rules say.
func NewRedress(d *Desk, o *Office, a engine.Archive, leaves func(exam, attempt string) (string, error), length func(exam string) (time.Duration, error)) *Redress {
	r := &Redress{desk: d, office: o, archive: a, leaves: leaves, length: length}
	d.pairs.Register(PairAct{Name: engine.ActRepeat, Right: ActObjectionRedress, Life: OfficeLife, Show: r.show, Do: r.do})
	return r
}

// RedressRequest asks for a candidate to sit again.
type RedressRequest struct {
	Op     string             `json:"op"`
	To     string             `json:"to,omitempty"`  // code of the sitting, which has not begun
	New    *engine.SittingDef `json:"new,omitempty"` // or a sitting that the exam does not have yet
	Reason string             `json:"reason"`        // the minutes or the decision that it follows from
	Second *Second            `json:"second,omitempty"`
}

// redressed is what waits for another person.
type redressed struct {
	Seq    int                `json:"seq"`
	Number string             `json:"number"`
	To     string             `json:"to"`
	New    *engine.SittingDef `json:"new,omitempty"`
}

// Refusals; the field says which.
const (
	fieldRedressKind  = "redress_kind"  // of an item: it is annulled instead
	fieldRedressState = "redress_state" // it was not upheld
	fieldRedressDone  = "redress_done"  // it was carried out
	fieldRedressEarly = "redress_early" // the own sitting is not over: the station does it
	fieldUnfinished   = "redress_unfinished"
	fieldNewTaken     = "new_code"  // the exam has a sitting of that code, or it is no code
	fieldNewRoom      = "new_room"  // no such room
	fieldNewStart     = "new_start" // cannot be read, or has passed
	fieldNoForm       = "no_form"   // the bank has no other form for this person
)

// redressable refuses what no repetition follows from.
func (o *Objection) redressable() error {
	switch {
	case engine.OfItem(o.Kind):
		return refusal(engine.WrongState, fieldRedressKind)
	case o.State != ObjectionUpheld && o.State != ObjectionPartly:
		return refusal(engine.WrongState, fieldRedressState)
	case o.Redressed != "":
		return refusal(engine.WrongState, fieldRedressDone)
	}
	return nil
}

// Ask asks for it: done at once with a second person at the same desk, else proposed.
func (r *Redress) Ask(ctx context.Context, actor Account, exam string, seq int, q RedressRequest) (Response, error) {
	one, err := r.office.objection(ctx, exam, seq)
	if err != nil {
		return Response{}, err
	}
	w := redressed{Seq: seq, Number: one.Candidate, To: q.To}
	if q.New != nil {
		made := *q.New
		w.New, w.To = &made, made.Code
	}
	done := one.RedressOp != "" && one.RedressOp == strings.ToLower(q.Op)
	if !done && actor.May(ActObjectionRedress, exam, "", "") { // else Take refuses, and says why
		if _, err := r.plan(ctx, exam, &w, strings.ToLower(q.Op)); err != nil {
			return Response{}, err
		}
	}
	body, err := json.Marshal(w)
	if err != nil {
		return Response{}, fmt.Errorf("redress of %s: %w", one.Number(), err)
	}
	return r.office.Take(ctx, actor, Proposal{Act: engine.ActRepeat, Op: q.Op, Exam: exam, Reason: q.Reason, Payload: body}, q.Second)
}

// Waits says whether a redress of an objection waits for another person.
func (r *Redress) Waits(ctx context.Context, exam string, seq int) (bool, error) {
	waiting, err := r.desk.pairs.In(ctx, engine.ExamStream+exam)
	for i := range waiting {
		if waiting[i].Action != engine.ActRepeat {
			continue
		}
		w := new(redressed)
		q, _, err := r.desk.pairs.Get(ctx, waiting[i].ID)
		if err == nil {
			err = json.Unmarshal(q.Payload, w)
		}
		if err != nil || w.Seq == seq {
			return err == nil, err
		}
	}
	return false, err
}

// planned is a redress that can be done as things are.
type planned struct {
	one    *Objection
	person *Person
	live   *engine.Live
	def    *engine.Definition // with the new sitting, if there is one
	to     engine.SittingDef
	begun  bool
	done   bool   // the attempt's stream has it by this operation
	sent   string // EXAM.SITTING where the attempt's stream has it already, and the exam's does not; "" if they agree
	told   int    // how often the exam's stream says that the person sits again
}

// plan decides whether a redress can be done. What was done in part under the same
// operation can be done to its end.
func (r *Redress) plan(ctx context.Context, exam string, w *redressed, op string) (*planned, error) {
	one, err := r.office.objection(ctx, exam, w.Seq)
	if err != nil {
		return nil, err
	}
	people := r.desk.people.Find(w.Number, exam)
	if len(people) == 0 || one.Candidate != w.Number {
		return nil, engine.ErrAbsent
	}
	if err := one.redressable(); err != nil {
		return nil, err
	}
	if err := r.office.unrevealed(ctx, exam); err != nil {
		return nil, err
	}
	p := &planned{one: one, person: people[0], def: r.desk.people.Exam(exam), live: r.desk.hall.Attempt(people[0].Attempt)}
	if p.live == nil {
		return nil, engine.ErrAbsent
	}
	state, err := r.progress(ctx, p, derive(op, p.person.Attempt))
	if err != nil {
		return nil, err
	}
	if err := r.destination(p, w); err != nil || p.done || p.sent == exam+"."+p.to.Code {
		return p, err
	}
	switch phase := r.desk.hall.Sitting(p.person.SittingID()).State().Phase; {
	case p.sent != "": // nobody works on it, wherever the roster has them
	case phase != engine.Ended && phase != engine.Sealed:
		return nil, refusal(engine.WrongState, fieldRedressEarly)
	case p.begun && !state.Over():
		return nil, refusal(engine.WrongState, fieldUnfinished)
	case p.to.Code == p.person.Sitting:
		return nil, refusal(TooLate, "to")
	}
	return p, r.room(ctx, p)
}

// progress reads how far the attempt and the exam are. What was cut short between the two
// has left an attempt that looks like one of somebody who had not begun, and is none.
func (r *Redress) progress(ctx context.Context, p *planned, op string) (state engine.State, err error) {
	leaves, sitting := "", ""
	p.live.View(func(a *engine.Attempt, _ *engine.Terms) {
		state, leaves, sitting, p.done = a.State, a.Leaves, a.Sitting, a.Accepted(op) != 0
		p.begun = a.State.Over() || a.Ledger.From != 0
	})
	err = r.office.log.look(ctx, engine.ExamStream+p.person.Exam, func(t *tip) { p.told = t.again[p.person.Number] })
	if err != nil || leaves == "" && !p.done {
		return state, err
	}
	times, ours := 0, engine.Kind("")
	err = r.office.log.journal.Read(ctx, engine.AttemptStream+p.person.Attempt, 0, func(rec engine.Record) error {
		e, err := engine.Decode(rec.Body)
		if e.Kind == engine.Resat {
			times++
		}
		if e.Op == op {
			ours = e.Kind
		}
		return err
	})
	if times > p.told {
		p.sent = sitting
	}
	if p.sent != "" || p.done {
		p.begun = p.sent != "" || ours == engine.Resat
	}
	return state, err
}

// destination finds where the candidate sits again, or makes the sitting.
func (r *Redress) destination(p *planned, w *redressed) error {
	s, _, ok := sittingOf(p.def, w.To)
	if w.New == nil || ok && s == *w.New { // made by this operation before
		if !ok {
			return refusal(UnknownSitting, "to")
		}
		p.to = s
		if err := r.desk.hall.Holds(p.def.Code + "." + s.Code); err != nil {
			return err
		}
		if phase := r.desk.hall.Sitting(p.def.Code + "." + s.Code).State().Phase; phase != engine.Planned && phase != engine.CheckingIn {
			return refusal(TooLate, "to")
		}
		return nil
	}
	next := *p.def
	next.Sittings = append(slices.Clone(p.def.Sittings), *w.New)
	start, err := next.StartOf(*w.New)
	switch {
	case ok:
		return refusal(engine.BadFrame, fieldNewTaken)
	case err != nil || start <= r.desk.now():
		return refusal(engine.BadFrame, fieldNewStart)
	case !slices.ContainsFunc(p.def.Rooms, func(room engine.RoomDef) bool { return room.Code == w.New.Room && room.Site == w.New.Site }):
		return refusal(engine.BadFrame, fieldNewRoom)
	case next.Validate() != nil: // of what is left only the code and the minutes are new
		return refusal(engine.BadFrame, fieldNewTaken)
	}
	p.def, p.to = &next, *w.New
	return nil
}

// room refuses a sitting without a free seat.
func (r *Redress) room(ctx context.Context, p *planned) error {
	known := NewPeople(r.desk.register)
	if err := known.Load(ctx, p.def.Code); err != nil {
		return err
	}
	_, room, _ := sittingOf(p.def, p.to.Code)
	if room.Seats-len(spareIn(room))-len(r.desk.station.brokenIn(room))-len(known.In(p.def.Code+"."+p.to.Code)) < 1 {
		return refusal(NoSeats, "to")
	}
	return nil
}

// show says what would happen, to whoever has to agree.
func (r *Redress) show(ctx context.Context, q *Proposal) ([]Line, error) {
	w := new(redressed)
	if err := json.Unmarshal(q.Payload, w); err != nil {
		return nil, fmt.Errorf("proposal %s: %w", q.ID, err)
	}
	one, err := r.office.objection(ctx, q.Exam, w.Seq)
	if err != nil {
		return nil, err
	}
	lines := []Line{{"objection", one.Number()}, {"person", w.Number}}
	p, err := r.plan(ctx, q.Exam, w, q.Op)
	if err != nil {
		return append(lines, Line{"sitting", w.To}), err
	}
	what := "mengikuti ujian pada sesi itu / sits the exam there"
	if p.begun {
		what = "diulang seluruhnya dengan soal lain; hasil lama tidak dihitung lagi / sat again as a whole on other items; the earlier result does not count any more"
	}
	start, err := p.def.StartOf(p.to)
	at := start.Time().In(p.def.Zone(p.to.Code)).Format(time.RFC3339)
	lines = append(lines, Line{"sitting", p.to.Code + " · " + p.to.Title}, Line{"planned", at}, Line{"effect", what})
	if w.New != nil {
		lines = append(lines, Line{"new_sitting", p.to.Site + " · " + p.to.Room})
	}
	return lines, err
}

// do carries it out. Each part is done once, so that what was cut short can be done again.
func (r *Redress) do(ctx context.Context, q *Proposal, two string) (Response, error) {
	w := new(redressed)
	if err := json.Unmarshal(q.Payload, w); err != nil {
		return Response{}, fmt.Errorf("proposal %s: %w", q.ID, err)
	}
	if one, err := r.office.objection(ctx, q.Exam, w.Seq); err == nil && one.RedressOp == q.Op {
		return Response{Done: []Seat{{Number: w.Number}}}, nil
	}
	r.desk.people.rosters.Lock()
	defer r.desk.people.rosters.Unlock()
	r.desk.seating.Lock()
	defer r.desk.seating.Unlock()
	p, err := r.plan(ctx, q.Exam, w, q.Op)
	if err != nil {
		return Response{}, err
	}
	why, words := splitReason(q.Reason)
	text, err := KeepText(ctx, r.desk.register, words)
	if err != nil {
		return Response{}, err
	}
	e := engine.Event{By: q.By, Two: two, Why: why, Text: text, Number: p.person.Number, Sitting: q.Exam + "." + p.to.Code, Act: engine.ActTransfer}
	c := engine.Command{
		Act: engine.ActRepeat, At: r.desk.now(), By: q.By, Two: two, Op: derive(q.Op, p.person.Attempt), Why: why, Text: text,
		Sitting: e.Sitting, From: p.person.SittingID(), Ref: w.Seq,
	}
	if p.begun {
		e.Act = engine.ActRepeat
	}
	switch {
	case p.sent != "":
		c.From = p.sent
	case p.begun && !p.done: // else the form was found before
		if c.Seen, err = r.leaves(q.Exam, p.person.Attempt); err != nil {
			return Response{}, errors.Join(refusal(engine.WrongState, fieldNoForm), err)
		}
	}
	if w.New != nil {
		if err := r.add(ctx, q, two, p); err != nil {
			return Response{}, err
		}
		if err := r.office.unrevealed(ctx, q.Exam); err != nil { // another node may have been faster than this sitting
			return Response{}, err
		}
	}
	if p.sent != c.Sitting {
		if err := p.live.Ask(c, nil).Err; err != nil {
			return Response{}, fmt.Errorf("%s of %s: %w", c.Act, p.person.Attempt, err)
		}
	}
	return Response{Done: []Seat{{Number: w.Number}}}, r.follow(ctx, q, p, e)
}

// add makes the sitting that the exam does not have yet: another exam file takes the place
// of the one that stands, which differs in nothing else.
func (r *Redress) add(ctx context.Context, q *Proposal, two string, p *planned) error {
	known := NewPeople(r.desk.register) // what stands now: another node may have changed places meanwhile
	if err := known.Load(ctx, q.Exam); err != nil {
		return err
	}
	next := *known.Exam(q.Exam)
	if _, _, made := sittingOf(&next, p.to.Code); !made {
		next.Sittings = append(slices.Clone(next.Sittings), p.to)
	}
	file, err := next.File()
	if err != nil {
		return err
	}
	start, err := next.StartOf(p.to)
	if err != nil {
		return err
	}
	length := time.Duration(p.to.Minutes) * time.Minute
	if length == 0 {
		if length, err = r.length(q.Exam); err != nil {
			return err
		}
	}
	change, err := r.office.replacing(ctx, r.archive, q, two)
	if err != nil {
		return err
	}
	if err := change.sitting(p.to.Code, "planned", engine.Event{Kind: engine.SittingPlanned, From: start, MS: length.Milliseconds()}); err != nil {
		return err
	}
	event, err := change.file(ctx, r.desk.people, file, derive(q.Op, "places"), 1)
	if err != nil {
		return err
	}
	return r.office.log.Once(ctx, q.Stream, event)
}

// follow lets the roster, and then the objection, say what the attempt's stream says.
func (r *Redress) follow(ctx context.Context, q *Proposal, p *planned, e engine.Event) error {
	known := NewPeople(r.desk.register)
	if err := known.Load(ctx, q.Exam); err != nil {
		return err
	}
	moved := *p.person
	if now := known.Person(p.person.Attempt); now != nil {
		moved = *now
	}
	moved.Sitting, moved.Site, moved.Seat = p.to.Code, p.to.Site, ""
	if err := known.save(ctx, q.Exam, []Person{moved}, nil, nil, Placement{}); err != nil {
		return err
	}
	sum := sha256.Sum256(Canonical([]Person{moved}))
	changed := e
	changed.Kind, changed.At, changed.Op, changed.Text, changed.MS = engine.SittingChanged, r.desk.now(), derive(q.Op, "roster"), hex.EncodeToString(sum[:]), 1
	_, err := r.office.log.decide(ctx, q.Stream, changed.Op, func(t *tip) ([]engine.Event, error) {
		if e.Act == engine.ActRepeat && t.again[e.Number] != p.told {
			return nil, nil // another node was faster: who sits again once is given one more form, not two
		}
		err := known.Load(ctx, q.Exam) // another node may have moved somebody meanwhile
		changed.Form = engine.SHA256(string(known.Roster(q.Exam)))
		return []engine.Event{changed}, err
	})
	if err != nil {
		return fmt.Errorf("record who goes to %s: %w", e.Sitting, err)
	}
	e.Kind, e.Op = engine.ObjectionRedressed, q.Op
	_, err = r.office.log.decide(ctx, engine.ObjectionStream+q.Exam, q.Op, func(t *tip) ([]engine.Event, error) {
		return t.objections.step(p.one.Seq, e, r.desk.now())
	})
	return err
}
