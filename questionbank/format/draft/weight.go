package draft

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

var decimal = regexp.MustCompile(`^[+-]?[0-9]{1,9}(\.[0-9]{0,12})?$`)

// Decimal reads a plain decimal number of at most nine digits before and twelve after the
// point; no exponent, so that no number is larger than it looks.
func Decimal(s string) (*big.Rat, error) {
	s = strings.TrimSpace(s)
	if !decimal.MatchString(s) {
		return nil, fmt.Errorf("%q is not a number such as 5, -2.5 or 33.33333", short(s))
	}
	r, ok := new(big.Rat).SetString(strings.TrimSuffix(s, "."))
	if !ok {
		return nil, fmt.Errorf("%q is not a number", short(s))
	}
	return r, nil
}

// Percent reads a weight as Moodle writes it. Its list of fractions has thirds, sixths,
// sevenths and ninths cut off after a few digits: what is within 0.0001 of one is that
// fraction, so that three thirds are the whole.
func Percent(s string) (*big.Rat, error) {
	r, err := Decimal(s)
	if err != nil {
		return nil, err
	}
	r.Quo(r, big.NewRat(100, 1))
	for _, d := range []int64{1, 3, 6, 7, 9} {
		n := round(new(big.Rat).Mul(r, big.NewRat(d, 1)))
		exact := big.NewRat(n, d)
		if off := new(big.Rat).Sub(exact, r); off.Abs(off).Cmp(nearly) <= 0 {
			return exact, nil
		}
	}
	return r, nil
}

var nearly = big.NewRat(1, 1_000_000) // 0.0001 percent points

// round goes to the nearest whole number, halves away from zero.
func round(r *big.Rat) int64 {
	abs := new(big.Rat).Abs(r)
	twice := new(big.Int).Lsh(abs.Num(), 1)
	twice.Add(twice, abs.Denom())
	n := twice.Quo(twice, new(big.Int).Lsh(abs.Denom(), 1)).Int64()
	if r.Sign() < 0 {
		return -n
	}
	return n
}

// values turns weights into points, by the first rule that fits:
//
//  1. The file says what the whole is worth (points > 0): each weight of it, rounded.
//  2. One option has a weight and the others have none: it gets all points, they get 0.
//  3. The weights are an exact grading, 1/n, 2/n … n/n, each once: 1, 2 … n points.
//  4. Otherwise each gets its part of the points, in proportion to the best.
//
// exact is false where a value had to be rounded.
func values(weights []*big.Rat, said, points int) (vs []int, exact bool) {
	if said > 0 {
		return proportion(weights, big.NewRat(1, 1), said)
	}
	best := new(big.Rat)
	for _, w := range weights {
		if w.Cmp(best) > 0 {
			best = w
		}
	}
	if best.Sign() == 0 {
		best = big.NewRat(1, 1)
	}
	if vs, ok := proportion(weights, best, len(weights)); ok && graded(vs) {
		return vs, true
	}
	return proportion(weights, best, points)
}

func proportion(weights []*big.Rat, whole *big.Rat, points int) (vs []int, exact bool) {
	exact = true
	for _, w := range weights {
		v := new(big.Rat).Mul(w, big.NewRat(int64(points), 1))
		v.Quo(v, whole)
		n := round(v)
		off := new(big.Rat).Sub(v, big.NewRat(n, 1))
		if off.Abs(off).Cmp(rounding) > 0 {
			exact = false
		}
		vs = append(vs, int(max(-1_000_000, min(1_000_000, n))))
	}
	return vs, exact
}

// rounding is what a weight loses that was written with five decimals of a percent.
var rounding = big.NewRat(1, 10_000)

// graded tells whether every value from 1 to n stands once, for three options or more.
func graded(vs []int) bool {
	seen := make([]bool, len(vs)+1)
	for _, v := range vs {
		if v < 1 || v > len(vs) || seen[v] {
			return false
		}
		seen[v] = true
	}
	return len(vs) >= 3
}

// PercentText writes a weight as Moodle and GIFT do. Five decimals give every whole number
// of points back up to a thousand.
func PercentText(w *big.Rat) string {
	text := new(big.Rat).Mul(w, big.NewRat(100, 1)).FloatString(5)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// Whole is the weight of a right option, or of a wrong one.
func Whole(right bool) *big.Rat {
	if right {
		return big.NewRat(1, 1)
	}
	return new(big.Rat)
}
