package itemstats

import "math"

// moments are sums over candidates of an item's points x and the section score t.
type moments struct{ n, x, xx, t, tt, xt int64 }

func (m *moments) add(n, x, t int64) {
	m.n += n
	m.x += n * x
	m.xx += n * x * x
	m.t += n * t
	m.tt += n * t * t
	m.xt += n * x * t
}

// rest are the moments with the section score without the item.
func (m moments) rest() moments {
	return moments{n: m.n, x: m.x, xx: m.xx, t: m.t - m.x, tt: m.tt - 2*m.xt + m.xx, xt: m.xt - m.xx}
}

// r is Pearson's correlation, not a number where either does not vary.
func (m moments) r() float64 {
	return float64(m.n*m.xt-m.x*m.t) / math.Sqrt(spread(m.n, m.x, m.xx)*spread(m.n, m.t, m.tt))
}

// spread is n^2 times the variance with divisor n.
func spread(n, sum, squares int64) float64 {
	// n * squares does not fit 64 bits for millions of candidates with large scores.
	return float64(n)*float64(squares) - float64(sum)*float64(sum)
}

// deviation is the standard deviation with divisor n-1.
func deviation(n, sum, squares int64) float64 {
	return math.Sqrt(spread(n, sum, squares) / (float64(n) * float64(n-1)))
}

// wilson is the 95 % interval of a share (Wilson 1927).
func wilson(k, n int64) (low, high float64) {
	const z = 1.959963984540054
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return centre - half, centre + half
}

// upperTail is the chance that a standard normal number is at least z.
func upperTail(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

// chi1Tail is the chance that chi-square with one degree of freedom is at least x.
func chi1Tail(x float64) float64 { return math.Erfc(math.Sqrt(x / 2)) }
