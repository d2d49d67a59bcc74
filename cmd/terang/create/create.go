package create

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring"
)

// Source is what an exam is made of.
type Source struct {
	File    []byte // exam.json
	Ruleset []byte // bytes of its rule set; none are those of the name in the file
	Bank    *questionbank.Bank
	Stats   *questionbank.Statistics // what is known of the items; nil for nothing

	// Of a sealed pack, whose forms are the same wherever it is opened.
	Plan, Seed []byte
	Log        *proctor.Log // who writes it; nil: straight to the journal, without a hall
	// use records which items the exam names, before the exam itself: an item that is said
	// to be used and is not harms nobody, the other way round it is shown too often.
	Use func(ctx context.Context, exam string, at engine.Instant) error
}

func (x *Source) makePlan(rules *scoring.RuleSet, blueprint *questionbank.Blueprint, earlier []questionbank.Sat) (*questionbank.Plan, error) {
	if x.Plan != nil {
		return questionbank.DecodePlan(x.Plan, x.Bank)
	}
	return CompilePlan(rules, x.Bank, blueprint, questionbank.Knowledge{Statistics: x.Stats, Earlier: earlier})
}

func (x *Source) makeSeed() ([]byte, error) {
	if x.Seed != nil {
		return x.Seed, nil
	}
	return NewSeed()
}

// made is an exam whose parts fit, before anything of it is written.
type made struct {
	def     *engine.Definition
	rules   *scoring.RuleSet
	ruleset []byte
	plan    *questionbank.Plan
}

// Exam writes an exam into the stores: its definition, its rule set, its bank version,
// what is known of its items and its plan into the archive, its seed sealed into the
// register, and what was fixed by hash into its stream. Faults are found before anything is
// written; a code that is taken is ErrExists.
func Exam(ctx context.Context, s *stores.DB, keys *stores.KeyFile, by string, source Source) (*engine.Definition, error) {
	x, err := source.make(ctx, s, keys)
	if err != nil {
		return nil, err
	}
	if err := free(ctx, s, x.def.Code); err != nil {
		return nil, err
	}
	now := engine.NewClock().Now()
	fixed, err := x.keep(ctx, s, &source)
	if err != nil {
		return nil, err
	}
	seed, err := source.makeSeed()
	if err != nil {
		return nil, err
	}
	err = s.Register.Put(ctx, engine.Entry{Kind: stores.KindSeed, ID: x.def.Code, Body: keys.Seal("seed/"+x.def.Code, seed)})
	if err != nil {
		return nil, err
	}
	if _, err := proctor.NewPeople(s.Register).SaveExam(ctx, source.File); err != nil {
		return nil, err
	}
	if source.Use != nil {
		if err := source.Use(ctx, x.def.Code, now); err != nil {
			return nil, err
		}
	}
	log := source.Log
	if log == nil {
		log = proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	}
	fixed = append(fixed, engine.Event{Kind: engine.SeedCommitted, Seed: engine.SHA256(string(seed))})
	for i := range fixed {
		fixed[i].At, fixed[i].By = now, by
	}
	if err := log.Append(ctx, engine.ExamStream+x.def.Code, fixed...); err != nil {
		return nil, err
	}
	return x.def, x.planSittings(ctx, log, now, by)
}

// make reads what an exam is made of, and compiles its plan.
func (x *Source) make(ctx context.Context, s *stores.DB, keys *stores.KeyFile) (*made, error) {
	def, err := engine.ParseDefinition(x.File)
	if err != nil {
		return nil, err
	}
	ruleset := x.Ruleset
	if len(ruleset) == 0 {
		if ruleset, err = scoring.Published(def.RuleSet); err != nil {
			return nil, fmt.Errorf("exam file: ruleset: %w", err)
		}
	}
	rules, err := scoring.Parse(ruleset)
	if err != nil {
		return nil, fmt.Errorf("exam file: ruleset %s: %w", def.RuleSet, err)
	}
	blueprint, err := questionbank.ParseBlueprint(def.Blueprint)
	if err != nil {
		return nil, fmt.Errorf("exam file: blueprint: %w", err)
	}
	earlier, err := s.Earlier(keys).Sat(ctx, def, engine.NewClock().Now())
	if err != nil {
		return nil, fmt.Errorf("exam file: %w", err)
	}
	plan, err := x.makePlan(rules, blueprint, earlier)
	if err != nil {
		return nil, fmt.Errorf("exam file: %w", err)
	}
	return &made{def, rules, ruleset, plan}, nil
}

