package itemstats

import (
	"maps"
	"math"
	"slices"
)

// FairnessSchema names the JSON of Fairness.
const FairnessSchema = "terang/fairness/1"

// Fairness says whether it mattered in which sitting a candidate sat, and which form they
// had. It adjusts nothing.
type Fairness struct {
	Schema     string     `json:"schema"`
	Source     Source     `json:"source"`
	Population Population `json:"population"`
	Limits     Limits     `json:"limits"`

	Adjustment Adjustment        `json:"adjustment"`
	All        SittingFairness   `json:"all"` // all sittings together
	Sittings   []SittingFairness `json:"sittings"`
	Variance   []Anova           `json:"variance"` // between sittings: raw total, and total minus the form's deviation
	Exposure   Exposure          `json:"exposure"`
	Sections   []SectionReport   `json:"sections"`
	Decisions  []Decision        `json:"decisions"`
	Grouping   string            `json:"grouping"`
	DIF        []ItemDIF         `json:"dif"` // classes B and C
	Compared   int               `json:"dif_compared"`
	Positions  []PositionEffect  `json:"positions"`
}

// Adjustment says that scores of sittings are left as they are, and why.
type Adjustment struct {
	Made bool   `json:"made"`
	ID   string `json:"id"`
	EN   string `json:"en"`
}

func unadjusted() Adjustment {
	return Adjustment{
		ID: "Nilai antarsesi tidak disesuaikan. Nilai adalah jumlah poin, ambang batas mutlak, dan nilai yang diumumkan harus sama dengan yang tampil di layar peserta. " +
			"Kesetaraan dijaga sebelum ujian, pada penyusunan naskah. Penyesuaian persentil atau rata-rata per sesi hanya benar bila sesi besar dan pesertanya acak; " +
			"bila tidak, ia menghukum sesi yang kuat. Perbedaan kelompok bukan ketidakadilan tes.",
		EN: "Scores are not adjusted across sittings. They are raw points, the thresholds are absolute, and the published score must be the one shown on the candidate's screen. " +
			"Forms are made equal before, when they are assembled. Percentile or mean adjustment by sitting is right only where sittings are large and randomly composed; " +
			"elsewhere it punishes strong sittings. A difference between groups is not an unfairness of the test.",
	}
}

// SittingFairness is one sitting beside all.
type SittingFairness struct {
	Sitting string `json:"sitting"` // "": all
	N       int64  `json:"n"`

	Form        []FormDifficulty `json:"form"`     // by section, last the total
	Expected    []Expected       `json:"expected"` // points that forms were worth, by what their items gave
	Outside     int64            `json:"forms_beyond_tolerance"`
	Deviations  []Bin            `json:"deviations"` // forms by deviation of the total
	Scores      []ScoreFigures   `json:"scores"`     // by section, last the total
	Passed      int64            `json:"passed"`     // all thresholds of their own need
	PassRate    *Number          `json:"pass_rate"`
	Difference  *Number          `json:"difference"`   // mean total minus that of all
	FormPart    *Number          `json:"form_part"`    // of the difference, by the observed means of the items issued
	GroupPart   *Number          `json:"group_part"`   // the rest
	SE          *Number          `json:"se"`           // of the mean
	Overlap     *Number          `json:"overlap"`      // items that two candidates of the sitting share, on average
	NotReached  *Number          `json:"not_reached"`  // places a candidate did not reach, on average
	Interrupted int64            `json:"interrupted"`  // candidates
	ExtraTime   int64            `json:"extra_time"`   // candidates
	Histogram   []Bin            `json:"total_scores"` // bins of ten points
}

// FormDifficulty is the deviation of forms from the plan's target, in points.
type FormDifficulty struct {
	Section string  `json:"section"` // "": total
	Mean    *Number `json:"mean"`
	SD      *Number `json:"sd"`
}

// Expected is how many points the forms issued were worth to some candidates, by the
// observed means of their items. Chance in those means adds to the SD: it is an upper bound.
type Expected struct {
	Of   string  `json:"of"` // all, weakest fifth, middle fifth, strongest fifth
	Mean *Number `json:"mean"`
	SD   *Number `json:"sd"`
	Min  *Number `json:"min"`
	Max  *Number `json:"max"`
}

// Bin is a count from a value on.
type Bin struct {
	From float64 `json:"from"`
	N    int64   `json:"n"`
}

// ScoreFigures are of one section's scores, or of the total.
type ScoreFigures struct {
	Section string  `json:"section"`
	Mean    *Number `json:"mean"`
	SD      *Number `json:"sd"`
	AtCut   *Number `json:"at_least_cut"` // share at the general need's threshold or above; nil without one
}

// Anova is a one-way analysis of variance over sittings.
type Anova struct {
	Of     string  `json:"of"`
	F      *Number `json:"f"`
	DF1    int64   `json:"df1"`
	DF2    int64   `json:"df2"`
	P      *Number `json:"p"`
	Omega2 *Number `json:"omega2"` // share of the variance between sittings
}

