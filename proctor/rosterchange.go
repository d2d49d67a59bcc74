package proctor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
func (c *RosterChange) ID() string { return changeID(c.Base, c.Next) }

// changeID names by a few letters what makes next of base, both SHA-256.
func changeID(base, next string) string {
	sum := sha256.Sum256([]byte(base + "\n" + next))
	text := hex.EncodeToString(sum[:4])
	return text[:4] + "-" + text[4:]
}

// Effect names what becomes of whom, each as they were and as they would be. Whoever else is
// on the roster may be another than before: it stays the same.
func (c *RosterChange) Effect() string {
	body, _ := json.Marshal([]any{c.Added, c.Removed, c.Changed}) // of strings and numbers
	return engine.SHA256(string(body))
}

// agreed says whether the change is the one whose Effect was agreed to, or what is left of it
// where an act that was cut short has changed everybody already.
func (c *RosterChange) agreed(effect string) bool {
	return effect == "" || c.Nothing() || c.Effect() == effect
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

// Given are those whom the roster adds or changes, as they would be.
func (c *RosterChange) Given() []*Person {
	given := make([]*Person, 0, len(c.Added)+len(c.Changed))
	for i := range c.Added {
		given = append(given, &c.Added[i])
	}
	for i := range c.Changed {
		given = append(given, c.Changed[i].is)
	}
	return given
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
