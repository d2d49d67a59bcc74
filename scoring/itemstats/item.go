package itemstats

import "math"

// ItemReport is how one item behaved among the candidates who were given it.
type ItemReport struct {
	ID       string  `json:"id"`
	Section  string  `json:"section"`
	Judged   string  `json:"judged,omitempty"` // band that author and reviewer judged
	N        int64   `json:"n"`
	Exposure *Number `json:"exposure"` // share of all forms
	Sum      int64   `json:"points"`   // of all candidates

	Omitted   int64 `json:"omitted"`     // without an answer
	Unreached int64 `json:"not_reached"` // of these: no later item of the section was shown

	Mean             *Number    `json:"mean"`     // points, no answer is 0
	SD               *Number    `json:"sd"`       // divisor n-1
	Facility         *Number    `json:"facility"` // mean over the most points possible
	FacilityInterval [2]*Number `json:"facility_95"`
	FacilityAnswered *Number    `json:"facility_answered"` // of who answered, from the least to the most an answer is worth

	RTotal *Number `json:"r_total"` // with the section score, which has the item in it
	RRest  *Number `json:"r_rest"`  // with the section score without the item
	Upper  *Number `json:"p_upper"` // facility in the upper 27 % by section score
	Lower  *Number `json:"p_lower"`
	D      *Number `json:"d"` // their difference

	Options []OptionReport `json:"options"` // "": no answer
	Time    TimeReport     `json:"time"`
	Rasch   *RaschItem     `json:"rasch,omitempty"` // where a fit was asked for
	DIF     []DIF          `json:"dif,omitempty"`
	Flags   []Flag         `json:"flags,omitempty"`

	index int
	m     moments
	right int64 // candidates with all its points

	expected [abilities]int64 // mean points of all, and of a fifth by section score, in thousandths
}

// OptionReport is one canonical option of an item; letters as shown differ by form.
type OptionReport struct {
	ID       string     `json:"id"` // "": no answer
	Points   int        `json:"points"`
	N        int64      `json:"n"`
	Share    *Number    `json:"share"`
	MeanRest *Number    `json:"mean_rest"` // mean section score without the item of who chose it
	R        *Number    `json:"r"`         // of having chosen it with the section score without the item
	Fifths   [5]*Number `json:"fifths"`    // share by fifth of the section score, the weakest first

	rest   moments // x is 1 for who chose it, t the rest score
	fifths [5]int64
	seRest float64
}

// TimeReport is how long the item was in view of whom it was shown to, in seconds.
type TimeReport struct {
	N         int64   `json:"n"`
	Median    *Number `json:"median"`
	P10       *Number `json:"p10"`
	P90       *Number `json:"p90"`
	MeanLn    *Number `json:"mean_ln"` // of ln seconds
	SDLn      *Number `json:"sd_ln"`
	MeanRight *Number `json:"mean_ln_right"` // of who got all its points
	MeanWrong *Number `json:"mean_ln_wrong"` // of the others
}

// item collapses the cube's cells of one item.
func (a *analysis) item(i int) ItemReport {
	it, l := &a.d.Items[i], a.limits
	s := &a.d.Sections[it.Section]
	r := ItemReport{ID: it.ID, Section: s.Code, Judged: it.Judged, index: i, Unreached: a.c.unreached[i]}
	r.Options = make([]OptionReport, len(it.Points)+1)
	for o := range r.Options {
		opt := &r.Options[o]
		if o > 0 {
			opt.ID, opt.Points = it.Options[o-1], it.Points[o-1]
		}
		for b := range s.bins {
			var n int64
			for g := range a.d.Groups {
				n += a.c.at(i, g, o, b)
			}
			if n == 0 {
				continue
			}
			score, x := int64(s.low+b*s.step), int64(opt.Points)
			opt.N += n
			r.m.add(n, x, score)
			opt.rest.add(n, 1, score-x)
			opt.fifths[a.fifth[it.Section][b]] += n
			if opt.Points == it.most {
				r.right += n
			}
		}
	}
	r.N, r.Omitted, r.Sum = r.m.n, r.Options[0].N, r.m.x
	r.Exposure = given(a.c.candidates > 0, float64(r.N)/float64(a.c.candidates))
	if r.N == 0 {
		return r
	}
	n, most := float64(r.N), float64(it.most)
	some, many := r.N >= l.Facility, r.N >= l.Correlation
	r.Mean, r.SD = given(some, float64(r.m.x)/n), given(some, deviation(r.N, r.m.x, r.m.xx))
	r.Facility = given(some, float64(r.m.x)/(n*most))
	if s.Keyed && it.least >= 0 {
		low, high := wilson(r.right, r.N)
		r.FacilityInterval = [2]*Number{given(some, low), given(some, high)}
	}
	least := float64(it.lowest())
	answered := float64(r.N - r.Omitted)
	r.FacilityAnswered = given(some, (float64(r.m.x)-answered*least)/(answered*(most-least)))
	r.RTotal, r.RRest = given(many, r.m.r()), given(many, r.m.rest().r())
	r.expect()
	upper, lower := a.extremes(i)
	r.Upper, r.Lower, r.D = given(many, upper/most), given(many, lower/most), given(many, (upper-lower)/most)
	a.options(&r, some)
	r.Time = a.times(i, some)
	return r
}

