package proctor

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/engine"
)

// PlacesEdit is what is to be changed of an exam's sites, rooms and sittings after it was
// made. What has begun or was held is not changed by it, whatever it says.
type PlacesEdit struct {
	Sites    []engine.SiteDef    `json:"sites,omitempty"`    // that are added
	Rooms    []engine.RoomDef    `json:"rooms,omitempty"`    // that are added
	Sittings []engine.SittingDef `json:"sittings,omitempty"` // that are added
	Seats    map[string]int      `json:"seats,omitempty"`    // of a room: how many it has from here on
	Hours    map[string]string   `json:"hours,omitempty"`    // of a sitting: when it starts instead, as in the exam file

	CloseSites    []string `json:"close_sites,omitempty"`    // with their rooms
	CloseRooms    []string `json:"close_rooms,omitempty"`    // with the sittings that are to come there
	CloseSittings []string `json:"close_sittings,omitempty"` // are not held
}

// Empty says whether nothing is to be changed.
func (e *PlacesEdit) Empty() bool {
	return len(e.Sites)+len(e.Rooms)+len(e.Sittings)+len(e.Seats)+len(e.Hours)+len(e.CloseSites)+len(e.CloseRooms)+len(e.CloseSittings) == 0
}

// Merge adds what another edit says.
func (e *PlacesEdit) Merge(o PlacesEdit) {
	e.Sites, e.Rooms, e.Sittings = append(e.Sites, o.Sites...), append(e.Rooms, o.Rooms...), append(e.Sittings, o.Sittings...)
	e.CloseSites, e.CloseRooms, e.CloseSittings = append(e.CloseSites, o.CloseSites...), append(e.CloseRooms, o.CloseRooms...), append(e.CloseSittings, o.CloseSittings...)
	if e.Seats == nil && o.Seats != nil {
		e.Seats = map[string]int{}
	}
	maps.Copy(e.Seats, o.Seats)
	if e.Hours == nil && o.Hours != nil {
		e.Hours = map[string]string{}
	}
	maps.Copy(e.Hours, o.Hours)
}

// samePlaces says whether two definitions of one exam have the same sites, rooms and sittings.
func samePlaces(a, b *engine.Definition) bool {
	return reflect.DeepEqual([]any{a.Sites, a.Rooms, a.Sittings}, []any{b.Sites, b.Rooms, b.Sittings})
}

// What of an exam's places a PlaceChange is about, and what becomes of it.
const (
	PlaceSite    = "site"
	PlaceRoom    = "room"
	PlaceSitting = "sitting"

	PlaceAdded   = "added"
	PlaceClosed  = "closed"
	PlaceChanged = "changed"
)

// PlaceChange is one site, room or sitting that is another than it was.
type PlaceChange struct {
	Of    string `json:"of"`
	Code  string `json:"code"`
	Name  string `json:"name"`
	What  string `json:"what"`
	Field string `json:"field,omitempty"` // of PlaceChanged: seats or start
	Was   string `json:"was,omitempty"`
	Is    string `json:"is,omitempty"`
}

// placing is an exam's definition while it is changed.
type placing struct {
	def     *engine.Definition
	state   func(code string) *engine.Sitting // as it stands
	length  time.Duration                     // of a sitting that says nothing of it
	now     engine.Instant
	changes []PlaceChange
	faults  []Fault

	hours  map[string]engine.Instant // new ones, by sitting
	made   map[string]bool           // sittings that are added
	closed []string                  // sittings that are cancelled
}