// Exposure is how often items were used.
type Exposure struct {
	Items    int     `json:"items"` // of the plan
	Used     int     `json:"used"`
	Max      *Number `json:"max"`
	Mean     *Number `json:"mean"`
	Limit    *Number `json:"limit"` // of the blueprint, nil: none
	Above    int     `json:"above"` // items above it by more than chance
	Overlap  *Number `json:"overlap"`
	Expected *Number `json:"overlap_expected"` // had every item of a slot been used alike
}

// ItemDIF is a comparison that is not negligible.
type ItemDIF struct {
	Item    string `json:"item"`
	Section string `json:"section"`
	DIF
}

// PositionEffect is the mean share of points by thirds of a section as candidates saw it.
// Items are shuffled, so that only fatigue and haste differ.
type PositionEffect struct {
	Section string     `json:"section"`
	Thirds  [3]*Number `json:"thirds"`
}

// PlanFacts are what the plan says of exposure.
type PlanFacts struct {
	Limit    float64 // largest exposure of the blueprint, 0: none
	Expected float64 // overlap of two forms
}

// Judge makes the fairness report. report is Analyse of the same candidates.
func Judge(c *Cube, s *Sittings, report *Report, plan PlanFacts) *Fairness {
	f := &Fairness{
		Schema: FairnessSchema, Source: report.Source, Population: report.Population, Limits: report.Limits, Adjustment: unadjusted(),
		Sections: report.Sections, Grouping: report.Grouping,
	}
	a := &analysis{c: c, d: c.d, limits: report.Limits}
	whole := s.whole()
	f.All = s.sitting("", whole, whole, report)
	for i, name := range s.names {
		if name != "" && s.rows[i].n > 0 {
			row := s.sitting(name, &s.rows[i], whole, report)
			s.parts(&row, i, report)
			f.Sittings = append(f.Sittings, row)
		}
	}
	f.Variance = s.variance()
	f.Exposure = exposure(report, plan)
	for i := range report.Sections {
		if a.d.Sections[i].Cut > 0 {
			f.Decisions = append(f.Decisions, a.decision(i, &report.Sections[i]))
		}
		f.Positions = append(f.Positions, a.position(i))
	}
	for _, it := range report.Items {
		f.Compared += len(it.DIF)
		for _, d := range it.DIF {
			if d.Class != "A" {
				f.DIF = append(f.DIF, ItemDIF{it.ID, it.Section, d})
			}
		}
	}
	return f
}

// whole is the sum of all sittings.
func (s *Sittings) whole() *sittingSum {
	w := NewSittings(s.d, []string{""}).rows[0]
	for i := range s.rows {
		r := &s.rows[i]
		w.n, w.passed, w.interrupted, w.extra = w.n+r.n, w.passed+r.passed, w.interrupted+r.interrupted, w.extra+r.extra
		w.unreached, w.outside = w.unreached+r.unreached, w.outside+r.outside
		for j := range w.scores {
			sum(w.scores[j], r.scores[j])
		}
		sum(w.totals, r.totals)
		sum(w.deviations, r.deviations)
		for j := range w.form {
			w.form[j].sum += r.form[j].sum
			w.form[j].squares += r.form[j].squares
		}
		for j := range w.observed {
			w.observed[j].join(&r.observed[j])
		}
		w.rest.sum += r.rest.sum
		w.rest.squares += r.rest.squares
	}
	return &w
}

func (s *Sittings) sitting(name string, r, whole *sittingSum, report *Report) SittingFairness {
	l, n := report.Limits, float64(r.n)
	out := SittingFairness{Sitting: name, N: r.n, Outside: r.outside, Passed: r.passed, Interrupted: r.interrupted, ExtraTime: r.extra}
	some := r.n >= l.Cell
	out.PassRate, out.NotReached = given(some, float64(r.passed)/n), given(some, float64(r.unreached)/n)
	for i := range len(s.d.Sections) + 1 {
		code, cut, low, step := "", 0, s.low, 1
		scores := r.totals
		if i < len(s.d.Sections) {
			sec := &s.d.Sections[i]
			code, cut, low, step, scores = sec.Code, sec.Cut, sec.low, sec.step, r.scores[i]
		}
		form := r.form[i]
		out.Form = append(out.Form, FormDifficulty{code, given(some, float64(form.sum)/n/thousandths), given(some, deviation(r.n, form.sum, form.squares)/thousandths)})
		t, above := squared{}, int64(0)
		for b, k := range scores {
			x := int64(low + b*step)
			t.sum += k * x
			t.squares += k * x * x
			if x >= int64(cut) {
				above += k
			}
		}
		out.Scores = append(out.Scores, ScoreFigures{code, given(some, float64(t.sum)/n), given(some, deviation(r.n, t.sum, t.squares)), given(some && cut > 0, float64(above)/n)})
		if code == "" {
			all := squared{}
			for b, k := range whole.totals {
				all.sum += k * int64(s.low+b)
			}
			out.Difference = given(some, float64(t.sum)/n-float64(all.sum)/float64(whole.n))
			out.SE = given(some, deviation(r.n, t.sum, t.squares)/math.Sqrt(n))
		}
	}
	for i := range r.observed {
		o := &r.observed[i]
		ok := some && o.n > 0
		out.Expected = append(out.Expected, Expected{
			ability(i), given(ok, float64(o.sum)/float64(o.n)/thousandths), given(ok, deviation(o.n, o.sum, o.squares)/thousandths),
			given(ok, float64(o.low)/thousandths), given(ok, float64(o.high)/thousandths),
		})
	}
	for b, k := range r.deviations {
		if k > 0 {
			out.Deviations = append(out.Deviations, Bin{float64(b-deviationMost) / 10, k})
		}
	}
	tens := map[int]int64{}
	for b, k := range r.totals {
		tens[(s.low+b)/10*10] += k
	}
	for _, from := range slices.Sorted(maps.Keys(tens)) {
		if tens[from] > 0 {
			out.Histogram = append(out.Histogram, Bin{float64(from), tens[from]})
		}
	}
	return out
}

