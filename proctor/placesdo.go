package proctor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"terang/engine"
)

// do changes the places as it was agreed, see replacing, and gives people their sittings
// beside the exam file. An act that was cut short is gone on with. One person's change is
// refused if it has come to take two since it was asked for.
func (p *Places) do(ctx context.Context, q *Proposal, two string) (Response, error) {
	o := p.office
	o.pairs.people.rosters.Lock()
	defer o.pairs.people.rosters.Unlock()
	if done, err := o.Recorded(ctx, q); err != nil || done {
		return Response{}, err
	}
	var pay placesPayload
	if err := json.Unmarshal(q.Payload, &pay); err != nil {
		return Response{}, fmt.Errorf("proposal %s: %w", q.ID, err)
	}
	file, err := p.kept(ctx, q, pay.File)
	if err != nil {
		return Response{}, err
	}
	s, err := p.standing(ctx, q.Exam)
	if err != nil {
		return Response{}, err
	}
	// That of an act before this one, which was cut short, may stand there already.
	if stands := engine.SHA256(string(s.file)); stands != pay.Base && stands != pay.File {
		return Response{}, refusal(engine.WrongState, "places")
	}
	if two == "" {
		switch takes, err := p.takesTwo(ctx, s.def); {
		case err != nil:
			return Response{}, err
		case takes:
			return Response{}, refusal(engine.WrongState, "places")
		}
	}
	if len(pay.Lasts) > 0 {
		if err := o.unrevealed(ctx, q.Exam); err != nil {
			return Response{}, err
		}
	}
	people, err := p.seated(ctx, q, s, &pay, file)
	if err != nil {
		return Response{}, err
	}
	r, err := o.replacing(ctx, p.archive, q, two)
	if err != nil {
		return Response{}, err
	}
	if err := r.sittings(&pay); err != nil {
		return Response{}, err
	}
	changed, err := r.file(ctx, s.known, file, q.Op, pay.Told)
	if err != nil {
		return Response{}, err
	}
	events := []engine.Event{changed}
	if pay.Roster != nil {
		if people != nil {
			if err := p.give(ctx, q.Exam, s.known, people, r.at); err != nil {
				return Response{}, err
			}
		}
		events = append(events, engine.Event{
			Kind: engine.RosterLoaded, At: r.at, By: q.By, Two: two, Text: pay.RosterNext, MS: int64(pay.People), Why: r.why,
			Act: RosterDrawn, Seed: pay.Roster.Draw, Plan: pay.Roster.Plan,
		})
	}
	_, err = o.log.decide(ctx, q.Stream, q.Op, func(*tip) ([]engine.Event, error) { return events, nil })
	return Response{}, err
}

// seated are the people with the sittings that they are given; nil where the register has
// them so already, or everybody keeps theirs.
func (p *Places) seated(ctx context.Context, q *Proposal, s *standingPlaces, pay *placesPayload, file []byte) ([]Person, error) {
	if pay.Roster == nil {
		return nil, p.keeps(ctx, q, s, pay, file)
	}
	switch engine.SHA256(string(s.known.Roster(q.Exam))) {
	case pay.RosterNext:
		return nil, nil
	case pay.RosterBase:
	default:
		return nil, refusal(engine.WrongState, "places")
	}
	def, err := engine.ParseDefinition(file)
	if err != nil {
		return nil, err
	}
	roster, err := p.kept(ctx, q, pay.Roster.File)
	if err != nil {
		return nil, err
	}
	people, lines, faults := parseRoster(bytes.NewReader(roster), def, s.known.Formations(q.Exam), s.known.All(q.Exam), true)
	if len(faults) == 0 {
		change, err := s.known.change(ctx, p.office.log, q.Exam, people, lines, true)
		if err != nil {
			return nil, err
		}
		if faults, err = s.known.settled(ctx, p.office.log, change); err != nil {
			return nil, err
		}
	}
	if len(faults) > 0 {
		return nil, faultsError(faults, "places")
	}
	return people, nil
}

// keeps refuses a change by which everybody was to keep the sitting, where that is not so
// any more. One that was cut short is gone on with, whoever was sent where since.
func (p *Places) keeps(ctx context.Context, q *Proposal, s *standingPlaces, pay *placesPayload, file []byte) error {
	def, err := engine.ParseDefinition(file)
	if err != nil || engine.SHA256(string(s.file)) == pay.File {
		return err
	}
	state, err := p.states(ctx, s)
	if err != nil {
		return err
	}
	for code := range pay.Hours {
		if state(code).Accepted(derive(q.Op, "hour/"+code)) != 0 {
			return nil
		}
	}
	for _, code := range pay.Cancel {
		if state(code).Accepted(derive(q.Op, "cancel/"+code)) != 0 {
			return nil
		}
	}
	if next := (&placing{def: def, state: state, closed: pay.Cancel}); next.strands(s) {
		return refusal(engine.WrongState, "places")
	}
	return nil
}

// give gives people their sittings in the register.
func (p *Places) give(ctx context.Context, exam string, known *People, people []Person, at engine.Instant) error {
	ends := Placement{At: at}
	if err := p.office.log.look(ctx, engine.ExamStream+exam, func(t *tip) { ends.Until = t.rosters + 1 }); err != nil {
		return err
	}
	return known.save(ctx, exam, people, nil, nil, ends)
}

// sittings adds, postpones and cancels. Before the first is written all are looked at: what
// cannot be done of one is not done of the others.
func (r *replacing) sittings(pay *placesPayload) error {
	for _, code := range slices.Concat(pay.Cancel, slices.Sorted(maps.Keys(pay.Hours))) {
		phase := r.hall.Sitting(r.q.Exam + "." + code).State().Phase
		if phase != engine.Planned && !(phase == engine.Cancelled && slices.Contains(pay.Cancel, code)) {
			return refusal(engine.WrongState, "places")
		}
	}
	for _, code := range slices.Sorted(maps.Keys(pay.Hours)) {
		e := engine.Event{Kind: engine.SittingPostponed, From: pay.Hours[code]}
		if ms, added := pay.Lasts[code]; added {
			e.Kind, e.MS = engine.SittingPlanned, ms
		}
		if err := r.sitting(code, "hour/"+code, e); err != nil {
			return err
		}
	}
	for _, code := range pay.Cancel {
		if err := r.sitting(code, "cancel/"+code, engine.Event{Kind: engine.SittingCancelled}); err != nil {
			return err
		}
	}
	return nil
}
