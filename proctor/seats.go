package proctor

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"terang/engine"
	"terang/proctor/placement"
)

// SeatsRequest asks for everybody on a roster to be given a sitting. Nothing in it says who
// sits where: the draw does.
type SeatsRequest struct {
	Op     string  `json:"op"`
	Reason string  `json:"reason,omitempty"`
	Second *Second `json:"second,omitempty"`
	Change string  `json:"change,omitempty"` // ID of the change that was shown
	// Without are sittings that are not to be used: a room was lost.
	Without []string `json:"without,omitempty"`
	// Seats are how many seats of a room can be used, where it is fewer than the exam says.
	Seats map[string]int `json:"seats,omitempty"`
}

// SeatPlan is who would sit where. With faults there is no change, and nothing can be taken.
type SeatPlan struct {
	Change   *RosterChange `json:"change,omitempty"`
	Seed     string        `json:"seed"` // of the draw, hex
	Placed   int           `json:"placed"`
	Moved    int           `json:"moved"`
	Sittings []SittingLoad `json:"sittings"`
	// Unheeded are accommodations that ask for nothing of a room, with how many have them.
	Unheeded map[string]int `json:"unheeded,omitempty"`
	Faults   []Fault        `json:"faults,omitempty"`

	record []byte // what the draw was made from
}

// SittingLoad is how full a sitting is and would be.
type SittingLoad struct {
	Sitting string         `json:"sitting"`
	Site    string         `json:"site"`
	Room    string         `json:"room"`
	Start   engine.Instant `json:"start"`
	Seats   int            `json:"seats"`  // of the room
	Usable  int            `json:"usable"` // that may be given: without the reserve
	Before  int            `json:"before"` // people as the roster stands
	After   int            `json:"after"`  // people as it would be
	Free    int            `json:"free"`   // usable and not given
	Fits    []string       `json:"fits,omitempty"`
	Begun   bool           `json:"begun,omitempty"` // check-in was opened: nobody is added or taken away
}

// seatRecord is what a draw was made from, without a person in it. Together with the roster
// before it, it gives the same places to whoever computes them again.
type seatRecord struct {
	Method  string              `json:"method"` // terang/seats/1: package placement
	Before  string              `json:"before"` // SHA-256 of the roster that it was made on
	Seating engine.SeatingDef   `json:"seating"`
	Usable  map[string]int      `json:"usable"` // by sitting
	Without []string            `json:"without,omitempty"`
	Seats   map[string]int      `json:"seats,omitempty"`
	Begun   []string            `json:"begun,omitempty"`
	Asks    map[string][]string `json:"asks,omitempty"` // by accommodation, of those on the roster
}

const seatMethod = "terang/seats/1"

// PlanSeats finds a sitting for everybody on the roster who has none, or whose sitting can
// not be kept, and moves as few others as possible. Nothing is taken.
func (o *Office) PlanSeats(ctx context.Context, actor Account, exam string, r SeatsRequest) (*SeatPlan, error) {
	plan, _, err := o.planSeats(ctx, actor, exam, &r)
	return plan, err
}

// TakeSeats takes the plan that was shown, as the next version of the roster.
func (o *Office) TakeSeats(ctx context.Context, actor Account, exam string, r SeatsRequest) (RosterAnswer, error) {
	if n, err := o.taken(ctx, exam, strings.ToLower(r.Op)); err != nil || n > 0 {
		return RosterAnswer{Version: n}, err
	}
	plan, file, err := o.planSeats(ctx, actor, exam, &r)
	switch {
	case err != nil:
		return RosterAnswer{}, err
	case len(plan.Faults) > 0:
		return RosterAnswer{Faults: plan.Faults}, nil
	case r.Change != plan.Change.ID():
		return RosterAnswer{}, refusal(engine.WrongState, "roster_change")
	case plan.Change.Nothing():
		return RosterAnswer{Version: plan.Change.Version - 1}, nil
	}
	hash, err := KeepText(ctx, o.register, string(plan.record))
	if err != nil {
		return RosterAnswer{}, err
	}
	return o.take(ctx, actor, exam, &RosterRequest{Op: r.Op, File: string(file), Reason: r.Reason, Change: r.Change, Second: r.Second}, rosterPayload{Whole: true, Draw: plan.Seed, Plan: hash})
}

