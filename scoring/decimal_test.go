package scoring

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDecimalsAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string]string{"70": "70", "73.64": "73.64", "0": "0", "70.000": "70", "0.000000001": "0.000000001", "1000000": "1000000"} {
		if d, err := ParseDecimal(text); err != nil || d.String() != want {
			t.Errorf("%s: %s, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "73,64", "-1", "+1", "1e3", "1.", ".5", " 1", "1 000", "0.0000000001", "1000000.1", "٣", "NaN", "99999999999999999999"} {
		if d, err := ParseDecimal(text); err == nil {
			t.Errorf("%q was read as %s", text, d)
		}
	}
}

// What is carried on keeps its decimals, through text and back; a computed one has what it needs.
func TestAWrittenDecimalKeepsItsDecimals(t *testing.T) {
	for _, text := range []string{"3.50", "70", "70.000", "0.0", "73.64", "1000000.000000000"} {
		w, err := ParseWritten(text)
		kept, _ := w.MarshalText()
		var again Written
		if err != nil || w.String() != text || again.UnmarshalText(kept) != nil || again != w {
			t.Errorf("%s: %s, again %v, %v", text, w, again, err)
		}
	}
	if w := (Written{Whole(70) + 250_000_000, 1}); w.String() != "70.25" {
		t.Errorf("70.25 in one decimal is printed as %s", w)
	}
	if _, err := ParseWritten("3,50"); err == nil {
		t.Error("a decimal comma was read")
	}
}

// Every step is a*b/c rounded once, whatever the mode and however large.
func TestARatioIsRoundedOnceAndExactly(t *testing.T) {
	tenThousand(t)
	rapid.Check(t, func(t *rapid.T) {
		r := Rounding{Decimals: rapid.IntRange(0, 6).Draw(t, "decimals"), Mode: rapid.SampledFrom([]string{HalfUp, HalfEven, Down}).Draw(t, "mode")}
		draw := func(name string, least, most int64) Decimal {
			if rapid.Bool().Draw(t, "round "+name) { // halves are where modes part
				return Decimal(rapid.Int64Range(least/500_000_000, most/500_000_000).Draw(t, name)+1) * 500_000_000
			}
			return Decimal(rapid.Int64Range(max(1, least), most).Draw(t, name))
		}
		a := draw("a", 0, int64(decimalMost))
		b := draw("b", 0, 100*int64(one))
		c := draw("c", int64(one), int64(decimalMost))
		got := r.Ratio(a, b, c)
		exact := new(big.Rat).Mul(new(big.Rat).SetFrac64(int64(a), int64(c)), big.NewRat(int64(b), int64(r.unit())))
		floor := new(big.Int).Quo(exact.Num(), exact.Denom())
		rest := new(big.Rat).Sub(exact, new(big.Rat).SetInt(floor))
		half := rest.Cmp(big.NewRat(1, 2))
		if r.Mode != Down && (half > 0 || half == 0 && (r.Mode == HalfUp || floor.Bit(0) == 1)) {
			floor.Add(floor, big.NewInt(1))
		}
		if want := Decimal(floor.Int64()) * r.unit(); got != want {
			t.Fatalf("%s*%s/%s to %d %s: %s, want %s", a, b, c, r.Decimals, r.Mode, got, want)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"70", "73.64", "0.5", "73,64", "1e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDecimal(text)
		if err != nil {
			return
		}
		if again, err := ParseDecimal(d.String()); err != nil || again != d {
			t.Errorf("%q is %s, which is %s, %v", text, d, again, err)
		}
		if d.Fixed(9) != d.String() && !strings.HasPrefix(d.Fixed(9), d.String()) {
			t.Errorf("%s and %s", d.Fixed(9), d)
		}
	})
}
