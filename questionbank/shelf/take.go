package shelf

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"terang/engine"
	"terang/questionbank"
)

// Taken says what an import did.
type Taken struct {
	New       []string // codes of items that were drafted
	Revised   []string // codes of items that got another version
	Unchanged []string // codes of items whose newest version says the same
	Alike     []Twins  // of what was new or revised, with anything in the bank
}

// Take stores questions as drafts: a new item each, or another version of the item that
// has the code. What says the same as the newest version is left alone, so that an import
// which was cut off can simply be run again. A draft may lack much, but nothing in it may
// be unsafe, and no code may stand twice: one fault and nothing is taken.
func (s *Shelf) Take(ctx context.Context, by Person, questions []questionbank.Question, at engine.Instant) (*Taken, []questionbank.Fault, error) {
	_, faults := questionbank.Once(questions)
	for i := range questions {
		faults = append(faults, questions[i].Unsafe()...)
	}
	if len(faults) > 0 {
		return nil, faults, nil
	}
	t := &Taken{}
	for _, q := range questions {
		if err := s.takeOne(ctx, by, q, at, t); err != nil {
			return nil, nil, err
		}
	}
	pairs, err := s.Alike(ctx, Near)
	if err != nil {
		return nil, nil, err
	}
	fresh := slices.Concat(t.New, t.Revised)
	t.Alike = slices.DeleteFunc(pairs, func(p Twins) bool { return !slices.Contains(fresh, p.A) && !slices.Contains(fresh, p.B) })
	return t, nil, nil
}

func (s *Shelf) takeOne(ctx context.Context, by Person, q questionbank.Question, at engine.Instant, t *Taken) error {
	it, err := s.Item(ctx, q.ID)
	if errors.Is(err, NoItem) {
		t.New = append(t.New, q.ID)
		_, err := s.store(ctx, nil, Command{Act: ActDraft, By: by, At: at}, q)
		return err
	}
	if err != nil {
		return err
	}
	same, err := s.says(ctx, it.Newest(), q)
	if err != nil || same {
		t.Unchanged = append(t.Unchanged, q.ID)
		return err
	}
	t.Revised = append(t.Revised, q.ID)
	_, err = s.store(ctx, it, Command{Act: ActRevise, By: by, At: at, Version: it.Newest().Number}, q)
	return err
}

// says tells whether a version reads like the question, its number aside.
func (s *Shelf) says(ctx context.Context, v *Version, q questionbank.Question) (bool, error) {
	stored, err := s.Question(ctx, v)
	stored.Version = q.Version
	return err == nil && string(questionbank.EncodeQuestion(stored)) == string(questionbank.EncodeQuestion(q)), err
}

// Write stores a question as a new item, or as the next version of its item. base is the
// version that the writer began with, 0 for a new item; Changed refuses the write if
// somebody else was faster.
func (s *Shelf) Write(ctx context.Context, by Person, op string, base int, q questionbank.Question, at engine.Instant) (*Item, []questionbank.Fault, error) {
	if faults := q.Unsafe(); len(faults) > 0 {
		return nil, faults, nil
	}
	c := Command{Act: ActDraft, By: by, Op: op, At: at}
	var it *Item
	if base != 0 {
		var err error
		if it, err = s.Item(ctx, q.ID); err != nil {
			return nil, nil, err
		}
		v, ok := it.Version(base)
		if !ok {
			return nil, nil, fmt.Errorf("item %s version %d: %w", q.ID, base, NoItem)
		}
		if same, err := s.says(ctx, v, q); err != nil || same && base == it.Newest().Number {
			return it, nil, err
		}
		c.Act, c.Version = ActRevise, base
	}
	it, err := s.store(ctx, it, c, q)
	return it, nil, err
}

// store keeps the bytes of a version under the number that it will have, and records it.
func (s *Shelf) store(ctx context.Context, it *Item, c Command, q questionbank.Question) (*Item, error) {
	c.Number = max(1, q.Version)
	if it != nil {
		c.Number = it.next(q.Version)
	}
	q.Version = c.Number
	h, err := s.archive.Keep(ctx, questionbank.EncodeQuestion(q))
	if err != nil {
		return nil, fmt.Errorf("keep item %s: %w", q.ID, err)
	}
	c.Body = h.String()
	return s.Do(ctx, q.ID, c, "")
}

// NoneApproved says that no item may be taken by an exam.
const NoneApproved engine.Code = "none_approved"

// Bank is the bank of what exams may take: the standing version of every item that passes
// the filter, with its reviewer; NoneApproved if there is none. names gives the name of an
// account.
func (s *Shelf) Bank(ctx context.Context, f Filter, names func(user string) string) (*questionbank.Bank, []questionbank.Fault, error) {
	items, err := s.All(ctx)
	if err != nil {
		return nil, nil, err
	}
	var qs []questionbank.Question
	groups := map[string]int{}
	for _, it := range items {
		v, ok := it.Version(it.Standing)
		if it.Standing == 0 || !ok {
			continue
		}
		q, err := s.Question(ctx, v)
		if err != nil {
			return nil, nil, fmt.Errorf("item %s: %w", it.ID, err)
		}
		if row := (Row{it, NewCard(&q)}); !f.Passes(&row) {
			continue
		}
		q.Reviewer = names(v.Reviewer)
		qs = append(qs, q)
		groups[q.Enemies]++
	}
	if len(qs) == 0 {
		return nil, nil, fmt.Errorf("no approved item is there: submit drafts and have them reviewed: %w", NoneApproved)
	}
	for i := range qs {
		if groups[qs[i].Enemies] == 1 { // its enemies are not in this bank: the group says nothing
			qs[i].Enemies = ""
		}
	}
	bank, faults := questionbank.NewBank(qs)
	return bank, faults, nil
}

// Use records that an exam names the versions of a bank.
func (s *Shelf) Use(ctx context.Context, by Person, exam string, bank *questionbank.Bank, at engine.Instant) error {
	for _, q := range bank.Questions() {
		if _, err := s.Do(ctx, q.ID, Command{Act: ActUse, By: by, At: at, Version: q.Version, Exam: exam}, ""); err != nil {
			return err
		}
	}
	return nil
}

func fingerprintOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