// abilities are the candidates for whom the difficulty of forms is judged: all, and a fifth
// by section score.
const abilities = 4

func ability(i int) string {
	return [abilities]string{"all", "weakest fifth", "middle fifth", "strongest fifth"}[i]
}

// expect fills in the mean points of each ability. Whole thousandths, so that sums over the
// items of a form do not depend on their order.
func (r *ItemReport) expect() {
	for i, fifth := range []int{-1, 0, 2, 4} {
		n, x := r.m.n, r.m.x
		if fifth >= 0 {
			n, x = 0, 0
			for o := range r.Options {
				n += r.Options[o].fifths[fifth]
				x += r.Options[o].fifths[fifth] * int64(r.Options[o].Points)
			}
		}
		if n > 0 {
			r.expected[i] = (x*thousandths + n/2) / n
		}
	}
}

func (a *analysis) options(r *ItemReport, some bool) {
	var fifths [5]int64
	for o := range r.Options {
		for f, n := range r.Options[o].fifths {
			fifths[f] += n
		}
	}
	all := r.m.rest()
	for o := range r.Options {
		opt := &r.Options[o]
		n := opt.N
		opt.Share = given(some, float64(n)/float64(r.N))
		opt.MeanRest = given(some && n >= a.limits.Cell, float64(opt.rest.t)/float64(n))
		opt.seRest = deviation(n, opt.rest.t, opt.rest.tt) / math.Sqrt(float64(n))
		chose := moments{n: r.N, x: n, xx: n, t: all.t, tt: all.tt, xt: opt.rest.t}
		opt.R = given(r.N >= a.limits.Correlation && n >= a.limits.Cell, chose.r())
		for f := range opt.Fifths {
			opt.Fifths[f] = given(some && fifths[f] >= a.limits.Cell, float64(opt.fifths[f])/float64(fifths[f]))
		}
	}
}

// extremes is the mean points of an item in the upper and the lower 27 % of all candidates
// by section score. Who stands at the boundary score counts by the places left over the
// number tied, so that nobody's order matters.
func (a *analysis) extremes(i int) (upper, lower float64) {
	it := &a.d.Items[i]
	mean := func(weight []float64) float64 {
		var n, x float64
		for b, w := range weight {
			if w == 0 {
				continue
			}
			for o := range len(it.Points) + 1 {
				for g := range a.d.Groups {
					k := w * float64(a.c.at(i, g, o, b))
					n += k
					x += k * float64(it.points(uint8(o)))
				}
			}
		}
		return x / n
	}
	return mean(a.upper[it.Section]), mean(a.lower[it.Section])
}

func (a *analysis) times(i int, some bool) TimeReport {
	all, wrong, right := a.c.timesOf(i), &a.c.times[2*i], &a.c.times[2*i+1]
	n := all.n()
	some = some && n >= a.limits.Facility
	quantile := func(share float64) *Number { return given(some, a.c.scale.quantile(&all.bins, share)) }
	mean := func(t *timeSum, enough int64) *Number {
		n := t.n()
		return given(some && n >= enough, float64(t.sum)/float64(n)/lnUnit)
	}
	return TimeReport{
		N: n, Median: quantile(.5), P10: quantile(.1), P90: quantile(.9),
		MeanLn: mean(all, 0), SDLn: given(some, deviation(n, all.sum, all.squares)/lnUnit),
		MeanRight: mean(right, a.limits.Cell), MeanWrong: mean(wrong, a.limits.Cell),
	}
}
