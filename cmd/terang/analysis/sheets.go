package analysis

import (
	"context"
	"errors"
	"fmt"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring"
	"terang/scoring/itemstats"
)

// Sheets are the answer sheets of an exam as its journal has them, for analysis: each
// finished attempt with the form that plan and seed give its number. It holds the key.
type Sheets struct {
	def       *engine.Definition
	rules     *scoring.RuleSet
	bank      *questionbank.Bank
	plan      *questionbank.Plan
	blueprint *questionbank.Blueprint
	seed      []byte
	seen      map[string][]string // by attempt: items met in earlier exams, which the form leaves out
	recorded  stores.ExamRecord
	design    *itemstats.Design
	by        Grouping
	trace     bool // keep what each candidate did, in order

	sitters map[string]*sitter // by stream
	source  itemstats.Source
	counted itemstats.Population
}

// sitter is one candidate of the exam.
type sitter struct {
	*proctor.Person
	need  string
	post  scoring.Scores   // minima that the post sets for itself, nil for most
	sheet *itemstats.Sheet // while the attempt runs
	state sitState
	n     int // version up to which the stream was folded, once the sheet is put away
	sat   itemstats.Sat
	group int
	seat  string // as checked in or moved, "" if only the roster says
}

type sitState uint8

const (
	notStarted sitState = iota
	runs
	counts // visited
	out    // disqualified
	odd    // does not fit its form
)

// visitSheet is told of a finished form, with sign 1, and that it no longer counts, with
// sign -1: the attempt was reopened, or disqualified, or a held answer decided later.
type visitSheet func(s *sitter, t *itemstats.Taken, sign int64) error

// Open reads everything about an exam but its journal. An exam that is not in the register,
// or whose parts do not fit, is an error that names it.
func Open(ctx context.Context, s *stores.DB, keys *stores.KeyFile, exam string, by Grouping) (*Sheets, error) {
	recorded, err := s.ExamRecord(ctx, exam)
	if err != nil {
		return nil, fmt.Errorf("exam %q: %w", exam, err)
	}
	listed, err := proctor.NewPeople(s.Register).Read(ctx, exam)
	if err != nil {
		return nil, err
	}
	if listed.Def == nil {
		return nil, fmt.Errorf("exam %q: its file is not in the register; see terang exam status", exam)
	}
	parts, err := s.ExamParts(ctx, listed.Def, recorded, keys)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	x := &Sheets{by: by, def: listed.Def, rules: parts.Rules, bank: parts.Bank, plan: parts.Plan, seed: parts.Seed, recorded: recorded, sitters: make(map[string]*sitter)}
	if x.blueprint, err = questionbank.ParseBlueprint(x.def.Blueprint); err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	var people []proctor.Person
	for _, p := range listed.People {
		people = append(people, *p)
	}
	if x.seen, err = s.Earlier(keys).Met(ctx, parts, recorded, people); err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	applied := make(map[string]proctor.Formation)
	for _, f := range listed.Formations() {
		applied[f.Code] = f
	}
	for _, p := range listed.People {
		sit := &sitter{Person: p, need: "general"}
		if f, ok := applied[p.Formation]; ok {
			sit.need, sit.post = f.Need, f.Minima
		}
		x.sitters[engine.AttemptStream+p.Attempt] = sit
	}
	groups, err := x.divide()
	if err != nil {
		return nil, err
	}
	if x.design, err = x.plan.Design(parts.Bank, x.rules, groups); err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	x.source = itemstats.Source{
		Exam: exam, Title: x.def.Title, Rehearsal: x.def.Rehearsal, RuleSet: x.rules.ID,
		Bank: recorded.Bank, Plan: recorded.Plan, Seed: recorded.Seed,
	}
	x.counted.Rule = itemstats.Rule
	return x, nil
}

