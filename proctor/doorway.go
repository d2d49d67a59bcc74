package proctor

import (
	"path"
	"time"

	"terang/engine"
)

// Codes of incidents that are noted when a candidate is refused for the computer.
const (
	AlertBrowser = "browser"       // the exam asks for another browser
	AlertNetwork = "other_network" // it is in none of the site's networks
	AlertSeat    = "other_seat"    // it is not registered as the candidate's seat
)

// tellAgain is how long one incident of a candidate stands for all of its kind: a page
// that tries again every few seconds is one matter for the room, and one event.
const tellAgain = 15 * time.Minute

// admits decides whether the computer is one at which the candidate may sit, after the PIN
// has shown who they are. What is refused is told to the station.
func (d *Door) admits(k *knock, def *engine.Definition, at *Place, now engine.Instant) error {
	if at.Browser != nil {
		if err := at.Browser(def); err != nil {
			d.alert(*k, AlertBrowser, "", now)
			return err
		}
	}
	policy := &def.Policy.Place
	switch {
	case k.sitting.AnyPlace: // a supervisor has said so, and it is recorded
	case policy.Networks && !def.Within(k.person.Site, at.Address):
		d.alert(*k, AlertNetwork, "", now)
		return refusal(engine.OtherNetwork, "")
	case policy.Seats:
		if err := ownSeat(k, def, at.Registered); err != nil {
			d.alert(*k, AlertSeat, "", now)
			return err
		}
	}
	return nil
}

// ownSeat says whether a computer is registered as the candidate's seat in the room of the
// sitting. The refusal names the seat where the candidate belongs.
func ownSeat(k *knock, def *engine.Definition, registered string) error {
	_, room, _ := sittingOf(def, k.person.Sitting) // whose seat was given there
	if registered == "" {
		return refusal(engine.NoSeat, k.seat)
	}
	place, seat := path.Split(registered)
	label, ok := seatLabel(seat, room.Seats)
	if !ok || place != room.Site+"/"+room.Code+"/" || label != k.seat {
		return refusal(engine.OtherSeat, k.seat)
	}
	return nil
}

// Tell notes that a candidate who had signed in was refused for a reason, once for all of
// that reason in a while.
func (d *Door) Tell(attempt, why string, now engine.Instant) {
	if p := d.people.Person(attempt); p != nil && p.Sitting != "" {
		k := knock{person: p}
		if live := d.hall.Attempt(attempt); live != nil {
			live.View(func(a *engine.Attempt, _ *engine.Terms) {
				if k.seat = a.Seat; a.State != engine.Assigned {
					k.person = d.cameTo(p, a.Sitting)
				}
			})
		}
		d.alert(k, why, "", now)
	}
}

// tells notes at once that something will be told of an attempt; false if it was lately.
func (s *Station) tells(attempt, why string, now engine.Instant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watch(attempt)
	if w.toldLately(why, now) {
		return false
	}
	w.tell(why, now)
	return true
}

func (w *watch) tell(why string, at engine.Instant) {
	if w.told == nil {
		w.told = map[string]engine.Instant{}
	}
	w.told[why] = max(w.told[why], at)
}

func (w *watch) toldLately(why string, now engine.Instant) bool {
	at, ok := w.told[why]
	return ok && now.Sub(at) < tellAgain
}

// NoteSeatAgain is the code of the incident that a seat was registered for another computer.
const NoteSeatAgain = "seat_again"

// SeatAgain notes at the sittings that are open in a room that one of its seats has another
// computer from now on. Of those to come the seat's own list of registrations tells.
func (d *Door) SeatAgain(site, room, seat string, now engine.Instant) {
	for _, def := range d.people.Exams() {
		for _, s := range def.Sittings {
			if s.Site != site || s.Room != room {
				continue
			}
			_, _ = d.hall.Sitting(def.Code+"."+s.Code).Append("", func(s *engine.Sitting) ([]engine.Event, error) {
				if !s.OpenNow() || s.Phase == engine.Ended {
					return nil, nil
				}
				return []engine.Event{{Kind: engine.IncidentNoted, At: max(now, s.At), By: "engine", Why: NoteSeatAgain, Seat: seat}}, nil
			})
		}
	}
}
