package proctor

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"terang/engine"
)

// Save keeps a roster in the register. Who is known by number stays the same attempt and
// is corrected; people that the roster does not name stay as they are. Each of people is
// given its attempt, and keeps its number as it was first written: the form is drawn by it.
func (p *People) Save(ctx context.Context, exam string, people []Person, formations []Formation) error {
	if err := p.Load(ctx, exam); err != nil {
		return err
	}
	return p.save(ctx, exam, people, formations, nil, Placement{})
}

// save is Save, without the people who are removed. ends says which version of the roster
// it is that ends where people were expected, and when.
func (p *People) save(ctx context.Context, exam string, people []Person, formations []Formation, removed []Person, ends Placement) error {
	entries := make([]engine.Entry, 0, len(people)+len(formations)+len(removed))
	put := func(kind, id string, v any) error {
		body, err := json.Marshal(v)
		entries = append(entries, engine.Entry{Kind: kind, ID: exam + "/" + id, Body: body})
		return err
	}
	for i := range people {
		q := &people[i]
		q.Exam = exam
		if known := p.Find(q.Number, exam); len(known) > 0 {
			was := known[0]
			q.Attempt, q.Number, q.Was = was.Attempt, was.Number, was.Was
			if ends.Until > 0 && was.Sitting != "" && (was.Site != q.Site || was.Sitting != q.Sitting) {
				ends.Site, ends.Sitting = was.Site, was.Sitting
				q.Was = append(slices.Clone(q.Was), ends)
			}
		}
		if q.Attempt == "" {
			id, err := uuid.NewV7()
			if err != nil {
				return fmt.Errorf("make an attempt's id: %w", err)
			}
			q.Attempt = id.String()
		}
		if was := p.Person(q.Attempt); was != nil && reflect.DeepEqual(was, q) {
			continue // nothing that another node writes meanwhile is written over for it
		}
		if err := put(KindPerson, q.Attempt, q); err != nil {
			return err
		}
	}
	for i := range removed { // nothing is kept of them but that they were there
		q := &removed[i]
		if err := put(KindPerson, q.Attempt, Person{Attempt: q.Attempt, Exam: exam, Number: q.Number, Removed: ends.Until}); err != nil {
			return err
		}
	}
	for _, f := range formations {
		if err := put(KindFormation, f.Code, f); err != nil {
			return err
		}
	}
	if len(entries) > 0 {
		if err := p.register.Put(ctx, entries...); err != nil {
			return fmt.Errorf("keep the roster of %s: %w", exam, err)
		}
	}
	return p.Load(ctx, exam)
}

// Import saves people and commits to the roster in the exam's stream, where every node
// hears of it; whom it does not name stays. Who has checked in keeps the place and the
// time that were given: people of whom it says otherwise are refused as a whole.
func (p *People) Import(ctx context.Context, log *Log, by string, now engine.Instant, exam string, people []Person, formations []Formation) error {
	return p.load(ctx, log, exam, people, formations, rosterPayload{}, engine.Event{At: now, By: by})
}

// load is Import with all that its event carries; a whole roster takes out whom it does
// not name. What would have another effect than was agreed to, or than was looked at a
// moment ago, is refused: another node has changed the roster meanwhile.
func (p *People) load(ctx context.Context, log *Log, exam string, people []Person, formations []Formation, agreed rosterPayload, e engine.Event) error {
	if err := p.Load(ctx, exam); err != nil {
		return err
	}
	c, err := p.change(ctx, log, exam, people, nil, agreed.Whole)
	if err != nil {
		return err
	}
	if agreed.Effect == "" {
		agreed.Effect = c.Effect()
	}
	faults, err := p.settled(ctx, log, c)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return faultsError(faults, "roster")
	}
	if err := p.Load(ctx, exam); err != nil {
		return err
	}
	if c, err = p.change(ctx, log, exam, people, nil, agreed.Whole); err != nil {
		return err
	}
	if !c.agreed(agreed.Effect) {
		return fmt.Errorf("the roster of %s has changed meanwhile, look again at what the file changes: %w", exam, refusal(engine.WrongState, "roster_change"))
	}
	if err := p.save(ctx, exam, people, formations, c.Removed, Placement{Until: c.Version, At: e.At}); err != nil {
		return err
	}
	if err := p.erasePhotos(ctx, c.Removed); err != nil {
		return err
	}
	e.Kind = engine.RosterLoaded
	_, err = log.decide(ctx, engine.ExamStream+exam, e.Op, func(*tip) ([]engine.Event, error) {
		err := p.Load(ctx, exam) // another node may have moved somebody else meanwhile
		e.Text, e.MS = engine.SHA256(string(p.Roster(exam))), int64(len(p.All(exam)))
		return []engine.Event{e}, err
	})
	return err
}

// change compares a roster with what was loaded of the exam.
func (p *People) change(ctx context.Context, log *Log, exam string, people []Person, lines []int, whole bool) (*RosterChange, error) {
	c := compare(p.All(exam), people, lines, whole)
	c.Exam = exam
	err := log.look(ctx, engine.ExamStream+exam, func(t *tip) { c.Version = t.rosters + 1 })
	return c, err
}
