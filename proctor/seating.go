package proctor

import (
	"errors"
	"slices"

	"terang/engine"
)

// chair is a seat of a sitting as it is taken or kept for somebody.
type chair struct {
	person    *Person
	live      *engine.Live
	state     engine.State
	seat      string // "" while nobody sits or is expected there
	away      bool   // turned away
	suspended bool   // begun at another sitting, not yet gone on here
	at        string // EXAM.SITTING where the attempt is, "" if it is nowhere yet
	gone      bool   // expected there, and the roster has not followed
}

func (c *chair) target() target { return target{c.person, c.live, c.seat, c.at} }

// sentOn says whether somebody whom the roster has at a sitting goes on at another. The
// attempt's stream says so first; the roster follows, on a large exam after tens of seconds.
// Of who has come nowhere yet, a roster that was changed after the move has the last word.
func sentOn(a *engine.Attempt, p *Person, sitting string) bool {
	if a.Sitting == "" || a.Sitting == sitting {
		return false
	}
	last := len(p.Was) - 1
	return a.State != engine.Assigned || last < 0 || p.Was[last].At <= a.MovedAt
}

// gone says whether somebody on the roster of a sitting is expected at another. One that is over
// takes nobody: what was begun before it has to be ended here.
func (d *Desk) gone(a *engine.Attempt, p *Person, sitting string) bool {
	if !sentOn(a, p, sitting) {
		return false
	}
	phase := d.hall.Sitting(a.Sitting).State().Phase
	return !a.Suspended() || phase != engine.Ended && phase != engine.Sealed && phase != engine.Cancelled
}

// chairs lists everybody who is expected at a sitting with the seat that is theirs now.
// Somebody who is here has the seat for certain; a reserved one counts only while check-in
// has not closed and nobody else was given it.
func (d *Desk) chairs(room *engine.Room) []chair {
	return slices.DeleteFunc(d.listed(room), func(c chair) bool { return c.gone })
}

// listed are the chairs of a sitting, with those who are gone and whom only the roster has here.
func (d *Desk) listed(room *engine.Room) []chair {
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
				c.at, c.gone = a.Sitting, d.gone(a, p, room.ID)
			})
		}
		switch {
		case c.gone:
			c.seat = ""
		case c.state != engine.Assigned:
			here[c.seat] = true
		case away == "" && reserving:
			c.seat = p.Seat
		default:
			c.seat = ""
		}
		c.away = away != ""
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
	chairs := d.listed(a.room)
	left := func(c *chair) bool { return c.gone && !a.sends(c.at) }
	if !a.named() {
		for _, c := range chairs {
			if c.live != nil && !left(&c) && concerns(a.Action, &c) {
				found = append(found, c.target())
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
		case left(c):
			failed = append(failed, failure(c.seat, c.person.Number, refusal(engine.WrongState, "elsewhere")))
		case number == "" && a.asked != nil && !d.station.stayed(c, *a.asked):
			failed = append(failed, failure(seat, "", refusal(engine.WrongState, "occupant")))
		default:
			found = append(found, c.target())
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

// move puts a candidate at another computer.
func (d *Desk) move(a *act, targets []target) Response {
	d.seating.Lock()
	defer d.seating.Unlock()
	to, known := seatLabel(a.To, a.place.Seats)
	var response Response
	for _, t := range targets {
		again, sits := false, false
		t.live.View(func(s *engine.Attempt, _ *engine.Terms) {
			again = s.Accepted(derive(a.Op, t.person.Attempt)) != 0
			sits = s.State != engine.Assigned && !s.State.Over()
		})
		var err error
		switch {
		case again:
		case !known:
			err = refusal(engine.UnknownSeat, "to")
		case sits: // of others their attempt says why not
			err = d.claim(a, &t, to)
		}
		if err == nil {
			c := a.command(&t)
			c.Seat = to
			err = t.live.Ask(c, nil).Err
			var no *engine.Refusal
			if errors.As(err, &no) && no.Code != engine.Busy && sits && !again {
				err = errors.Join(err, d.unclaim(a, &t, to))
			}
			t.seat = to
		}
		response.add(t, err)
	}
	return response
}
