package proctor

import (
	"math"
	"slices"
)

// How far apart a site has to lie from the others before a report says so: the modified
// z-score of Iglewicz and Hoaglin (How to Detect and Handle Outliers, 1993) with their
// limit, and so many acts that chance alone is no explanation. MADScale makes a median
// deviation comparable with a standard deviation.
const (
	StandsOutFrom = 3.5
	actsLeast     = 3
	sitesLeast    = 4 // with fewer there are no others to compare with
	madScale      = 1.4826
	spreadLeast   = 1000 // milliseconds for each person present
)

// share is what a site did, for how many people.
type share struct {
	count   int
	amount  float64 // 0 where only the count matters
	present int
}

// Standing is how a site lies among the others.
type Standing struct {
	Others float64 `json:"others"` // median of the others for each person present: acts, or milliseconds
	Score  float64 `json:"score"`  // in robust standard deviations, 0 where nothing can be compared
	Far    bool    `json:"far"`    // far above the others
}

// standings compares each site with the median of all others, so that one that is far off
// moves neither the middle nor the spread that it is measured by. Counts are compared
// after Anscombe's square root, under which chance alone has a deviation of one.
func standings(sites []share) []Standing {
	out := make([]Standing, len(sites))
	compared := 0
	for _, s := range sites {
		if s.present > 0 {
			compared++
		}
	}
	if compared < sitesLeast {
		return out
	}
	for i, s := range sites {
		if s.present == 0 {
			continue
		}
		var rates []float64
		for j, o := range sites {
			if j != i && o.present > 0 {
				rates = append(rates, o.rate())
			}
		}
		middle := median(rates)
		var apart []float64
		for j, o := range sites {
			if j != i && o.present > 0 {
				apart = append(apart, math.Abs(o.from(middle)))
			}
		}
		spread, least := madScale*median(apart), 1.0
		if s.amount > 0 {
			least = max(spreadLeast, middle/10)
		}
		out[i] = Standing{Others: middle, Score: s.from(middle) / max(spread, least)}
		out[i].Far = out[i].Score >= StandsOutFrom && s.count >= actsLeast
	}
	return out
}

// rate is for each person present.
func (s *share) rate() float64 {
	if s.amount > 0 {
		return s.amount / float64(s.present)
	}
	return float64(s.count) / float64(s.present)
}

// from is how far the site lies above a rate, in the unit in which spreads are measured.
func (s *share) from(rate float64) float64 {
	if s.amount > 0 {
		return s.rate() - rate
	}
	return 2 * (math.Sqrt(float64(s.count)+0.375) - math.Sqrt(rate*float64(s.present)+0.375))
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	if k := len(sorted) / 2; len(sorted)%2 == 1 {
		return sorted[k]
	} else {
		return (sorted[k-1] + sorted[k]) / 2
	}
}