// free refuses a code that an exam has, or a rehearsal had.
func free(ctx context.Context, s *stores.DB, code string) error {
	if err := s.Journal.Read(ctx, engine.ExamStream+code, 0, func(engine.Record) error { return ErrExists }); err != nil {
		return fmt.Errorf("exam %s: %w", code, err)
	}
	return neverRemoved(ctx, s, code)
}

// keep puts the parts into the archive, and returns the events that fix them by hash.
func (x *made) keep(ctx context.Context, s *stores.DB, source *Source) ([]engine.Event, error) {
	var hashes [4]string
	for i, part := range [][]byte{source.File, source.Bank.Encode(), x.plan.Encode(), x.ruleset} {
		hash, err := s.Archive.Keep(ctx, part)
		if err != nil {
			return nil, err
		}
		hashes[i] = hash.String()
	}
	if source.Stats != nil {
		if _, err := s.Archive.Keep(ctx, source.Stats.Bytes()); err != nil {
			return nil, err
		}
	}
	file, bank, plan, rules := hashes[0], hashes[1], hashes[2], hashes[3]
	return []engine.Event{
		{Kind: engine.ExamDefined, Text: file, On: x.def.Rehearsal},
		{Kind: engine.RuleSetFixed, Act: x.rules.ID, Text: rules},
		{Kind: engine.PlanMade, Plan: plan, Text: bank},
	}, nil
}

// planSittings begins the stream of each sitting.
func (x *made) planSittings(ctx context.Context, log *proctor.Log, now engine.Instant, by string) error {
	for _, sitting := range x.def.Sittings {
		at, err := x.def.StartOf(sitting)
		if err != nil {
			return err
		}
		length := x.rules.Length()
		if sitting.Minutes > 0 {
			length = minutes(sitting.Minutes)
		}
		events := []engine.Event{{Kind: engine.SittingPlanned, At: now, By: by, From: at, MS: length.Milliseconds()}}
		if sitting.Closed { // in the exam that a pack was sealed of
			events = append(events, engine.Event{Kind: engine.SittingCancelled, At: now, By: by})
		}
		if err := log.Append(ctx, engine.SittingStream+x.def.Code+"."+sitting.Code, events...); err != nil {
			return err
		}
	}
	return nil
}

// AsRehearsal is an exam file with the mark of a rehearsal.
func AsRehearsal(file []byte) ([]byte, error) {
	d, err := engine.ParseDefinition(file)
	if err != nil {
		return nil, err
	}
	d.Rehearsal = true
	return d.File()
}

// KindOf is what commands call an exam.
func KindOf(d *engine.Definition) string {
	if d.Rehearsal {
		return "GLADI: rehearsal"
	}
	return "exam"
}

// NewSeed makes the exam's seed of two parts, as two custodians would.
func NewSeed() ([]byte, error) {
	parts := make([]byte, 64)
	if _, err := rand.Read(parts); err != nil {
		return nil, fmt.Errorf("make the seed: %w", err)
	}
	seed := sha256.Sum256(parts)
	return seed[:], nil
}

// SectionRules are what a rule set asks of the items of each section: the points an option may
// have, and whether one option alone is right.
func SectionRules(rs *scoring.RuleSet) []questionbank.SectionRule {
	rules := make([]questionbank.SectionRule, len(rs.Sections))
	for i := range rs.Sections {
		s := &rs.Sections[i]
		rules[i] = questionbank.SectionRule{ID: s.Code, Values: s.Values(), OneKey: s.Kind == scoring.Keyed}
	}
	return rules
}

// ErrExists: the code is that of an exam of this journal.
var ErrExists = errors.New("it exists already: choose another code")

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// neverRemoved refuses the code of a rehearsal that was removed: its streams' names would
// come to mean two things, to nodes that remember them and to whoever has a backup.
func neverRemoved(ctx context.Context, s *stores.DB, code string) error {
	err := s.Journal.Read(ctx, engine.RemovalStream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if err == nil && e.Kind == engine.ExamRemoved && e.Act == code {
			err = fmt.Errorf("a rehearsal of this code was removed by %s at %s: choose another code", e.By, e.At)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("exam %s: %w", code, err)
	}
	return nil
}
