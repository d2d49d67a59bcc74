package aberrance

import "math"

// BinomialTail is the chance of at least k of n where each happens with chance p.
func BinomialTail(n int, p float64, k int) float64 {
	if k <= 0 {
		return 1
	}
	if p <= 0 || k > n {
		return 0
	}
	if p >= 1 {
		return 1
	}
	// From the far end, so that small terms are not lost beside large ones.
	sum := 0.0
	for j := n; j >= k; j-- {
		sum += math.Exp(lchoose(n, j) + float64(j)*math.Log(p) + float64(n-j)*math.Log1p(-p))
	}
	return min(1, sum)
}

func lchoose(n, k int) float64 { return lfactorial(n) - lfactorial(k) - lfactorial(n-k) }

func lfactorial(n int) float64 {
	l, _ := math.Lgamma(float64(n + 1))
	return l
}

// PoissonBinomialTail is the chance that at least k of independent events happen, each with
// a chance of its own. Exact, by convolution.
func PoissonBinomialTail(chances []float64, k int) float64 {
	if k <= 0 {
		return 1
	}
	if k > len(chances) {
		return 0
	}
	of := make([]float64, len(chances)+1)
	of[0] = 1
	for i, p := range chances {
		for j := i + 1; j > 0; j-- {
			of[j] = of[j]*(1-p) + of[j-1]*p
		}
		of[0] *= 1 - p
	}
	sum := 0.0
	for j := len(chances); j >= k; j-- {
		sum += of[j]
	}
	return min(1, sum)
}
