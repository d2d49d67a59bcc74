package proctor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"terang/engine"
)

// RosterChange is what a roster would make of the one that stands: it is shown before it
// is taken.
type RosterChange struct {
	Exam    string         `json:"exam"`
	Version int            `json:"version"` // that it would be, from 1
	Base    string         `json:"base"`    // SHA-256 of the roster as it stands, "" where there is none
	Next    string         `json:"next"`    // SHA-256 of the roster as it would be
	People  int            `json:"people"`  // on it then
	Added   []Person       `json:"added"`
	Removed []Person       `json:"removed"`
	Changed []PersonChange `json:"changed"`
	Same    int            `json:"same"`
}

// PersonChange is what a roster would change of one person.
type PersonChange struct {
	Number string        `json:"number"`
	Name   string        `json:"name"`
	Fields []FieldChange `json:"fields"`

	was, is *Person
	line    int // of the file
}

// FieldChange is one column, old and new.
type FieldChange struct {
	Field string `json:"field"`
	Was   string `json:"was"`
	Is    string `json:"is"`
}

// ID names the change: of the same roster and the same file it is the same. Who takes a
// change names what was shown, and nothing else is taken.
func (c *RosterChange) ID() string {
	sum := sha256.Sum256([]byte(c.Base + "\n" + c.Next))
	text := hex.EncodeToString(sum[:4])
	return text[:4] + "-" + text[4:]
}

// Moved are the changes of people whose site or sitting would be another than they had.
func (c *RosterChange) Moved() (moved []PersonChange) {
	for _, p := range c.Changed {
		if slices.ContainsFunc(p.Fields, func(f FieldChange) bool { return f.Field == "site" || f.Field == "sitting" && f.Was != "" }) {
			moved = append(moved, p)
		}
	}
	return moved
}

// Nothing says whether the roster would stay as it is.
func (c *RosterChange) Nothing() bool { return len(c.Added)+len(c.Removed)+len(c.Changed) == 0 }

// rosterColumn is a field of a person as the roster's file has it.
type rosterColumn struct {
	name string
	text func(*Person) string
}

// changeable are the columns that a correction may give another value, in the file's order.
var changeable = []rosterColumn{
	{"name", func(p *Person) string { return p.Name }},
	{"birth_date", func(p *Person) string { return p.BirthDate }},
	{"formation", func(p *Person) string { return p.Formation }},
	{"site", func(p *Person) string { return p.Site }},
	{"sitting", func(p *Person) string { return p.Sitting }},
	{"seat", func(p *Person) string { return p.Seat }},
	{"accommodation", func(p *Person) string { return p.Accommodation }},
	{"extra_minutes", func(p *Person) string { return strconv.Itoa(p.ExtraMinutes) }},
	{"photo", func(p *Person) string { return p.Photo }},
}

// changesOf lists what is another between two rows of one number.
func changesOf(was, is *Person) (fields []FieldChange) {
	for _, c := range changeable {
		if a, b := c.text(was), c.text(is); a != b {
			fields = append(fields, FieldChange{c.name, a, b})
		}
	}
	return fields
}

// compare finds what people, read from the given lines, change of those who stand. A whole
// roster takes out whom it does not name; another leaves them.
func compare(standing []*Person, people []Person, lines []int, whole bool) *RosterChange {
	c := &RosterChange{Added: []Person{}, Removed: []Person{}, Changed: []PersonChange{}}
	known := make(map[string]*Person, len(standing))
	for _, p := range standing {
		n, _ := NormalNumber(p.Number)
		known[n] = p
	}
	next := make([]Person, 0, max(len(people), len(standing)))
	for i := range people {
		is := &people[i]
		n, _ := NormalNumber(is.Number)
		was := known[n]
		delete(known, n)
		if was == nil {
			c.Added, next = append(c.Added, *is), append(next, *is)
			continue
		}
		kept := *is
		kept.Number = was.Number // as it was first written: the form is drawn by it
		next = append(next, kept)
		fields := changesOf(was, is)
		if len(fields) == 0 {
			c.Same++
			continue
		}
		line := 0
		if lines != nil {
			line = lines[i]
		}
		c.Changed = append(c.Changed, PersonChange{Number: was.Number, Name: is.Name, Fields: fields, was: was, is: is, line: line})
	}
	for _, p := range standing {
		n, _ := NormalNumber(p.Number)
		switch {
		case known[n] == nil:
		case whole:
			c.Removed = append(c.Removed, *p)
		default:
			c.Same++
			next = append(next, *p)
		}
	}
	c.People, c.Next = len(next), rosterHash(next)
	if len(standing) > 0 {
		all := make([]Person, len(standing))
		for i, p := range standing {
			all[i] = *p
		}
		c.Base = rosterHash(all)
	}
	return c
}

