package itemstats

import (
	"fmt"
	"math"
	"slices"
)

// leastCommon is how many items two administrations must have in common, so that their
// median says how the candidates as a whole differ.
const leastCommon = 10

// drifts compares each item's difficulty with an earlier administration. What moved all
// items of a section alike, other candidates, is taken out as the median shift; an item
// that moved away from it may have become known, or outdated.
func drifts(now, earlier *Report, l Limits) map[string][]Flag {
	if earlier == nil {
		return nil
	}
	type move struct {
		id              string
		shift, variance float64
	}
	moves := make(map[string][]move)
	was := make(map[string]*ItemReport, len(earlier.Items))
	for i := range earlier.Items {
		was[earlier.Items[i].ID] = &earlier.Items[i]
	}
	for _, it := range now.Items {
		w := was[it.ID]
		if w == nil || w.Section != it.Section || it.Facility == nil || w.Facility == nil {
			continue
		}
		d0, v0 := delta(w)
		d1, v1 := delta(&it)
		if !math.IsInf(d0-d1, 0) && !math.IsNaN(d0-d1) {
			moves[it.Section] = append(moves[it.Section], move{it.ID, d1 - d0, v0 + v1})
		}
	}
	out := make(map[string][]Flag)
	for _, list := range moves {
		if len(list) < leastCommon {
			continue
		}
		shifts := make([]float64, len(list))
		for i, m := range list {
			shifts[i] = m.shift
		}
		slices.Sort(shifts)
		common := (shifts[(len(shifts)-1)/2] + shifts[len(shifts)/2]) / 2
		for _, m := range list {
			off := m.shift - common
			if math.Abs(off) < l.Drift || math.Abs(off) < l.Z*math.Sqrt(m.variance) {
				continue
			}
			id, en := "lebih sulit", "harder"
			if off < 0 {
				id, en = "lebih mudah", "easier"
			}
			out[m.id] = []Flag{{
				Code: FlagDrift,
				ID:   fmt.Sprintf("Menjadi %s dibanding penyelenggaraan sebelumnya (%+.1f delta, di luar pergeseran semua soal).", id, off),
				EN:   fmt.Sprintf("Became %s than in the earlier administration (%+.1f delta, beyond what moved all items).", en, off),
			}}
		}
	}
	return out
}

// delta is an item's difficulty on the scale of ETS, 2.35 logits a unit, and its variance.
func delta(r *ItemReport) (d, variance float64) {
	p, n := float64(*r.Facility), float64(r.N)
	scale := 1.0
	if r.SD != nil && *r.Mean > 0 {
		most := float64(*r.Mean) / p
		scale = math.Pow(float64(*r.SD)/most, 2) / (p * (1 - p)) // 1 for right and wrong, less for graded
	}
	return -2.35 * math.Log(p/(1-p)), 2.35 * 2.35 * scale / (n * p * (1 - p))
}