func (o *Office) planSeats(ctx context.Context, actor Account, exam string, r *SeatsRequest) (*SeatPlan, []byte, error) {
	if !actor.May(ActRoster, exam, "", "") {
		return nil, nil, refusal(engine.NotAllowed, "action")
	}
	known := NewPeople(o.register)
	if err := known.Load(ctx, exam); err != nil {
		return nil, nil, err
	}
	def := known.Exam(exam)
	if def == nil {
		return nil, nil, refusal(engine.BadFrame, "exam")
	}
	seed, err := o.drawSeed(ctx, exam)
	if err != nil {
		return nil, nil, err
	}
	plan := &SeatPlan{Seed: hex.EncodeToString(seed), Faults: seatsFaults(def, r)}
	if len(plan.Faults) > 0 {
		return plan, nil, nil
	}
	next, err := o.draw(ctx, plan, def, known, r)
	if err != nil || len(plan.Faults) > 0 {
		return plan, nil, err
	}
	return plan, Canonical(next), nil
}

// draw gives everybody a sitting of def: the people as they would be, and what they change.
func (o *Office) draw(ctx context.Context, plan *SeatPlan, def *engine.Definition, known *People, r *SeatsRequest) ([]Person, error) {
	seed, err := hex.DecodeString(plan.Seed)
	if err != nil {
		return nil, err
	}
	people := known.All(def.Code)
	if plan.Sittings, err = o.loads(ctx, def, people, r); err != nil {
		return nil, err
	}
	next := plan.place(def, people, seed)
	if len(plan.Faults) > 0 {
		return nil, nil
	}
	if plan.Change, err = known.change(ctx, o.log, def.Code, next, nil, true); err != nil {
		return nil, err
	}
	if plan.Faults, err = known.settled(ctx, o.log, plan.Change); err != nil {
		return nil, err
	}
	plan.record, err = json.Marshal(plan.recordOf(def, people, r))
	return next, err
}

// drawSeed is what the draw is made with. It comes from the seed that the exam committed to
// when it was made, before anybody was on its roster: nobody who plans seats has a say in it.
func (o *Office) drawSeed(ctx context.Context, exam string) ([]byte, error) {
	committed := ""
	err := o.log.journal.Read(ctx, engine.ExamStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.SeedCommitted {
			committed = e.Seed
		}
		return err
	})
	if err == nil && committed == "" {
		err = fmt.Errorf("exam %s has committed to no seed, and seats are drawn with it: make the exam with terang exam create: %w", exam, refusal(engine.WrongState, "draw"))
	}
	if err != nil {
		return nil, err
	}
	sum := engine.SHA256(seatMethod + "\x00" + exam + "\x00" + committed)
	return hex.DecodeString(sum)
}

// seatsFaults names what is wrong with a request.
func seatsFaults(def *engine.Definition, r *SeatsRequest) (faults []Fault) {
	for _, code := range r.Without {
		if _, _, ok := sittingOf(def, code); !ok {
			faults = append(faults, Fault{Column: "without", What: fmt.Sprintf("no sitting %.60q", code), Remedy: "use the code of a sitting in the exam file"})
		}
	}
	for _, code := range slices.Sorted(maps.Keys(r.Seats)) {
		i := slices.IndexFunc(def.Rooms, func(room engine.RoomDef) bool { return room.Code == code })
		switch {
		case i < 0:
			faults = append(faults, Fault{Column: "seats", What: fmt.Sprintf("no room %.60q", code), Remedy: "use the code of a room in the exam file"})
		case r.Seats[code] < 0 || r.Seats[code] > def.Rooms[i].Seats:
			faults = append(faults, Fault{Column: "seats", What: fmt.Sprintf("room %s has %d seats, not %d", code, def.Rooms[i].Seats, r.Seats[code]), Remedy: "say how many of them can be used"})
		}
	}
	return faults
}

// loads are the sittings as they stand, in the order of the exam file.
func (o *Office) loads(ctx context.Context, def *engine.Definition, people []*Person, r *SeatsRequest) ([]SittingLoad, error) {
	there := map[string]int{}
	for _, p := range people {
		there[p.Sitting]++
	}
	all := make([]SittingLoad, 0, len(def.Sittings))
	for _, s := range def.Sittings {
		_, room, _ := sittingOf(def, s.Code)
		if s.Closed {
			continue // whoever is expected there is given another
		}
		l := SittingLoad{Sitting: s.Code, Site: s.Site, Room: room.Code, Seats: room.Seats, Fits: room.Fits, Before: there[s.Code]}
		state, err := o.Sitting(ctx, def.Code+"."+s.Code)
		if err != nil {
			return nil, err
		}
		if l.Start = state.Planned; l.Start == 0 {
			if l.Start, err = def.StartOf(s); err != nil {
				return nil, err
			}
		}
		l.Begun = state.Phase != engine.Planned || state.Home != "" // a site has the list of its people
		usable := room.Seats - len(spareIn(room))                   // as the roster counts them
		if n, fewer := r.Seats[room.Code]; fewer {
			usable = n
		}
		if slices.Contains(r.Without, s.Code) {
			usable = 0
		}
		// The reserve is not taken from people who sit there already.
		l.Usable = max(usable-usable*def.SeatingRule().ReservePercent/100, min(usable, l.Before))
		all = append(all, l)
	}
	return all, nil
}