func rosterHash(people []Person) string { return engine.SHA256(string(Canonical(people))) }

// FormationsHash is the SHA-256 in hex by which FormationsLoaded names formations.
func FormationsHash(formations []Formation) string {
	return engine.SHA256(string(canonicalFormations(formations)))
}

// stage is how far somebody's exam has come, as far as a roster has to know.
type stage int

const (
	untouched stage = iota
	turnedAway
	checkedIn
	started
)

// settled names what a roster can change no more: who has checked in keeps place and seat
// and stays on the roster, who has started keeps the time that was given.
func (p *People) settled(ctx context.Context, log *Log, c *RosterChange) ([]Fault, error) {
	open := map[string]bool{} // sittings at which somebody may have come
	came := func(q *Person) (stage, error) {
		id := q.SittingID()
		if id == "" {
			return untouched, nil
		}
		opened, known := open[id]
		if !known {
			var err error
			if opened, err = wasOpened(ctx, log.journal, id); err != nil {
				return untouched, err
			}
			open[id] = opened
		}
		if !opened {
			return untouched, nil
		}
		return stageOf(ctx, log.journal, q)
	}
	faults, err := abroad(ctx, log.journal, c)
	if err != nil || len(faults) > 0 {
		return faults, err
	}
	for i := range c.Changed {
		q := &c.Changed[i]
		s, err := came(q.was)
		if err != nil {
			return nil, err
		}
		for _, f := range q.Fields {
			if fault, settled := settledField(q, f, s); settled {
				faults = append(faults, fault)
			}
		}
	}
	for i := range c.Removed {
		q := &c.Removed[i]
		s, err := came(q)
		if err != nil {
			return nil, err
		}
		if s != untouched {
			faults = append(faults, Fault{
				Column: "number", What: fmt.Sprintf("%s is missing, who has come to sitting %s", q.Number, q.Sitting),
				Remedy: "add the row again as it was: the minutes count everybody who came",
			})
		}
	}
	return faults, nil
}

// abroad names people of sittings that a site holds by itself: its list is the one that
// counts until the sitting has come home, so that nobody is added to it, taken from it or
// changed on it here.
func abroad(ctx context.Context, j engine.Journal, c *RosterChange) (faults []Fault, err error) {
	homes := map[string]string{"": ""}
	home := func(p *Person) string {
		id := p.SittingID()
		at, known := homes[id]
		if !known && err == nil {
			s := engine.NewSitting(engine.SittingStream + id)
			err = j.Read(ctx, s.Stream, 0, s.Fold)
			at = s.Home
			homes[id] = at
		}
		return at
	}
	fault := func(line int, number, sitting, site string) {
		faults = append(faults, Fault{
			Row: line, Column: "number", What: fmt.Sprintf("%s is of sitting %s, which was handed over to site %s", number, sitting, site),
			Remedy: "leave the row as it is until the sitting has come home, or take the sitting back first",
		})
	}
	for i := range c.Changed {
		q := &c.Changed[i]
		if at := home(q.was); at != "" {
			fault(q.line, q.Number, q.was.Sitting, at)
		} else if at := home(q.is); at != "" {
			fault(q.line, q.Number, q.is.Sitting, at)
		}
	}
	for _, gone := range [][]Person{c.Removed, c.Added} {
		for i := range gone {
			if at := home(&gone[i]); at != "" {
				fault(0, gone[i].Number, gone[i].Sitting, at)
			}
		}
	}
	return faults, err
}

