package web

import (
	"fmt"
	"slices"
	"strings"

	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
	"terang/scoring"
)

// Annulled are annulments of the exam, ready to be applied by Mark.
func (x *Exam) Annulled(list []scoring.Annulment) (*scoring.Annulled, error) {
	return scoring.NewAnnulled(x.Rules, x.key, list)
}

// Mark counts the points of a sheet for the public log: by the key, and after annulments if
// there are any. It is a third way to the same figures, from the events alone: the result
// page goes by the form, the boards by a card.
func (x *Exam) Mark(s *keeper.Sheet, a *scoring.Annulled) ([]publiclog.Score, bool, error) {
	var sections []int // by position - 1
	for _, part := range x.Plan.Sections() {
		at := slices.IndexFunc(x.Rules.Sections, func(s scoring.Section) bool { return s.Code == part.ID })
		sections = append(sections, slices.Repeat([]int{at}, part.To-part.From+1)...)
	}
	var points scoring.Points
	option := make(map[int]byte)
	s.Answers(func(q int, item, chosen string) {
		if q <= len(sections) && sections[q-1] >= 0 {
			points[sections[q-1]] += int16(x.key[item][chosen])
			option[q] = chosen[0]
		}
	})
	if a != nil {
		positions, err := x.Plan.Positions(x.seed, x.Def.Code+"/"+s.Number, x.seen[s.Attempt], a.Items())
		if err != nil {
			return nil, false, fmt.Errorf("form of %s: %w", s.Number, err)
		}
		var given []scoring.Given
		for i, q := range positions {
			if q > 0 {
				given = append(given, scoring.Given{Item: i, Option: option[q]})
			}
		}
		points = a.Apply(points, given)
	}
	scores := make([]publiclog.Score, len(x.Rules.Sections))
	for i, section := range x.Rules.Sections {
		scores[i] = publiclog.Score{Section: strings.Join(strings.Fields(section.Code), "_"), Points: int(points[i])}
	}
	return scores, x.Def.Policy.ShowScores, nil
}
