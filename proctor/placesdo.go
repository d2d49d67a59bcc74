package proctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"terang/engine"
)

// do changes the places as it was agreed. First the sittings' own streams say which are
// added, postponed and cancelled: there it is certain that check-in was not opened
// meanwhile. Then the register is given the exam file and the roster, and last the exam's
// stream says so, from which every node hears it. Each step has one effect however often it
// is asked for, so that an act which was cut short is gone on with.
func (p *Places) do(ctx context.Context, q *Proposal, two string) (Response, error) {
	o := p.office
	o.rosters.Lock()
	defer o.rosters.Unlock()
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
	people, err := p.seated(ctx, q, s, &pay, file)
	if err != nil {
		return Response{}, err
	}
	why, words := splitReason(q.Reason)
	text, err := KeepText(ctx, o.register, words)
	if err != nil {
		return Response{}, err
	}
	a := agreed{p: p, q: q, two: two, why: why, text: text, at: o.now()}
	if err := a.sittings(&pay); err != nil {
		return Response{}, err
	}
	hash, err := p.archive.Keep(ctx, file)
	if err != nil {
		return Response{}, fmt.Errorf("keep the places of %s: %w", q.Exam, err)
	}
	if _, err := s.known.SaveExam(ctx, file); err != nil {
		return Response{}, err
	}
	events := []engine.Event{{
		Kind: engine.PlacesChanged, At: a.at, By: q.By, Two: two, Op: q.Op, Text: hash.String(), Why: why, Form: text, Extra: int64(pay.Told),
	}}
	if pay.Roster != nil {
		if people != nil {
			if err := p.give(ctx, q.Exam, s.known, people, a.at); err != nil {
				return Response{}, err
			}
		}
		events = append(events, engine.Event{
			Kind: engine.RosterLoaded, At: a.at, By: q.By, Two: two, Text: pay.RosterNext, MS: int64(pay.People), Why: why,
			Act: RosterDrawn, Seed: pay.Roster.Draw, Plan: pay.Roster.Plan,
		})
	}
	_, err = o.log.decide(ctx, q.Stream, q.Op, func(*tip) ([]engine.Event, error) { return events, nil })
	return Response{}, err
}

// seated are the people with the sittings that they are given; nil where the register has
// them so already.
func (p *Places) seated(ctx context.Context, q *Proposal, s *standingPlaces, pay *placesPayload, file []byte) ([]Person, error) {
	if pay.Roster == nil {
		return nil, nil
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

// give gives people their sittings in the register.
func (p *Places) give(ctx context.Context, exam string, known *People, people []Person, at engine.Instant) error {
	ends := Placement{At: at}
	if err := p.office.log.look(ctx, engine.ExamStream+exam, func(t *tip) { ends.Until = t.rosters + 1 }); err != nil {
		return err
	}
	return known.save(ctx, exam, people, nil, nil, ends)
}

// agreed is an act that is being done, with what its events carry.
type agreed struct {
	p         *Places
	q         *Proposal
	two       string
	why, text string
	at        engine.Instant
}

// sittings adds, postpones and cancels. Before the first is written all are looked at: what
// cannot be done of one is not done of the others.
func (a *agreed) sittings(pay *placesPayload) error {
	hall := a.p.office.pairs.hall
	if hall == nil {
		return errors.New("places are changed where the sittings are held: this process has no hall")
	}
	for _, code := range slices.Concat(pay.Cancel, slices.Sorted(maps.Keys(pay.Hours))) {
		s := hall.Sitting(a.q.Exam + "." + code).State()
		if s.Phase != engine.Planned && !(s.Phase == engine.Cancelled && slices.Contains(pay.Cancel, code)) {
			return refusal(engine.WrongState, "places")
		}
	}
	for _, code := range slices.Sorted(maps.Keys(pay.Hours)) {
		e := engine.Event{Kind: engine.SittingPostponed, From: pay.Hours[code]}
		if ms, added := pay.Lasts[code]; added {
			e.Kind, e.MS = engine.SittingPlanned, ms
		}
		if err := a.append(hall.Sitting(a.q.Exam+"."+code), "hour/"+code, e); err != nil {
			return err
		}
	}
	for _, code := range pay.Cancel {
		if err := a.append(hall.Sitting(a.q.Exam+"."+code), "cancel/"+code, engine.Event{Kind: engine.SittingCancelled}); err != nil {
			return err
		}
	}
	return nil
}

// append records what becomes of a sitting whose check-in was never opened.
func (a *agreed) append(room *engine.Room, part string, e engine.Event) error {
	e.By, e.Two, e.Op, e.Why, e.Text = a.q.By, a.two, derive(a.q.Op, part), a.why, a.text
	_, err := room.Append(e.Op, func(s *engine.Sitting) ([]engine.Event, error) {
		if s.Phase == engine.Cancelled && e.Kind == engine.SittingCancelled {
			return nil, nil // by an act before, which was cut short
		}
		if s.Phase != engine.Planned {
			return nil, refusal(engine.WrongState, "places")
		}
		e.At = max(a.at, s.At)
		return []engine.Event{e}, nil
	})
	return err
}
