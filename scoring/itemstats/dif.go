package itemstats

import "math"

// DIF says whether candidates of one group find an item harder than equally able ones of
// the reference group, which is the largest.
type DIF struct {
	Group     string  `json:"group"`
	Reference string  `json:"reference"`
	N         int64   `json:"n"`
	NRef      int64   `json:"n_reference"`
	Method    string  `json:"method"` // mantel-haenszel (keyed) or mantel (graded)
	Class     string  `json:"class"`  // A negligible, B moderate, C large
	Act       bool    `json:"act"`    // enough candidates to act on a C
	Chi2      *Number `json:"chi2"`   // keyed: with the correction of 0.5
	P         *Number `json:"p"`

	Alpha   *Number `json:"alpha,omitempty"` // common odds ratio
	Delta   *Number `json:"delta,omitempty"` // -2.35 ln alpha; negative: harder for the group
	SEDelta *Number `json:"se_delta,omitempty"`

	SMD   *Number `json:"smd,omitempty"`         // standardised mean difference, points
	SMDSD *Number `json:"smd_over_sd,omitempty"` // in standard deviations of the item
}

// Stratum is a two-by-two table at one score.
type Stratum struct{ RefRight, RefWrong, FocRight, FocWrong int64 }

// MantelHaenszel is the test of Mantel and Haenszel (1959) with the standard error of
// Robins, Breslow and Greenland (1986) and the classes of ETS (Zwick 2012).
func MantelHaenszel(strata []Stratum) (d DIF, ok bool) {
	var num, den, pr, ps, qs, a, expected, variance float64
	for _, s := range strata {
		ra, rb, fc, fd := float64(s.RefRight), float64(s.RefWrong), float64(s.FocRight), float64(s.FocWrong)
		n := ra + rb + fc + fd
		if n < 2 || ra+rb == 0 || fc+fd == 0 {
			continue
		}
		r, w := ra*fd/n, rb*fc/n
		p, q := (ra+fd)/n, (rb+fc)/n
		num += r
		den += w
		pr += p * r
		ps += p*w + q*r
		qs += q * w
		a += ra
		expected += (ra + rb) * (ra + fc) / n
		variance += (ra + rb) * (fc + fd) * (ra + fc) * (rb + fd) / (n * n * (n - 1))
	}
	d.Method = "mantel-haenszel"
	if num == 0 || den == 0 || variance == 0 {
		return d, false
	}
	alpha := num / den
	delta := -2.35 * math.Log(alpha)
	se := 2.35 * math.Sqrt(pr/(2*num*num)+ps/(2*num*den)+qs/(2*den*den))
	off := max(0, math.Abs(a-expected)-.5)
	chi2 := off * off / variance
	p := chi1Tail(chi2)
	d.Alpha, d.Delta, d.SEDelta, d.Chi2, d.P = given(true, alpha), given(true, delta), given(true, se), given(true, chi2), given(true, p)
	switch size := math.Abs(delta); {
	case size < 1 || p >= .05:
		d.Class = "A"
	case size >= 1.5 && (size-1)/se > 1.645:
		d.Class = "C"
	default:
		d.Class = "B"
	}
	return d, true
}

// gradedStratum has sums over candidates of one score: n, points, squared points.
type gradedStratum struct{ ref, foc struct{ n, x, xx int64 } }

// mantel is the test of Mantel (1963) on the item's points with the standardised mean
// difference (Dorans and Schmitt 1991), strata weighted by the group's candidates. sd is
// the item's.
func mantel(strata []gradedStratum, sd float64, l Limits) (d DIF, ok bool) {
	var sum, expected, variance, smd, n float64
	for _, s := range strata {
		rn, fn := float64(s.ref.n), float64(s.foc.n)
		all := rn + fn
		if rn == 0 || fn == 0 {
			continue
		}
		x, xx := float64(s.ref.x+s.foc.x), float64(s.ref.xx+s.foc.xx)
		sum += float64(s.foc.x)
		expected += fn * x / all
		if all > 1 {
			variance += rn * fn * (all*xx - x*x) / (all * all * (all - 1))
		}
		smd += fn * (float64(s.foc.x)/fn - float64(s.ref.x)/rn)
		n += fn
	}
	d.Method = "mantel"
	if variance == 0 || n == 0 || sd == 0 {
		return d, false
	}
	chi2 := (sum - expected) * (sum - expected) / variance
	p := chi1Tail(chi2)
	smd /= n
	d.SMD, d.SMDSD, d.Chi2, d.P = given(true, smd), given(true, smd/sd), given(true, chi2), given(true, p)
	switch size := math.Abs(smd / sd); {
	case size > l.SMDLarge && p < .05:
		d.Class = "C"
	case size > l.SMDModerate && p < .05:
		d.Class = "B"
	default:
		d.Class = "A"
	}
	return d, true
}

// dif compares every group that is large enough with the reference, stratum by section
// score. Nothing is given for groups below the least number.
func (a *analysis) dif(r *ItemReport) {
	it := &a.d.Items[r.index]
	s := &a.d.Sections[it.Section]
	for g := range a.d.Groups {
		if g == a.reference || a.d.Groups[g] == "" {
			continue
		}
		two, graded := make([]Stratum, s.bins), make([]gradedStratum, s.bins)
		var nRef, nFoc int64
		for b := range s.bins {
			for o := range len(it.Points) + 1 {
				x := int64(it.points(uint8(o)))
				ref, foc := a.c.at(r.index, a.reference, o, b), a.c.at(r.index, g, o, b)
				nRef, nFoc = nRef+ref, nFoc+foc
				if int(x) == it.most {
					two[b].RefRight += ref
					two[b].FocRight += foc
				} else {
					two[b].RefWrong += ref
					two[b].FocWrong += foc
				}
				gs := &graded[b]
				gs.ref.n, gs.ref.x, gs.ref.xx = gs.ref.n+ref, gs.ref.x+ref*x, gs.ref.xx+ref*x*x
				gs.foc.n, gs.foc.x, gs.foc.xx = gs.foc.n+foc, gs.foc.x+foc*x, gs.foc.xx+foc*x*x
			}
		}
		if nRef < a.limits.DIF || nFoc < a.limits.DIF {
			continue
		}
		d, ok := MantelHaenszel(two)
		if !s.Keyed {
			d, ok = mantel(graded, deviation(r.N, r.m.x, r.m.xx), a.limits)
		}
		if ok {
			d.Group, d.Reference, d.N, d.NRef = a.d.Groups[g], a.d.Groups[a.reference], nFoc, nRef
			d.Act = d.Class == "C" && nRef >= a.limits.DIFAct && nFoc >= a.limits.DIFAct
			r.DIF = append(r.DIF, d)
		}
	}
}
