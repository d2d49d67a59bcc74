package proctor

import (
	"math"
	"math/rand/v2"
	"testing"
)

// poisson draws how often something happens by chance.
func poisson(r *rand.Rand, mean float64) int {
	n, p, limit := 0, r.Float64(), math.Exp(-mean)
	for p > limit {
		p *= r.Float64()
		n++
	}
	return n
}

// A site that does far more of something than others stands out; sites that differ by
// chance do not.
func TestOnlyASiteFarFromTheOthersStandsOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const sites, rounds = 30, 200
	chance, found := 0, 0
	for range rounds {
		all := make([]share, sites)
		for i := range all {
			all[i].present = 200 + r.IntN(400)
			all[i].count = poisson(r, 0.02*float64(all[i].present))
		}
		for _, s := range standings(all) {
			if s.Far {
				chance++
			}
		}
		all[7].count = poisson(r, 0.12*float64(all[7].present))
		if standings(all)[7].Far {
			found++
		}
	}
	if chance > sites*rounds/500 || found < rounds*95/100 {
		t.Errorf("%d of %d sites stand out by chance; a site that does six times as much is found %d of %d times", chance, sites*rounds, found, rounds)
	}
}

func TestWhatStandsOut(t *testing.T) {
	even := func(n int) []share {
		all := make([]share, n)
		for i := range all {
			all[i] = share{count: 2, present: 100}
		}
		return all
	}
	with := func(n int, s share) []share { return append(even(n), s) }
	time := func(ms float64, count int) share { return share{count: count, amount: ms, present: 100} }
	for name, c := range map[string]struct {
		sites []share
		far   bool // the last
	}{
		"the same as all":              {even(8), false},
		"ten times as much":            {with(8, share{count: 20, present: 100}), true},
		"as much, for ten times more":  {with(8, share{count: 20, present: 1000}), false},
		"too few sites to compare":     {with(2, share{count: 50, present: 100}), false},
		"two acts are no pattern":      {append(make([]share, 8), share{count: 2, present: 10}), false},
		"nobody was there":             {with(8, share{count: 9}), false},
		"the only one that gives time": {[]share{time(1, 0), time(1, 0), time(1, 0), time(1, 0), time(1_800_000, 6)}, true},
		"a little more time":           {[]share{time(60_000, 2), time(90_000, 3), time(80_000, 2), time(70_000, 2), time(150_000, 4)}, false},
	} {
		got := standings(c.sites)
		if last := got[len(got)-1]; last.Far != c.far {
			t.Errorf("%s: %+v", name, last)
		}
	}
}
