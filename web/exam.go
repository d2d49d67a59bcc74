package web

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring"
)

// Exam is one selection as this node serves it: where the packages' neighbours meet as
// plain data. Nothing in it changes while the exam is open: when its people do, another
// takes its place (Anew).
type Exam struct {
	Def    *engine.Definition
	Rules  *scoring.RuleSet
	Boards *scoring.Boards
	Plan   *questionbank.Plan

	key    scoring.Key
	items  itemCache
	bars   map[string]*scoring.Bar // by formation
	bank   *questionbank.Bank
	seed   []byte
	people map[string]proctor.Person // by attempt
	seen   map[string][]string       // by attempt: items met in earlier exams
	spent  map[string]bool           // by attempt: of whom the bank has too few items that they have not met
	sample bool

	// rescored and decided are shared by all that take each other's place: a page that was opened with
	// an earlier one shows the same result.
	rescored *atomic.Pointer[rescored]
	decided  *atomic.Pointer[scoring.Deciding]
}

// formPlan is what forms are made by.
type formPlan = *questionbank.Plan

// ExamParts are what an Exam is put together from.
type ExamParts struct {
	Def        *engine.Definition
	Rules      *scoring.RuleSet
	Bank       *questionbank.Bank
	Plan       *questionbank.Plan
	Seed       []byte
	People     []proctor.Person
	Seen       map[string][]string // by attempt: ids of items met in earlier exams
	Spent      map[string]bool     // by attempt: as Repeats.Before says
	Formations []proctor.Formation
	Epoch      engine.Pos // of the exam's newest record
	Annulments Annulments
	Deciding   *scoring.Deciding // the list that was released; nil: none was
	Sample     bool              // its bank is the one that every copy of the program has: nobody's real exam
}

// NewExam joins the parts and opens the exam's boards.
func NewExam(p ExamParts, now engine.Instant) (*Exam, error) {
	def := *p.Def // others may read it already
	def.Policy.GraceMS = p.Rules.GraceMS
	x := &Exam{Def: &def, sample: p.Sample, Rules: p.Rules, Plan: p.Plan, bank: p.Bank, key: p.Bank.Key(), items: newItemCache(p.Bank.Items()), seed: p.Seed, seen: p.Seen, spent: p.Spent, rescored: new(atomic.Pointer[rescored]), decided: new(atomic.Pointer[scoring.Deciding])}
	x.decided.Store(p.Deciding)
	if len(p.Annulments.List) > 0 {
		annulled, err := x.Annulled(p.Annulments.List)
		if err != nil {
			return nil, fmt.Errorf("exam %s: %w", x.Def.Code, err)
		}
		x.rescored.Store(&rescored{annulled, p.Annulments.Rescored})
	}
	return x.Anew(p.People, p.Formations, p.Epoch, now)
}

// Met is the exam with the items that more people met in earlier exams, by attempt.
func (x *Exam) Met(seen map[string][]string) *Exam {
	next := *x
	next.seen = maps.Clone(x.seen)
	if next.seen == nil {
		next.seen = make(map[string][]string, len(seen))
	}
	maps.Copy(next.seen, seen)
	return &next
}

// Placed is the exam with the sites, rooms and sittings of another definition: what was
// changed after it was made. All else stays as it was.
func (x *Exam) Placed(def *engine.Definition) *Exam {
	next, own := *x, *x.Def
	own.Sites, own.Rooms, own.Sittings = def.Sites, def.Rooms, def.Sittings
	next.Def = &own
	return &next
}

// Anew is the exam with its people and formations as they are at the epoch, and with new
// boards. What forms are made of stays the same: a page that is open shows a form of it.
func (x *Exam) Anew(people []proctor.Person, formations []proctor.Formation, epoch engine.Pos, now engine.Instant) (*Exam, error) {
	next := *x
	x = &next
	x.bars = make(map[string]*scoring.Bar)
	x.people = byAttempt(people)
	boards := scoring.Exam{
		Code: x.Def.Code, Title: x.Def.Title, Rehearsal: x.Def.Rehearsal, Epoch: epoch, Rules: x.Rules, Key: x.key, Policy: x.Def.Policy, FormSections: x.Plan.Sections(),
		Deciding: x.decided.Load(),
	}
	for _, s := range x.Def.Sites {
		boards.Sites = append(boards.Sites, scoring.Named{Code: s.Code, Title: s.Name})
	}
	for _, s := range x.Def.Sittings {
		title := s.Title
		if s.Closed {
			title += " (dibatalkan)" // who follows its board is told so, and is not cut off
		}
		boards.Sittings = append(boards.Sittings, scoring.SittingName{Code: s.Code, Title: title, Site: s.Site, Cancelled: s.Closed})
	}
	applied := make(map[string]proctor.Formation)
	for _, f := range formations {
		boards.Formations = append(boards.Formations, scoring.Named{Code: f.Code, Title: f.Post})
		applied[f.Code] = f
	}
	given, err := x.annulledOn(&boards, people)
	if err != nil {
		return nil, err
	}
	for _, person := range people {
		need, post := "general", scoring.Scores(nil)
		if f, ok := applied[person.Formation]; ok {
			need, post = f.Need, f.Minima
		}
		if x.bars[person.Formation] == nil {
			bar, err := x.Rules.Bar(need, post)
			if err != nil {
				return nil, fmt.Errorf("exam %s, formation %s: %w", x.Def.Code, person.Formation, err)
			}
			x.bars[person.Formation] = bar
		}
		boards.Entrants = append(boards.Entrants, scoring.Entrant{
			Attempt: person.Attempt, Number: person.Number, Name: person.Name, Site: person.Site,
			Sitting: person.Sitting, Formation: person.Formation, Need: need, Post: post, Given: given[person.Attempt],
		})
	}
	x.Boards, err = scoring.NewBoards(boards, now)
	return x, err
}