// Sitting is a sitting EXAM.CODE as it stands.
func (o *Office) Sitting(ctx context.Context, id string) (*engine.Sitting, error) {
	s := engine.NewSitting(engine.SittingStream + id)
	if err := o.log.journal.Read(ctx, s.Stream, 0, s.Fold); err != nil {
		return nil, fmt.Errorf("sitting %s: %w", id, err)
	}
	return s, nil
}

// place draws, and returns the people with their sittings.
func (plan *SeatPlan) place(def *engine.Definition, people []*Person, seed []byte) []Person {
	var sittings []placement.Sitting
	begun := map[string]bool{}
	for _, l := range plan.Sittings {
		if begun[l.Sitting] = l.Begun; l.Begun {
			continue
		}
		_, room, _ := sittingOf(def, l.Sitting)
		sittings = append(sittings, placement.Sitting{
			Code: l.Sitting, Site: l.Site, Start: int64(l.Start), Seats: l.Usable, Fits: room.Fits, Reserved: room.Reserved,
		})
	}
	next := make([]Person, len(people))
	var seek []placement.Person
	var whose []int
	for i, p := range people {
		next[i] = *p
		if p.Accommodation != "" && len(def.Asks(p.Accommodation)) == 0 {
			if plan.Unheeded == nil {
				plan.Unheeded = map[string]int{}
			}
			plan.Unheeded[p.Accommodation]++
		}
		if !begun[p.Sitting] {
			n, _ := NormalNumber(p.Number)
			seek = append(seek, placement.Person{ID: n, Site: p.Site, Formation: p.Formation, Asks: def.Asks(p.Accommodation), At: p.Sitting})
			whose = append(whose, i)
		}
	}
	found := placement.Place(sittings, seek, placement.Rule{Kept: def.SeatingRule().Formations == engine.FormationsKept, Seed: seed})
	plan.Placed, plan.Moved = found.Placed, found.Moved
	for _, m := range found.Missing {
		plan.Faults = append(plan.Faults, missingFault(m))
	}
	if found.At == nil {
		return nil
	}
	for i, to := range found.At {
		p := &next[whose[i]]
		if p.Sitting != to {
			p.Sitting, p.Seat = to, ""
		}
		if _, room, ok := sittingOf(def, to); ok && p.Seat != "" {
			p.Seat, _ = seatLabel(p.Seat, room.Seats) // none, where the room has fewer seats than it had
		}
	}
	after := map[string]int{}
	for i := range next {
		after[next[i].Sitting]++
	}
	for i := range plan.Sittings {
		l := &plan.Sittings[i]
		l.After = after[l.Sitting]
		l.Free = max(0, l.Usable-l.After)
	}
	return next
}

func missingFault(m placement.Missing) Fault {
	f := Fault{Column: "site", Remedy: "add sittings or rooms to the exam, lower the reserve, or move people to another site in the roster"}
	if len(m.Asks) > 0 {
		what := strings.Join(m.Asks, " and ")
		f.Remedy = "say of a room that it fits " + what + ", or use a site that has such a room"
		f.What = fmt.Sprintf("site %s: %d people need a room that fits %s; such rooms have %d seats in all their sittings, and %d people find no place", m.Site, m.People, what, m.Seats, m.Short)
		return f
	}
	f.What = fmt.Sprintf("site %s: %d seats are missing: %d people ask for no special room, and %d seats can be given in all sittings", m.Site, m.Short, m.People, m.Seats)
	return f
}

func (plan *SeatPlan) recordOf(def *engine.Definition, people []*Person, r *SeatsRequest) seatRecord {
	rec := seatRecord{Method: seatMethod, Before: plan.Change.Base, Seating: def.SeatingRule(), Usable: map[string]int{}, Without: r.Without, Seats: r.Seats, Asks: map[string][]string{}}
	for _, l := range plan.Sittings {
		rec.Usable[l.Sitting] = l.Usable
		if l.Begun {
			rec.Begun = append(rec.Begun, l.Sitting)
		}
	}
	for _, p := range people {
		if asks := def.Asks(p.Accommodation); len(asks) > 0 {
			rec.Asks[p.Accommodation] = asks
		}
	}
	return rec
}
