package scoring

import (
	"flag"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// The invariants of the domain, numbered as there, on every rule set and need.

// everyRuleSet is the published rule sets, read once.
var everyRuleSet = sync.OnceValue(func() map[string]*RuleSet {
	out := make(map[string]*RuleSet)
	for _, name := range Names() {
		out[name], _ = ByName(name)
	}
	return out
})

func drawRules(t *rapid.T) *RuleSet {
	return everyRuleSet()[rapid.SampledFrom(Names()).Draw(t, "rules")]
}

// tenThousand lets a law of the domain that costs microseconds be tried ten thousand times;
// those of boards cost milliseconds and keep rapid's number.
func tenThousand(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if testing.Short() || checks.Value.String() != checks.DefValue {
		return
	}
	if err := flag.Set(checks.Name, "10000"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set(checks.Name, checks.DefValue) })
}

// drawPoints answers every item of every section, so that only reachable scores are tried.
func drawPoints(t *rapid.T, rs *RuleSet, label string) Points {
	var p Points
	for i, s := range rs.Sections {
		if s.Kind == Keyed {
			p[i] = int16(s.Correct * rapid.IntRange(0, s.Items).Draw(t, label))
		} else {
			p[i] = int16(rapid.IntRange(0, s.Max).Draw(t, label))
		}
	}
	return p
}

func drawBar(t *rapid.T, rs *RuleSet) *Bar {
	need := rapid.SampledFrom(slices.Sorted(maps.Keys(rs.Thresholds))).Draw(t, "need")
	return barOf(t, rs, need)
}

func barOf(t interface{ Fatal(...any) }, rs *RuleSet, need string) *Bar {
	bar, err := rs.Bar(need, Scores{"TECH": 200})
	if err != nil {
		t.Fatal(err)
	}
	return bar
}

func TestDecisionLaws(t *testing.T) {
	tenThousand(t)
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t)
		bar, points := drawBar(t, rs), drawPoints(t, rs, "points")
		v := bar.Decide(&points)
		sum := 0
		for i, s := range rs.Sections {
			sum += int(points[i])
			if points[i] < 0 || int(points[i]) > s.Max {
				t.Fatalf("1: %s outside 0..%d", s.Code, s.Max)
			}
		}
		if v.Total != sum || v.Passed != (len(v.Failed) == 0) || v.Passed != bar.Passed(&points) {
			t.Fatalf("1: %+v of %v", v, points)
		}
		better := points
		i := rapid.IntRange(0, len(rs.Sections)-1).Draw(t, "section")
		better[i] += int16(rapid.IntRange(0, rs.Sections[i].Max-int(points[i])).Draw(t, "more"))
		if v.Passed && !bar.Passed(&better) {
			t.Fatalf("2: %v passes and %v does not", points, better)
		}
	})
}

func TestNeedLaws(t *testing.T) {
	tenThousand(t)
	sums := map[int]int{2018: 298, 2019: 271, 2021: 311, 2023: 311, 2024: 311}
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t)
		if rs.Kind != "SKD" {
			return
		}
		points := drawPoints(t, rs, "points")
		passes := func(need string) bool { return barOf(t, rs, need).Passed(&points) }
		if passes("general") {
			if points.Sum() < sums[rs.Year] {
				t.Fatalf("3: %v passes with %d, less than the minima", points, points.Sum())
			}
			for _, need := range []string{"disability", "papua", "underdeveloped_region", "doctor", "seafarer_rescuer_volcano"} {
				if _, ok := rs.Thresholds[need]; ok && rs.Year >= 2021 && !passes(need) {
					t.Fatalf("4: %v passes general and not %s", points, need)
				}
			}
		}
		for need, th := range rs.Thresholds {
			if th.Total == 0 {
				continue
			}
			moved, twk, tkp := points, rs.index("TWK"), rs.index("TKP")
			n := min(int(moved[twk]), rs.Sections[tkp].Max-int(moved[tkp]))
			moved[twk] -= int16(n)
			moved[tkp] += int16(n)
			if bar := barOf(t, rs, need); bar.Passed(&points) != bar.Passed(&moved) {
				t.Fatalf("5: %s decides %v and %v differently", need, points, moved)
			}
		}
		for _, need := range []string{"kalimantan", "cyber_security"} {
			if _, ok := rs.Thresholds[need]; ok && passes(need) != passes("general") {
				t.Fatalf("6: %s and general decide %v differently", need, points)
			}
		}
	})
}