// settledField says whether a person at this stage keeps what the field would change.
func settledField(q *PersonChange, f FieldChange, s stage) (Fault, bool) {
	fault := Fault{Row: q.line, Column: f.Field}
	switch {
	case s >= checkedIn && slices.Contains([]string{"site", "sitting", "seat"}, f.Field):
		fault.What = fmt.Sprintf("%s has checked in at sitting %s, and the roster says %s %q instead of %q", q.Number, q.was.Sitting, f.Field, f.Is, f.Was)
		fault.Remedy = "leave it as it was: who is here is moved at the station"
	case s >= started && f.Field == "extra_minutes":
		fault.What = fmt.Sprintf("%s has started at sitting %s with %s extra minutes, and the roster says %s", q.Number, q.was.Sitting, f.Was, f.Is)
		fault.Remedy = "leave them as they were: time is given at the station"
	default:
		return Fault{}, false
	}
	return fault, true
}

var errEnough = errors.New("enough was read")

// wasOpened says whether anybody can have checked in at a sitting.
func wasOpened(ctx context.Context, j engine.Journal, sitting string) (bool, error) {
	opened := false
	err := j.Read(ctx, engine.SittingStream+sitting, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if opened = e.Kind == engine.CheckinOpened || e.Kind == engine.SittingStarted || e.Kind == engine.HandedOver; opened {
			return errEnough
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return false, fmt.Errorf("has check-in been opened at %s: %w", sitting, err)
	}
	return opened, nil
}

func stageOf(ctx context.Context, j engine.Journal, q *Person) (s stage, err error) {
	err = j.Read(ctx, engine.AttemptStream+q.Attempt, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		switch e.Kind {
		case engine.TurnedAway:
			s = max(s, turnedAway)
		case engine.CheckedIn:
			s = max(s, checkedIn)
		case engine.Started:
			s = started
			return errEnough
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return s, fmt.Errorf("has %s come: %w", q.Number, err)
	}
	return s, nil
}

// faultsError is a refusal that names them all.
func faultsError(faults []Fault, field string) error {
	all := make([]error, 0, len(faults)+1)
	for _, f := range faults {
		all = append(all, errors.New(f.String()))
	}
	return errors.Join(append(all, refusal(engine.WrongState, field))...)
}

// Lines are a change as a second person is shown it: how many, and who as far as there is room.
func (c *RosterChange) Lines() []Line {
	lines := []Line{
		{"people_then", strconv.Itoa(c.People)}, {"count_new", strconv.Itoa(len(c.Added))}, {"count_changed", strconv.Itoa(len(c.Changed))},
		{"count_moved", strconv.Itoa(len(c.Moved()))}, {"count_removed", strconv.Itoa(len(c.Removed))},
	}
	row := func(p *Person) string {
		return strings.Join([]string{p.Number, p.Name, p.Site, p.Sitting, p.Seat}, " · ")
	}
	room := shownMost
	for i := range c.Removed[:min(room, len(c.Removed))] {
		lines = append(lines, Line{"removed", row(&c.Removed[i])})
		room--
	}
	for i := range c.Changed[:min(room, len(c.Changed))] {
		lines = append(lines, Line{"changed", c.Changed[i].String()})
		room--
	}
	for i := range c.Added[:min(room, len(c.Added))] {
		lines = append(lines, Line{"new", row(&c.Added[i])})
	}
	return lines
}

// String is the person with each field, old → new.
func (c *PersonChange) String() string {
	fields := make([]string, len(c.Fields))
	for i, f := range c.Fields {
		fields[i] = fmt.Sprintf("%s: %s → %s", f.Field, f.Was, f.Is)
	}
	return c.Number + " · " + strings.Join(fields, ", ")
}
