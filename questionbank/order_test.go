package questionbank

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestOrderStreamIsTheHMACOfCandidateAndItem(t *testing.T) {
	for _, seed := range [][]byte{[]byte("short"), make([]byte, 32), []byte(strings.Repeat("long", 40))} {
		orders := newItemOrders(seed, "E/1")
		for _, id := range []string{"A", "TWK-NAS-001", strings.Repeat("X", 200), "B"} {
			mac := hmac.New(sha256.New, seed)
			mac.Write([]byte("opt/v1\x00E/1\x00" + id))
			s := orders.item(id)
			if want := mac.Sum(nil); !hmac.Equal(s.input[:32], want) {
				t.Errorf("%s: key %x, want %x", id, s.input[:32], want)
			}
		}
	}
}

func TestOrderRulesAllowExactlyTheirOrders(t *testing.T) {
	tests := []struct {
		rule    Rule
		options int
		orders  int // different orders that must all occur
		allowed func(o []uint8) bool
	}{
		{Free, 4, 24, func([]uint8) bool { return true }},
		{Free, 2, 2, func([]uint8) bool { return true }},
		{LastFixed, 4, 6, func(o []uint8) bool { return o[3] == 3 }},
		{LastFixed, 2, 1, func(o []uint8) bool { return o[1] == 1 }},
		{Ordered, 5, 1, slices.IsSorted[[]uint8]},
		{Fixed, 5, 1, slices.IsSorted[[]uint8]},
		{OrderedReversible, 5, 2, func(o []uint8) bool {
			return slices.IsSorted(o) || slices.Equal(o, []uint8{4, 3, 2, 1, 0})
		}},
		{Pairs, 6, 6, func(o []uint8) bool {
			return o[0]%2 == 0 && o[1] == o[0]+1 && o[2]%2 == 0 && o[3] == o[2]+1 && o[5] == o[4]+1
		}},
	}
	both := map[string]func(candidate string) orders{
		orderV1: func(candidate string) orders { return newItemOrders([]byte("seed"), candidate) },
		orderV2: func(candidate string) orders {
			return newPlaceOrders(new(keyring).key([]byte("seed"), orderV2, candidate))
		},
	}
	for i := range 2 * len(tests) {
		tt, version := tests[i/2], []string{orderV1, orderV2}[i%2]
		by := both[version]
		t.Run(fmt.Sprint(version, tt.rule, tt.options), func(t *testing.T) {
			seen := map[string]int{}
			for candidate := range 4000 {
				out := make([]uint8, tt.options)
				by(fmt.Sprint(candidate)).order(out, tt.rule, "ITEM", 1+candidate%40)
				sorted := slices.Sorted(slices.Values(out))
				for i, v := range sorted {
					if int(v) != i {
						t.Fatalf("%v is no permutation", out)
					}
				}
				if !tt.allowed(out) {
					t.Fatalf("the rule does not allow %v", out)
				}
				seen[fmt.Sprint(out)]++
			}
			if len(seen) != tt.orders {
				t.Errorf("%d orders occur, want %d", len(seen), tt.orders)
			}
			for o, n := range seen {
				if even := 4000 / tt.orders; n < even*2/3 || n > even*4/3 {
					t.Errorf("order %s occurs %d times, about %d were expected", o, n, even)
				}
			}
		})
	}
}
