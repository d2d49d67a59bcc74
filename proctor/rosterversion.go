package proctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
)

// RosterVersion is one roster that stood, or stands, as the journal has it.
type RosterVersion struct {
	Version int    `json:"version"`
	Hash    string `json:"hash"` // SHA-256 of the roster as terang exam roster --export writes it
	People  int    `json:"people"`
	At      string `json:"at"`
	By      string `json:"by"`
	Two     string `json:"two,omitempty"`
	Why     string `json:"why,omitempty"`
	Draw    string `json:"draw,omitempty"` // seed, where sittings were given by draw

	op string
}

// Rosters are the versions of an exam's roster, oldest first.
func (o *Office) Rosters(ctx context.Context, exam string) (all []RosterVersion, err error) {
	err = o.log.journal.Read(ctx, engine.ExamStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.RosterLoaded {
			all = append(all, RosterVersion{
				Version: len(all) + 1, Hash: e.Text, People: int(e.MS), At: e.At.String(), By: e.By, Two: e.Two, Why: e.Why, Draw: e.Seed, op: e.Op,
			})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("versions of the roster of %s: %w", exam, err)
	}
	return all, nil
}

// Placement is where a person was expected until a version of the roster said otherwise.
type Placement struct {
	Until   int            `json:"until"` // the version that ended it
	At      engine.Instant `json:"at"`    // when
	Site    string         `json:"site"`
	Sitting string         `json:"sitting"`
}

// Before is where the person was expected at a version of the roster, and 0 stands for the
// first one that named a sitting. It is false if that is where the person is expected now,
// or if there was no sitting yet.
func (p *Person) Before(version int) (Placement, bool) {
	i := slices.IndexFunc(p.Was, func(w Placement) bool { return w.Until > version })
	if i < 0 {
		return Placement{}, false
	}
	w := p.Was[i]
	return w, w.Sitting != "" && (w.Site != p.Site || w.Sitting != p.Sitting)
}

// MovedPerson is somebody whose site or sitting is another than it was.
type MovedPerson struct {
	*Person
	From Placement
}

// Moved lists the people of an exam who are expected elsewhere than at a version of the
// roster (0: than at first), by number.
func (p *People) Moved(exam string, since int) (moved []MovedPerson) {
	for _, q := range p.All(exam) {
		if w, is := q.Before(since); is {
			moved = append(moved, MovedPerson{q, w})
		}
	}
	slices.SortFunc(moved, func(a, b MovedPerson) int { return strings.Compare(a.Number, b.Number) })
	return moved
}

// Told lists whom to tell that something is another than it was: who is expected elsewhere
// than at a version of the roster, and, of all that ever changed (0), also who keeps the
// sitting and comes at another hour. state is a sitting as it stands.
func (p *People) Told(exam string, since int, state func(sitting string) *engine.Sitting) []MovedPerson {
	told := p.Moved(exam, since)
	if since > 0 {
		return told // an hour is of no version
	}
	moved := make(map[string]bool, len(told))
	for _, m := range told {
		moved[m.Attempt] = true
	}
	for _, q := range p.All(exam) {
		if q.Sitting == "" || moved[q.Attempt] {
			continue
		}
		if s := state(q.SittingID()); s.MovedAt != 0 {
			told = append(told, MovedPerson{q, Placement{At: s.MovedAt, Site: q.Site, Sitting: q.Sitting}})
		}
	}
	slices.SortFunc(told, func(a, b MovedPerson) int { return strings.Compare(a.Number, b.Number) })
	return told
}

// MovedTable is a list of people to be told as a file: where and when each was expected, and
// is.
func MovedTable(def *engine.Definition, told []MovedPerson, state func(sitting string) *engine.Sitting) [][]string {
	rows := [][]string{{"number", "name", "site_before", "sitting_before", "start_before", "site", "sitting", "start", "changed_at"}}
	for _, m := range told {
		start := plannedStart(def, m.Sitting)
		if at := state(m.SittingID()).Planned; at != 0 && m.Sitting != "" {
			start = at.Time().In(def.Zone(m.Sitting)).Format(startLayout)
		}
		rows = append(rows, []string{m.Number, m.Name, m.From.Site, m.From.Sitting, plannedStart(def, m.From.Sitting), m.Site, m.Sitting, start, m.From.At.String()})
	}
	return rows
}

const startLayout = "2006-01-02T15:04Z07:00"

// plannedStart is the hour of a sitting as the exam file has it, with its zone; "" for none.
func plannedStart(def *engine.Definition, code string) string {
	s, _, ok := sittingOf(def, code)
	if !ok {
		return ""
	}
	at, err := def.StartOf(s)
	if err != nil {
		return ""
	}
	return at.Time().In(def.Zone(code)).Format(startLayout)
}

// Roster is an exam's roster as a file, in the bytes whose SHA-256 the journal has.
func (p *People) Roster(exam string) []byte {
	known := p.All(exam)
	all := make([]Person, len(known))
	for i, q := range known {
		all[i] = *q
	}
	return Canonical(all)
}
