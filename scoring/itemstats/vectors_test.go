package itemstats

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func vectors(t testing.TB, name string, into any) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// all are limits under which everything is given: the vectors are small.
func all() Limits {
	l := DefaultLimits()
	l.Cell, l.Facility, l.Correlation, l.DIF = 1, 1, 1, 1
	return l
}

// close compares with a reference, to the digits that it was printed with.
func near(t *testing.T, what string, got *Number, want, tolerance float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s: not given, want %v", what, want)
	} else if math.Abs(float64(*got)-want) > tolerance*max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, float64(*got), want)
	}
}

const closed = 1e-9

// fixed is a design where all candidates have the same items, each worth 0 to most.
func fixed(t testing.TB, k, most, least int, groups ...string) *Design {
	t.Helper()
	items := make([]Item, k)
	for i := range items {
		items[i].ID = fmt.Sprintf("I%02d", i)
		for v := least; v <= most; v++ {
			items[i].Options, items[i].Points = append(items[i].Options, string(rune('a'+v-least))), append(items[i].Points, v)
		}
	}
	d, err := NewDesign([]Section{{Code: "S", Keyed: most == 1, Places: k}}, items, append([]string{""}, groups...)[min(1, len(groups)):])
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// row is a candidate of a fixed design, by the points of each item; -1 is no answer.
func row(group int, least int, points ...int) *Taken {
	t := &Taken{Group: group}
	for i, p := range points {
		t.Items, t.Slots, t.MS = append(t.Items, int32(i)), append(t.Slots, int32(i)), append(t.MS, 0)
		t.Options = append(t.Options, uint8(p-least+1))
	}
	return t
}

func digits(s string) (out []int) {
	for _, c := range s {
		out = append(out, int(c-'0'))
	}
	return out
}

func add(t testing.TB, c *Cube, taken *Taken) {
	t.Helper()
	if err := c.Add(taken); err != nil {
		t.Fatal(err)
	}
}

func TestLSAT(t *testing.T) {
	for _, name := range []string{"lsat6.json", "lsat7.json"} {
		var v struct {
			Patterns []struct {
				Pattern string
				Count   int
			}
			Statistics struct {
				Facility     []float64
				Uncorrected  []float64                               `json:"point_biserial_uncorrected"`
				Corrected    []float64                               `json:"point_biserial_corrected"`
				Variance     []float64                               `json:"item_variance_n1"`
				UpperLower   struct{ P_upper, P_lower, D []float64 } `json:"upper_lower"`
				Histogram    []int64                                 `json:"total_score_histogram"`
				Mean         float64                                 `json:"total_mean"`
				TotalVar     float64                                 `json:"total_variance_n1"`
				Alpha        float64                                 `json:"cronbach_alpha"`
				KR21         float64
				AlphaDeleted []float64 `json:"alpha_if_item_deleted"`
				SEM          float64   `json:"sem_alpha"`
			}
		}
		vectors(t, name, &v)
		c := NewCube(fixed(t, 5, 1, 0))
		for _, p := range v.Patterns {
			for range p.Count {
				add(t, c, row(0, 0, digits(p.Pattern)...))
			}
		}
		r := Analyse(c, all(), nil)
		want, s := v.Statistics, r.Sections[0]
		for i, it := range r.Items {
			what := fmt.Sprintf("%s item %d ", name, i+1)
			near(t, what+"facility", it.Facility, want.Facility[i], closed)
			near(t, what+"uncorrected r", it.RTotal, want.Uncorrected[i], closed)
			near(t, what+"corrected r", it.RRest, want.Corrected[i], closed)
			near(t, what+"SD", it.SD, math.Sqrt(want.Variance[i]), closed)
			near(t, what+"upper", it.Upper, want.UpperLower.P_upper[i], closed)
			near(t, what+"lower", it.Lower, want.UpperLower.P_lower[i], closed)
			near(t, what+"D", it.D, want.UpperLower.D[i], closed)
			near(t, what+"alpha without", s.AlphaWithout[i], want.AlphaDeleted[i], closed)
		}
		near(t, name+" mean", s.Mean, want.Mean, closed)
		near(t, name+" SD", s.SD, math.Sqrt(want.TotalVar), closed)
		near(t, name+" alpha", s.Alpha, want.Alpha, closed)
		near(t, name+" KR-21", s.KR21, want.KR21, closed)
		near(t, name+" SEM", s.SEM, want.SEM, closed)
		for _, score := range s.Scores {
			if score.N != want.Histogram[score.Points] {
				t.Errorf("%s: %d candidates with %d points, want %d", name, score.N, score.Points, want.Histogram[score.Points])
			}
		}
	}
}

type mhResult struct {
	Alpha   float64 `json:"alpha_mh"`
	Delta   float64 `json:"delta_mh"`
	SEDelta float64 `json:"se_delta"`
	Chi2    float64 `json:"chi2_cc"`
	P       float64 `json:"p_cc"`
	Class   string  `json:"ets_class"`
	Item    string
}

func sameDIF(t *testing.T, what string, d DIF, want mhResult) {
	t.Helper()
	near(t, what+" alpha", d.Alpha, want.Alpha, closed)
	near(t, what+" delta", d.Delta, want.Delta, closed)
	near(t, what+" SE", d.SEDelta, want.SEDelta, closed)
	near(t, what+" chi2", d.Chi2, want.Chi2, closed)
	near(t, what+" p", d.P, want.P, closed)
	if d.Class != want.Class {
		t.Errorf("%s: class %s, want %s", what, d.Class, want.Class)
	}
}

func TestMantelHaenszel(t *testing.T) {
	var v struct {
		Hand struct {
			Strata []struct{ Ref_right, Ref_wrong, Foc_right, Foc_wrong int64 }
			Result mhResult
		} `json:"hand_example"`
		UCB struct {
			Strata []struct{ A, B, C, D int64 }
			Result mhResult
		} `json:"ucb_admissions"`
		Verbal struct{ Results []mhResult } `json:"verbal_aggression"`
	}
	vectors(t, "dif_mh.json", &v)
	var hand, ucb []Stratum
	for _, s := range v.Hand.Strata {
		hand = append(hand, Stratum{s.Ref_right, s.Ref_wrong, s.Foc_right, s.Foc_wrong})
	}
	for _, s := range v.UCB.Strata {
		ucb = append(ucb, Stratum{s.A, s.B, s.C, s.D})
	}
	d, _ := MantelHaenszel(hand)
	sameDIF(t, "by hand", d, v.Hand.Result)
	d, _ = MantelHaenszel(ucb)
	sameDIF(t, "UCB admissions", d, v.UCB.Result)

	r := verbal(t, false)
	for i, want := range v.Verbal.Results {
		if len(r.Items[i].DIF) != 1 {
			t.Fatalf("%s: %d comparisons, want men with women", want.Item, len(r.Items[i].DIF))
		}
		sameDIF(t, want.Item, r.Items[i].DIF[0], want)
	}
}

// verbal analyses the verbal aggression data, women the reference since they are more.
func verbal(t *testing.T, graded bool) *Report {
	var v struct {
		Item   []string
		Person []struct{ G, Resp, Resp3 string }
	}
	vectors(t, "verbal_aggression.json", &v)
	most := 1
	if graded {
		most = 2
	}
	c := NewCube(fixed(t, len(v.Item), most, 0, "F", "M"))
	for _, p := range v.Person {
		resp := p.Resp
		if graded {
			resp = p.Resp3
		}
		add(t, c, row(slices.Index([]string{"F", "M"}, p.G), 0, digits(resp)...))
	}
	return Analyse(c, all(), nil)
}

func TestPolytomous(t *testing.T) {
	var v struct {
		Small struct {
			Scores [][]int
			Items  []struct {
				Mean     float64 `json:"mean_all"`
				Answered float64 `json:"facility_answered"`
				Omit     int64
				SD       float64            `json:"sd_all_n1"`
				RIT      float64            `json:"r_it"`
				RIR      float64            `json:"r_ir"`
				Counts   []int64            `json:"counts_0_to_5"`
				Rest     map[string]float64 `json:"mean_rest_by_value"`
			}
			Alpha float64
			Mean  float64 `json:"total_mean"`
			SD    float64 `json:"total_sd_n1"`
			SEM   float64
		} `json:"tkp_small"`
		Verbal struct {
			Alpha float64
			Items []struct {
				Mean, Facility float64
				SD             float64   `json:"sd_n1"`
				RIT            float64   `json:"r_it"`
				RIR            float64   `json:"r_ir"`
				Rest           []float64 `json:"mean_rest_by_category"`
			}
			DIF []struct {
				Chi2  float64 `json:"mantel_chi2"`
				SMD   float64
				SMDSD float64 `json:"smd_over_sd"`
			} `json:"mantel_dif"`
		} `json:"verbal_aggression_0_2"`
	}
	vectors(t, "polytomous.json", &v)
	c := NewCube(fixed(t, 5, 5, 1))
	for _, scores := range v.Small.Scores {
		add(t, c, row(0, 1, scores...))
	}
	r := Analyse(c, all(), nil)
	for i, want := range v.Small.Items {
		it, what := r.Items[i], fmt.Sprintf("small item %d ", i+1)
		near(t, what+"mean", it.Mean, want.Mean, closed)
		near(t, what+"SD", it.SD, want.SD, closed)
		near(t, what+"facility of who answered", it.FacilityAnswered, want.Answered, closed)
		near(t, what+"r", it.RTotal, want.RIT, closed)
		near(t, what+"r without", it.RRest, want.RIR, closed)
		if it.Omitted != want.Omit {
			t.Errorf("%s: %d omitted, want %d", what, it.Omitted, want.Omit)
		}
		for o, n := range want.Counts {
			if it.Options[o].N != n {
				t.Errorf("%s: %d with value %d, want %d", what, it.Options[o].N, o, n)
			}
			if n > 0 {
				near(t, what+"mean rest of "+strconv.Itoa(o), it.Options[o].MeanRest, want.Rest[strconv.Itoa(o)], closed)
			}
		}
	}
	near(t, "small alpha", r.Sections[0].Alpha, v.Small.Alpha, closed)
	near(t, "small mean", r.Sections[0].Mean, v.Small.Mean, closed)
	near(t, "small SD", r.Sections[0].SD, v.Small.SD, closed)
	near(t, "small SEM", r.Sections[0].SEM, v.Small.SEM, closed)

	r = verbal(t, true)
	near(t, "verbal alpha", r.Sections[0].Alpha, v.Verbal.Alpha, closed)
	for i, want := range v.Verbal.Items {
		it, what := r.Items[i], fmt.Sprintf("verbal item %d ", i+1)
		near(t, what+"mean", it.Mean, want.Mean, closed)
		near(t, what+"facility", it.Facility, want.Facility, closed)
		near(t, what+"SD", it.SD, want.SD, closed)
		near(t, what+"r", it.RTotal, want.RIT, closed)
		near(t, what+"r without", it.RRest, want.RIR, closed)
		for o, rest := range want.Rest {
			near(t, what+"mean rest", it.Options[o+1].MeanRest, rest, closed)
		}
		d := it.DIF[0]
		near(t, what+"Mantel", d.Chi2, v.Verbal.DIF[i].Chi2, closed)
		near(t, what+"SMD", d.SMD, v.Verbal.DIF[i].SMD, closed)
		near(t, what+"SMD over SD", d.SMDSD, v.Verbal.DIF[i].SMDSD, closed)
	}
}

// byDesign is the data set where candidates have different forms.
type byDesign struct {
	Candidates []struct {
		Item, Option []int
		MS           []uint32
	}
	Items []struct {
		N, Right, Omitted int64
		Facility          float64
		Answered          float64   `json:"facility_answered"`
		RRest             float64   `json:"r_rest"`
		Counts            []int64   `json:"option_counts_key0"`
		Rest              []float64 `json:"mean_rest_by_option"`
		Upper             float64   `json:"p_upper"`
		Lower             float64   `json:"p_lower"`
		MeanLn            float64   `json:"mean_log_seconds"`
		SDLn              float64   `json:"sd_log_seconds_n1"`
		Median            float64   `json:"median_ms"`
	}
	Histogram []int64 `json:"total_histogram"`
	Alpha     float64 `json:"alpha_slot"`
	KR21      float64
	Mean      float64 `json:"total_mean"`
	Variance  float64 `json:"total_variance_n1"`
	SEM       float64
}

func (v *byDesign) cube(t testing.TB) (*Cube, []*Taken) {
	items := make([]Item, len(v.Items))
	for i := range items {
		items[i] = Item{ID: fmt.Sprintf("I%02d", i), Options: strings.Split("abcde", ""), Points: []int{1, 0, 0, 0, 0}}
	}
	d, err := NewDesign([]Section{{Code: "S", Keyed: true, Places: 12}}, items, []string{""})
	if err != nil {
		t.Fatal(err)
	}
	var all []*Taken
	for _, c := range v.Candidates {
		taken := &Taken{MS: c.MS}
		for q, i := range c.Item {
			taken.Items, taken.Slots, taken.Options = append(taken.Items, int32(i)), append(taken.Slots, int32(i/3)), append(taken.Options, uint8(c.Option[q]+1))
		}
		all = append(all, taken)
	}
	return NewCube(d), all
}

func TestMissingByDesign(t *testing.T) {
	var v byDesign
	vectors(t, "missing_by_design.json", &v)
	c, taken := v.cube(t)
	for _, one := range taken {
		add(t, c, one)
	}
	r := Analyse(c, all(), nil)
	for i, want := range v.Items {
		it, what := r.Items[i], fmt.Sprintf("item %d ", i)
		if it.N != want.N || it.Omitted != want.Omitted || it.right != want.Right {
			t.Errorf("%s: n %d, omitted %d, right %d, want %d %d %d", what, it.N, it.Omitted, it.right, want.N, want.Omitted, want.Right)
		}
		near(t, what+"facility", it.Facility, want.Facility, closed)
		near(t, what+"facility of who answered", it.FacilityAnswered, want.Answered, closed)
		near(t, what+"r", it.RRest, want.RRest, closed)
		near(t, what+"upper", it.Upper, want.Upper, closed)
		near(t, what+"lower", it.Lower, want.Lower, closed)
		for o, n := range want.Counts {
			if it.Options[o+1].N != n {
				t.Errorf("%soption %d: %d, want %d", what, o, it.Options[o+1].N, n)
			}
			if n > 0 {
				near(t, what+"mean rest", it.Options[o+1].MeanRest, want.Rest[o], closed)
			}
		}
		// Times in hundred-thousandths of ln seconds; a quantile within its bin.
		near(t, what+"mean ln", it.Time.MeanLn, want.MeanLn, 1e-5)
		near(t, what+"SD ln", it.Time.SDLn, want.SDLn, 1e-5)
		near(t, what+"median", it.Time.Median, want.Median/1000, .045)
	}
	s := r.Sections[0]
	near(t, "alpha", s.Alpha, v.Alpha, closed)
	near(t, "KR-21", s.KR21, v.KR21, closed)
	near(t, "mean", s.Mean, v.Mean, closed)
	near(t, "SD", s.SD, math.Sqrt(v.Variance), closed)
	near(t, "SEM", s.SEM, v.SEM, closed)
	for _, score := range s.Scores {
		if score.N != v.Histogram[score.Points] {
			t.Errorf("%d with %d points, want %d", score.N, score.Points, v.Histogram[score.Points])
		}
	}
}

func TestClassification(t *testing.T) {
	var v struct {
		LL []struct {
			Section                               string
			Mean, SD, Max, Cut, Reliability       float64
			Effective_length, Cut_effective       int
			Beta_a, Beta_b, Accuracy, Consistency float64
			P_pass, Kappa                         float64
		} `json:"livingston_lewis_two_parameter_beta"`
		Kelley struct {
			Mean, SD, Reliability, Cut, Step float64
			Table                            []struct {
				Score     float64
				TrueAbove float64 `json:"p_true_at_least_cut"`
				Again     float64 `json:"p_pass_again"`
			}
		} `json:"kelley_normal"`
		Lord []struct {
			Items, Points_per_item, Right, CSEM float64
		} `json:"lord_csem_points"`
	}
	vectors(t, "classification.json", &v)
	is := func(what string, got, want float64) {
		t.Helper()
		n := Number(got)
		near(t, what, &n, want, 1e-6)
	}
	for _, w := range v.LL {
		c, ok := livingstonLewis(w.Mean, w.SD, w.Max, w.Cut, w.Reliability)
		if !ok || c.length != w.Effective_length || c.cut != w.Cut_effective {
			t.Errorf("%s: %v, length %d, cut %d, want %d %d", w.Section, ok, c.length, c.cut, w.Effective_length, w.Cut_effective)
		}
		is(w.Section+" a", c.a, w.Beta_a)
		is(w.Section+" b", c.b, w.Beta_b)
		is(w.Section+" accuracy", c.accuracy, w.Accuracy)
		is(w.Section+" consistency", c.consistency, w.Consistency)
		is(w.Section+" passing", c.passing, w.P_pass)
		is(w.Section+" kappa", c.kappa, w.Kappa)
	}
	k := v.Kelley
	for _, w := range k.Table {
		above, again := kelley(w.Score, k.Mean, k.SD, k.Reliability, k.Cut, k.Step)
		is("true above", above, w.TrueAbove)
		is("pass again", again, w.Again)
	}
	for _, w := range v.Lord {
		is("CSEM", lord(w.Right, w.Items, w.Points_per_item), w.CSEM)
	}
}
