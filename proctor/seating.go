package proctor

import (
	"strings"

	"terang/engine"
)

// chair is a seat of a sitting as it is taken or kept for somebody.
type chair struct {
	person *Person
	live   *engine.Live
	state  engine.State
	seat   string // "" while nobody sits or is expected there

	suspended bool // begun at another sitting, not yet gone on here
}

// chairs lists everybody who is expected at a sitting with the seat that is theirs now.
// Somebody who is here has the seat for certain; a reserved one counts only while check-in
// has not closed and nobody else was given it.
func (d *Desk) chairs(room *engine.Room) []chair {
	people := d.people.In(room.ID)
	all := make([]chair, 0, len(people))
	here := map[string]bool{}
	phase := room.State().Phase
	reserving := phase == engine.Planned || phase == engine.CheckingIn
	for _, p := range people {
		c := chair{person: p, live: d.hall.Attempt(p.Attempt), state: engine.Assigned}
		away := ""
		if c.live != nil {
			c.live.View(func(a *engine.Attempt, _ *engine.Terms) {
				c.state, c.seat, away, c.suspended = a.State, a.Seat, a.Away, a.Suspended()
			})
		}
		switch {
		case c.state != engine.Assigned:
			here[c.seat] = true
		case away == "" && reserving:
			c.seat = p.Seat
		default:
			c.seat = ""
		}
		all = append(all, c)
	}
	for i := range all {
		if c := &all[i]; c.state == engine.Assigned && here[c.seat] {
			c.seat = ""
		}
	}
	return all
}

// targets finds who is meant. Without names it is everybody of whom the act can be asked.
func (d *Desk) targets(a *act) (found []target, failed []Failed) {
	chairs := d.chairs(a.room)
	if !a.named() {
		for _, c := range chairs {
			if c.live != nil && concerns(a.Action, &c) {
				found = append(found, target{c.person, c.live, c.seat})
			}
		}
		return found, nil
	}
	bySeat, byNumber := map[string]*chair{}, map[string]*chair{}
	for i := range chairs {
		c := &chairs[i]
		n, _ := NormalNumber(c.person.Number)
		byNumber[n] = c
		if c.seat != "" {
			bySeat[c.seat] = c
		}
	}
	seen := map[*chair]bool{}
	take := func(c *chair, seat, number, field string) {
		switch {
		case c == nil:
			failed = append(failed, failure(seat, number, refusal(engine.UnknownSeat, field)))
		case seen[c]:
		case c.live == nil:
			failed = append(failed, failure(c.seat, c.person.Number, refusal(engine.UnknownSeat, field)))
		default:
			found = append(found, target{c.person, c.live, c.seat})
		}
		seen[c] = c != nil
	}
	for _, seat := range a.Seats {
		label, _ := seatLabel(seat, a.place.Seats)
		take(bySeat[label], seat, "", "seats")
	}
	for _, number := range a.Numbers {
		n, _ := NormalNumber(number)
		take(byNumber[n], "", number, "numbers")
	}
	return found, failed
}

// concerns says whether an act on everybody reaches a candidate in this state.
func concerns(action string, c *chair) bool {
	s := c.state
	begun := s == engine.Running || s == engine.OnPause || c.suspended
	switch action {
	case engine.ActTransfer:
		return !begun && !s.Over()
	case engine.ActContinue:
		return begun
	case engine.ActDecideCredit:
		return s == engine.Running || s == engine.OnPause || s == engine.Done
	default:
		return s != engine.Assigned && !s.Over()
	}
}

