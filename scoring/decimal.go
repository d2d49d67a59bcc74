package scoring

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Decimal is an exact number of marks, in billionths. Marks come with as many decimals
// as a laboratory of assessors likes to give, and none is rounded on the way in.
type Decimal int64

const (
	decimalDigits         = 9
	one           Decimal = 1_000_000_000
	// decimalMost keeps every product of the final inside 128 bits and every quotient
	// inside 63.
	decimalMost = 1_000_000 * one
)

// Whole is the decimal of an integer.
func Whole(n int) Decimal { return Decimal(n) * one }

// ParseDecimal reads a decimal of 0 to 1,000,000 with a point and at most nine decimals.
// It refuses signs, exponents, thousands and the decimal comma: each has once been read
// as something else.
func ParseDecimal(s string) (Decimal, error) {
	whole, fraction, point := strings.Cut(s, ".")
	if strings.Contains(s, ",") {
		return 0, fmt.Errorf("%.40q has a comma: write the decimal point as in 73.64", s)
	}
	if !digits(whole) || point && !digits(fraction) {
		return 0, fmt.Errorf("%.40q is no decimal: write 70 or 73.64", s)
	}
	if len(fraction) > decimalDigits {
		return 0, fmt.Errorf("%.40q has more than %d decimals", s, decimalDigits)
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", decimalDigits-len(fraction)), 10, 64)
	if err != nil || n > int64(decimalMost) {
		return 0, fmt.Errorf("%.40q is more than %s", s, decimalMost)
	}
	return Decimal(n), nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// String is the shortest form: 73.64, 70.
func (d Decimal) String() string {
	return strings.TrimRight(strings.TrimRight(d.Fixed(decimalDigits), "0"), ".")
}

// Fixed has that many decimals; what lies beyond is cut, so round first.
func (d Decimal) Fixed(decimals int) string { return string(d.AppendFixed(nil, decimals)) }

// AppendFixed appends what Fixed says.
func (d Decimal) AppendFixed(out []byte, decimals int) []byte {
	out = strconv.AppendInt(out, int64(d/one), 10)
	if decimals == 0 {
		return out
	}
	fraction := strconv.AppendInt(nil, int64(one+d%one), 10) // a 1, then nine digits
	out = append(out, '.')
	return append(out, fraction[1:1+decimals]...)
}

// Written is a decimal as somebody wrote it: 3.50 is the number 3.5, and is printed with
// both its decimals wherever it is only carried on.
type Written struct {
	Decimal
	Decimals uint8
}

// ParseWritten reads what ParseDecimal reads.
func ParseWritten(s string) (Written, error) {
	d, err := ParseDecimal(s)
	if err != nil {
		return Written{}, err
	}
	_, fraction, _ := strings.Cut(s, ".")
	return Written{d, uint8(len(fraction))}, nil
}

// String has the decimals that were written, or those that the number needs.
func (w Written) String() string {
	short, written := w.Decimal.String(), w.Fixed(int(w.Decimals))
	if len(written) > len(short) {
		return written
	}
	return short
}

// UnmarshalText is ParseWritten.
func (w *Written) UnmarshalText(text []byte) (err error) {
	*w, err = ParseWritten(string(text))
	return err
}

// MarshalText is String.
func (w Written) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads a decimal that a file keeps as text.
func (d *Decimal) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDecimal(string(text))
	return err
}

// MarshalText is String.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Rounding is how a step of a computation ends.
type Rounding struct {
	Decimals int
	Mode     string // HalfUp, HalfEven or Down
}

// Modes of Rounding.
const (
	HalfUp   = "half_up"
	HalfEven = "half_even"
	Down     = "down"
)

// unit is the smallest difference that is left after rounding.
func (r Rounding) unit() Decimal {
	unit := one
	for range r.Decimals {
		unit /= 10
	}
	return unit
}

// Ratio is a*b/c rounded once, exactly: the product is held in 128 bits. c is not 0.
func (r Rounding) Ratio(a, b, c Decimal) Decimal {
	// a*b/c in billionths is a*b/c of the integers; in rounding units it is that over unit.
	return Decimal(divide(uint64(a), uint64(b), uint64(c), uint64(r.unit()), r.Mode)) * r.unit()
}

// Times is a*b rounded once, exactly.
func (r Rounding) Times(a, b Decimal) Decimal { return r.Ratio(a, b, one) }

// divide is a*b/(c*unit), rounded to an integer by the mode.
func divide(a, b, c, unit uint64, mode string) uint64 {
	hi, lo := bits.Mul64(a, b)
	chi, divisor := bits.Mul64(c, unit)
	if chi > 0 { // divide in two exact steps: by c, then by unit with the remainder kept
		return divideWide(hi, lo, c, unit, mode)
	}
	quotient, rest := bits.Div64(hi, lo, divisor)
	return roundUp(quotient, rest, divisor, false, mode)
}

func divideWide(hi, lo, c, unit uint64, mode string) uint64 {
	first, rest := bits.Div64(hi, lo, c)
	return roundUp(first/unit, first%unit, unit, rest > 0, mode)
}

// roundUp rounds quotient + (rest and a little more, if beyond)/divisor.
func roundUp(quotient, rest, divisor uint64, beyond bool, mode string) uint64 {
	half := 0 // rest against one half of the divisor
	switch {
	case rest > divisor-rest || rest == divisor-rest && beyond:
		half = 1
	case rest < divisor-rest:
		half = -1
	}
	switch {
	case mode == Down || half < 0:
		return quotient
	case half == 0 && mode == HalfEven && quotient%2 == 0:
		return quotient
	}
	return quotient + 1
}
