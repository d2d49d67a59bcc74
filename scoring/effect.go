package scoring

// Effect is what a rescoring does, in figures for those who sign it. Gain is in points.
type Effect struct {
	Of         int `json:"of"`    // people of the exam
	Had        int `json:"had"`   // had an annulled item on the form
	Began      int `json:"began"` // of those, who have begun
	Rise       int `json:"rise"`
	Fall       int `json:"fall"`
	Gain       int `json:"gain"` // of all together; may be negative
	Meet       int `json:"meet"` // meet the thresholds after, not before
	Miss       int `json:"miss"` // miss them after, not before
	RankBetter int `json:"rank_better"`
	RankWorse  int `json:"rank_worse"`
}

// EffectOf sums changes up.
func EffectOf(changes []Change) Effect {
	e := Effect{Of: len(changes)}
	for i := range changes {
		c := &changes[i]
		d := c.After.Points.Sum() - c.Before.Points.Sum()
		e.Gain += d
		e.Had += ifTrue(c.Had)
		e.Began += ifTrue(c.Had && c.Before.Visible)
		e.Rise += ifTrue(d > 0)
		e.Fall += ifTrue(d < 0)
		e.Meet += ifTrue(c.Crosses() && c.After.Status == Meets)
		e.Miss += ifTrue(c.Crosses() && c.After.Status == Misses)
		e.RankBetter += ifTrue(c.RankAfter < c.RankBefore)
		e.RankWorse += ifTrue(c.RankAfter > c.RankBefore)
	}
	return e
}

func ifTrue(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
