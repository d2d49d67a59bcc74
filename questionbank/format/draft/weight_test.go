package draft

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func rats(percents ...string) []*big.Rat {
	var ws []*big.Rat
	for _, p := range percents {
		w, err := Percent(p)
		if err != nil {
			panic(err)
		}
		ws = append(ws, w)
	}
	return ws
}

func TestWeightsBecomePointsByOneRule(t *testing.T) {
	for _, tt := range []struct {
		name    string
		weights []*big.Rat
		said    int
		want    []int
		exact   bool
	}{
		{"one right", rats("100", "0", "0"), 0, []int{5, 0, 0}, true},
		{"one right of less", rats("50", "0"), 0, []int{5, 0}, true},
		{"a grading of five", rats("20", "100", "40", "80", "60"), 0, []int{1, 5, 2, 4, 3}, true},
		{"a grading of four", rats("25", "50", "75", "100"), 0, []int{1, 2, 3, 4}, true},
		{"a grading of three", rats("33.33333", "66.66667", "100"), 0, []int{1, 2, 3}, true},
		{"two are no grading", rats("50", "100"), 0, []int{3, 5}, false},
		{"a penalty", rats("100", "-20"), 0, []int{5, -1}, true},
		{"half", rats("100", "50"), 0, []int{5, 3}, false},
		{"three thirds", rats("33.33333", "33.33333", "33.33333"), 0, []int{5, 5, 5}, true},
		{"nothing right", rats("0", "0"), 0, []int{0, 0}, true},
		{"points said", rats("100", "14.28571", "-42.85714"), 7, []int{7, 1, -3}, true},
	} {
		if got, exact := values(tt.weights, tt.said, 5); !slices.Equal(got, tt.want) || exact != tt.exact {
			t.Errorf("%s: %v, exact %v; want %v, %v", tt.name, got, exact, tt.want, tt.exact)
		}
	}
}

func TestThreeThirdsAreTheWhole(t *testing.T) {
	for _, parts := range [][]string{{"33.33333", "33.33333", "33.33333"}, {"16.66667", "83.33333"}, {"14.28571", "85.71429"}, {"11.11111", "88.88889"}, {"-33.33333", "133.33333"}} {
		sum := new(big.Rat)
		for _, w := range rats(parts...) {
			sum.Add(sum, w)
		}
		if sum.Cmp(big.NewRat(1, 1)) != 0 {
			t.Errorf("%v make %s", parts, sum)
		}
	}
}

func TestNumbersThatAreNoneAreRefused(t *testing.T) {
	for _, s := range []string{"", "abc", "1e9", "NaN", "Inf", "0x10", "1/3", "99999999999", "--5", "1.2.3", "1_000", "٣"} {
		if r, err := Decimal(s); err == nil {
			t.Errorf("%q is %s", s, r)
		}
	}
}

// Whole points from -1000 to 1000 survive the way through percents of five decimals.
func TestPointsComeBackFromPercents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(rapid.IntRange(-1000, 1000), 2, 10).Draw(t, "points")
		weights, best := Sized(points)
		var read []*big.Rat
		for _, w := range weights {
			r, err := Percent(PercentText(w))
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, r)
		}
		if got, exact := values(read, best, 5); !slices.Equal(got, points) || !exact {
			t.Fatalf("%v came back as %v, exact %v", points, got, exact)
		}
	})
}
