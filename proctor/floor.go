package proctor

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"terang/engine"
)

// What mark_seat says of a seat.
const (
	SeatBroken = "broken" // nobody is put there
	SeatUsable = "usable" // it can be used again
)

// States of a seat at which nobody sits, beside SeatBroken.
const (
	SeatSpare = "spare" // kept free for somebody whose computer fails
	SeatEmpty = "empty"
)

// floor is what a station knows beside its attempts: the room's seats, who went on
// elsewhere, and advisory signals. The station's lock guards it.
type floor struct {
	seats map[seatKey]mark            // the newest word on a seat, in whichever sitting it was said
	left  map[string]map[string]leave // by the sitting that was left, and attempt
	flags map[string][]*Flag          // by sitting, in order
}

// seatKey is a seat of a room: computers stay when the sitting changes.
type seatKey struct{ site, room, seat string }

type mark struct {
	at     engine.Instant
	broken bool
}

// leave is somebody who was moved to another sitting.
type leave struct {
	seat string // where they sat, "" if they had not come
	to   string // EXAM.SITTING
	kind engine.Kind
}

func newFloor() floor {
	return floor{seats: map[seatKey]mark{}, left: map[string]map[string]leave{}, flags: map[string][]*Flag{}}
}

func (f *floor) forget(sitting string) {
	delete(f.left, sitting)
	delete(f.flags, sitting)
}

func (f *floor) seatMarked(people *People, sitting string, e *engine.Event) {
	exam, code, _ := strings.Cut(sitting, ".")
	def := people.Exam(exam)
	if def == nil {
		return
	}
	if _, room, ok := sittingOf(def, code); ok {
		key := seatKey{room.Site, room.Code, e.Seat}
		if e.At >= f.seats[key].at {
			f.seats[key] = mark{e.At, !e.On}
		}
	}
}

// leaves notes that somebody goes on at another sitting.
func (f *floor) leaves(attempt, seat string, e *engine.Event) {
	if f.left[e.Act] == nil {
		f.left[e.Act] = map[string]leave{}
	}
	f.left[e.Act][attempt] = leave{seat, e.Sitting, e.Kind}
	delete(f.left[e.Sitting], attempt) // who comes back is expected here again
}

// broken says whether the seat cannot be used.
func (s *Station) broken(room engine.RoomDef, seat string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.seats[seatKey{room.Site, room.Code, seat}].broken
}

// brokenIn lists the room's seats that cannot be used.
func (s *Station) brokenIn(room engine.RoomDef) map[string]bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[string]bool{}
	for key, m := range s.seats {
		if m.broken && key.site == room.Site && key.room == room.Code {
			out[key.seat] = true
		}
	}
	return out
}

// spareIn lists the room's spare seats by their labels.
func spareIn(room engine.RoomDef) map[string]bool {
	out := map[string]bool{}
	for _, seat := range room.Spare {
		if label, ok := seatLabel(seat, room.Seats); ok {
			out[label] = true
		}
	}
	return out
}

// markSeats records that seats cannot be used, or can again. Who sits there stays until
// somebody moves them.
func (d *Desk) markSeats(a *act) (Response, error) {
	var response Response
	var events []engine.Event
	for _, seat := range a.Seats {
		label, ok := seatLabel(seat, a.place.Seats)
		if !ok {
			response.Failed = append(response.Failed, failure(seat, "", refusal(engine.UnknownSeat, "seats")))
			continue
		}
		events = append(events, engine.Event{
			Kind: engine.SeatMarked, By: a.by, Two: a.two, Seat: label, On: a.Decision == SeatUsable, Why: a.why, Text: a.words,
		})
		response.Done = append(response.Done, Seat{Seat: label})
	}
	if len(events) == 0 {
		return response, nil
	}
	events[0].Op = a.Op
	_, err := a.room.Append(a.Op, func(s *engine.Sitting) ([]engine.Event, error) {
		for i := range events {
			events[i].At = max(a.now, s.At)
		}
		return events, nil
	})
	return response, err
}

// nobody stands for whoever must not be given a seat.
var nobody = new(Person)

// keepFree takes from those who are checked in the seats that cannot be used, and the spare
// ones: unless one is asked for by name, or no other is left.
func (d *Desk) keepFree(a *act, taken map[string]*Person) {
	broken, spare := d.station.brokenIn(a.place), spareIn(a.place)
	for seat := range broken {
		taken[seat] = nobody // also where it was reserved: that person is given another
	}
	if wanted, _ := seatLabel(a.To, a.place.Seats); spare[wanted] {
		return
	}
	for n := 1; n <= a.place.Seats; n++ {
		if seat := seatNumber(n, a.place.Seats); taken[seat] == nil && !spare[seat] {
			for seat := range spare {
				if taken[seat] == nil {
					taken[seat] = nobody
				}
			}
			return
		}
	}
}

// VacantSeat is a seat of the room at which nobody sits or is expected.
type VacantSeat struct {
	Seat  string `json:"seat"`
	State string `json:"state"` // SeatEmpty, SeatSpare or SeatBroken
}

// Vacant lists the seats of a sitting's room that the views of Seats leave free, in order.
// A room whose seats have names of their own has those that its file or its staff name.
func (d *Desk) Vacant(sitting string, views []SeatView) ([]VacantSeat, error) {
	a, err := d.open(sitting)
	if err != nil {
		return nil, err
	}
	broken, spare := d.station.brokenIn(a.place), spareIn(a.place)
	held, numbered := map[string]bool{}, true
	for _, v := range views {
		if v.Seat != "" {
			_, err := strconv.Atoi(v.Seat)
			numbered = err == nil || numbered && len(held) > 0
			held[v.Seat] = true
		}
	}
	free := map[string]bool{}
	for n := 1; numbered && n <= a.place.Seats; n++ {
		free[seatNumber(n, a.place.Seats)] = true
	}
	maps.Copy(free, spare)
	maps.Copy(free, broken)
	out := make([]VacantSeat, 0, len(free))
	for _, seat := range slices.Sorted(maps.Keys(free)) {
		switch {
		case held[seat]:
		case broken[seat]:
			out = append(out, VacantSeat{seat, SeatBroken})
		case spare[seat]:
			out = append(out, VacantSeat{seat, SeatSpare})
		default:
			out = append(out, VacantSeat{seat, SeatEmpty})
		}
	}
	return out, nil
}

// sentOn says whether somebody on the roster of a sitting goes on at another.
func (s *Station) sentOn(p *Person, sitting string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.attempts[p.Attempt]
	return w != nil && sentOn(w.fold, p, sitting)
}

// gone are those who began at a sitting and go on at another, and how many were sent
// elsewhere before the start.
func (s *Station) gone(sitting string) (continued []SeatView, transferred int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for id, l := range s.left[sitting] {
		p := s.people.Person(id)
		if l.kind == engine.Transferred || p == nil {
			transferred++
			continue
		}
		v := SeatView{Number: p.Number, Name: p.Name, Group: GroupContinued, Alerts: []string{}, MovedTo: l.to}
		if w := s.attempts[id]; w != nil {
			v.State = w.fold.State
		}
		continued = append(continued, v)
	}
	return continued, transferred
}
