package evidence

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// A draw is as honest as the seats that it is made from: who leaves out all but one has
// chosen. Each draw names them, and here they are counted again. A seat has to be among
// them unless something on record says why not: it was given before, somebody moved to it,
// the roster keeps it, it is a spare one, or it was marked as broken. And it must not be
// while it is somebody's.
//
// What stands nowhere in an export is which seats an earlier roster kept, and what was said
// of a computer during another exam in the same room. So a seat that is left out for no
// reason is a difference where other draws of the sitting offer it, with nothing on record
// between them; one that is never offered is counted.

// seatTale is what the records of an exam say of the seats of one sitting.
type seatTale struct {
	room     engine.RoomDef
	expected map[string]*proctor.Person // by number, as the roster stands
	kept     map[string]*proctor.Person // by seat
	spare    map[string]bool
	broken   map[string][]engine.Pos // by seat, where it was said
	moved    map[string]engine.Pos   // by seat, the first time that somebody came to sit there otherwise
	away     map[string]engine.Pos   // by number, the first time that somebody let their seat go
	closed   engine.Pos              // check-in, from when on nothing is kept; 0: not
	listed   engine.Pos              // the newest change of the roster or of the places
}

// tale reads what is on record of a sitting.
func (v *evidence) tale(s *sittingStream) (*seatTale, error) {
	id := strings.TrimPrefix(s.name, engine.SittingStream)
	t := &seatTale{expected: map[string]*proctor.Person{}, kept: map[string]*proctor.Person{}, broken: map[string][]engine.Pos{}, moved: map[string]engine.Pos{}, away: map[string]engine.Pos{}}
	room := func(id string) (engine.RoomDef, bool) {
		def := v.parts.Def
		for _, one := range def.Sittings {
			if def.Code+"."+one.Code != id {
				continue
			}
			i := slices.IndexFunc(def.Rooms, func(r engine.RoomDef) bool { return r.Code == one.Room })
			if i >= 0 {
				return def.Rooms[i], true
			}
		}
		return engine.RoomDef{}, false
	}
	var ok bool
	if t.room, ok = room(id); !ok {
		return nil, fmt.Errorf("sitting %s has no room in the exam file", id)
	}
	t.spare = proctor.SpareSeats(t.room)
	for i := range v.events {
		switch e := &v.events[i]; e.Kind {
		case engine.RosterLoaded, engine.SittingChanged, engine.PlacesChanged:
			t.listed = e.pos
		}
	}
	for i := range v.sittings {
		o := &v.sittings[i]
		at, ok := room(strings.TrimPrefix(o.name, engine.SittingStream))
		for n := range o.events {
			switch e := &o.events[n]; {
			case ok && e.Kind == engine.SeatMarked && !e.On && at.Site == t.room.Site && at.Code == t.room.Code:
				t.broken[e.Seat] = append(t.broken[e.Seat], o.pos[n])
			case o.name == s.name && (e.Kind == engine.CheckinClosed || e.Kind == engine.SittingStarted) && t.closed == 0:
				t.closed = o.pos[n]
			}
		}
	}
	for i := range v.parts.People {
		p := &v.parts.People[i]
		if p.SittingID() == id {
			t.expected[p.Number] = p
			if proctor.KeepsSeat(&v.parts.Def.Policy, p) {
				t.kept[p.Seat] = p
			}
		}
		if err := v.walked(t, id, p); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// walked reads where an attempt says that its person went.
func (v *evidence) walked(t *seatTale, id string, p *proctor.Person) error {
	stream := engine.AttemptStream + p.Attempt
	first := func(of map[string]engine.Pos, key string, pos engine.Pos) {
		if _, ok := of[key]; !ok {
			of[key] = pos
		}
	}
	where := ""
	for _, r := range v.told[stream].records {
		e, err := engine.Decode(r.Body)
		if err != nil {
			return fmt.Errorf("%s version %d: %w", stream, r.N, err)
		}
		switch e.Kind {
		case engine.CheckedIn:
			if where = e.Sitting; where == id {
				first(t.moved, e.Seat, r.Pos)
			}
		case engine.DeviceMoved:
			if where == id {
				first(t.moved, e.Seat, r.Pos)
				first(t.away, p.Number, r.Pos)
			}
		case engine.TurnedAway, engine.Transferred, engine.Continued, engine.Resat:
			first(t.away, p.Number, r.Pos)
		}
	}
	return nil
}

// offered counts the seats of every draw of a sitting again, and says how many seats were
// left out of all of them for no reason that is on record.
func (v *evidence) offered(s *sittingStream) (never int, err error) {
	t, err := v.tale(s)
	if err != nil {
		return 0, err
	}
	labels := proctor.SeatLabels(t.room.Seats)
	holder, given := map[string]string{}, map[string]bool{} // seat -> number that got it last; ever
	offered, missed := map[string]int{}, map[string]int{}   // seat -> draw
	for i := range s.events {
		e := &s.events[i]
		if e.Kind != engine.SeatGiven {
			continue
		}
		if e.Act == engine.SeatDrawn {
			free, err := proctor.OfferedSeats(e, t.room.Seats)
			if err != nil {
				return 0, nil //nolint:nilerr // the draws say so
			}
			among := make(map[string]bool, len(free))
			for _, seat := range free {
				among[seat] = true
				if why := t.taken(seat, holder, e.Number, s.pos[i]); why != "" {
					v.report.add("draws", s.name, "version %d: draw %d offers seat %s, %s", i+1, e.Q, seat, why)
					return never, nil
				}
				offered[seat] = e.Q
			}
			onlySpare := !slices.ContainsFunc(free, func(seat string) bool { return !t.spare[seat] })
			for _, seat := range labels {
				if !among[seat] && s.pos[i] > t.listed && !t.excused(seat, given, s.pos[i]) && !(t.spare[seat] && !onlySpare) {
					missed[seat] = e.Q
				}
			}
		}
		maps.DeleteFunc(holder, func(_, number string) bool { return number == e.Number }) // who is given another lets the first go
		holder[e.Seat], given[e.Seat] = e.Number, true
	}
	for _, seat := range labels {
		switch {
		case missed[seat] > 0 && offered[seat] > 0:
			v.report.add("draws", s.name, "draw %d was made without seat %s, which was free as far as anything is on record, and draw %d offers it", missed[seat], seat, offered[seat])
			return never, nil
		case missed[seat] > 0:
			never++
		}
	}
	return never, nil
}

// excused says whether something on record keeps a seat out of a draw.
func (t *seatTale) excused(seat string, given map[string]bool, at engine.Pos) bool {
	moved, came := t.moved[seat]
	return given[seat] || t.kept[seat] != nil || came && moved < at ||
		slices.ContainsFunc(t.broken[seat], func(pos engine.Pos) bool { return pos < at })
}

// taken says whose a seat was that a draw offers, "" if it was nobody's.
func (t *seatTale) taken(seat string, holder map[string]string, drawer string, at engine.Pos) string {
	stays := func(number string) bool {
		left, ok := t.away[number]
		return number != "" && number != drawer && t.expected[number] != nil && (!ok || left > at)
	}
	if number := holder[seat]; stays(number) {
		return "which had been given to " + number
	}
	if p := t.kept[seat]; p != nil && stays(p.Number) && at > t.listed && (t.closed == 0 || at < t.closed) {
		for _, number := range holder {
			if number == p.Number { // who has another seat needs this one no more
				return ""
			}
		}
		return "which the roster keeps for " + p.Number
	}
	return ""
}
