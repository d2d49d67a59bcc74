package proctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
)

// QRPrefix begins what the QR code of an exam card says: TERANG:EXAM:NUMBER.
const QRPrefix = "TERANG:"

// DoorView is what a check-in desk has to know of its sitting.
type DoorView struct {
	Planned string       `json:"planned"`          // the hour
	Closes  string       `json:"closes,omitempty"` // from then on nobody is checked in, "" where a hand closes
	Phase   engine.Phase `json:"phase"`
	Late    string       `json:"late_entry"`
	Papers  []string     `json:"papers"`
	Photo   bool         `json:"photo"` // one may be taken
	Free    int          `json:"free"`  // seats that nobody has or keeps
	Now     string       `json:"now"`
}

// Comer is somebody at the door.
type Comer struct {
	SeatView
	BirthDate string `json:"birth_date"`
	Formation string `json:"formation"` // post and agency
	HasPhoto  bool   `json:"has_photo"` // of the registration; one was loaded
	Taken     bool   `json:"taken"`     // a photo was taken at check-in
	Doubt     bool   `json:"doubt"`
	DoubtBy   string `json:"doubt_by,omitempty"`
	Paper     string `json:"paper,omitempty"`
	Started   bool   `json:"started"`

	person *Person
}

// Belongs is where somebody belongs who stands at the wrong door.
type Belongs struct {
	Number  string `json:"number"`
	Name    string `json:"name"`
	Exam    string `json:"exam"`
	Sitting string `json:"sitting,omitempty"` // title; "" while none is given
	Site    string `json:"site"`
	Room    string `json:"room,omitempty"`
	Start   string `json:"start,omitempty"`
	Zone    string `json:"zone,omitempty"`
	Same    bool   `json:"same_site"` // another hour or room of this site
}

// DoorFound is the answer to a search at the door.
type DoorFound struct {
	Here      []Comer   `json:"here"`
	Elsewhere []Belongs `json:"elsewhere"`
	More      bool      `json:"more"` // there are more than are shown
}

// foundMost is how many people a search shows.
const foundMost = 12

// AtDoor says what a check-in desk has to know.
func (d *Desk) AtDoor(sitting string) (v DoorView, err error) {
	a, err := d.open(sitting)
	if err != nil {
		return v, err
	}
	s, policy := a.room.State(), &a.def.Policy
	v = DoorView{Planned: a.planned(s).String(), Phase: s.Phase, Late: policy.LateEntry, Papers: policy.Papers, Photo: policy.CheckinPhoto, Now: a.now.String()}
	if at := s.ClosesAt(policy); at < engine.Never {
		v.Closes = at.String()
	}
	p := d.seatPlan(a, s, d.chairs(a.room))
	for n := 1; n <= a.place.Seats; n++ {
		if seat := seatNumber(n, a.place.Seats); p.taken[seat] == nil && p.kept[seat] == nil {
			v.Free++
		}
	}
	return v, nil
}

