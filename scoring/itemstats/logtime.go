package itemstats

import (
	"math"
	"math/bits"
)

// Times are counted in eighths of an octave from 0.25 s to 1,024 s, so that a quantile is
// known to 4.5 %, and as sums of ln seconds in hundred-thousandths.
const (
	timeBins      = 96
	perOctave     = 8
	firstMS       = 250
	lnUnit        = 100_000
	mantissas     = 1 << mantissaBits
	mantissaBits  = 9 // a table that leaves room in the nearest cache
	mantissaShift = 63 - mantissaBits
)

// timeScale has what times are counted with. Made of integers, so that every machine has
// the same sums.
type timeScale struct {
	ln         [mantissas + 1]int64 // ln(1 + i/512) in units of 2^-40; between its entries a line is exact to 5e-7
	two, milli int64                // ln 2 and ln 1000 in the same units
	lowest     int64                // ln of the first edge, in hundred-thousandths
	perLn      int64                // bins a hundred-thousandth, in units of 2^-40
	edges      [timeBins + 1]uint32 // lower ends of the bins in milliseconds, and the end of the last
}

func newTimeScale() *timeScale {
	t := &timeScale{two: int64(math.Round(math.Ln2 * (1 << 40))), milli: int64(math.Round(math.Log(1000) * (1 << 40)))}
	t.lowest = int64(math.Round(math.Log(firstMS/1000.) * lnUnit))
	t.perLn = int64(math.Round(perOctave / math.Ln2 / lnUnit * (1 << 40)))
	for i := range t.ln {
		t.ln[i] = int64(math.Round(math.Log1p(float64(i)/mantissas) * (1 << 40)))
	}
	for i := range t.edges {
		t.edges[i] = uint32(math.Round(firstMS * math.Exp2(float64(i)/perOctave)))
	}
	return t
}

// lnSeconds is the natural logarithm of a time in seconds, in hundred-thousandths.
func (t *timeScale) lnSeconds(ms uint32) int64 {
	octave := bits.Len32(ms) - 1
	m := uint64(ms) << (63 - octave) // the top bit is 1.0
	i := int(m>>mantissaShift) & (mantissas - 1)
	rest := int64(m>>(mantissaShift-20)) & (1<<20 - 1)
	ln := int64(octave)*t.two - t.milli + t.ln[i] + (t.ln[i+1]-t.ln[i])*rest>>20
	return (ln*lnUnit + 1<<39) >> 40
}

// bin is the bin of a time whose logarithm is known; at an edge it may be the one beside.
func (t *timeScale) bin(ln int64) int {
	return int(min(max((ln-t.lowest)*t.perLn>>40, 0), timeBins-1))
}

// quantile is the time below which the share of a histogram lies, in seconds. Inside a
// bin times are taken to be spread evenly by their logarithms.
func (t *timeScale) quantile(histogram []int64, share float64) float64 {
	want, seen := share*float64(total(histogram)-1), 0.0
	for bin, k := range histogram {
		if n := float64(k); n > 0 && seen+n > want {
			inside := min(1, (want-seen+.5)/n)
			low, high := float64(t.edges[bin]), float64(t.edges[bin+1])
			return low * math.Pow(high/low, inside) / 1000
		}
		seen += float64(k)
	}
	return math.NaN()
}

func total(counts []int64) (n int64) {
	for _, k := range counts {
		n += k
	}
	return n
}
