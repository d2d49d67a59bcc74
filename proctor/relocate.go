package proctor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"terang/engine"
)

// Refusals of those who would send somebody to another sitting.
const (
	TooLate engine.Code = "too_late" // that sitting has begun, or this one has
	NoSeats engine.Code = "no_seats" // the other sitting has no seats left for so many
)

// destination finds the sitting that an act sends people to: by its code, or as
// EXAM.SITTING of the same exam.
func (a *act) destination() (engine.SittingDef, engine.RoomDef, bool) {
	code := a.To
	if prefix := a.def.Code + "."; len(code) > len(prefix) && code[:len(prefix)] == prefix {
		code = code[len(prefix):]
	}
	s, r, ok := sittingOf(a.def, code)
	return s, r, ok && s.Code != a.sitting.Code
}

// sends says whether the act sends people to the sitting EXAM.CODE.
func (a *act) sends(sitting string) bool {
	if a.Action != engine.ActTransfer && a.Action != engine.ActContinue {
		return false
	}
	to, _, ok := a.destination()
	return ok && a.def.Code+"."+to.Code == sitting
}

// stillHere are those of a move who are still at its sitting. Whom an earlier act has sent where
// this one does are there: that act may have been cut short, and only the roster has to follow.
func (d *Desk) stillHere(a *act, targets []target) (here []target, there []Seat, failed []Failed) {
	for _, t := range targets {
		gone := false
		t.live.View(func(s *engine.Attempt, _ *engine.Terms) { t.at, gone = s.Sitting, d.gone(s, t.person, a.room.ID) })
		switch {
		case !gone:
			here = append(here, t)
		case a.sends(t.at):
			there = append(there, Seat{t.seat, t.person.Number})
		default:
			failed = append(failed, failure(t.seat, t.person.Number, refusal(engine.WrongState, "elsewhere")))
		}
	}
	return here, there, failed
}

// admitsMove refuses who may not do the act at the other sitting too, and what comes too
// late. A transfer ends with the start of the sitting that is left, and with the close of
// check-in at the one that takes.
func (d *Desk) admitsMove(actor *Account, a *act) error {
	to, _, ok := a.destination()
	switch {
	case !ok:
		return refusal(UnknownSitting, "to")
	case actor != nil && !actor.May(a.Action, a.def.Code, to.Site, to.Code):
		return refusal(engine.NotAllowed, "to")
	}
	for _, id := range []string{a.room.ID, a.def.Code + "." + to.Code} { // one home writes both
		if err := d.hall.Holds(id); err != nil {
			return err
		}
	}
	here, there := a.room.State().Phase, d.hall.Sitting(a.def.Code+"."+to.Code).State().Phase
	late := ""
	switch {
	case here == engine.Sealed:
		return refusal(TooLate, "minutes")
	case there != engine.Planned && there != engine.CheckingIn:
		late = "to"
	case a.Action == engine.ActTransfer && here != engine.Planned && here != engine.CheckingIn && here != engine.Waiting:
		late = "sitting"
	}
	if late != "" && !d.areThere(a) { // of who is, both may have gone on since
		return refusal(TooLate, late)
	}
	return nil
}

// areThere says whether everybody whom the act sends was sent there by one before, which was cut
// short: only the roster has to follow.
func (d *Desk) areThere(a *act) bool {
	targets, failed := d.targets(a)
	return len(targets) > 0 && len(failed) == 0 && !slices.ContainsFunc(targets, func(t target) bool { return !a.sends(t.at) })
}

// takesTwo says whether the act takes two people: by the exam's policy, or because it
// changes the roster after that was frozen.
func (d *Desk) takesTwo(ctx context.Context, a *act) (bool, error) {
	if a.needsTwo() || a.Action != engine.ActTransfer && a.Action != engine.ActContinue {
		return a.needsTwo() || d.weighs(a), nil
	}
	frozen := false
	if err := d.accounts.log.look(ctx, engine.ExamStream+a.def.Code, func(t *tip) { frozen = t.frozen.Kind != "" }); err != nil || frozen {
		return frozen, err
	}
	for _, s := range a.def.Sittings {
		frozen = frozen || d.hall.Sitting(a.def.Code+"."+s.Code).State().OpenedAt != 0
	}
	return frozen, nil
}

// elsewhere sends people to another sitting. First each attempt's stream says so, then the
// roster follows, in one record of the exam's stream from which every node hears it. What
// is done once has no second effect, so that an act which was cut short can be sent again.
func (d *Desk) elsewhere(ctx context.Context, a *act, targets []target) (Response, error) {
	d.people.rosters.Lock()
	defer d.people.rosters.Unlock()
	d.seating.Lock()
	defer d.seating.Unlock()
	if err := d.admitsMove(nil, a); err != nil {
		return Response{}, err
	}
	to, room, _ := a.destination()
	// As the register has them now: the people in memory may lag behind an act before.
	known := NewPeople(d.register)
	if err := known.Load(ctx, a.def.Code); err != nil {
		return Response{}, err
	}
	id := a.def.Code + "." + to.Code
	free := room.Seats - len(spareIn(room)) - len(d.station.brokenIn(room)) - len(known.In(id))
	come := 0
	targets, there, failed := d.stillHere(a, targets)
	for _, t := range targets {
		if p := known.Person(t.person.Attempt); p != nil && p.Sitting != to.Code {
			come++
		}
	}
	if come > max(0, free) {
		return Response{}, refusal(NoSeats, "to")
	}
	response := d.each(a, targets, func(a *act, t *target) []engine.Command {
		c := a.command(t)
		c.Sitting, c.From = id, a.room.ID
		return []engine.Command{c}
	})
	response.Done, response.Failed = append(response.Done, there...), append(response.Failed, failed...)
	if len(response.Done) == 0 {
		return response, nil
	}
	if err := known.Load(ctx, a.def.Code); err != nil { // another node may have corrected somebody meanwhile
		return response, err
	}
	var moved []Person
	for _, done := range response.Done {
		for _, p := range known.Find(done.Number, a.def.Code) {
			q := *p
			q.Sitting, q.Site, q.Seat = to.Code, to.Site, ""
			moved = append(moved, q)
		}
	}
	if err := known.save(ctx, a.def.Code, moved, nil, nil, Placement{}); err != nil {
		return response, err
	}
	sum := sha256.Sum256(Canonical(moved))
	e := engine.Event{
		Kind: engine.SittingChanged, At: a.now, By: a.by, Two: a.two, Op: derive(a.Op, "roster"), Act: a.Action, Sitting: id,
		Text: hex.EncodeToString(sum[:]), MS: int64(len(moved)), Why: a.why,
	}
	_, err := d.accounts.log.decide(ctx, engine.ExamStream+a.def.Code, e.Op, func(*tip) ([]engine.Event, error) {
		err := known.Load(ctx, a.def.Code) // another node may have moved somebody meanwhile
		e.Form = engine.SHA256(string(known.Roster(a.def.Code)))
		return []engine.Event{e}, err
	})
	if err != nil {
		return response, errors.Join(refusal(engine.Busy, "roster"), fmt.Errorf("record who goes to %s: %w", id, err))
	}
	return response, nil
}
