package itemstats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// conditional is a fit of the Rasch model by conditional likelihood: given how many items a
// candidate had right, which ones tells of the items alone. It is possible only where all
// candidates had the same items.
type conditional struct {
	difficulty []float64 // by item of the design; those of the section sum to zero
	se         []float64
	logL       float64
}

// The steps of Newton's method towards the greatest likelihood; a section takes under ten.
const (
	conditionalMost = 100
	conditionalTiny = 1e-10
)

// fitConditional returns nil where forms differ, or where an item was right for all or none.
func fitConditional(d *Design, rows [][]uint32) *conditional {
	if len(rows) == 0 {
		return nil
	}
	items := make([]int32, len(rows[0]))
	for q, x := range rows[0] {
		items[q] = int32(x >> 1) //nolint:gosec // an index of the design
	}
	k := len(items)
	scores, right := make([]float64, k+1), make([]float64, k)
	for _, row := range rows {
		score := 0
		for q, x := range row {
			if int32(x>>1) != items[q] { //nolint:gosec // as above
				return nil
			}
			score += int(x & 1)
		}
		scores[score]++
		if score == 0 || score == k {
			continue // says nothing of one item against another
		}
		for q, x := range row {
			right[q] += float64(x & 1)
		}
	}
	n := 0.0
	for r := 1; r < k; r++ {
		n += scores[r]
	}
	if slices.ContainsFunc(right, func(s float64) bool { return s == 0 || s == n }) {
		return nil
	}
	b := make([]float64, k)
	var info *mat.SymDense
	for range conditionalMost {
		var off []float64
		off, info = conditionalSlope(b, scores, right)
		step := new(mat.VecDense)
		if err := step.SolveVec(grounded(info), mat.NewVecDense(k, off)); err != nil {
			return nil
		}
		most := 0.0
		for q := range b {
			b[q] += step.AtVec(q)
			most = max(most, math.Abs(step.AtVec(q)))
		}
		if most < conditionalTiny {
			break
		}
	}
	f := &conditional{difficulty: make([]float64, len(d.Items)), se: make([]float64, len(d.Items))}
	var inverse mat.Dense
	if err := inverse.Inverse(grounded(info)); err != nil {
		return nil
	}
	gamma := symmetric(b, -1, -1)
	for r := 1; r < k; r++ {
		f.logL -= scores[r] * math.Log(gamma[r])
	}
	for q, i := range items {
		f.logL -= right[q] * b[q]
		f.difficulty[i], f.se[i] = b[q], math.Sqrt(inverse.At(q, q)-1/float64(k))
	}
	return f
}

// conditionalSlope is the slope of the likelihood at difficulties b, and its information.
func conditionalSlope(b, scores, right []float64) ([]float64, *mat.SymDense) {
	k := len(b)
	gamma := symmetric(b, -1, -1)
	// chance[q][r] that item q is right of r right ones.
	chance := make([][]float64, k)
	off := make([]float64, k)
	for q := range b {
		without := symmetric(b, q, -1)
		chance[q] = make([]float64, k)
		off[q] = -right[q]
		for r := 1; r < k; r++ {
			chance[q][r] = math.Exp(-b[q]) * without[r-1] / gamma[r]
			off[q] += scores[r] * chance[q][r]
		}
	}
	info := mat.NewSymDense(k, nil)
	for q := range b {
		for p := range q + 1 {
			sum := 0.0
			var without []float64
			if p != q {
				without = symmetric(b, q, p)
			}
			for r := 1; r < k; r++ {
				both := chance[q][r]
				if p != q {
					both = 0
					if r >= 2 {
						both = math.Exp(-b[q]-b[p]) * without[r-2] / gamma[r]
					}
				}
				sum += scores[r] * (both - chance[q][r]*chance[p][r])
			}
			info.SetSym(q, p, sum)
		}
	}
	return off, info
}

// grounded adds what makes the information regular: only differences of difficulties are
// known, and their sum stays what it is.
func grounded(info *mat.SymDense) *mat.SymDense {
	k := info.SymmetricDim()
	out := mat.NewSymDense(k, nil)
	for q := range k {
		for p := range q + 1 {
			out.SetSym(q, p, info.At(q, p)+1/float64(k))
		}
	}
	return out
}

// symmetric are the elementary symmetric functions of exp(-b), of orders 0 to len(b), two
// items left out (-1: none).
func symmetric(b []float64, one, other int) []float64 {
	gamma := make([]float64, len(b)+1)
	gamma[0] = 1
	for q := range b {
		if q == one || q == other {
			continue
		}
		e := math.Exp(-b[q])
		for r := len(b); r > 0; r-- {
			gamma[r] += gamma[r-1] * e
		}
	}
	return gamma
}