// edited is the definition with an edit in it, and what of it changed. With faults there is
// no such definition; all of them are named.
func edited(def *engine.Definition, e *PlacesEdit, state func(string) *engine.Sitting, length time.Duration, now engine.Instant) *placing {
	next := *def
	next.Sites, next.Rooms, next.Sittings = slices.Clone(def.Sites), slices.Clone(def.Rooms), slices.Clone(def.Sittings)
	p := &placing{def: &next, state: state, length: length, now: now, hours: map[string]engine.Instant{}, made: map[string]bool{}}
	for _, s := range e.Sites {
		p.addSite(s)
	}
	for _, r := range e.Rooms {
		p.addRoom(r)
	}
	for _, code := range slices.Sorted(maps.Keys(e.Seats)) {
		p.seats(code, e.Seats[code])
	}
	for _, code := range e.CloseSites {
		p.closeSite(code)
	}
	for _, code := range e.CloseRooms {
		if r := p.room("close_rooms", code); r != nil {
			p.closeRoom(r)
		}
	}
	for _, code := range e.CloseSittings {
		p.closeSitting(code)
	}
	for _, s := range e.Sittings {
		p.addSitting(s)
	}
	for _, code := range slices.Sorted(maps.Keys(e.Hours)) {
		p.hour(code, e.Hours[code])
	}
	p.overlaps()
	if len(p.faults) == 0 {
		if err := next.Validate(); err != nil {
			for line := range strings.Lines(err.Error()) {
				p.fault("", "correct what is named", "%s", strings.TrimPrefix(strings.TrimSpace(line), "exam file: "))
			}
		}
	}
	return p
}

func (p *placing) fault(column, remedy, what string, args ...any) {
	p.faults = append(p.faults, Fault{Column: column, What: fmt.Sprintf(what, args...), Remedy: remedy})
}

func (p *placing) change(c PlaceChange) { p.changes = append(p.changes, c) }

func (p *placing) site(code string) *engine.SiteDef {
	if i := slices.IndexFunc(p.def.Sites, func(s engine.SiteDef) bool { return s.Code == code }); i >= 0 {
		return &p.def.Sites[i]
	}
	return nil
}

// room is a room of the exam; that there is none is a fault of the column.
func (p *placing) room(column, code string) *engine.RoomDef {
	if i := slices.IndexFunc(p.def.Rooms, func(r engine.RoomDef) bool { return r.Code == code }); i >= 0 {
		return &p.def.Rooms[i]
	}
	p.fault(column, "use the code of a room of the exam", "no room %.60q", code)
	return nil
}

func (p *placing) sitting(column, code string) *engine.SittingDef {
	if i := slices.IndexFunc(p.def.Sittings, func(s engine.SittingDef) bool { return s.Code == code }); i >= 0 {
		return &p.def.Sittings[i]
	}
	p.fault(column, "use the code of a sitting of the exam", "no sitting %.60q", code)
	return nil
}

func (p *placing) addSite(s engine.SiteDef) {
	if p.site(s.Code) != nil {
		p.fault("sites", "choose another code", "site %s is there already", s.Code)
		return
	}
	s.Closed = false
	p.def.Sites = append(p.def.Sites, s)
	p.change(PlaceChange{Of: PlaceSite, Code: s.Code, Name: s.Name, What: PlaceAdded, Is: s.Address})
}

func (p *placing) addRoom(r engine.RoomDef) {
	site := p.site(r.Site)
	switch {
	case slices.ContainsFunc(p.def.Rooms, func(o engine.RoomDef) bool { return o.Code == r.Code }):
		p.fault("rooms", "choose another code; the seats of a room that is there are changed with seats", "room %s is there already", r.Code)
		return
	case site == nil:
		p.fault("rooms", "use the code of a site of the exam, or add the site", "room %s is at site %.60q, which there is not", r.Code, r.Site)
		return
	case site.Closed:
		p.fault("rooms", "choose another site", "room %s is at site %s, which is closed", r.Code, r.Site)
		return
	}
	r.Closed = false
	p.def.Rooms = append(p.def.Rooms, r)
	p.change(PlaceChange{Of: PlaceRoom, Code: r.Code, Name: r.Name, What: PlaceAdded, Is: strconv.Itoa(r.Seats)})
}

