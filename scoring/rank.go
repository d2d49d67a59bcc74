package scoring

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// keyBits is how wide a packed key may be: a browser compares it as a number, and its
// numbers are exact to 53 bits.
const keyBits = 53

// Ranking packs what a rule set ranks by into one integer: the greater stands first,
// equal keys stand equal.
type Ranking struct {
	Keys   []string // as the rule set names them, the first decides first
	fields []rankField
}

type rankField struct {
	sections []int
	width    int // bits, from the maximum
}

// NewRanking computes the layout from the maxima of the rule set.
func NewRanking(rs *RuleSet) (Ranking, error) {
	r := Ranking{Keys: rs.RankingKeys}
	if len(rs.RankingKeys) == 0 {
		return r, fmt.Errorf("ranking_keys: name at least one, %s first", Total)
	}
	width := 0
	for _, key := range rs.RankingKeys {
		var f rankField
		max := 0
		for i, s := range rs.Sections {
			if key == Total || slices.Contains(strings.Split(key, "+"), s.Code) {
				f.sections = append(f.sections, i)
				max += s.Max
			}
		}
		if key != Total && len(f.sections) != strings.Count(key, "+")+1 {
			return r, fmt.Errorf("ranking key %q: use %s, a section, or sections joined by +", key, Total)
		}
		f.width = bits.Len(uint(max))
		width += f.width
		r.fields = append(r.fields, f)
	}
	if width > keyBits {
		return r, fmt.Errorf("ranking_keys need %d bits of %d: use fewer", width, keyBits)
	}
	return r, nil
}

// Pack makes the key of points.
func (r *Ranking) Pack(points *Points) uint64 {
	key := uint64(0)
	for _, f := range r.fields {
		key = key<<f.width | uint64(points.sumOf(f.sections))
	}
	return key
}

// Sum is what points have at the n-th key.
func (r *Ranking) Sum(n int, points *Points) int { return points.sumOf(r.fields[n].sections) }

// Standing is one result in a ranking.
type Standing struct {
	Key  uint64
	Who  uint32 // index in the order of participant numbers: a display order that decides nothing
	Rank uint32 // competition rank: 1, 2, 2, 4
}

// Rank sorts all by key, the greatest first, then by Who, and sets the ranks.
func Rank(all []Standing) {
	slices.SortFunc(all, func(a, b Standing) int {
		if c := cmp.Compare(b.Key, a.Key); c != 0 {
			return c
		}
		return cmp.Compare(a.Who, b.Who)
	})
	for i := range all {
		if i > 0 && all[i].Key == all[i-1].Key {
			all[i].Rank = all[i-1].Rank
		} else {
			all[i].Rank = uint32(i) + 1
		}
	}
}
