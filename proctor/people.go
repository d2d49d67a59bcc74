package proctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"terang/engine"
)

// People are the exams of a register and who is expected at them, with an index in
// memory. A *Person that was handed out is never changed; a new roster makes new ones.
type People struct {
	register engine.Register

	// rosters is held by whoever changes in the register who is expected where, from the
	// reading to the record in the exam's stream: a roster, a move and a change of places of
	// one node are done one after the other. It comes before the desk's seating.
	rosters sync.Mutex

	mu         sync.RWMutex
	exams      map[string]*engine.Definition
	formations map[string]map[string]Formation
	attempts   map[string]*Person
	numbers    map[string][]*Person // by normal number
	sittings   map[string][]*Person // by EXAM.SITTING, in the order of import
}

// NewPeople returns people over a register; Load what shall be known.
func NewPeople(r engine.Register) *People {
	return &People{
		register: r, exams: map[string]*engine.Definition{}, formations: map[string]map[string]Formation{},
		attempts: map[string]*Person{}, numbers: map[string][]*Person{}, sittings: map[string][]*Person{},
	}
}

// SaveExam keeps an exam file as it was given.
func (p *People) SaveExam(ctx context.Context, file []byte) (*engine.Definition, error) {
	def, err := engine.ParseDefinition(file)
	if err != nil {
		return nil, err
	}
	if err := p.register.Put(ctx, engine.Entry{Kind: KindExam, ID: def.Code, Body: file}); err != nil {
		return nil, fmt.Errorf("keep exam %s: %w", def.Code, err)
	}
	p.Admit(def)
	return def, nil
}

// Admit makes an exam known in memory only.
func (p *People) Admit(def *engine.Definition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exams[def.Code] = def
}

// Find returns who has the number, in all exams or in one; in several exams it may be
// several people.
func (p *People) Find(number, exam string) []*Person {
	n, ok := NormalNumber(number)
	if !ok {
		return nil
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	var found []*Person
	for _, q := range p.numbers[n] {
		if exam == "" || q.Exam == exam {
			found = append(found, q)
		}
	}
	return found
}

// Person returns whose attempt it is, nil if nobody's.
func (p *People) Person(attempt string) *Person {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.attempts[attempt]
}

// In returns who is expected at a sitting EXAM.CODE, in the order of import.
func (p *People) In(sitting string) []*Person {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.Clip(p.sittings[sitting])
}

// All returns an exam's people, in the order of their attempts' ids.
func (p *People) All(exam string) []*Person {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var all []*Person
	for _, q := range p.attempts {
		if q.Exam == exam {
			all = append(all, q)
		}
	}
	slices.SortFunc(all, func(a, b *Person) int { return strings.Compare(a.Attempt, b.Attempt) })
	return all
}

// Exam returns an exam's definition, nil if it is not known.
func (p *People) Exam(code string) *engine.Definition {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.exams[code]
}

// Exams returns the exams that are known, by code.
func (p *People) Exams() []*engine.Definition {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var all []*engine.Definition
	for _, def := range p.exams {
		all = append(all, def)
	}
	slices.SortFunc(all, func(a, b *engine.Definition) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// Formation returns a formation of an exam.
func (p *People) Formation(exam, code string) (Formation, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	f, ok := p.formations[exam][code]
	return f, ok
}

// Formations returns an exam's formations, by code.
func (p *People) Formations(exam string) []Formation {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return inOrderOfCode(p.formations[exam])
}
