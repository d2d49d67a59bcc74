package evidence

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// DrawsName is the file with the secrets that seats were drawn by.
const DrawsName = "draws.jsonl"

// Draw is a line of draws.jsonl.
type Draw struct {
	Sitting string `json:"sitting"` // EXAM.SITTING
	Secret  string `json:"secret"`  // in hex; its SHA-256 stands in the sitting's stream before the first draw
}

// draws gives out the seats of every sitting once more by its secret, and looks whether
// people were checked in at the seats that they were given, and whether the seats that each
// was drawn from were the free ones, see offered.
func (v *evidence) draws(context.Context, *Case) error {
	secrets, err := v.secrets()
	if err != nil {
		return err
	}
	slices.SortFunc(v.sittings, func(a, b sittingStream) int { return cmp.Compare(a.name, b.name) })
	var all proctor.DrawReport
	gave, never := make(map[string]*handout), 0
	for i := range v.sittings {
		s := &v.sittings[i]
		h := handoutOf(s)
		if h == nil {
			continue
		}
		id := strings.TrimPrefix(s.name, engine.SittingStream)
		gave[id] = h
		secret, known := secrets[id]
		if h.drawn && !known {
			v.report.add("draws", s.name, "seats were drawn, and %s has no secret of this sitting", DrawsName)
			continue
		}
		r := proctor.CheckDraws(secret, id, v.seatsOf(id), s.events)
		all.Drawn, all.Kept, all.Asked = all.Drawn+r.Drawn, all.Kept+r.Kept, all.Asked+r.Asked
		if len(r.Faults) > 0 {
			v.report.add("draws", s.name, "%s", r.Faults[0])
			continue
		}
		out, err := v.offered(s)
		if err != nil {
			return err
		}
		never += out
	}
	if len(gave) > 0 {
		if err := v.seated(gave); err != nil {
			return err
		}
	}
	more := ""
	if never > 0 {
		more = fmt.Sprintf("; %d seats were never offered, and no record of this exam says why", never)
	}
	v.report.did("draws", "%d seats of %d sittings drawn again from those that were free, %d kept as in the roster, %d given as an exception%s", all.Drawn, len(gave), all.Kept, all.Asked, more)
	return nil
}

func (v *evidence) secrets() (map[string][]byte, error) {
	all := make(map[string][]byte)
	if !v.manifest.Has(DrawsName) {
		return all, nil
	}
	return all, eachLine(v.path(DrawsName), func(line []byte) error {
		var d Draw
		err := json.Unmarshal(line, &d)
		if err == nil {
			all[d.Sitting], err = hex.DecodeString(d.Secret)
		}
		return err
	})
}

// seatsOf is how many seats the room of a sitting has.
func (v *evidence) seatsOf(id string) int {
	def := v.parts.Def
	for _, s := range def.Sittings {
		if def.Code+"."+s.Code != id {
			continue
		}
		for _, r := range def.Rooms {
			if r.Code == s.Room {
				return r.Seats
			}
		}
	}
	return 0
}

// handout is which seats a sitting's stream gave to whom.
type handout struct {
	drawn bool
	first engine.Pos            // of its first seat
	seats map[string][]seatGift // by number, in order
}

type seatGift struct {
	pos  engine.Pos
	seat string
}

// handoutOf is nil of a sitting that gave none.
func handoutOf(s *sittingStream) (h *handout) {
	for i := range s.events {
		e := &s.events[i]
		if e.Kind != engine.SeatsSealed && e.Kind != engine.SeatGiven {
			continue
		}
		if h == nil {
			h = &handout{seats: make(map[string][]seatGift)}
		}
		if e.Kind == engine.SeatsSealed {
			h.drawn = true
			continue
		}
		h.first = cmp.Or(h.first, s.pos[i])
		h.drawn = h.drawn || e.Act == engine.SeatDrawn
		h.seats[e.Number] = append(h.seats[e.Number], seatGift{s.pos[i], e.Seat})
	}
	return h
}

// at is the seat that somebody had been given before a position.
func (h *handout) at(number string, before engine.Pos) (seat string) {
	for _, g := range h.seats[number] {
		if g.pos < before {
			seat = g.seat
		}
	}
	return seat
}

// seated holds check-ins against the seats that were given. Who is checked in again, for a
// new PIN, keeps the seat where they sit.
func (v *evidence) seated(gave map[string]*handout) error {
	for i := range v.parts.People {
		stream := engine.AttemptStream + v.parts.People[i].Attempt
		where, seat := "", ""
		for _, r := range v.told[stream].records {
			e, err := engine.Decode(r.Body)
			if err != nil {
				return fmt.Errorf("%s version %d: %w", stream, r.N, err)
			}
			switch e.Kind {
			case engine.DeviceMoved:
				seat = e.Seat
			case engine.CheckedIn:
				h := gave[e.Sitting]
				if h != nil && h.first < r.Pos && (e.Sitting != where || e.Seat != seat) {
					if want := h.at(e.Number, r.Pos); want != e.Seat {
						v.report.add("draws", stream, "version %d checks in at seat %q of %s, given was %q", r.N, e.Seat, e.Sitting, want)
					}
				}
				where, seat = e.Sitting, e.Seat
			}
		}
	}
	return nil
}