func TestRankingLaws(t *testing.T) {
	tenThousand(t)
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t)
		ranking, err := NewRanking(rs)
		if err != nil {
			t.Fatal(err)
		}
		a := drawPoints(t, rs, "a")
		b := a // near ties are where keys are decided: points are moved between two sections
		for range rapid.IntRange(0, 2).Draw(t, "moves") {
			from, to := rapid.IntRange(0, len(rs.Sections)-1).Draw(t, "from"), rapid.IntRange(0, len(rs.Sections)-1).Draw(t, "to")
			n := min(b[from], 5*int16(rapid.IntRange(0, 20).Draw(t, "steps")))
			b[from] -= n
			b[to] += min(n, int16(rs.Sections[to].Max)-b[to])
		}
		if got, want := sign(ranking.Pack(&a), ranking.Pack(&b)), slices.Compare(keysOf(rs, &a), keysOf(rs, &b)); got != want {
			t.Fatalf("packed keys compare %d, the keys one by one %d: %v %v", got, want, a, b)
		}
		if rs.Kind == "SKD" && a.Sum() == b.Sum() && a[2] == b[2] && a[1] == b[1] && a[0] != b[0] {
			t.Fatalf("10: the fourth key separates %v and %v", a, b)
		}
	})
}

// keysOf spells the ranking keys out, without packing.
func keysOf(rs *RuleSet, p *Points) []int {
	var out []int
	for _, key := range rs.RankingKeys {
		n := 0
		for i, s := range rs.Sections {
			if key == Total || slices.Contains(strings.Split(key, "+"), s.Code) {
				n += int(p[i])
			}
		}
		out = append(out, n)
	}
	return out
}

func sign(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestEqualKeysShareARankAndTheNextIsSkipped(t *testing.T) {
	all := []Standing{{Key: 5, Who: 3}, {Key: 9, Who: 2}, {Key: 7, Who: 1}, {Key: 7, Who: 0}}
	Rank(all)
	want := []Standing{{9, 2, 1}, {7, 0, 2}, {7, 1, 2}, {5, 3, 4}}
	if !slices.Equal(all, want) {
		t.Errorf("got %v, want %v", all, want)
	}
}

func TestInputOrderChangesNoRank(t *testing.T) {
	tenThousand(t)
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.Uint64Range(0, 20), 1, 40).Draw(t, "keys")
		one := make([]Standing, len(keys))
		for i, k := range keys {
			one[i] = Standing{Key: k, Who: uint32(i)}
		}
		two := rapid.Permutation(one).Draw(t, "shuffled")
		Rank(one)
		Rank(two)
		if !slices.Equal(one, two) {
			t.Fatalf("7: %v and %v", one, two)
		}
		for _, s := range one {
			before := 0
			for _, k := range keys {
				if k > s.Key {
					before++
				}
			}
			if int(s.Rank) != before+1 {
				t.Fatalf("rank %d of key %d, but %d stand before", s.Rank, s.Key, before)
			}
		}
	})
}

// A national list is ranked while people wait for it.
func BenchmarkRank4Million(b *testing.B) {
	rs := rules(b, "skd-2024")
	ranking, _ := NewRanking(rs)
	source := make([]Standing, 4_000_000)
	state := uint64(1)
	random := func(n int) int {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		return int(state % uint64(n))
	}
	for i := range source {
		p := Points{int16(5 * random(31)), int16(5 * random(36)), int16(45 + random(181))}
		source[i] = Standing{Key: ranking.Pack(&p), Who: uint32(i)}
	}
	all := make([]Standing, len(source))
	for b.Loop() {
		copy(all, source)
		Rank(all)
	}
}