func (p *placing) addSitting(s engine.SittingDef) {
	at := slices.IndexFunc(p.def.Rooms, func(r engine.RoomDef) bool { return r.Code == s.Room })
	switch {
	case slices.ContainsFunc(p.def.Sittings, func(o engine.SittingDef) bool { return o.Code == s.Code }):
		p.fault("sittings", "choose another code; the hour of a sitting that is there is changed with hours", "sitting %s is there already", s.Code)
		return
	case at < 0:
		p.fault("sittings", "use the code of a room of the exam, or add the room", "sitting %s is in room %.60q, which there is not", s.Code, s.Room)
		return
	case p.def.Rooms[at].Closed:
		p.fault("sittings", "choose another room", "sitting %s is in room %s, which is closed", s.Code, s.Room)
		return
	}
	s.Closed = false
	if s.Site == "" {
		s.Site = p.def.Rooms[at].Site
	}
	p.def.Sittings = append(p.def.Sittings, s)
	if start, ok := p.startOf("sittings", &s, s.Start); ok {
		p.made[s.Code] = true
		p.hours[s.Code] = start
		p.change(PlaceChange{Of: PlaceSitting, Code: s.Code, Name: s.Title, What: PlaceAdded, Is: p.clock(s.Code, start)})
	}
}

// startOf reads an hour that lies ahead.
func (p *placing) startOf(column string, s *engine.SittingDef, text string) (engine.Instant, bool) {
	to := *s
	to.Start = text
	at, err := p.def.StartOf(to)
	switch {
	case err != nil:
		p.fault(column, "write it as 2026-11-22T08:00, in the time of the site", "sitting %s: %q is no time", s.Code, text)
	case at <= p.now:
		p.fault(column, "name an hour that lies ahead", "sitting %s: %s is over", s.Code, p.clock(s.Code, at))
	default:
		return at, true
	}
	return 0, false
}

// clock is an instant in the time of a sitting's site, as programs read it; pages say it in words.
func (p *placing) clock(sitting string, at engine.Instant) string {
	return at.Time().In(p.def.Zone(sitting)).Format(time.RFC3339)
}

// untouched says whether check-in of a sitting was never opened; else it is a fault.
func (p *placing) untouched(column, code string) bool {
	s := p.state(code)
	if s.Home != "" {
		p.fault(column, "take it back from the site first, which two people do", "sitting %s was handed over to site %s", code, s.Home)
		return false
	}
	if s.Phase == engine.Planned {
		return true
	}
	remedy := "leave it as it is: what was held stays in the record"
	switch s.Phase {
	case engine.Cancelled:
		remedy = "add a sitting under another code"
	case engine.CheckingIn, engine.Waiting, engine.InProgress, engine.Halted:
		remedy = "use the station: a sitting whose check-in is open is postponed, paused or ended there, and people are sent elsewhere there"
	}
	p.fault(column, remedy, "sitting %s is %s", code, s.Phase)
	return false
}

func (p *placing) seats(code string, n int) {
	r := p.room("seats", code)
	switch {
	case r == nil || r.Seats == n:
		return
	case r.Closed:
		p.fault("seats", "add a room under another code", "room %s is closed", code)
		return
	}
	for _, s := range p.def.Sittings {
		if s.Room == code && !s.Closed && p.state(s.Code).Home != "" && !p.untouched("seats", s.Code) {
			return
		}
		if s.Room == code && !s.Closed && p.state(s.Code).Phase != engine.Planned {
			p.fault("seats", "add a room under another code for the sittings to come, or mark seats as broken at the station", "in room %s sitting %s is %s: its seats are in the record", code, s.Code, p.state(s.Code).Phase)
			return
		}
	}
	p.change(PlaceChange{Of: PlaceRoom, Code: code, Name: r.Name, What: PlaceChanged, Field: "seats", Was: strconv.Itoa(r.Seats), Is: strconv.Itoa(n)})
	r.Seats = n
}

