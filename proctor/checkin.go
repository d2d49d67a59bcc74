package proctor

import (
	"slices"
	"strings"

	"terang/engine"
)

// checkin gives out PINs, and seats to those who have none.
func (d *Desk) checkin(a *act, targets []target) Response {
	d.seating.Lock()
	defer d.seating.Unlock()
	refused := map[string]error{}
	var comers []target // who has no seat here yet
	var admitted []target
	for _, t := range targets {
		var s engine.Attempt
		var again bool
		t.live.View(func(now *engine.Attempt, _ *engine.Terms) {
			s.State, s.Seat, s.Away, s.CheckedBy = now.State, now.Seat, now.Away, now.CheckedBy
			again = now.Accepted(derive(a.Op, t.person.Attempt)) != 0
		})
		t.seat = s.Seat
		err := error(nil)
		if !again {
			err = a.admits(&s)
		}
		switch {
		case err != nil:
			refused[t.person.Attempt] = err
			continue
		case !again && s.State == engine.Assigned:
			comers = append(comers, t)
		}
		admitted = append(admitted, t)
	}
	seats, err := d.giveSeats(a, comers)
	for i := range admitted {
		t := &admitted[i]
		if !slices.ContainsFunc(comers, func(c target) bool { return c.person == t.person }) {
			continue
		}
		g := seats[t.person.Number]
		if t.seat = g.seat; err != nil {
			g.err = err
		}
		if g.err != nil {
			refused[t.person.Attempt] = g.err
		}
	}
	admitted = slices.DeleteFunc(admitted, func(t target) bool { return refused[t.person.Attempt] != nil })
	response := d.each(a, admitted, func(a *act, t *target) []engine.Command {
		id := t.person.Attempt
		c := a.command(t)
		c.Seat, c.Number, c.Paper, c.On = t.seat, t.person.Number, a.Paper, a.First
		c.Pin = d.keys.HashPIN(a.room.ID, id, d.keys.IssuePIN(a.Op, id))
		return []engine.Command{c}
	})
	for _, t := range targets {
		if err := refused[t.person.Attempt]; err != nil {
			response.add(t, err)
		}
	}
	d.showPINs(a, admitted, &response)
	return response
}

// showPINs adds the PINs that this operation issued and that still open the exam.
func (d *Desk) showPINs(a *act, admitted []target, response *Response) {
	for _, t := range admitted {
		pin := d.keys.IssuePIN(a.Op, t.person.Attempt)
		t.live.View(func(s *engine.Attempt, _ *engine.Terms) {
			if s.State != engine.Assigned && d.keys.CheckPIN(s.Pin, a.room.ID, t.person.Attempt, pin) {
				response.PINs = append(response.PINs, PIN{t.person.Number, t.person.Name, s.Seat, pin})
			}
		})
	}
}

// admits says whether the candidate may be checked in now.
func (a *act) admits(s *engine.Attempt) error {
	if s.State.Over() {
		return refusal(engine.WrongState, string(s.State))
	}
	here := s.State != engine.Assigned
	switch {
	case here && a.First:
		return refusal(engine.AlreadyHere, s.CheckedBy)
	case here && a.To != "":
		// Another computer is a move: it stops the clock until the device has changed.
		if label, ok := seatLabel(a.To, a.place.Seats); !ok || label != s.Seat {
			return refusal(engine.WrongState, "to")
		}
	case a.Paper != "" && !slices.Contains(a.def.Policy.Papers, a.Paper):
		return refusal(engine.BadFrame, "paper")
	case !here && s.Away != "" && strings.TrimSpace(a.Reason) == "":
		// Who was turned away may come back, but somebody has to say why.
		return refusal(engine.NeedsReason, "turned_away")
	}
	refuses := !here && a.def.Policy.LateEntry == engine.LateRefuse
	sitting := a.room.State()
	switch sitting.Phase {
	case engine.CheckingIn:
		// The clock closes the door, not the button that is pressed some time after.
		if refuses && a.now >= sitting.ClosesAt(&a.def.Policy) {
			return refusal(engine.Closed, "checkin")
		}
		return nil
	case engine.Planned:
		return refusal(engine.NotOpen, "checkin")
	case engine.Ended, engine.Sealed, engine.Cancelled:
		return refusal(engine.Closed, "sitting")
	}
	// Who is here already gets a new PIN at any time; who comes now is late.
	if refuses {
		return refusal(engine.Closed, "checkin")
	}
	return nil
}
