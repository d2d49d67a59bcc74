package itemstats

import (
	"fmt"

	"terang/scoring"
)

// Sat is how a candidate sat, beside the form.
type Sat struct {
	Sitting     int   // index of the names given to NewSittings
	Deviation   []int // of the form by the plan, by section: expected points minus target, in thousandths
	Outside     bool  // of the plan's tolerance: a section's deviation
	Passed      bool  // all thresholds of the candidate's own need
	Interrupted bool
	ExtraTime   bool
}

// Sittings are the sums of each sitting that a fairness report needs beside the cube:
// integers, added and taken out like the cube's.
type Sittings struct {
	d      *Design
	names  []string
	rows   []sittingSum
	issued []uint32 // item, sitting
	low    int      // least total
}

// deviations of forms are counted in tenths of a point up to 20 points.
const (
	deviationMost = 200
	deviationBins = 2*deviationMost + 1
	thousandths   = 1000
)

type sittingSum struct {
	n, passed, interrupted, extra, unreached int64

	scores     [][]int64 // by section: candidates at each score
	totals     []int64   // from Sittings.low
	deviations []int64   // forms by their deviation in all sections
	outside    int64     // forms beyond the tolerance of a section
	form       [scoring.MaxSections + 1]squared
	observed   [abilities]spreadOf // of forms, once Observe has been told of them
	rest       squared             // total minus the form's deviation, in thousandths
}

// spreadOf is of the expected points of forms, in thousandths.
type spreadOf struct {
	squared
	n, low, high int64
}

func (s *spreadOf) add(x int64) {
	if s.n == 0 || x < s.low {
		s.low = x
	}
	if s.n == 0 || x > s.high {
		s.high = x
	}
	s.n++
	s.squared.add(x, 1)
}

func (s *spreadOf) join(o *spreadOf) {
	if o.n == 0 {
		return
	}
	if s.n == 0 {
		*s = *o
		return
	}
	s.n, s.low, s.high = s.n+o.n, min(s.low, o.low), max(s.high, o.high)
	s.sum, s.squares = s.sum+o.sum, s.squares+o.squares
}

type squared struct{ sum, squares int64 }

func (s *squared) add(x, sign int64) {
	s.sum += sign * x
	s.squares += sign * x * x
}

// NewSittings is empty. An empty name is not shown.
func NewSittings(d *Design, names []string) *Sittings {
	s := &Sittings{d: d, names: names, rows: make([]sittingSum, len(names)), issued: make([]uint32, len(d.Items)*len(names))}
	width := 1
	for i := range d.Sections {
		s.low += d.Sections[i].low
		width += (d.Sections[i].bins - 1) * d.Sections[i].step
	}
	for i := range s.rows {
		r := &s.rows[i]
		r.totals, r.deviations = make([]int64, width), make([]int64, deviationBins)
		for j := range d.Sections {
			r.scores = append(r.scores, make([]int64, d.Sections[j].bins))
		}
	}
	return s
}

// Count adds a candidate, or takes one out with sign -1. The form must be one that the cube has
// taken.
func (s *Sittings) Count(t *Taken, sat Sat, sign int64) error {
	d := s.d
	if sat.Sitting < 0 || sat.Sitting >= len(s.rows) || len(sat.Deviation) != len(d.Sections) || len(t.Items) != d.slots {
		return fmt.Errorf("sitting %d, %d deviations, %d places: not of this design", sat.Sitting, len(sat.Deviation), len(t.Items))
	}
	var score [scoring.MaxSections]int
	var last [scoring.MaxSections]int
	for q, i := range t.Items {
		l := &d.lay[i]
		score[l.section] += int(d.worth[l.choice+uint32(t.Options[q])])
		s.issued[int(i)*len(s.names)+sat.Sitting] += uint32(sign)
		if t.Shown != nil && (t.Shown[q] || t.Options[q] != 0) {
			last[l.section] = q + 1
		}
	}
	r := &s.rows[sat.Sitting]
	for q, i := range t.Items {
		if t.Shown != nil && t.Options[q] == 0 && q+1 >= last[d.lay[i].section] {
			r.unreached += sign
		}
	}
	whole, off := 0, 0
	for i := range d.Sections {
		sec := &d.Sections[i]
		r.scores[i][(score[i]-sec.low)/sec.step] += sign
		r.form[i].add(int64(sat.Deviation[i]), sign)
		whole += score[i]
		off += sat.Deviation[i]
	}
	r.form[len(d.Sections)].add(int64(off), sign)
	r.rest.add(int64(whole*thousandths-off), sign)
	r.totals[whole-s.low] += sign
	tenth := (off + 20_000_000 + 50) / 100
	r.deviations[min(max(0, tenth-200_000+deviationMost), deviationBins-1)] += sign
	r.n += sign
	count := func(into *int64, on bool) {
		if on {
			*into += sign
		}
	}
	count(&r.passed, sat.Passed)
	count(&r.interrupted, sat.Interrupted)
	count(&r.extra, sat.ExtraTime)
	count(&r.outside, sat.Outside)
	return nil
}

// Observe adds a form that counts, once the items are analysed: how many points it was
// expected to give by what its items gave on average.
func (s *Sittings) Observe(sitting int, items []int32, report *Report) {
	var form [abilities]int64
	for _, i := range items {
		for a, points := range report.Items[i].expected {
			form[a] += points
		}
	}
	for a, points := range form {
		s.rows[sitting].observed[a].add(points)
	}
}