// Has says whether the attempt is of a candidate of this exam who has a sitting.
func (x *Exam) Has(attempt string) bool {
	_, ok := x.people[attempt]
	return ok
}

// Admit makes every candidate of the exam known to the hall, each with the form that
// the plan, the seed and the number give.
func (x *Exam) Admit(h *engine.Hall) error {
	var (
		group  sync.WaitGroup
		mu     sync.Mutex
		failed error
		jobs   = make(chan proctor.Person)
	)
	for range 4 {
		group.Go(func() {
			for p := range jobs {
				terms, err := x.terms(p)
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					continue
				}
				h.Admit(p.Attempt, terms)
			}
		})
	}
	seated := make(map[string][]string)
	for _, s := range x.Def.Sittings {
		h.Sitting(x.Def.Code + "." + s.Code)
	}
	for id, p := range x.people {
		jobs <- p
		sitting := x.Def.Code + "." + p.Sitting
		seated[sitting] = append(seated[sitting], id)
	}
	close(jobs)
	group.Wait()
	for sitting, ids := range seated {
		h.Sitting(sitting).Seat(ids...)
	}
	return failed
}

// terms are what the exam gives a candidate. The form comes from (plan, seed,
// EXAM/NUMBER, items seen earlier), so that a move to another sitting changes nothing.
func (x *Exam) terms(p proctor.Person) (*engine.Terms, error) {
	form, err := x.form(p)
	if err != nil {
		return nil, fmt.Errorf("form of %s: %w", p.Number, err)
	}
	length := x.Rules.Length()
	for _, s := range x.Def.Sittings {
		if s.Code == p.Sitting && s.Minutes > 0 {
			length = minutes(s.Minutes)
		}
	}
	terms := &engine.Terms{
		Policy: x.Def.Policy, Length: length, Extra: minutes(p.ExtraMinutes), Number: p.Number,
		Plan: x.Plan.Hash(), Seed: engine.SHA256(string(x.seed)), Form: form,
	}
	if p.Sitting != "" {
		terms.Expected = x.Def.Code + "." + p.Sitting
	}
	if seen := x.seen[p.Attempt]; len(seen) > 0 {
		terms.Seen = questionbank.SeenHash(seen)
	}
	return terms, nil
}

func (x *Exam) form(p proctor.Person) (*engine.Form, error) {
	return x.Plan.Assemble(x.seed, x.Def.Code+"/"+p.Number, x.seen[p.Attempt])
}

func (x *Exam) forPage(sitting string) examJSON {
	p := &x.Def.Policy
	_, code, _ := cutSitting(sitting)
	return examJSON{
		Code: x.Def.Code, Title: x.Def.Title, ShowScores: p.ShowScores, CoverMS: p.CoverMS, GraceMS: p.GraceMS,
		HandinMS: p.HandinMS, Zone: x.Def.Zone(code).String(), Sitting: sitting, Rehearsal: x.Def.Rehearsal, Sample: x.sample,
	}
}

func (x *Exam) candidate(attempt, seat string) candidateJSON {
	p := x.people[attempt]
	if seat == "" {
		seat = p.Seat
	}
	return candidateJSON{Number: p.Number, Name: p.Name, Seat: seat}
}

// statusHeld is the status of a result that waits for a decision about an identity.
const statusHeld = "held"

// score fills a result from the attempt's own state: each standing response, through the
// candidate's form, to the key. The board reaches the same figures from the events.
func (x *Exam) score(r *resultFrame, a *engine.Attempt, t *engine.Terms, attempt string) {
	if a.Doubt {
		r.Status = statusHeld // until it is decided who sat here
		return
	}
	if a.State == engine.DisqualifiedNow {
		r.Status = scoring.StatusDIS // the score stays in the record, and is not announced
		return
	}
	bar := x.bars[x.people[attempt].Formation]
	points, err := x.pointsByKey(a, t)
	if err != nil || bar == nil {
		return
	}
	points, r.Rescored, r.Why = x.annulled(points, a, t)
	for i, s := range x.Rules.Sections {
		score := int(points[i])
		r.Sections = append(r.Sections, sectionJSON{
			ID: s.Code, Title: s.Name, Score: score, Max: s.Max, Threshold: bar.Least(i), Meets: bar.Meets(i, score),
		})
	}
	for _, one := range bar.Together(&points) {
		r.Together = append(r.Together, sectionJSON{ID: one.ID, Score: one.Score, Max: one.Max, Threshold: one.Least, Meets: one.Meets()})
	}
	verdict := bar.Decide(&points)
	r.Total, r.Max, r.Status = &verdict.Total, x.Rules.Max, scoring.Misses
	if verdict.Passed {
		r.Status = scoring.Meets
	} else {
		r.Second = bar.Second()
	}
}