// read folds the journal once, from its beginning to its end, and visits every finished
// form. What it holds meanwhile are the sheets of the attempts that run at one time.
func (x *Sheets) read(ctx context.Context, j engine.Journal, visit visitSheet) error {
	exam := engine.ExamStream + x.def.Code
	var failed error
	err := stores.EachEvent(ctx, j, func(r engine.Record, e *engine.Event) {
		if failed != nil {
			return
		}
		x.source.Position = int64(r.Pos)
		x.source.At = e.At.String()
		if r.Stream == exam && e.Kind == engine.RosterLoaded {
			x.source.Roster = e.Text
		}
		if s := x.sitters[r.Stream]; s != nil {
			failed = x.apply(ctx, j, s, r, e, visit)
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("read the sheets of %s: %w", x.def.Code, err)
	}
	for _, s := range x.sitters {
		switch s.state {
		case notStarted:
			x.counted.NotStarted++
		case runs:
			x.counted.Running++
		case out:
			x.counted.Disqualified++
		case odd:
			x.counted.Strange++
		case counts:
			x.counted.Finished++
			x.counted.Forms++
			if s.sat.Interrupted {
				x.counted.Interrupted++
			}
			if s.sat.ExtraTime {
				x.counted.ExtraTime++
			}
		}
	}
	return nil
}

// apply folds one event of a candidate's stream.
func (x *Sheets) apply(ctx context.Context, j engine.Journal, s *sitter, r engine.Record, e *engine.Event, visit visitSheet) error {
	if s.sheet == nil && s.n > 0 { // put away
		switch e.Kind {
		case engine.Reopened, engine.Resat, engine.Disqualified, engine.Finished, engine.HeldDecided:
		default:
			return nil
		}
		if err := x.again(ctx, j, s, r.N, visit); err != nil {
			return err
		}
	}
	if s.sheet == nil {
		s.sheet = itemstats.NewSheet(x.design)
		s.sheet.Trace = x.trace
	}
	if e.Seat != "" && (e.Kind == engine.CheckedIn || e.Kind == engine.DeviceMoved) {
		s.seat = e.Seat
	}
	s.sheet.Apply(e)
	if e.Kind == engine.Resat {
		s.state = notStarted
	}
	switch {
	case s.sheet.Disqualified:
		s.state = out
	case s.sheet.Counts():
		t, ok, err := x.taken(s)
		if err != nil {
			return err
		}
		if s.state = counts; !ok {
			s.state = odd
		} else if err := visit(s, t, 1); err != nil {
			return err
		}
	case s.sheet.Started:
		s.state = runs
		return nil
	default:
		return nil
	}
	s.sheet, s.n = nil, r.N
	return nil
}

// again reads a sheet that was put away anew, up to before version n, and takes it out.
func (x *Sheets) again(ctx context.Context, j engine.Journal, s *sitter, n int, visit visitSheet) error {
	s.sheet = itemstats.NewSheet(x.design)
	s.sheet.Trace = x.trace
	last, reached := s.n, errors.New("reached")
	var t *itemstats.Taken
	err := j.Read(ctx, engine.AttemptStream+s.Attempt, 0, func(r engine.Record) error {
		if r.N >= n {
			return reached
		}
		e, err := engine.Decode(r.Body)
		if err != nil {
			return err
		}
		s.sheet.Apply(&e)
		if r.N == last && s.state == counts {
			t, _, err = x.taken(s)
		}
		return err
	})
	if err != nil && !errors.Is(err, reached) {
		return err
	}
	s.n = 0
	if t == nil {
		return nil
	}
	return visit(s, t, -1)
}

// taken joins a sheet with the form that plan and seed give. It is not ok when they do not
// fit: such a form is counted as strange, and in no figure.
func (x *Sheets) taken(s *sitter) (*itemstats.Taken, bool, error) {
	form, items, err := x.form(s)
	if err != nil {
		return nil, false, err
	}
	if s.sheet.Form != form.ETag {
		return nil, false, nil
	}
	slots, err := x.plan.Slots(x.seed, x.def.Code+"/"+s.Number, x.seen[s.Attempt])
	if err != nil {
		return nil, false, err
	}
	t, ok := s.sheet.Taken(s.group, items, slots)
	if !ok {
		return nil, false, nil
	}
	s.sat.Interrupted, s.sat.ExtraTime = s.sheet.Interrupted, s.sheet.ExtraTime
	return t, true, nil
}

// form is a candidate's form, and its items as the design has them.
func (x *Sheets) form(s *sitter) (*engine.Form, []int32, error) {
	form, err := x.plan.Assemble(x.seed, x.def.Code+"/"+s.Number, x.seen[s.Attempt])
	if err != nil {
		return nil, nil, err
	}
	items := make([]int32, form.Len())
	for q, p := range form.Places() {
		items[q-1] = x.design.Index(p.Item.ID)
	}
	return form, items, nil
}