// parts divides a sitting's difference from all into what its forms were and who sat.
func (s *Sittings) parts(row *SittingFairness, sitting int, report *Report) {
	var here, all, shared float64
	n := float64(s.rows[sitting].n)
	for i := range report.Items {
		it := &report.Items[i]
		if it.N == 0 {
			continue
		}
		mean := float64(it.Sum) / float64(it.N)
		k := float64(s.issued[i*len(s.names)+sitting])
		here += k / n * mean
		all += float64(it.Sum) / float64(s.total())
		shared += k * (k - 1)
	}
	some := s.rows[sitting].n >= report.Limits.Cell
	row.FormPart = given(some, here-all)
	if row.Difference != nil {
		row.GroupPart = given(some, float64(*row.Difference)-(here-all))
	}
	row.Overlap = given(some, shared/(n*(n-1)))
}

func (s *Sittings) total() (n int64) {
	for i := range s.rows {
		n += s.rows[i].n
	}
	return n
}

// variance compares sittings by their totals, raw and without the form's deviation.
func (s *Sittings) variance() []Anova {
	raw, rest := make([]group, len(s.rows)), make([]group, len(s.rows))
	for i := range s.rows {
		r := &s.rows[i]
		raw[i].n, rest[i] = r.n, group{r.n, float64(r.rest.sum) / thousandths, float64(r.rest.squares) / (thousandths * thousandths)}
		for b, k := range r.totals {
			x := float64(s.low + b)
			raw[i].sum += float64(k) * x
			raw[i].squares += float64(k) * x * x
		}
	}
	return []Anova{anova("total", raw), anova("total minus form", rest)}
}

type group struct {
	n            int64
	sum, squares float64
}

func anova(of string, groups []group) Anova {
	var k, n int64
	var sum, squares, between float64
	for _, g := range groups {
		if g.n > 0 {
			k, n = k+1, n+g.n
			sum += g.sum
			squares += g.squares
			between += g.sum * g.sum / float64(g.n)
		}
	}
	a := Anova{Of: of, DF1: k - 1, DF2: n - k}
	between -= sum * sum / float64(n)
	all := squares - sum*sum/float64(n)
	within := (all - between) / float64(n-k)
	f := between / float64(k-1) / within
	ok := k > 1 && n > k && within > 0
	a.F, a.Omega2 = given(ok, f), given(ok, max(0, (between-float64(k-1)*within)/(all+within)))
	if a.F != nil {
		a.P = given(ok, fTail(max(0, f), float64(k-1), float64(n-k)))
	}
	return a
}

func exposure(r *Report, plan PlanFacts) Exposure {
	x := Exposure{Items: len(r.Items), Overlap: r.Overlap, Expected: given(plan.Expected > 0, plan.Expected), Limit: given(plan.Limit > 0, plan.Limit)}
	most, all := 0.0, 0.0
	for _, it := range r.Items {
		if it.N == 0 || it.Exposure == nil {
			continue
		}
		x.Used++
		e := float64(*it.Exposure)
		most, all = max(most, e), all+e
		forms := float64(it.N) / e
		if plan.Limit > 0 && e > plan.Limit+4*math.Sqrt(plan.Limit/forms) {
			x.Above++
		}
	}
	x.Max, x.Mean = given(x.Used > 0, most), given(x.Items > 0, all/float64(x.Items))
	return x
}

func (a *analysis) position(i int) PositionEffect {
	s := &a.d.Sections[i]
	p := PositionEffect{Section: s.Code}
	most := 0
	for j := range a.d.Items {
		if a.d.Items[j].Section == i {
			most = max(most, a.d.Items[j].most)
		}
	}
	for third := range p.Thirds {
		from, to := third*s.Places/3, (third+1)*s.Places/3
		points := total(a.c.positions[s.first+from : s.first+to])
		p.Thirds[third] = given(a.c.candidates >= a.limits.Facility, float64(points)/float64(int64(to-from)*a.c.candidates*int64(most)))
	}
	return p
}