// pointsByKey are an attempt's points by the key alone, before any annulment.
func (x *Exam) pointsByKey(a *engine.Attempt, t *engine.Terms) (scoring.Points, error) {
	scores := make(map[string]int)
	for _, s := range x.Rules.Sections {
		scores[s.Code] = 0
	}
	for i, response := range a.Responses {
		place, ok := t.Form.Place(i + 1)
		if !ok || response.C == "" {
			continue
		}
		if option, ok := place.Option(response.C); ok {
			scores[place.Item.Section] += x.key[place.Item.ID][option]
		}
	}
	return x.Rules.Points(scores)
}

// Worth is what each displayed option of a position is worth to a candidate. It is for
// simulations and recomputations; no handler has a way to it.
func (x *Exam) Worth(number string, q int) []int {
	item, options := x.Shown(number, q)
	worth := make([]int, len(options))
	for i, option := range options {
		worth[i] = x.key[item][option]
	}
	return worth
}

// Shown is the item at a position of a candidate's form, and its canonical options as they are
// displayed; "" if there is none. It is for whom Worth is for.
func (x *Exam) Shown(number string, q int) (item string, options []string) {
	form := x.formOf(number)
	if form == nil {
		return "", nil
	}
	place, ok := form.Place(q)
	if !ok {
		return "", nil
	}
	for _, o := range place.Order {
		options = append(options, place.Item.Options[o].ID)
	}
	return place.Item.ID, options
}

// formOf is the form of a number; somebody who is not listed has met nothing.
func (x *Exam) formOf(number string) *engine.Form {
	who := proctor.Person{Number: number}
	if len(x.seen) > 0 {
		for _, p := range x.people {
			if p.Number == number {
				who = p
			}
		}
	}
	form, err := x.form(who)
	if err != nil {
		return nil
	}
	return form
}

// Repeats is how often people sat an exam again as a whole, by participant number, as the
// exam's stream says.
type Repeats map[string]int

// Before makes of what people met in earlier exams, by attempt, what their forms leave out: as much
// of it as can be, and the items of those forms of the exam itself that do not count any more, of
// which whoever sits again is given none. spent are those who meet something of earlier exams again,
// because the bank has too few items: nobody is left without a form for it.
func (r Repeats) Before(plan *questionbank.Plan, seed []byte, exam string, people []proctor.Person, seen map[string][]string) (spent map[string]bool, err error) {
	spent = make(map[string]bool)
	for i := range people {
		p := &people[i]
		met := seen[p.Attempt]
		if len(met) > 0 {
			if met, err = plan.Avoidable(seed, exam+"/"+p.Number, met); err != nil {
				return nil, fmt.Errorf("form of %s: %w", p.Number, err)
			}
			if len(met) < len(seen[p.Attempt]) {
				spent[p.Attempt] = true
			}
		}
		if r[p.Number] > 0 {
			if met, err = plan.Before(seed, exam+"/"+p.Number, met, r[p.Number]); err != nil {
				return nil, fmt.Errorf("forms of %s before the last: %w", p.Number, err)
			}
		}
		if len(met) > 0 {
			seen[p.Attempt] = met
		} else {
			delete(seen, p.Attempt)
		}
	}
	return spent, nil
}

// Again is the exam with those people's next forms who sit again. seen is what they met in
// earlier exams, by attempt; of the others it is known already.
func (x *Exam) Again(r Repeats, people []proctor.Person, seen map[string][]string) (*Exam, error) {
	seen = maps.Clone(seen)
	if seen == nil {
		seen = make(map[string][]string)
	}
	spent, err := r.Before(x.Plan, x.seed, x.Def.Code, people, seen)
	if err != nil {
		return nil, err
	}
	next := x.Met(seen)
	next.spent = maps.Clone(x.spent)
	if next.spent == nil {
		next.spent = spent
	}
	maps.Copy(next.spent, spent)
	return next, nil
}

// Spent are the attempts of those who meet items of earlier exams again; see Repeats.Before.
func (x *Exam) Spent() []string { return slices.Sorted(maps.Keys(x.spent)) }

// leaves names what the next form of an attempt would leave out, and draws it once: there is
// none where the bank has too few items.
func (s *Server) leaves(exam, attempt string) (string, error) {
	x := s.exam(exam)
	if x == nil {
		return "", engine.ErrAbsent
	}
	number := x.people[attempt].Number
	met, err := x.Plan.Before(x.seed, exam+"/"+number, x.seen[attempt], 1)
	if err == nil {
		_, err = x.Plan.Assemble(x.seed, exam+"/"+number, met)
	}
	if err != nil {
		return "", fmt.Errorf("another form for %s: %w", number, err)
	}
	return questionbank.SeenHash(met), nil
}