// Seek finds who stands at the door: by number, by what the QR of the exam card says, or by
// a part of the name. Names are looked for in this sitting only; a number tells also where
// its person belongs, in this exam. Who belongs to another exam is nobody here: a desk is
// trusted with the people of its own.
func (d *Desk) Seek(ctx context.Context, sitting, query string) (DoorFound, error) {
	f, err := d.seek(sitting, query)
	if err != nil {
		return f, err
	}
	for i := range f.Here {
		c := &f.Here[i]
		if c.HasPhoto, err = d.hasPhoto(ctx, c.person); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (d *Desk) hasPhoto(ctx context.Context, p *Person) (bool, error) {
	_, err := d.register.Get(ctx, KindPhotoHash, p.Exam+"/"+p.Attempt)
	if errors.Is(err, engine.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("photo of %s: %w", p.Number, err)
	}
	return true, nil
}

func (d *Desk) seek(sitting, query string) (f DoorFound, err error) {
	f = DoorFound{Here: []Comer{}, Elsewhere: []Belongs{}}
	a, err := d.open(sitting)
	if err != nil {
		return f, err
	}
	query = strings.TrimSpace(query)
	if rest, ok := strings.CutPrefix(strings.ToUpper(query), QRPrefix); ok {
		code, number, _ := strings.Cut(rest, ":")
		if strings.ToLower(code) != a.def.Code {
			return f, nil
		}
		query = number
	}
	number, isNumber := NormalNumber(query)
	if isNumber {
		for _, p := range d.people.Find(query, a.def.Code) {
			if p.SittingID() == sitting {
				f.Here = append(f.Here, d.comer(a, p))
			} else {
				f.Elsewhere = append(f.Elsewhere, d.belongs(a, p))
			}
		}
	}
	if len(f.Here)+len(f.Elsewhere) > 0 || len([]rune(query)) < 2 {
		return f, nil
	}
	words := strings.Fields(strings.ToLower(query))
	fits := func(p *Person) bool {
		own, _ := NormalNumber(p.Number)
		if isNumber && len(number) >= 3 && strings.HasSuffix(own, number) {
			return true
		}
		name := strings.Fields(strings.ToLower(p.Name))
		for _, w := range words {
			if !slices.ContainsFunc(name, func(part string) bool { return strings.HasPrefix(part, w) }) {
				return false
			}
		}
		return true
	}
	found := slices.DeleteFunc(slices.Clone(d.people.In(sitting)), func(p *Person) bool { return !fits(p) })
	slices.SortFunc(found, func(x, y *Person) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Number, y.Number)) })
	f.More = len(found) > foundMost
	for _, p := range found[:min(len(found), foundMost)] {
		f.Here = append(f.Here, d.comer(a, p))
	}
	return f, nil
}

func (d *Desk) comer(a *act, p *Person) Comer {
	c := Comer{SeatView: d.station.view(p, d.hall, a.now), BirthDate: p.BirthDate, person: p}
	if c.State == engine.Assigned {
		c.Seat = "" // it is given when the person is here
	}
	if f, ok := d.people.Formation(p.Exam, p.Formation); ok {
		c.Formation = strings.Trim(f.Post+" · "+f.Agency, " ·")
	}
	if live := d.hall.Attempt(p.Attempt); live != nil {
		live.View(func(s *engine.Attempt, _ *engine.Terms) {
			c.State, c.Away, c.Paper, c.Taken = s.State, s.Away, s.Paper, s.Photo != ""
			c.Doubt, c.DoubtBy, c.Started = s.Doubt, strings.Join(s.DoubtBy, ", "), s.Ledger.From != 0
			c.CheckedBy, c.CheckedAt, c.Adjust = s.CheckedBy, s.PresentAt.String(), adjustmentOf(s, p).String()
			if s.State != engine.Assigned {
				c.Seat = s.Seat
			}
		})
	}
	return c
}

func (d *Desk) belongs(a *act, p *Person) Belongs {
	e := Belongs{Number: p.Number, Name: p.Name, Exam: p.Exam, Site: p.Site, Same: p.Site == a.sitting.Site}
	def := d.people.Exam(p.Exam)
	if def == nil {
		return e
	}
	e.Exam = def.Title
	for _, s := range def.Sites {
		if s.Code == p.Site {
			e.Site, e.Zone = s.Name, s.Zone
		}
	}
	if s, room, ok := sittingOf(def, p.Sitting); ok {
		e.Sitting, e.Room = s.Title, room.Name
		at := d.hall.Sitting(p.SittingID()).State().Planned
		if at == 0 {
			at, _ = def.StartOf(s)
		}
		e.Start = at.String()
	}
	return e
}

func (d *Desk) comerOf(actor Account, sitting, number string) (*act, *Person, error) {
	a, err := d.open(sitting)
	if err != nil {
		return nil, nil, err
	}
	if !actor.May(engine.ActCheckin, a.def.Code, a.sitting.Site, a.sitting.Code) {
		return nil, nil, refusal(engine.NotAllowed, "action")
	}
	for _, p := range d.people.Find(number, a.def.Code) {
		if p.SittingID() == sitting {
			return a, p, nil
		}
	}
	return nil, nil, refusal(engine.UnknownSeat, "number")
}
