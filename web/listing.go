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
		person := x.Person(r.Attempt)
		born, _ := selection.ParseBorn(person.BirthDate) // 0: the roster has none; then a sheet has to
		l.People = append(l.People, selection.Candidate{
			Number: person.Number, Formation: int32(at), Points: r.Points, Flag: flagOf(r), Born: born,
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

// ExplainRescored tells what annulled items did to the score of a number.
func (x *Exam) ExplainRescored(e *selection.Explanation, number string) {
	for _, r := range x.Boards.Results() {
		if x.Person(r.Attempt).Number == number {
			x.explainRescored(e, &r)
		}
	}
}

func (x *Exam) explainRescored(e *selection.Explanation, r *scoring.Result) {
	version := x.Version()
	if version == 0 {
		return
	}
	if !r.Had {
		e.Say("Dinilai ulang (versi %d): butir yang dianulir tidak ada pada lembar peserta ini", "Scored again (version %d): no annulled item was on this form", version)
		return
	}
	for i, s := range x.Rules.Sections {
		if r.Raw[i] != r.Points[i] {
			e.Say("Dinilai ulang (versi %d): %s sebelumnya %d, sekarang %d", "Scored again (version %d): %s was %d, is %d", version, s.Code, r.Raw[i], r.Points[i])
		}
	}
	if r.Raw == r.Points {
		e.Say("Dinilai ulang (versi %d): nilai tidak berubah", "Scored again (version %d): the score is the same", version)
	}
}

// flagOf is what stands against a result: a code, or that there is none to tell yet.
func flagOf(r *scoring.Result) selection.Flag {
	switch r.Status {
	case scoring.StatusDIS:
		return selection.Disqualified
	case scoring.StatusTMS:
		return selection.Ineligible
	case scoring.StatusAPS:
		return selection.Withdrew
	case scoring.StatusTH:
		return selection.Absent
	}
	switch {
	case !r.Visible: // nothing was begun: no score is not zero
		return selection.Absent
	case r.Held, r.Working:
		return selection.Pending
	}
	return selection.NoFlag
}

// coded says that a code stands against a result, which boards show whatever they show of scores.
func coded(r *scoring.Result) bool {
	return flagOf(r) > selection.Pending
}

// hides says that the own page keeps a result to itself: no list that was released has it, and the
// exam shows none before.
func (x *Exam) hides(r *scoring.Result, released bool) bool {
	return !released && !x.Def.Policy.ShowScores && !coded(r)
}
