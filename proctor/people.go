package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"terang/engine"
)

// Kinds of the register's entries that this package keeps.
const (
	KindExam      = "exam"      // CODE: exam.json as given
	KindPerson    = "person"    // EXAM/ATTEMPT
	KindFormation = "formation" // EXAM/CODE
	KindText      = "text"      // SHA-256: the words behind an event's Text
	KindWords     = "words"     // EXAM/SHA-256: of an objection or its answer, salted; see keepWords
	KindNoticed   = "noticed"   // EXAM/ATTEMPT: when the candidate last looked at the own notices
	KindProposal  = "proposal"
	KindAccount   = "account"
	KindSession   = "session"
	KindSeen      = "seen"   // id of a session or a token: when it was last used
	KindFactor    = "factor" // USER: the second factor, sealed
	KindInvite    = "invite" // SHA-256 of a code: who may set a password by it
	KindToken     = "token"  // SHA-256 of a program's token
)

// People are the exams of a register and who is expected at them, with an index in
// memory. A *Person that was handed out is never changed; a new roster makes new ones.
type People struct {
	register engine.Register

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

// Load reads an exam's people and formations, again if need be.
func (p *People) Load(ctx context.Context, exam string) error {
	l, err := p.Read(ctx, exam)
	if err == nil {
		p.Take(l)
	}
	return err
}

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

// Take puts what was read in the place of what was known of the exam's people before. Its
// file changes by a sitting that is added, and by nothing else.
func (p *People) Take(l *Listed) {
	if was := p.Exam(l.Exam); l.Def != nil && (was == nil || len(was.Sittings) < len(l.Def.Sittings)) {
		p.Admit(l.Def)
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
	if err := p.register.Put(ctx, entries...); err != nil {
		return fmt.Errorf("keep the roster of %s: %w", exam, err)
	}
	return p.Load(ctx, exam)
}

// Import saves people and commits to the roster in the exam's stream, where every node
// hears of it; whom it does not name stays. Who has checked in or started keeps the place
// and the time that were given: people of whom it says otherwise are refused as a whole.
func (p *People) Import(ctx context.Context, log *Log, by string, now engine.Instant, exam string, people []Person, formations []Formation) error {
	return p.load(ctx, log, exam, people, formations, false, engine.Event{At: now, By: by})
}

// load is Import with all that its event carries; a whole roster takes out whom it does
// not name.
func (p *People) load(ctx context.Context, log *Log, exam string, people []Person, formations []Formation, whole bool, e engine.Event) error {
	if err := p.Load(ctx, exam); err != nil {
		return err
	}
	c, err := p.change(ctx, log, exam, people, nil, whole)
	if err != nil {
		return err
	}
	faults, err := p.settled(ctx, log, c)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return faultsError(faults, "roster")
	}
	if err := p.save(ctx, exam, people, formations, c.Removed, Placement{Until: c.Version, At: e.At}); err != nil {
		return err
	}
	if err := p.erasePhotos(ctx, c.Removed); err != nil {
		return err
	}
	e.Kind, e.Text, e.MS = engine.RosterLoaded, c.Next, int64(c.People)
	_, err = log.decide(ctx, engine.ExamStream+exam, e.Op, func(*tip) ([]engine.Event, error) { return []engine.Event{e}, nil })
	return err
}

// change compares a roster with what was loaded of the exam.
func (p *People) change(ctx context.Context, log *Log, exam string, people []Person, lines []int, whole bool) (*RosterChange, error) {
	c := compare(p.All(exam), people, lines, whole)
	c.Exam = exam
	err := log.look(ctx, engine.ExamStream+exam, func(t *tip) { c.Version = t.rosters + 1 })
	return c, err
}

// ImportFormations saves formations and commits to them in the exam's stream.
// Once they are published as a version, only another version of two people changes them.
func (p *People) ImportFormations(ctx context.Context, log *Log, by string, now engine.Instant, exam string, formations []Formation) error {
	versions, err := log.Versions(ctx, exam)
	if err != nil {
		return err
	}
	if InForce(versions, PartFormations, now) != nil {
		return refusal(engine.WrongState, "published")
	}
	if err := p.Save(ctx, exam, nil, formations); err != nil {
		return err
	}
	e := engine.Event{Kind: engine.FormationsLoaded, At: now, By: by, Text: FormationsHash(formations), MS: int64(len(formations))}
	_, err = log.decide(ctx, engine.ExamStream+exam, "", func(*tip) ([]engine.Event, error) {
		err := p.Load(ctx, exam) // others may have loaded some meanwhile
		e.Form = FormationsHash(p.Formations(exam))
		return []engine.Event{e}, err
	})
	return err
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

// KeepText keeps words that an event names by hash, and returns the hash.
func KeepText(ctx context.Context, r engine.Register, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	h := engine.SHA256(text)
	if err := r.Put(ctx, engine.Entry{Kind: KindText, ID: h, Body: []byte(text)}); err != nil {
		return "", fmt.Errorf("keep a text: %w", err)
	}
	return h, nil
}

// Text returns the words behind an event's Text, "" when they have been erased.
func Text(ctx context.Context, r engine.Register, hash string) (string, error) {
	if hash == "" {
		return "", nil
	}
	body, err := r.Get(ctx, KindText, hash)
	if errors.Is(err, engine.ErrAbsent) {
		return "", nil
	}
	return string(body), err
}
