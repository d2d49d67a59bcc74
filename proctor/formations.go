package proctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
)

// FormationsChange is what a list of formations would make of those that stand.
type FormationsChange struct {
	Base, Next string      // SHA-256 of the formations as they stand, and as they would
	Removed    []Formation // that the list leaves out
}

// ID names the change, as a roster's does.
func (c *FormationsChange) ID() string { return changeID(c.Base, c.Next) }

// ChangeFormations is what a whole list would make of formations that stand.
func ChangeFormations(stand, whole []Formation) *FormationsChange {
	return &FormationsChange{FormationsHash(stand), FormationsHash(whole), leftOut(stand, whole)}
}

// FormationsChange reads what the whole list of an exam's formations would change of the
// register as it is now. With faults it may not be taken.
func (p *People) FormationsChange(ctx context.Context, log *Log, now engine.Instant, exam string, whole []Formation) (*FormationsChange, []Fault, error) {
	if err := unpublished(ctx, log, now, exam); err != nil {
		return nil, nil, err
	}
	l, err := p.Read(ctx, exam)
	if err != nil {
		return nil, nil, err
	}
	c := ChangeFormations(l.Formations(), whole)
	gone := codesOf(c.Removed)
	return c, orphans(l.People, func(code string) bool { return gone[code] }), nil
}

func codesOf(formations []Formation) map[string]bool {
	codes := make(map[string]bool, len(formations))
	for _, f := range formations {
		codes[f.Code] = true
	}
	return codes
}

// leftOut are the formations that stand and are not in the whole list.
func leftOut(stand, whole []Formation) []Formation {
	kept := codesOf(whole)
	return slices.DeleteFunc(slices.Clone(stand), func(f Formation) bool { return kept[f.Code] })
}

// orphans finds formations that people have applied for and that go: whoever applied would be
// judged by no rule.
func orphans(people []*Person, goes func(code string) bool) (faults []Fault) {
	applied := make(map[string]int)
	for _, q := range people {
		applied[q.Formation]++
	}
	for code, n := range applied {
		if goes(code) {
			faults = append(faults, Fault{Column: "code", What: fmt.Sprintf("%s is left out, and %d people on the roster applied for it", code, n), Remedy: "keep it, with 0 seats if it is closed, or correct the roster first"})
		}
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.What, b.What) })
	return faults
}

// unpublished refuses once formations are published as a version: then only another version of
// two people changes them.
func unpublished(ctx context.Context, log *Log, now engine.Instant, exam string) error {
	versions, err := log.Versions(ctx, exam)
	if err == nil && InForce(versions, PartFormations, now) != nil {
		err = refusal(engine.WrongState, "published")
	}
	return err
}

// ImportFormations saves formations and commits to them in the exam's stream. Those go that a
// change has shown as removed; what is named neither there nor here stays.
func (p *People) ImportFormations(ctx context.Context, log *Log, by string, now engine.Instant, exam string, formations, removed []Formation) error {
	if err := unpublished(ctx, log, now, exam); err != nil {
		return err
	}
	if err := p.Save(ctx, exam, nil, formations); err != nil {
		return err
	}
	if err := p.eraseFormations(ctx, exam, removed); err != nil {
		return err
	}
	e := engine.Event{Kind: engine.FormationsLoaded, At: now, By: by, Text: FormationsHash(formations), MS: int64(len(formations))}
	_, err := log.decide(ctx, engine.ExamStream+exam, "", func(*tip) ([]engine.Event, error) {
		err := p.Load(ctx, exam) // others may have loaded some meanwhile
		e.Form = FormationsHash(p.Formations(exam))
		return []engine.Event{e}, err
	})
	return err
}

func (p *People) eraseFormations(ctx context.Context, exam string, removed []Formation) error {
	for _, f := range removed {
		if err := p.register.Erase(ctx, KindFormation, exam+"/"+f.Code); err != nil {
			return fmt.Errorf("remove formation %s of %s: %w", f.Code, exam, err)
		}
	}
	return nil
}
