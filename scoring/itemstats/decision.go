package itemstats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Decision says how sure the decision of one section at its threshold is: with another
// form of the same test, how many would be decided alike.
type Decision struct {
	Section     string  `json:"section"`
	Cut         int     `json:"cut"`
	Passed      int64   `json:"passed"`
	Reliability *Number `json:"reliability"`
	SEM         *Number `json:"sem"`
	// Accuracy, Consistency and Kappa are of Livingston and Lewis (1995) with a
	// two-parameter beta distribution of true scores.
	Accuracy    *Number `json:"accuracy"`
	Consistency *Number `json:"consistency"`
	Kappa       *Number `json:"kappa"`
	Near        []Near  `json:"near"` // scores around the threshold
}

// Near is what a score near the threshold is worth.
type Near struct {
	Score     int     `json:"score"`
	TrueAbove *Number `json:"p_true_at_least_cut"`
	PassAgain *Number `json:"p_pass_again"`
	CSEM      *Number `json:"csem"` // Lord's conditional standard error; keyed sections
}

// nearPoints is how far around a threshold scores are listed.
const nearPoints = 25

// kelley is the chance that the true score of a candidate with score x reaches the cut,
// and that the same candidate reaches it again with another form: Kelley's estimate of
// the true score with normal errors. step is that of scores.
func kelley(x, mean, sd, reliability, cut, step float64) (trueAbove, again float64) {
	sem := sd * math.Sqrt(1-reliability)
	m := mean + reliability*(x-mean)
	of := math.Sqrt(reliability) * sem
	gap := cut - step/2 - m
	return upperTail(gap / of), upperTail(gap / math.Sqrt(of*of+sem*sem))
}

// lord is the standard error of x right of k, in points, each worth step.
func lord(x, k, step float64) float64 { return step * math.Sqrt(x*(k-x)/(k-1)) }

// classification are the figures of Livingston and Lewis.
type classification struct {
	length, cut                           int // effective
	a, b                                  float64
	accuracy, consistency, passing, kappa float64
}

// livingstonLewis estimates them from scores between 0 and most. Integrals over the beta
// distribution are finite sums of beta functions, so nothing is approximated. It is not ok
// when the scores vary less than the reliability says, or not at all.
func livingstonLewis(mean, sd, most, cut, reliability float64) (c classification, ok bool) {
	n := (mean*(most-mean) - reliability*sd*sd) / (sd * sd * (1 - reliability))
	mu := mean / most
	size := mu*(1-mu)/(reliability*sd*sd/(most*most)) - 1
	if !(n >= 1) || n > 10_000 || !(size > 0) {
		return c, false
	}
	c.length = int(math.Round(n))
	c.cut = int(math.Ceil(cut / most * float64(c.length)))
	c.a, c.b = mu*size, (1-mu)*size
	choose := make([]float64, c.length+1) // ln
	for j := range choose {
		choose[j] = lgamma(float64(c.length+1)) - lgamma(float64(j+1)) - lgamma(float64(c.length-j+1))
	}
	whole := lbeta(c.a, c.b)
	k := c.length
	var below, both float64
	for j := range k + 1 {
		mass := math.Exp(choose[j] + lbeta(c.a+float64(j), c.b+float64(k-j)) - whole)
		inside := mathext.RegIncBeta(c.a+float64(j), c.b+float64(k-j), cut/most) // true score below the cut
		if j >= c.cut {
			c.passing += mass
			c.accuracy += mass * (1 - inside)
		} else {
			below += mass
			c.accuracy += mass * inside
		}
		for i := range k + 1 {
			if (i >= c.cut) == (j >= c.cut) {
				both += math.Exp(choose[j] + choose[i] + lbeta(c.a+float64(i+j), c.b+float64(2*k-i-j)) - whole)
			}
		}
	}
	c.consistency = both
	chance := c.passing*c.passing + below*below
	c.kappa = (both - chance) / (1 - chance)
	return c, true
}

func lgamma(x float64) float64 {
	l, _ := math.Lgamma(x)
	return l
}

func lbeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }

// fTail is the chance that F with d1 and d2 degrees of freedom is at least f.
func fTail(f, d1, d2 float64) float64 { return mathext.RegIncBeta(d2/2, d1/2, d2/(d2+d1*f)) }

// decision is that of one section in a cube.
func (a *analysis) decision(i int, r *SectionReport) Decision {
	s := &a.d.Sections[i]
	d := Decision{Section: s.Code, Cut: s.Cut, Reliability: r.Alpha, SEM: r.SEM}
	for _, score := range r.Scores {
		if score.Points >= s.Cut {
			d.Passed += score.N
		}
	}
	many := r.Alpha != nil && r.alpha > 0 && r.alpha < 1
	if !many {
		return d
	}
	mean, sd, step := float64(r.sum)/float64(r.N), deviation(r.N, r.sum, r.squares), float64(s.step)
	low := float64(a.floor(i))
	most := float64(s.low+(s.bins-1)*s.step) - low
	if c, ok := livingstonLewis(mean-low, sd, most, float64(s.Cut)-low, r.alpha); ok {
		d.Accuracy, d.Consistency, d.Kappa = given(many, c.accuracy), given(many, c.consistency), given(many, c.kappa)
	}
	for x := s.low; x <= s.low+(s.bins-1)*s.step; x += s.step {
		if x < s.Cut-nearPoints || x > s.Cut+nearPoints || (x-s.Cut)%5 != 0 {
			continue
		}
		above, again := kelley(float64(x), mean, sd, r.alpha, float64(s.Cut), step)
		near := Near{Score: x, TrueAbove: given(many, above), PassAgain: given(many, again)}
		if s.Keyed && s.low == 0 {
			near.CSEM = given(many, lord(float64(x)/step, float64(s.Places), step))
		}
		d.Near = append(d.Near, near)
	}
	return d
}

// floor is the least score of who answers every item of a section.
func (a *analysis) floor(i int) int {
	least := math.MaxInt
	for j := range a.d.Items {
		if a.d.Items[j].Section == i {
			least = min(least, a.d.Items[j].lowest())
		}
	}
	return least * a.d.Sections[i].Places
}