// checkin gives out PINs, and seats to those who have none.
func (d *Desk) checkin(a *act, targets []target) Response {
	d.seating.Lock()
	defer d.seating.Unlock()
	taken := map[string]*Person{}
	for _, c := range d.chairs(a.room) {
		if c.seat != "" {
			taken[c.seat] = c.person
		}
	}
	d.keepFree(a, taken)
	wanted := ""
	refused := map[string]error{}
	if a.To != "" {
		label, ok := seatLabel(a.To, a.place.Seats)
		if !ok || len(targets) != 1 {
			var no Response
			for _, t := range targets {
				no.add(t, refusal(engine.UnknownSeat, "to"))
			}
			return no
		}
		wanted = label
	}
	seats := map[string]string{}
	var admitted []target
	for _, t := range targets {
		var s engine.Attempt
		var again bool
		t.live.View(func(now *engine.Attempt, _ *engine.Terms) {
			s.State, s.Seat, s.Away = now.State, now.Seat, now.Away
			again = now.Accepted(derive(a.Op, t.person.Attempt)) != 0
		})
		seat := s.Seat
		if !again {
			var err error
			if err = admits(a, &s); err == nil {
				seat, err = a.seatFor(t, &s, wanted, taken)
			}
			if err != nil {
				refused[t.person.Attempt] = err
				continue
			}
			taken[seat] = t.person
		}
		seats[t.person.Attempt] = seat
		t.seat = seat
		admitted = append(admitted, t)
	}
	response := d.each(a, admitted, func(a *act, t *target) []engine.Command {
		id := t.person.Attempt
		c := a.command(id)
		c.Sitting, c.Seat, c.Number = a.room.ID, seats[id], t.person.Number
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
func admits(a *act, s *engine.Attempt) error {
	if s.State.Over() {
		return refusal(engine.WrongState, string(s.State))
	}
	if s.State == engine.Assigned && s.Away != "" && strings.TrimSpace(a.Reason) == "" {
		// Who was turned away may come back, but somebody has to say why.
		return refusal(engine.NeedsReason, "turned_away")
	}
	switch a.room.State().Phase {
	case engine.CheckingIn:
		return nil
	case engine.Planned:
		return refusal(engine.NotOpen, "checkin")
	case engine.Ended, engine.Sealed:
		return refusal(engine.Closed, "sitting")
	}
	// Who is here already gets a new PIN at any time; who comes now is late.
	if s.State == engine.Assigned && a.def.Policy.LateEntry == engine.LateRefuse {
		return refusal(engine.Closed, "checkin")
	}
	return nil
}

// seatFor chooses the seat: the one asked for, the present one, the reserved one, or the
// first that is free.
func (a *act) seatFor(t target, s *engine.Attempt, wanted string, taken map[string]*Person) (string, error) {
	free := func(seat string) bool { return taken[seat] == nil || taken[seat] == t.person }
	here := s.State != engine.Assigned
	switch {
	case here && (wanted == "" || wanted == s.Seat):
		return s.Seat, nil
	case here: // another computer is a move: it stops the clock until the device has changed
		return "", refusal(engine.WrongState, "to")
	case wanted != "" && !free(wanted):
		return "", refusal(engine.WrongState, "to")
	case wanted != "":
		return wanted, nil
	case t.person.Seat != "" && free(t.person.Seat):
		return t.person.Seat, nil
	}
	for n := 1; n <= a.place.Seats; n++ {
		if seat := seatNumber(n, a.place.Seats); taken[seat] == nil {
			return seat, nil
		}
	}
	return "", refusal(engine.TooMuch, "seats")
}

// move puts a candidate at another computer.
func (d *Desk) move(a *act, targets []target) Response {
	d.seating.Lock()
	defer d.seating.Unlock()
	to, known := seatLabel(a.To, a.place.Seats)
	taken := map[string]bool{}
	for _, c := range d.chairs(a.room) {
		taken[c.seat] = true
	}
	var response Response
	for _, t := range targets {
		again := false
		t.live.View(func(s *engine.Attempt, _ *engine.Terms) {
			again = s.Accepted(derive(a.Op, t.person.Attempt)) != 0
		})
		var err error
		switch {
		case again:
		case !known:
			err = refusal(engine.UnknownSeat, "to")
		case taken[to]: // by somebody else, or it is no move
			err = refusal(engine.WrongState, "to")
		case d.station.broken(a.place, to):
			err = refusal(engine.WrongState, SeatBroken)
		}
		if err == nil {
			c := a.command(t.person.Attempt)
			c.Seat = to
			err = t.live.Ask(c, nil).Err
			t.seat = to
		}
		response.add(t, err)
	}
	return response
}
