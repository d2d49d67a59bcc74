package scoring

import (
	"strings"

	"terang/engine"
)

// Info says which board it is.
type Info struct {
	ID        string // EXAM, EXAM.site.CODE, EXAM.sitting.CODE or EXAM.formation.CODE
	Kind      string
	Exam      Named
	Site      Named // of a site's and a sitting's board
	Sitting   Named
	Formation Named
	Rehearsal bool
}

// Title is what the board is called in full.
func (i *Info) Title() string {
	title := i.Exam.Title
	for _, part := range []Named{i.Formation, i.Site, i.Sitting} {
		if part.Title != "" {
			title += " · " + part.Title
		}
	}
	return title
}

func (i *Info) id() string {
	switch i.Kind {
	case KindSite:
		return strings.Join([]string{i.Exam.Code, i.Kind, i.Site.Code}, ".")
	case KindSitting:
		return strings.Join([]string{i.Exam.Code, i.Kind, i.Sitting.Code}, ".")
	case KindFormation:
		return strings.Join([]string{i.Exam.Code, i.Kind, i.Formation.Code}, ".")
	}
	return i.Exam.Code
}

// Counts are people on a board.
type Counts struct {
	Registered int `json:"registered"`
	Working    int `json:"working"`
	Finished   int `json:"finished"`
	Meets      int `json:"meets"` // by the scores that may be shown, see Face.Passed
}

// board is one published ranking.
type board struct {
	Info
	sittings map[*sitting]int // of its rows and, a formation's aside, those planned
	counts   Counts
	left     []departure    // since the last tick
	epoch    engine.Pos     // of the event that last changed its rules; freezing is one
	changed  engine.Pos     // of the event that last changed what it shows
	moment   engine.Instant // recorded time of that event
	final    bool

	// Published by a tick, under Boards.mu.
	order []int32     // seats as they stand: by key, then by number; who has no place last
	gone  []departure // who once stood here
	view  *View
}

// departure is a row that left a board.
type departure struct {
	seat int32
	at   engine.Pos
}

func (d *board) touch(pos engine.Pos, at engine.Instant) {
	d.changed, d.moment = pos, max(d.moment, at)
}

func (d *board) count(f *Face, by int) {
	d.counts.Registered += by
	if f.Working {
		d.counts.Working += by
	}
	if f.Finished {
		d.counts.Finished += by
	}
	if f.Passed() {
		d.counts.Meets += by
	}
}

// unseat forgets one row of the sitting. A formation's board is final without the
// sittings in which none of its people sit.
func (d *board) unseat(s *sitting) {
	if d.sittings[s]--; d.sittings[s] == 0 && d.Kind == KindFormation {
		delete(d.sittings, s)
	}
}

// completed says whether the sitting that was closed was the board's last.
func (d *board) completed(closed *sitting) bool {
	if _, ok := d.sittings[closed]; !ok {
		return false
	}
	for s := range d.sittings {
		if !s.closed {
			return false
		}
	}
	return true
}

// freeze makes the board final. Its epoch moves, so that every reader takes the frozen board
// as a whole.
func (d *board) freeze(pos engine.Pos, at engine.Instant) {
	d.final, d.epoch = true, pos
	d.touch(pos, at)
}
