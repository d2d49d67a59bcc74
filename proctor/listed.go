package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"terang/engine"
)

// Listed is an exam as the register has it: its file, who is expected, and for what.
type Listed struct {
	Exam       string
	Def        *engine.Definition // nil if the register has none, as while a test makes one
	People     []*Person
	formations map[string]Formation
}

// Placed are those who have a sitting.
func (l *Listed) Placed() []Person {
	placed := make([]Person, 0, len(l.People))
	for _, q := range l.People {
		if q.Sitting != "" {
			placed = append(placed, *q)
		}
	}
	return placed
}

// Formations are the exam's formations, by code.
func (l *Listed) Formations() []Formation { return inOrderOfCode(l.formations) }

func inOrderOfCode(formations map[string]Formation) []Formation {
	all := slices.Collect(maps.Values(formations))
	slices.SortFunc(all, func(a, b Formation) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// Codes lists the exams of the register.
func (p *People) Codes(ctx context.Context) (codes []string, err error) {
	err = p.register.List(ctx, KindExam, "", func(e engine.Entry) error {
		codes = append(codes, e.ID)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the exams: %w", err)
	}
	return codes, nil
}

// LoadAll reads every exam of the register with its people.
func (p *People) LoadAll(ctx context.Context) error {
	codes, err := p.Codes(ctx)
	if err != nil {
		return err
	}
	for _, code := range codes {
		if err := p.Load(ctx, code); err != nil {
			return err
		}
	}
	return nil
}

// Load reads an exam's people and formations, again if need be.
func (p *People) Load(ctx context.Context, exam string) error {
	l, err := p.Read(ctx, exam)
	if err == nil {
		p.Take(l)
	}
	return err
}

// Read reads an exam from the register, and changes nothing of what is known of it: Take
// does.
func (p *People) Read(ctx context.Context, exam string) (*Listed, error) {
	l := &Listed{Exam: exam, formations: map[string]Formation{}}
	file, err := p.register.Get(ctx, KindExam, exam)
	if err != nil && !errors.Is(err, engine.ErrAbsent) {
		return nil, fmt.Errorf("load exam %s: %w", exam, err)
	}
	if err == nil {
		if l.Def, err = engine.ParseDefinition(file); err != nil {
			return nil, fmt.Errorf("exam %s in the register: %w", exam, err)
		}
	}
	err = p.register.List(ctx, KindPerson, exam+"/", func(e engine.Entry) error {
		person := new(Person)
		if err := json.Unmarshal(e.Body, person); err != nil {
			return fmt.Errorf("person %s in the register: %w", e.ID, err)
		}
		if person.Removed > 0 {
			return nil
		}
		l.People = append(l.People, person)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load the people of %s: %w", exam, err)
	}
	err = p.register.List(ctx, KindFormation, exam+"/", func(e engine.Entry) error {
		var f Formation
		if err := json.Unmarshal(e.Body, &f); err != nil {
			return fmt.Errorf("formation %s in the register: %w", e.ID, err)
		}
		l.formations[f.Code] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load the formations of %s: %w", exam, err)
	}
	return l, nil
}

// Take puts what was read in the place of what was known before of the exam: its people, and
// its places, which are all of its file that can change.
func (p *People) Take(l *Listed) {
	switch known := p.Exam(l.Exam); {
	case l.Def == nil:
	case known == nil:
		p.Admit(l.Def)
	case !samePlaces(known, l.Def):
		next := *known
		next.Sites, next.Rooms, next.Sittings = l.Def.Sites, l.Def.Rooms, l.Def.Sittings
		p.Admit(&next)
	}
	p.index(l.Exam, l.People, l.formations)
}

// index puts an exam's people in the place of those known before.
func (p *People) index(exam string, people []*Person, formations map[string]Formation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	other := func(q *Person) bool { return q.Exam == exam }
	for id, q := range p.attempts {
		if q.Exam != exam {
			continue
		}
		n, _ := NormalNumber(q.Number)
		delete(p.attempts, id)
		p.numbers[n] = slices.DeleteFunc(slices.Clone(p.numbers[n]), other)
		delete(p.sittings, q.SittingID())
	}
	for _, q := range people {
		n, _ := NormalNumber(q.Number)
		p.attempts[q.Attempt] = q
		p.numbers[n] = append(p.numbers[n], q)
		if id := q.SittingID(); id != "" {
			p.sittings[id] = append(p.sittings[id], q)
		}
	}
	p.formations[exam] = formations
}
