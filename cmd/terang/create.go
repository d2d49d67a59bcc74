package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring"
)

// examSource is what an exam is made of.
type examSource struct {
	file    []byte // exam.json
	ruleset []byte // bytes of its rule set; none are those of the name in the file
	bank    *questionbank.Bank
	stats   *questionbank.Statistics // what is known of the items; nil for nothing

	// Of a sealed pack, whose forms are the same wherever it is opened.
	plan, seed []byte
	log        *proctor.Log // who writes it; nil: straight to the journal, without a hall
	// use records which items the exam names, before the exam itself: an item that is said
	// to be used and is not harms nobody, the other way round it is shown too often.
	use func(ctx context.Context, exam string, at engine.Instant) error
}

func (x *examSource) makePlan(rules *scoring.RuleSet, blueprint *questionbank.Blueprint, earlier []*questionbank.Plan) (*questionbank.Plan, error) {
	if x.plan != nil {
		return questionbank.DecodePlan(x.plan, x.bank)
	}
	return compilePlan(rules, x.bank, blueprint, questionbank.Knowledge{Statistics: x.stats, Earlier: earlier})
}

func (x *examSource) makeSeed() ([]byte, error) {
	if x.seed != nil {
		return x.seed, nil
	}
	return newSeed()
}

// createExam writes an exam into the stores: its definition, its rule set, its bank version,
// what is known of its items and its plan into the archive, its seed sealed into the
// register, and what was fixed by hash into its stream. Faults are found before anything is
// written.
func createExam(ctx context.Context, s *stores, keys *keyFile, by string, source examSource) (*engine.Definition, error) {
	file, ruleset, bank, stats := source.file, source.ruleset, source.bank, source.stats
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
	plans, err := s.earlier(keys).plans(ctx, def, engine.NewClock().Now())
	if err != nil {
		return nil, fmt.Errorf("exam file: %w", err)
	}
	plan, err := source.makePlan(rules, blueprint, plans)
	if err != nil {
		return nil, fmt.Errorf("exam file: %w", err)
	}
	log := source.log
	if log == nil {
		log = proctor.NewLog(s.journal, proctor.Direct(s.journal))
	}
	stream := engine.ExamStream + def.Code
	if err := s.journal.Read(ctx, stream, 0, func(engine.Record) error { return errExists }); err != nil {
		return nil, fmt.Errorf("exam %s: %w", def.Code, err)
	}
	if err := neverRemoved(ctx, s, def.Code); err != nil {
		return nil, err
	}
	defHash, err := s.archive.Keep(ctx, file)
	if err != nil {
		return nil, err
	}
	bankHash, err := s.archive.Keep(ctx, bank.Encode())
	if err != nil {
		return nil, err
	}
	planHash, err := s.archive.Keep(ctx, plan.Encode())
	if err != nil {
		return nil, err
	}
	rulesHash, err := s.archive.Keep(ctx, ruleset)
	if err != nil {
		return nil, err
	}
	if stats != nil {
		if _, err := s.archive.Keep(ctx, stats.Bytes()); err != nil {
			return nil, err
		}
	}
	seed, err := source.makeSeed()
	if err != nil {
		return nil, err
	}
	err = s.register.Put(ctx, engine.Entry{Kind: kindSeed, ID: def.Code, Body: keys.Seal("seed/"+def.Code, seed)})
	if err != nil {
		return nil, err
	}
	if _, err := proctor.NewPeople(s.register).SaveExam(ctx, file); err != nil {
		return nil, err
	}
	now := engine.NewClock().Now()
	if source.use != nil {
		if err := source.use(ctx, def.Code, now); err != nil {
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

// asRehearsal is an exam file with the mark of a rehearsal.
func asRehearsal(file []byte) ([]byte, error) {
	d, err := engine.ParseDefinition(file)
	if err != nil {
		return nil, err
	}
	d.Rehearsal = true
	return encodeDefinition(d)
}

// kindOf is what commands call an exam.
func kindOf(d *engine.Definition) string {
	if d.Rehearsal {
		return "GLADI: rehearsal"
	}
	return "exam"
}

// newSeed makes the exam's seed of two parts, as two custodians would.
func newSeed() ([]byte, error) {
	parts := make([]byte, 64)
	if _, err := rand.Read(parts); err != nil {
		return nil, fmt.Errorf("make the seed: %w", err)
	}
	seed := sha256.Sum256(parts)
	return seed[:], nil
}

func sectionRules(rs *scoring.RuleSet) []questionbank.SectionRule {
	rules := make([]questionbank.SectionRule, len(rs.Sections))
	for i := range rs.Sections {
		s := &rs.Sections[i]
		rules[i] = questionbank.SectionRule{ID: s.Code, Values: s.Values(), OneKey: s.Kind == scoring.Keyed}
	}
	return rules
}

// encodeDefinition is the file as a person would write it.
func encodeDefinition(d *engine.Definition) ([]byte, error) {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write exam file: %w", err)
	}
	return append(b, '\n'), nil
}
