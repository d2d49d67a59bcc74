package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
)

// Kinds of register entries about computers. A seat is of a room, and a room of a site, by
// their codes alone: a computer that was made ready in a rehearsal is ready for the exam.
const (
	KindSeat      = "seat"       // SITE/ROOM/SEAT: its newest report, and the hash of its token
	KindSeatToken = "seat-token" // hash of a token: the id of the seat
	KindSeatCode  = "seat-code"  // SITE/ROOM: the hash of the code that lets reports in
)

// seatReport is the newest report of a seat.
type seatReport struct {
	At    engine.Instant  `json:"at"`
	Ready bool            `json:"ready"`
	Lines []readinessLine `json:"lines"`
	Token string          `json:"token"` // SHA-256
	Agent string          `json:"agent"`

	Registered []registration `json:"registered,omitempty"` // the newest last
}

// registration is when a browser was given the seat, taking it from the one before.
type registration struct {
	At   engine.Instant `json:"at"`
	From string         `json:"from"` // its address
	Way  string         `json:"way"`  // network or code: what let it
}

// registrationsKept is how many of a seat's registrations are kept.
const registrationsKept = 20

var seatPattern = regexp.MustCompile(`^[A-Z0-9][A-Z0-9.-]{0,11}$`)

// seatName is a seat's name as it is compared.
func seatName(seat string) string { return strings.ToUpper(strings.TrimSpace(seat)) }

// States of a seat before an exam.
const (
	SeatReady     = "ready"
	SeatNotReady  = "not_ready"
	SeatUnchecked = "unchecked"
)

// SeatReadiness is what is known of one seat's computer.
type SeatReadiness struct {
	Seat   string          `json:"seat"`
	State  string          `json:"state"`
	At     string          `json:"at,omitempty"` // of the report, also of one that is too old to count
	AgeMS  int64           `json:"age_ms,omitempty"`
	Failed []readinessLine `json:"failed,omitempty"`
	Notes  []readinessLine `json:"notes,omitempty"`

	Registered string `json:"registered,omitempty"` // since when its present browser counts as the seat
	Times      int    `json:"times,omitempty"`      // how many browsers have, as far as is kept
}

// ReadyCount adds up: Seats = Ready + NotReady + Unchecked.
type ReadyCount struct {
	Seats     int `json:"seats"`
	Ready     int `json:"ready"`
	NotReady  int `json:"not_ready"`
	Unchecked int `json:"unchecked"`
}

func (c *ReadyCount) add(d ReadyCount) {
	c.Seats += d.Seats
	c.Ready += d.Ready
	c.NotReady += d.NotReady
	c.Unchecked += d.Unchecked
}

// RoomReadiness is a room's seats, those with a fault first.
type RoomReadiness struct {
	Site  string          `json:"site"`
	Room  string          `json:"room"`
	Name  string          `json:"name"`
	Count ReadyCount      `json:"count"`
	Seats []SeatReadiness `json:"seats"`
}

// Readiness tells for each room of an exam how its computers are. Its seats are those that
// the roster names or that have reported; where the roster names none, there are as many
// as the definition gives the room.
func Readiness(ctx context.Context, r engine.Register, def *engine.Definition, people []proctor.Person, now engine.Instant) ([]RoomReadiness, error) {
	rooms := make([]RoomReadiness, 0, len(def.Rooms))
	for _, room := range def.Rooms {
		one, err := readinessOf(ctx, r, def, room, people, now)
		if err != nil {
			return nil, fmt.Errorf("readiness of %s, room %s: %w", room.Site, room.Code, err)
		}
		rooms = append(rooms, one)
	}
	return rooms, nil
}

func readinessOf(ctx context.Context, r engine.Register, def *engine.Definition, room engine.RoomDef, people []proctor.Person, now engine.Instant) (RoomReadiness, error) {
	out := RoomReadiness{Site: room.Site, Room: room.Code, Name: room.Name, Seats: []SeatReadiness{}}
	here := map[string]bool{} // sittings of the room
	for _, s := range def.Sittings {
		here[s.Code] = s.Room == room.Code
	}
	named := map[string]bool{} // seats; true: reported
	for _, p := range people {
		if p.Seat != "" && here[p.Sitting] {
			named[seatName(p.Seat)] = false
		}
	}
	roster := len(named)
	prefix := room.Site + "/" + room.Code + "/"
	err := r.List(ctx, KindSeat, prefix, func(e engine.Entry) error {
		var report seatReport
		if err := json.Unmarshal(e.Body, &report); err != nil {
			return fmt.Errorf("seat %s in the register: %w", e.ID, err)
		}
		seat := strings.TrimPrefix(e.ID, prefix)
		named[seat] = true
		out.Seats = append(out.Seats, report.shown(seat, now))
		return nil
	})
	for seat, reported := range named {
		if !reported {
			out.Seats = append(out.Seats, SeatReadiness{Seat: seat, State: SeatUnchecked})
		}
	}
	order := []string{SeatNotReady, SeatUnchecked, SeatReady}
	slices.SortFunc(out.Seats, func(a, b SeatReadiness) int {
		return cmp.Or(slices.Index(order, a.State)-slices.Index(order, b.State), naturally(a.Seat, b.Seat))
	})
	for _, s := range out.Seats {
		out.Count.count(s.State)
	}
	if roster == 0 && room.Seats > out.Count.Seats {
		out.Count.Unchecked += room.Seats - out.Count.Seats
		out.Count.Seats = room.Seats
	}
	return out, err
}

