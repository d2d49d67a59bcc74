package itemstats

import "math"

// SectionReport is how well a section measures.
type SectionReport struct {
	Code   string  `json:"code"`
	N      int64   `json:"n"`
	Places int     `json:"places"`
	Mean   *Number `json:"mean"`
	SD     *Number `json:"sd"`    // divisor n-1
	Alpha  *Number `json:"alpha"` // Cronbach's, over the places of the plan
	SEM    *Number `json:"sem"`   // standard error of measurement, points
	KR21   *Number `json:"kr21"`  // keyed sections
	// AlphaWithout is alpha when a place is left out, by place of the plan.
	AlphaWithout []*Number `json:"alpha_without,omitempty"`
	Scores       []Score   `json:"scores"`
	// Correlations are Pearson's with each section, True those without errors of measurement.
	Correlations []*Number `json:"correlations"`
	True         []*Number `json:"correlations_true"`

	Rasch *RaschSection `json:"rasch,omitempty"` // where a fit was asked for

	sum, squares int64
	alpha        float64
}

// Score is how many candidates have a score; small numbers at single scores stay, since
// they name nobody: the public board has them.
type Score struct {
	Points int   `json:"points"`
	N      int64 `json:"n"`
}

func (a *analysis) section(i int) SectionReport {
	s := &a.d.Sections[i]
	r := SectionReport{Code: s.Code, N: a.c.candidates, Places: s.Places}
	for b, n := range a.c.scores[i] {
		t := int64(s.low + b*s.step)
		r.sum += n * t
		r.squares += n * t * t
		if n > 0 {
			r.Scores = append(r.Scores, Score{int(t), n})
		}
	}
	many := r.N >= a.limits.Correlation
	sd := deviation(r.N, r.sum, r.squares)
	r.Mean, r.SD = given(r.N >= a.limits.Facility, float64(r.sum)/float64(r.N)), given(r.N >= a.limits.Facility, sd)
	whole := spread(r.N, r.sum, r.squares)
	parts := 0.0
	slots := a.c.slots[s.first : s.first+s.Places]
	for _, p := range slots {
		parts += spread(r.N, p.x, p.xx)
	}
	r.alpha = alpha(s.Places, parts, whole)
	r.Alpha, r.SEM = given(many, r.alpha), given(many, sd*math.Sqrt(1-r.alpha))
	if s.Keyed && s.low == 0 {
		k, unit := float64(s.Places), float64(s.step)
		mean, variance := float64(r.sum)/float64(r.N)/unit, whole/(float64(r.N)*float64(r.N))/(unit*unit)
		r.KR21 = given(many, k/(k-1)*(1-mean*(k-mean)/(k*variance)))
	}
	for _, p := range slots {
		without := moments{n: r.N, x: p.x, xx: p.xx, t: r.sum, tt: r.squares, xt: p.xt}.rest()
		r.AlphaWithout = append(r.AlphaWithout, given(many, alpha(s.Places-1, parts-spread(r.N, p.x, p.xx), spread(without.n, without.t, without.tt))))
	}
	return r
}

// alpha is Cronbach's of k parts, from the sum of their variances and that of the whole.
func alpha(k int, parts, whole float64) float64 {
	return float64(k) / float64(k-1) * (1 - parts/whole)
}

// correlate fills the correlations between sections.
func (a *analysis) correlate(all []SectionReport) {
	many := a.c.candidates >= a.limits.Correlation
	for i := range all {
		for j := range all {
			m := moments{n: a.c.candidates, x: all[i].sum, xx: all[i].squares, t: all[j].sum, tt: all[j].squares, xt: a.c.cross[i][j]}
			r := m.r()
			all[i].Correlations = append(all[i].Correlations, given(many, r))
			all[i].True = append(all[i].True, given(many && i != j, r/math.Sqrt(all[i].alpha*all[j].alpha)))
		}
	}
}
