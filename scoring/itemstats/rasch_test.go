package itemstats

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

type raschReference struct {
	Easiness       []float64
	Discrimination []float64
	SD             float64
	LogL           float64 `json:"loglik"`
}

func TestRaschOfLSAT(t *testing.T) {
	for _, name := range []string{"lsat6.json", "lsat7.json"} {
		var v struct {
			Patterns []struct {
				Pattern string
				Count   int
			}
			Free        raschReference `json:"rasch_mml"`
			Fixed       raschReference `json:"rasch_mml_sd1"`
			Own         raschReference `json:"two_pl_mml"`
			Conditional struct {
				Difficulty []float64 `json:"difficulty_sum0"`
				SE         []float64
				LogL       float64 `json:"loglik"`
			} `json:"rasch_cml"`
		}
		vectors(t, name, &v)
		d := fixed(t, 5, 1, 0)
		p := NewPatterns(d)
		for _, one := range v.Patterns {
			for range one.Count {
				p.Add(row(0, 0, digits(one.Pattern)...))
			}
		}
		is := func(what string, got, want float64) {
			t.Helper()
			if math.Abs(got-want) > 1e-4 {
				t.Errorf("%s %s: %.6f, want %.6f", name, what, got, want)
			}
		}
		alone := fitConditional(d, p.rows(0))
		is("conditional log-likelihood", alone.logL, v.Conditional.LogL)
		for i := range v.Conditional.Difficulty {
			is(fmt.Sprintf("conditional difficulty %d", i+1), alone.difficulty[i], v.Conditional.Difficulty[i])
			is(fmt.Sprintf("conditional SE %d", i+1), alone.se[i], v.Conditional.SE[i])
		}
		for may, want := range map[slopes]raschReference{slopesSame: v.Free, slopesOne: v.Fixed, slopesOwn: v.Own} {
			f := fitRasch(d, p.rows(0), may)
			for i := range want.Easiness {
				is(fmt.Sprintf("easiness %d, slopes %d", i+1, may), f.easiness[i], want.Easiness[i])
			}
			for i := range want.Discrimination {
				is(fmt.Sprintf("discrimination %d", i+1), f.slope[i], want.Discrimination[i])
			}
			if may == slopesSame {
				is("SD", f.sd, want.SD)
			}
			is("log-likelihood", f.logL, want.LogL)
			if !f.settled {
				t.Errorf("%s: not settled after %d cycles", name, f.cycles)
			}
		}
	}
}

// Difficulties that made the answers come back, on forms that differ, and the same to the
// last digit whatever the order of the candidates.
func TestRaschFindsTheDifficulties(t *testing.T) {
	w := newWorld(t, 21, 1, "")
	var all []*Taken
	for range 600 {
		all = append(all, w.candidate(0))
	}
	fit := func(order []*Taken) *Report {
		c, p := NewCube(w.d), NewPatterns(w.d)
		for i, one := range order {
			add(t, c, one)
			p.Add(one)
			if i%100 == 0 { // reopened, and finished again
				p.Remove(one)
				p.Add(one)
			}
		}
		r := Analyse(c, DefaultLimits(), nil)
		p.Fit(r)
		return r
	}
	r := fit(all)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	one, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if two, err := json.Marshal(fit(all)); err != nil || string(one) != string(two) {
		t.Error("another order of candidates gives other digits")
	}
	for s := range 2 {
		var off []float64
		mean, n := 0.0, 0
		for i, it := range r.Items {
			if w.d.Items[i].Section == s {
				mean, n = mean+w.easiness[i], n+1
				off = append(off, float64(*it.Rasch.B)+w.easiness[i])
			}
		}
		square := 0.0
		for _, x := range off {
			square += (x - mean/float64(n)) * (x - mean/float64(n)) / float64(n)
		}
		t.Logf("section %d: off by %.3f, %d cycles, settled %v", s, math.Sqrt(square), r.Sections[s].Rasch.Cycles, r.Sections[s].Rasch.Settled)
		// 600 answers an item: the standard error is about .10.
		if got := math.Sqrt(square); got > .13 {
			t.Errorf("section %d: difficulties are off by %.3f", s, got)
		}
		if sd := float64(*r.Sections[s].Rasch.AbilitySD); math.Abs(sd-1) > .1 {
			t.Errorf("section %d: the SD of abilities is %.3f, it was 1", s, sd)
		}
	}
	if slices.ContainsFunc(r.Items, func(it ItemReport) bool { return it.Section == "TKP" && it.Rasch != nil }) {
		t.Error("graded items have no difficulty of this model")
	}
}
