package aberrance

import (
	"fmt"
	"math"

	"terang/scoring/itemstats"
)

// Examine looks at one session by the indicators of time. It says nothing of candidates
// with an accommodation.
func Examine(s *Session, n *itemstats.Norms, d *itemstats.Design, r Rules) []Finding {
	if s.Apart {
		return nil
	}
	var out []Finding
	for _, look := range []func() (Finding, bool){
		func() (Finding, bool) { return Burst(s, r) },
		func() (Finding, bool) { return Fast(s, n, d, r) },
		func() (Finding, bool) { return Browse(s, r) },
	} {
		if f, ok := look(); ok {
			out = append(out, f)
		}
	}
	return out
}

// Burst is B1: the fastest run of consecutive answers, if it is faster than items can be
// read and nearly all of it right.
func Burst(s *Session, r Rules) (Finding, bool) {
	answers := make([]*Step, 0, len(s.Letters))
	for i := range s.Steps {
		if s.Steps[i].last {
			answers = append(answers, &s.Steps[i])
		}
	}
	k := r.BurstAnswers
	best, at, bestRight := int64(math.MaxInt64), 0, 0
	var ms int64
	right := 0
	for i, a := range answers {
		ms += a.MS
		if a.Right {
			right++
		}
		if i >= k {
			ms -= answers[i-k].MS
			if answers[i-k].Right {
				right--
			}
		}
		if i >= k-1 && float64(right) >= r.BurstRight*float64(k) && ms < best {
			best, at, bestRight = ms, i-k+1, right
		}
	}
	if best > r.BurstMeanMS*int64(k) {
		return Finding{}, false
	}
	minutes := float64(best) / 60_000
	return Finding{
		Code: "B1", From: answers[at].At, To: answers[at+k-1].At,
		ID:       fmt.Sprintf("%d jawaban berturut-turut dalam %s menit, %d di antaranya bernilai penuh", k, itemstats.Comma(minutes, 1), bestRight),
		EN:       fmt.Sprintf("%d consecutive answers in %.1f minutes, %d of them with all points", k, minutes, bestRight),
		Expected: "usual: some 50 seconds an answer; about 2 in 100,000 honest candidates",
		Usual:    "biasanya sekitar 50 detik satu jawaban; sekitar 2 dari 100.000 peserta jujur",
	}, true
}

// Fast is F1: fast answers that are right more often than the candidate's other answers let
// expect of somebody of that ability.
func Fast(s *Session, n *itemstats.Norms, d *itemstats.Design, r Rules) (Finding, bool) {
	var fast []*Step
	sections := make([]struct{ share, n float64 }, len(d.Sections))
	above, others := 0.0, 0.0 // in standard deviations of section scores, over all other answers
	for i := range s.Steps {
		a := &s.Steps[i]
		if !a.last {
			continue
		}
		section := d.Items[a.Item].Section
		if mean, ok := n.Seconds(a.Item); ok && float64(a.MS) < min(r.FastShare*mean*1000, float64(r.FastMS)) {
			fast = append(fast, a)
			continue
		}
		sections[section].share += a.Share
		sections[section].n++
		if mean, sd := n.Scores(section); sd > 0 {
			above += (a.Share - mean) / sd
		}
		others++
	}
	if len(fast) < r.FastLeast || others < float64(r.FastOthers) {
		return Finding{}, false
	}
	above /= others + r.FastShrink
	chances := make([]float64, 0, len(fast))
	right, expected, variance := 0, 0.0, 0.0
	for _, a := range fast {
		section := d.Items[a.Item].Section
		of := sections[section]
		mean, sd := n.Scores(section)
		p := n.Chance(a.Item, (of.share+r.FastShrink*(mean+sd*above))/(of.n+r.FastShrink))
		p = max(p, 1/float64(len(d.Items[a.Item].Options))) // who guesses in haste gets so many
		chances = append(chances, p)
		expected += p
		variance += p * (1 - p)
		if a.Right {
			right++
		}
	}
	if (float64(right)-expected)/math.Sqrt(variance) < r.FastZ {
		return Finding{}, false
	}
	return Finding{
		Code: "F1", From: fast[0].At, To: fast[len(fast)-1].At, Chance: PoissonBinomialTail(chances, right),
		ID:       fmt.Sprintf("%d jawaban sangat cepat, %d bernilai penuh; dari jawaban lainnya diperkirakan %s", len(chances), right, itemstats.Comma(expected, 1)),
		EN:       fmt.Sprintf("%d very fast answers, %d with all points; the other answers let expect %.1f", len(chances), right, expected),
		Expected: "about 1 in 100,000 honest candidates",
		Usual:    "sekitar 1 dari 100.000 peserta jujur",
	}, true
}

// Browse is V1: items that were shown shortly without an answer, and after a pause answered
// at once, as when the answers came from elsewhere in between.
func Browse(s *Session, r Rules) (Finding, bool) {
	seen := make(map[int]int) // position -> pauses before the short look
	answered := make(map[int]bool)
	pauses, found := 0, Finding{Code: "V1"}
	n := 0
	for i := range s.Steps {
		a := &s.Steps[i]
		if a.Idle >= r.BrowseGapMS {
			pauses++
		}
		switch before, short := seen[a.Q]; {
		case !a.Chosen:
			if !answered[a.Q] && a.MS < r.BrowseMS && !short {
				seen[a.Q] = pauses
			}
		case answered[a.Q]:
		default:
			answered[a.Q] = true
			if short && pauses > before && a.MS <= r.BrowseMS {
				if n++; n == 1 {
					found.From = a.At
				}
				found.To = a.At
			}
		}
	}
	if n < r.BrowseItems {
		return Finding{}, false
	}
	found.ID = fmt.Sprintf("%d soal ditampilkan sebentar tanpa jawaban, lalu setelah jeda dijawab seketika", n)
	found.EN = fmt.Sprintf("%d items were shown shortly without an answer, and after a pause answered at once", n)
	found.Usual = "seberapa sering peserta jujur melakukannya belum diketahui; batasnya ditetapkan dari data nasional pertama"
	found.Expected = "how often honest candidates do this is not known yet; set the limit from the first national data"
	return found, true
}
