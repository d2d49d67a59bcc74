package selection

import (
	"fmt"
	"strings"

	"terang/scoring"
)

// Steps are the final score with every step of its computation, each rounded by itself.
// Published results of 2024 show three roundings and not one: 3,687 of 3,687 rows
// of Mahkamah Agung's final list.
type Steps struct {
	Norm    scoring.Decimal // of the first stage, of 100
	SKDPart scoring.Decimal
	Parts   [scoring.MaxParts]PartSteps // of components
	SKB     scoring.Decimal             // of 100
	SKBPart scoring.Decimal
	Final   scoring.Decimal
}

// PartSteps are a component's.
type PartSteps struct{ Norm, Part scoring.Decimal }

// hundred is the scale on which stages are joined.
var hundred = scoring.Whole(100)

// Compute joins the stages. skd is points of max; marks are those of the components in
// their order, or the SKB's one score of 0 to 100.
func Compute(f *scoring.Final, skd, max int, marks []scoring.Decimal) Steps {
	var s Steps
	if !f.Joined() {
		s.Final = scoring.Whole(skd)
		return s
	}
	r := f.Round()
	s.Norm = r.Ratio(scoring.Whole(skd), hundred, scoring.Whole(max))
	s.SKDPart = r.Times(s.Norm, f.SKDWeight)
	if len(f.Components) == 0 {
		s.SKB = marks[0]
	}
	for i, p := range f.Components {
		if p.Eliminating {
			continue
		}
		s.Parts[i].Norm = r.Ratio(marks[i], hundred, p.Max)
		s.Parts[i].Part = r.Times(s.Parts[i].Norm, p.Weight)
		s.SKB += s.Parts[i].Part
	}
	s.SKBPart = r.Times(s.SKB, f.SKBWeight)
	s.Final = s.SKDPart + s.SKBPart
	return s
}

// Lines spell the computation of a candidate out with its numbers.
func (s *Steps) Lines(rs *scoring.RuleSet, c *Candidate) []string {
	f := &rs.Final
	if !f.Joined() {
		return []string{fmt.Sprintf("final = %d", c.Points.Sum())}
	}
	fixed := func(d scoring.Decimal) string { return d.Fixed(f.Decimals) }
	round := func(name, format string, args ...any) string {
		return fmt.Sprintf("%s = r%d(%s)", name, f.Decimals, fmt.Sprintf(format, args...))
	}
	lines := []string{
		round("skd_norm", "%d*100/%d", c.Points.Sum(), rs.Max) + " = " + fixed(s.Norm),
		round("skd_part", "%s*%s", fixed(s.Norm), f.SKDWeight) + " = " + fixed(s.SKDPart),
	}
	var parts []string
	for i, p := range f.Components {
		if p.Eliminating {
			continue
		}
		code := strings.ToLower(p.Code)
		lines = append(lines,
			round(code+"_norm", "%s*100/%s", c.Marks[i], p.Max)+" = "+fixed(s.Parts[i].Norm),
			round(code+"_part", "%s*%s", fixed(s.Parts[i].Norm), p.Weight)+" = "+fixed(s.Parts[i].Part))
		parts = append(parts, fixed(s.Parts[i].Part))
	}
	if len(parts) > 0 {
		lines = append(lines, fmt.Sprintf("skb = %s = %s", strings.Join(parts, " + "), fixed(s.SKB)))
	}
	return append(lines,
		round("skb_part", "%s*%s", s.SKB, f.SKBWeight)+" = "+fixed(s.SKBPart),
		fmt.Sprintf("final = %s + %s = %s", fixed(s.SKDPart), fixed(s.SKBPart), fixed(s.Final)))
}

// Steps are the candidate's, recomputed.
func (l *Listing) Steps(c *Candidate) Steps {
	return Compute(&l.Rules.Final, c.Points.Sum(), l.Rules.Max, c.Marks[:])
}

// HasFinal says whether the candidate has a final score: who was absent or eliminated has
// none.
func (l *Listing) HasFinal(c *Candidate) bool {
	return c.Flag == NoFlag && !c.absentSKB && !c.eliminated
}

// eliminate applies minima and eliminating parts.
func (l *Listing) eliminate(c *Candidate) {
	c.eliminated = false
	if c.absentSKB {
		return
	}
	for i, p := range l.Rules.Final.Components {
		if p.Eliminating && c.failed&(1<<i) != 0 || !p.Eliminating && c.Marks[i] < p.Min {
			c.eliminated = true
		}
	}
}
