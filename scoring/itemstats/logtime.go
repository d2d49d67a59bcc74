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
	mantissaShift = 31 - mantissaBits
	restBits      = 20
)

// timeScale has what times are counted with. Made of integers, so that every machine has
// the same sums.
type timeScale struct {
	ln      [mantissas]struct{ at, step int64 } // ln(1 + i/512) in units of 2^-40, and how far it is to the next; between them a line is exact to 5e-7
	octaves [33]int64                           // ln seconds of the greatest power of two in a number of milliseconds, by the number's bits, in the same units
	lowest  int64                               // ln of the first edge, in hundred-thousandths
	perLn   int64                               // bins a hundred-thousandth, in units of 2^-40
	edges   [timeBins + 1]uint32                // lower ends of the bins in milliseconds, and the end of the last
}

func newTimeScale() *timeScale {
	t := new(timeScale)
	two, milli := int64(math.Round(math.Ln2*(1<<40))), int64(math.Round(math.Log(1000)*(1<<40)))
	for n := range t.octaves {
		t.octaves[n] = int64(n-1)*two - milli
	}
	t.lowest = int64(math.Round(math.Log(firstMS/1000.) * lnUnit))
	t.perLn = int64(math.Round(perOctave / math.Ln2 / lnUnit * (1 << 40)))
	ln := func(i int) int64 { return int64(math.Round(math.Log1p(float64(i)/mantissas) * (1 << 40))) }
	for i := range t.ln {
		t.ln[i].at, t.ln[i].step = ln(i), ln(i+1)-ln(i)
	}
	for i := range t.edges {
		t.edges[i] = uint32(math.Round(firstMS * math.Exp2(float64(i)/perOctave)))
	}
	return t
}

// lnSeconds is the natural logarithm of a time in seconds, in hundred-thousandths.
func (t *timeScale) lnSeconds(ms uint32) int64 {
	n := bits.Len32(ms)
	m := ms << ((32 - n) & 31) // the top bit is 1.0
	ln := &t.ln[m>>mantissaShift&(mantissas-1)]
	rest := int64(m >> (mantissaShift - restBits) & (1<<restBits - 1))
	return ((t.octaves[n]+ln.at+ln.step*rest>>restBits)*lnUnit + 1<<39) >> 40
}

// bin is the bin of a time whose logarithm is known; at an edge it may be the one beside.
func (t *timeScale) bin(ln int64) int {
	return int(min(max((ln-t.lowest)*t.perLn>>40, 0), timeBins-1))
}

// quantile is the time below which the share of a histogram lies, in seconds. Inside a
// bin times are taken to be spread evenly by their logarithms.
func (t *timeScale) quantile(histogram *[timeBins]uint32, share float64) float64 {
	count := 0.0
	for _, k := range histogram {
		count += float64(k)
	}
	want, seen := share*(count-1), 0.0
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