func (p *placing) closeSite(code string) {
	site := p.site(code)
	switch {
	case site == nil:
		p.fault("close_sites", "use the code of a site of the exam", "no site %.60q", code)
		return
	case site.Closed:
		p.fault("close_sites", "leave it out", "site %s is closed already", code)
		return
	}
	site.Closed = true
	p.change(PlaceChange{Of: PlaceSite, Code: code, Name: site.Name, What: PlaceClosed})
	for i := range p.def.Rooms {
		if r := &p.def.Rooms[i]; r.Site == code && !r.Closed {
			p.closeRoom(r)
		}
	}
}

// closeRoom closes a room and cancels what is to come there. What was held there stays.
func (p *placing) closeRoom(r *engine.RoomDef) {
	if r.Closed {
		p.fault("close_rooms", "leave it out", "room %s is closed already", r.Code)
		return
	}
	for _, s := range p.def.Sittings {
		switch phase := p.state(s.Code).Phase; {
		case s.Room != r.Code || s.Closed:
		case phase == engine.Planned:
			p.closeSitting(s.Code)
		case phase != engine.Ended && phase != engine.Sealed:
			p.untouched("close_rooms", s.Code)
		}
	}
	r.Closed = true
	p.change(PlaceChange{Of: PlaceRoom, Code: r.Code, Name: r.Name, What: PlaceClosed})
}

func (p *placing) closeSitting(code string) {
	s := p.sitting("close_sittings", code)
	if s == nil || s.Closed || !p.untouched("close_sittings", code) {
		if s != nil && s.Closed {
			p.fault("close_sittings", "leave it out", "sitting %s is cancelled already", code)
		}
		return
	}
	s.Closed = true
	p.closed = append(p.closed, code)
	p.change(PlaceChange{Of: PlaceSitting, Code: code, Name: s.Title, What: PlaceClosed, Was: p.clock(code, p.planned(s))})
}

func (p *placing) hour(code, text string) {
	s := p.sitting("hours", code)
	if s == nil || p.made[code] || !p.untouched("hours", code) {
		return
	}
	if s.Closed {
		p.fault("hours", "leave it out", "sitting %s is cancelled by the same change", code)
		return
	}
	at, ok := p.startOf("hours", s, text)
	if was := p.planned(s); ok && at != was {
		p.hours[code] = at
		p.change(PlaceChange{Of: PlaceSitting, Code: code, Name: s.Title, What: PlaceChanged, Field: "start", Was: p.clock(code, was), Is: p.clock(code, at)})
	}
}

// planned is the hour of a sitting, with this change.
func (p *placing) planned(s *engine.SittingDef) engine.Instant {
	if at, is := p.hours[s.Code]; is {
		return at
	}
	if at := p.state(s.Code).Planned; at != 0 {
		return at
	}
	at, _ := p.def.StartOf(*s) // checked when the definition was read
	return at
}

// lasts is how long a sitting is.
func (p *placing) lasts(s *engine.SittingDef) time.Duration {
	if l := p.state(s.Code).Length; l > 0 {
		return l
	}
	if s.Minutes > 0 {
		return time.Duration(s.Minutes) * time.Minute
	}
	return p.length
}

// overlaps finds sittings that this change puts into a room where another is held.
func (p *placing) overlaps() {
	for _, code := range slices.Sorted(maps.Keys(p.hours)) {
		s := p.sitting("hours", code)
		from := p.planned(s)
		to := from.Add(p.lasts(s))
		for i := range p.def.Sittings {
			o := &p.def.Sittings[i]
			if _, both := p.hours[o.Code]; o.Room != s.Room || o.Code == code || o.Closed || both && o.Code < code {
				continue
			}
			if begins := p.planned(o); begins < to && from < begins.Add(p.lasts(o)) {
				p.fault("hours", "choose another hour or another room", "sittings %s and %s are in room %s at the same time", cmp.Or(s.Title, code)+" ("+code+")", o.Code, s.Room)
			}
		}
	}
}
