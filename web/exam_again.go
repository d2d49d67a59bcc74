package web

import (
	"fmt"
	"maps"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
)

// Repeats is how often people sat an exam again as a whole, by participant number, as the
// exam's stream says.
type Repeats map[string]int

// Before adds to what people met in earlier exams, by attempt, the items of those forms of
// the exam itself that do not count any more: whoever sits again is given none of them.
func (r Repeats) Before(plan *questionbank.Plan, seed []byte, exam string, people []proctor.Person, seen map[string][]string) error {
	for i := range people {
		p := &people[i]
		if r[p.Number] == 0 {
			continue
		}
		met, err := plan.Before(seed, exam+"/"+p.Number, seen[p.Attempt], r[p.Number])
		if err != nil {
			return fmt.Errorf("forms of %s before the last: %w", p.Number, err)
		}
		seen[p.Attempt] = met
	}
	return nil
}

// Again is the exam with those people's next forms who sit again. seen is what they met in
// earlier exams, by attempt; of the others it is known already.
func (x *Exam) Again(r Repeats, people []proctor.Person, seen map[string][]string) (*Exam, error) {
	seen = maps.Clone(seen)
	if seen == nil {
		seen = make(map[string][]string)
	}
	if err := r.Before(x.Plan, x.seed, x.Def.Code, people, seen); err != nil {
		return nil, err
	}
	return x.Met(seen), nil
}

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