func (c *ReadyCount) count(state string) {
	c.Seats++
	switch state {
	case SeatReady:
		c.Ready++
	case SeatNotReady:
		c.NotReady++
	default:
		c.Unchecked++
	}
}

// naturally puts A-2 before A-10.
func naturally(a, b string) int {
	an, bn := seatDigits.FindString(a), seatDigits.FindString(b)
	if at, bt := strings.TrimSuffix(a, an), strings.TrimSuffix(b, bn); at != bt || an == "" || bn == "" {
		return cmp.Compare(a, b)
	}
	x, _ := strconv.Atoi(an) // digits only
	y, _ := strconv.Atoi(bn)
	return cmp.Or(x-y, cmp.Compare(a, b))
}

var seatDigits = regexp.MustCompile(`\d+$`)

// shown is a report at an instant: one that is too old says nothing about today.
func (s *seatReport) shown(seat string, now engine.Instant) SeatReadiness {
	age := max(0, now.Sub(s.At))
	v := SeatReadiness{Seat: seat, State: SeatNotReady, At: s.At.String(), AgeMS: age.Milliseconds(), Times: len(s.Registered)}
	if v.Times > 0 {
		v.Registered = s.Registered[v.Times-1].At.String()
	}
	if age > time.Duration(limits.ValidHours)*time.Hour {
		v.State = SeatUnchecked
		return v
	}
	if s.Ready {
		v.State = SeatReady
	}
	for _, l := range s.Lines {
		switch l.State {
		case lineBad:
			v.Failed = append(v.Failed, l)
		case lineNote:
			v.Notes = append(v.Notes, l)
		}
	}
	return v
}

// Verdict is one line about some rooms: "37 of 40 ready; not ready: A-03 storage; not checked: 2".
func Verdict(rooms []RoomReadiness) string {
	var all ReadyCount
	var failing []string
	for _, r := range rooms {
		all.add(r.Count)
		for _, s := range r.Seats {
			if s.State != SeatNotReady {
				continue
			}
			checks := make([]string, len(s.Failed))
			for i, l := range s.Failed {
				checks[i] = l.Check
			}
			failing = append(failing, s.Seat+" "+strings.Join(checks, " "))
		}
	}
	words := fmt.Sprintf("%d of %d ready", all.Ready, all.Seats)
	if len(failing) > 0 {
		words += "; not ready: " + strings.Join(failing, ", ")
	}
	if all.Unchecked > 0 {
		words += fmt.Sprintf("; not checked: %d", all.Unchecked)
	}
	return words
}

// keepReport stores a seat's report and returns the token that its browser gets: the one
// that it has, if it is this seat's, so that a check in between changes nothing for an exam
// that runs; else a new one, which voids what another browser had been given for the seat.
// It says whether there was such another.
func keepReport(ctx context.Context, r engine.Register, id, token string, report seatReport, by registration) (given string, again bool, err error) {
	var was seatReport
	body, err := r.Get(ctx, KindSeat, id)
	if err == nil {
		err = json.Unmarshal(body, &was)
	}
	if err != nil && !errors.Is(err, engine.ErrAbsent) {
		return "", false, fmt.Errorf("seat %s: %w", id, err)
	}
	before, err := seatOfToken(ctx, r, token)
	if err != nil {
		return "", false, err
	}
	report.Registered = was.Registered
	if before != id || proctor.HashSecret(token) != was.Token {
		token = proctor.NewSecret()
		report.Registered = append(report.Registered, by)
		report.Registered = report.Registered[max(0, len(report.Registered)-registrationsKept):]
	}
	report.Token = proctor.HashSecret(token)
	if body, err = json.Marshal(report); err != nil {
		return "", false, fmt.Errorf("seat %s: %w", id, err)
	}
	err = r.Put(ctx, engine.Entry{Kind: KindSeat, ID: id, Body: body}, engine.Entry{Kind: KindSeatToken, ID: report.Token, Body: []byte(id)})
	again = was.Token != "" && was.Token != report.Token
	if err == nil && again {
		err = r.Erase(ctx, KindSeatToken, was.Token)
	}
	if err != nil {
		return "", false, fmt.Errorf("seat %s: %w", id, err)
	}
	return token, again, nil
}

// seatOfToken is the seat whose browser was given the token, "" if none was.
func seatOfToken(ctx context.Context, r engine.Register, token string) (string, error) {
	if token == "" {
		return "", nil
	}
	id, err := r.Get(ctx, KindSeatToken, proctor.HashSecret(token))
	if errors.Is(err, engine.ErrAbsent) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read a seat's token: %w", err)
	}
	return string(id), nil
}
