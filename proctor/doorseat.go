package proctor

import (
	"slices"
	"strings"

	"terang/engine"
)

// given is the seat that somebody gets, or why none.
type given struct {
	seat string
	err  error
}

// giveSeats gives seats to those who are to be checked in, by number, each by an event of the
// sitting's stream: in its order they are drawn, and nobody is given a seat that another
// node has given a moment ago.
func (d *Desk) giveSeats(a *act, comers []target) (map[string]given, error) {
	if len(comers) == 0 {
		return nil, nil
	}
	secret := d.keys.SeatSecret(a.room.ID)
	chairs := d.chairs(a.room)
	var out map[string]given
	_, err := a.room.Append("", func(s *engine.Sitting) ([]engine.Event, error) {
		out = make(map[string]given, len(comers))
		p := d.seatPlan(a, s, chairs)
		var events []engine.Event
		sealed := s.Seats.Seal != ""
		add := func(e engine.Event) {
			e.At, e.By, e.Two = max(a.now, s.At), a.by, a.two
			events = append(events, e)
		}
		for _, t := range comers {
			op := derive(a.Op, "seat/"+t.person.Attempt)
			if s.Accepted(op) != 0 {
				out[t.person.Number] = given{seat: s.Seats.Given[t.person.Number]}
				continue
			}
			if seat := p.again(t.person); seat != "" {
				out[t.person.Number] = given{seat: seat}
				continue
			}
			e, err := p.choose(t.person, secret)
			out[t.person.Number] = given{e.Seat, err}
			if err != nil {
				continue
			}
			if e.Act == engine.SeatDrawn && !sealed {
				sealed = true
				add(engine.Event{Kind: engine.SeatsSealed, Seed: sealOf(secret)})
			}
			e.Kind, e.Number, e.Op = engine.SeatGiven, t.person.Number, op
			add(e)
		}
		return events, nil
	})
	return out, err
}

// seatPlan is which seats of a room are somebody's while one run gives out more.
type seatPlan struct {
	a     *act
	book  *engine.SeatBook
	draws int
	taken map[string]*Person // who sits there, or was given it and is about to
	kept  map[string]*Person // whose the roster keeps it
}

// seatPlan is the room as it stands on the sitting's stream. It is the one place that says
// which seats a check-in may not give.
func (d *Desk) seatPlan(a *act, s *engine.Sitting, chairs []chair) *seatPlan {
	p := &seatPlan{a: a, book: &s.Seats, draws: s.Seats.Draws, taken: map[string]*Person{}, kept: map[string]*Person{}}
	for _, c := range chairs {
		switch {
		case c.state != engine.Assigned:
			p.taken[c.seat] = c.person
		case c.seat != "" && a.keeps(c.person):
			p.kept[c.seat] = c.person
		}
		// What was given is somebody's before the check-in, or the move, has come back from the journal.
		number := c.person.Number
		if seat := s.Seats.Given[number]; seat != "" && (c.state == engine.Assigned && !c.away || c.state != engine.Assigned && s.Seats.Moved[number]) {
			p.taken[seat] = c.person
		}
	}
	d.keepFree(a, p.taken)
	return p
}

// claim gives a seat to whom is moved there, by an event of the sitting's stream as a check-in
// does: of two nodes that move two people to one computer, who comes second sees the first.
func (d *Desk) claim(a *act, t *target, to string) error {
	chairs := d.chairs(a.room)
	number := t.person.Number
	_, err := a.room.Append("", func(s *engine.Sitting) ([]engine.Event, error) {
		switch who := d.seatPlan(a, s, chairs).taken[to]; {
		case who == nobody:
			return nil, refusal(engine.WrongState, SeatBroken)
		case who != nil && who.Number != number, t.seat == to, reserved(chairs, to): // somebody else's, or it is no move
			return nil, refusal(engine.WrongState, "to")
		case s.Seats.Moved[number] && s.Seats.Given[number] == to:
			return nil, nil // by a try that was cut short
		}
		return a.gives(s, number, to), nil
	})
	return err
}

// unclaim lets the seat go to which somebody could not be moved.
func (d *Desk) unclaim(a *act, t *target, to string) error {
	number := t.person.Number
	_, err := a.room.Append("", func(s *engine.Sitting) ([]engine.Event, error) {
		if s.Seats.Given[number] != to {
			return nil, nil
		}
		return a.gives(s, number, t.seat), nil
	})
	return err
}

func (a *act) gives(s *engine.Sitting, number, seat string) []engine.Event {
	e := engine.Event{Kind: engine.SeatGiven, Act: engine.SeatAsked, At: max(a.now, s.At), By: a.by, Two: a.two, Number: number, Seat: seat, On: true, Why: a.why, Text: a.words}
	if e.Why == "" && e.Text == "" {
		e.Why = engine.WhyNotSaid
	}
	return []engine.Event{e}
}

// reserved says whether the roster has a seat for somebody who may still come.
func reserved(chairs []chair, seat string) bool {
	return slices.ContainsFunc(chairs, func(c chair) bool { return c.state == engine.Assigned && c.seat == seat })
}

func (a *act) keeps(p *Person) bool { return KeepsSeat(&a.def.Policy, p) }

func (p *seatPlan) free(seat string, who *Person) bool {
	return p.taken[seat] == nil || p.taken[seat] == who
}

// again is the seat that somebody was given before: who is turned away and comes back, or
// is sent to another desk, draws no second time.
func (p *seatPlan) again(who *Person) string {
	seat := p.book.Given[who.Number]
	if p.a.To != "" || seat == "" || !p.free(seat, who) || p.kept[seat] != nil && p.kept[seat] != who {
		return ""
	}
	p.taken[seat] = who
	return seat
}

// choose gives the seat asked for, the one that the roster keeps, or a drawn one.
func (p *seatPlan) choose(who *Person, secret []byte) (e engine.Event, err error) {
	a := p.a
	if a.To != "" {
		label, ok := seatLabel(a.To, a.place.Seats)
		switch {
		case !ok:
			return e, refusal(engine.UnknownSeat, "to")
		case len(a.Seats)+len(a.Numbers) != 1:
			return e, refusal(engine.BadFrame, "to")
		case strings.TrimSpace(a.Reason) == "":
			return e, refusal(engine.NeedsReason, "to") // neighbours are not chosen
		case !p.free(label, who) || p.kept[label] != nil && p.kept[label] != who:
			return e, refusal(engine.WrongState, "to")
		}
		p.taken[label] = who
		return engine.Event{Act: engine.SeatAsked, Seat: label, Why: a.why, Text: a.words}, nil
	}
	if a.keeps(who) && p.free(who.Seat, who) {
		p.taken[who.Seat] = who
		return engine.Event{Act: engine.SeatRoster, Seat: who.Seat}, nil
	}
	var free []string
	for n := 1; n <= a.place.Seats; n++ {
		if seat := seatNumber(n, a.place.Seats); p.taken[seat] == nil && p.kept[seat] == nil {
			free = append(free, seat)
		}
	}
	if len(free) == 0 {
		return e, refusal(engine.TooMuch, "seats")
	}
	p.draws++
	seat := DrawSeat(secret, a.room.ID, p.draws, free)
	p.taken[seat] = who
	return engine.Event{Act: engine.SeatDrawn, Seat: seat, Q: p.draws, Form: packSeats(free, a.place.Seats)}, nil
}
