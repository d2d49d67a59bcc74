package web

import (
	"fmt"
	"slices"

	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
)

// Listing is the exam's people as their results stand, ready for a list to be decided.
func (x *Exam) Listing(results []scoring.Result, formations []proctor.Formation) (*selection.Listing, error) {
	known := make([]selection.Formation, len(formations))
	for i, f := range formations {
		known[i] = SelectionOf(f)
	}
	l, err := selection.NewListing(x.Rules, known)
	if err != nil {
		return nil, err
	}
	for i := range results {
		r := &results[i]
		at := slices.IndexFunc(formations, func(f proctor.Formation) bool { return f.Code == r.Formation })
		if at < 0 {
			return nil, fmt.Errorf("%s applied for formation %q, which has no seats: load it with terang exam formations", x.Person(r.Attempt).Number, r.Formation)
		}
		l.People = append(l.People, selection.Candidate{
			Number: x.Person(r.Attempt).Number, Formation: int32(at), Points: r.Points, Flag: flagOf(&r.Face),
		})
	}
	return l, nil
}

// SelectionOf is a formation as decisions need it.
func SelectionOf(f proctor.Formation) selection.Formation {
	return selection.Formation{
		Code: f.Code, Agency: f.Agency, Post: f.Post, Education: f.Education, Placement: f.Placement,
		Need: f.Need, Seats: f.Seats, Minima: f.Minima,
	}
}

// flagOf is what stands against a result: a code, or that there is none.
func flagOf(f *scoring.Face) selection.Flag {
	switch f.Status {
	case scoring.StatusDIS:
		return selection.Disqualified
	case scoring.StatusTMS:
		return selection.Ineligible
	case scoring.StatusAPS:
		return selection.Withdrew
	case scoring.StatusTH:
		return selection.Absent
	}
	if !f.Visible { // nothing was begun: no score is not zero
		return selection.Absent
	}
	return selection.NoFlag
}
