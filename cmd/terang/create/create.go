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

func (x *Source) makePlan(rules *scoring.RuleSet, blueprint *questionbank.Blueprint, earlier []*questionbank.Plan) (*questionbank.Plan, error) {
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

// Exam writes an exam into the stores: its definition, its rule set, its bank version,
// what is known of its items and its plan into the archive, its seed sealed into the
// register, and what was fixed by hash into its stream. Faults are found before anything is
// written.
func Exam(ctx context.Context, s *stores.DB, keys *stores.KeyFile, by string, source Source) (*engine.Definition, error) {
	file, ruleset, bank, stats := source.File, source.Ruleset, source.Bank, source.Stats
	def, err := engine.ParseDefinition(file)
	if err != nil {
		return nil, err
	}
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
	plans, err := s.Earlier(keys).Plans(ctx, def, engine.NewClock().Now())
	if err != nil {
		return nil, fmt.Errorf("exam file: %w", err)
	}
	plan, err := source.makePlan(rules, blueprint, plans)
	if err != nil {
		return nil, fmt.Errorf("exam file: %w", err)
	}
	log := source.Log
	if log == nil {
		log = proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	}
	stream := engine.ExamStream + def.Code
	if err := s.Journal.Read(ctx, stream, 0, func(engine.Record) error { return ErrExists }); err != nil {
		return nil, fmt.Errorf("exam %s: %w", def.Code, err)
	}
	if err := neverRemoved(ctx, s, def.Code); err != nil {
		return nil, err
	}
	defHash, err := s.Archive.Keep(ctx, file)
	if err != nil {
		return nil, err
	}
	bankHash, err := s.Archive.Keep(ctx, bank.Encode())
	if err != nil {
		return nil, err
	}
	planHash, err := s.Archive.Keep(ctx, plan.Encode())
	if err != nil {
		return nil, err
	}
	rulesHash, err := s.Archive.Keep(ctx, ruleset)
	if err != nil {
		return nil, err
	}
	if stats != nil {
		if _, err := s.Archive.Keep(ctx, stats.Bytes()); err != nil {
			return nil, err
		}
	}
	seed, err := source.makeSeed()
	if err != nil {
		return nil, err
	}
	err = s.Register.Put(ctx, engine.Entry{Kind: stores.KindSeed, ID: def.Code, Body: keys.Seal("seed/"+def.Code, seed)})
	if err != nil {
		return nil, err
	}
	if _, err := proctor.NewPeople(s.Register).SaveExam(ctx, file); err != nil {
		return nil, err
	}
	now := engine.NewClock().Now()
	if source.Use != nil {
		if err := source.Use(ctx, def.Code, now); err != nil {
			return nil, err
		}
	}
	err = log.Append(ctx, stream,
		engine.Event{Kind: engine.ExamDefined, At: now, By: by, Text: defHash.String(), On: def.Rehearsal},
		engine.Event{Kind: engine.RuleSetFixed, At: now, By: by, Act: rules.ID, Text: rulesHash.String()},
		engine.Event{Kind: engine.PlanMade, At: now, By: by, Plan: planHash.String(), Text: bankHash.String()},
		engine.Event{Kind: engine.SeedCommitted, At: now, By: by, Seed: engine.SHA256(string(seed))},
	)
	if err != nil {
		return nil, err
	}
	for _, sitting := range def.Sittings {
		at, err := def.StartOf(sitting)
		if err != nil {
			return nil, err
		}
		length := rules.Length()
		if sitting.Minutes > 0 {
			length = minutes(sitting.Minutes)
		}
		events := []engine.Event{{Kind: engine.SittingPlanned, At: now, By: by, From: at, MS: length.Milliseconds()}}
		if sitting.Closed { // in the exam that a pack was sealed of
			events = append(events, engine.Event{Kind: engine.SittingCancelled, At: now, By: by})
		}
		err = log.Append(ctx, engine.SittingStream+def.Code+"."+sitting.Code, events...)
		if err != nil {
			return nil, err
		}
	}
	return def, nil
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

func SectionRules(rs *scoring.RuleSet) []questionbank.SectionRule {
	rules := make([]questionbank.SectionRule, len(rs.Sections))
	for i := range rs.Sections {
		s := &rs.Sections[i]
		rules[i] = questionbank.SectionRule{ID: s.Code, Values: s.Values(), OneKey: s.Kind == scoring.Keyed}
	}
	return rules
}

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
