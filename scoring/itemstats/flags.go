package itemstats

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Flag is a reason to look at an item again, in words for the bank's pages. It decides
// nothing: two reviewers do.
type Flag struct {
	Code   string `json:"code"`
	Option string `json:"option,omitempty"` // canonical
	ID     string `json:"id"`               // Indonesian
	EN     string `json:"en"`
}

// The codes of flags.
const (
	FlagNegative   = "negative-discrimination" // the weak do better on it than the strong: look at the key first
	FlagWeak       = "weak-discrimination"
	FlagDistractor = "distractor-above-key" // the strong prefer a wrong option
	FlagReversal   = "values-reversed"      // graded: a higher valued option attracts the weaker
	FlagEasy       = "too-easy"
	FlagHard       = "too-hard"
	FlagIdle       = "idle-option"
	FlagDIF        = "dif"
	FlagDrift      = "drift"
)

// Comma is a figure with so many decimals, as Indonesian text writes it: 0,25.
func Comma(x float64, decimals int) string {
	return strings.Replace(strconv.FormatFloat(x, 'f', decimals, 64), ".", ",", 1)
}

// flags looks at one item. Each rule speaks only beyond chance, Limits.Z standard errors.
func (a *analysis) flags(r *ItemReport) []Flag {
	var out []Flag
	add := func(code, option, id, en string, args ...any) {
		out = append(out, Flag{code, option, fmt.Sprintf(id, args...), fmt.Sprintf(en, args...)})
	}
	keyed, z := a.d.Sections[a.d.Items[r.index].Section].Keyed, a.limits.Z
	if r.RRest != nil {
		rest, se := float64(*r.RRest), 1/math.Sqrt(float64(r.N-1))
		switch {
		case rest < -z*se:
			out = append(out, Flag{
				FlagNegative, "",
				fmt.Sprintf("Peserta yang lemah lebih baik pada soal ini daripada yang kuat (r = %s, n = %d): periksa kuncinya.", Comma(rest, 2), r.N),
				fmt.Sprintf("The weak do better on this item than the strong (r = %.2f, n = %d): check its key.", rest, r.N),
			})
		case rest+z*se < a.limits.Weak:
			out = append(out, Flag{
				FlagWeak, "",
				fmt.Sprintf("Soal ini hampir tidak membedakan peserta (r = %s, n = %d).", Comma(rest, 2), r.N),
				fmt.Sprintf("The item hardly tells candidates apart (r = %.2f, n = %d).", rest, r.N),
			})
		}
	}
	if r.Facility != nil {
		p := float64(*r.Facility)
		se := float64(*r.SD) / float64(a.d.Items[r.index].most) / math.Sqrt(float64(r.N))
		if p-z*se > a.limits.Easy {
			add(FlagEasy, "", "Terlalu mudah: %.0f %% dari nilai tertinggi tercapai (n = %d).", "Too easy: %.0f %% of the points are reached (n = %d).", 100*p, r.N)
		}
		if keyed && p+z*se < a.limits.Hard {
			add(FlagHard, "", "Terlalu sulit: hanya %.0f %% benar, menebak memberi kira-kira sebanyak itu (n = %d).",
				"Too hard: only %.0f %% are right, about what guessing gives (n = %d).", 100*p, r.N)
		}
	}
	if keyed {
		out = append(out, a.distractors(r)...)
	} else {
		out = append(out, a.reversals(r)...)
	}
	for _, d := range r.DIF {
		if d.Class == "A" {
			continue
		}
		id, en := "lebih sulit", "harder"
		if d.Delta != nil && *d.Delta > 0 || d.SMD != nil && *d.SMD > 0 {
			id, en = "lebih mudah", "easier"
		}
		out = append(out, Flag{
			Code: FlagDIF,
			ID:   fmt.Sprintf("Kelas %s: bagi kelompok %s %s daripada bagi %s dengan nilai yang sama (n = %d dan %d).", d.Class, d.Group, id, d.Reference, d.N, d.NRef),
			EN:   fmt.Sprintf("Class %s: %s for group %s than for equally able candidates of %s (n = %d and %d).", d.Class, en, d.Group, d.Reference, d.N, d.NRef),
		})
	}
	return out
}

// distractors looks at the wrong options of a keyed item.
func (a *analysis) distractors(r *ItemReport) []Flag {
	var out []Flag
	key := 0
	for o := range r.Options {
		if o > 0 && r.Options[o].Points == a.d.Items[r.index].most {
			key = o
		}
	}
	for o := 1; o < len(r.Options); o++ {
		opt := &r.Options[o]
		if opt.Points == r.Options[key].Points || r.N < a.limits.Facility {
			continue
		}
		top, right := opt.fifths[4], r.Options[key].fifths[4]
		if ahead := float64(top - right); ahead > a.limits.Z*math.Sqrt(float64(top+right)) {
			out = append(out, Flag{
				FlagDistractor, opt.ID,
				fmt.Sprintf("Di seperlima terkuat, pilihan %s dipilih %d orang dan kunci %d orang: periksa kuncinya.", opt.ID, top, right),
				fmt.Sprintf("In the strongest fifth %d chose option %s and %d the key: check the key.", top, opt.ID, right),
			})
			continue
		}
		if opt.R != nil && float64(*opt.R) >= max(a.limits.Distractor, a.limits.Z/math.Sqrt(float64(r.N-1))) {
			out = append(out, Flag{
				FlagDistractor, opt.ID,
				fmt.Sprintf("Pilihan salah %s menarik peserta yang kuat (r = %s, n = %d).", opt.ID, Comma(float64(*opt.R), 2), r.N),
				fmt.Sprintf("The wrong option %s attracts strong candidates (r = %.2f, n = %d).", opt.ID, float64(*opt.R), r.N),
			})
		}
		if _, high := wilson(opt.N, r.N); high < a.limits.Idle {
			out = append(out, Flag{
				FlagIdle, opt.ID,
				fmt.Sprintf("Pilihan %s hampir tidak pernah dipilih (%d dari %d).", opt.ID, opt.N, r.N),
				fmt.Sprintf("Option %s is hardly ever chosen (%d of %d).", opt.ID, opt.N, r.N),
			})
		}
	}
	return out
}

// reversals looks for an option of a graded item that is worth more than another and is
// chosen by weaker candidates.
func (a *analysis) reversals(r *ItemReport) []Flag {
	var out []Flag
	for o := 1; o < len(r.Options); o++ {
		for p := 1; p < len(r.Options); p++ {
			high, low := &r.Options[o], &r.Options[p]
			if high.Points <= low.Points || high.MeanRest == nil || low.MeanRest == nil {
				continue
			}
			se := math.Hypot(high.seRest, low.seRest)
			if gap := float64(*low.MeanRest - *high.MeanRest); gap > a.limits.Reversal*se {
				out = append(out, Flag{
					FlagReversal, high.ID,
					fmt.Sprintf("Pilihan %s bernilai %d, tetapi dipilih peserta yang lebih lemah daripada pilihan %s yang bernilai %d (selisih %s).", high.ID, high.Points, low.ID, low.Points, Comma(gap, 1)),
					fmt.Sprintf("Option %s is worth %d, and is chosen by weaker candidates than option %s, worth %d (%.1f points apart).", high.ID, high.Points, low.ID, low.Points, gap),
				})
			}
		}
	}
	return out
}
