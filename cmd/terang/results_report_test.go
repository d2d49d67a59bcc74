package main

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// No rate is of fewer than ten people, and none can be found by taking the others from the
// whole.
func TestSmallGroupsAreJoined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var groups []rate
		all := rate{}
		for i, size := range rapid.SliceOfN(rapid.IntRange(1, 30), 0, 8).Draw(t, "sizes") {
			g := rate{name: fmt.Sprint("need ", i), size: size, met: rapid.IntRange(0, size).Draw(t, "met")}
			groups = append(groups, g)
			all.size, all.met = all.size+g.size, all.met+g.met
		}
		shown := rate{}
		for _, g := range joined(groups) {
			if g.size < fewest {
				t.Fatalf("%d people have a rate", g.size)
			}
			shown.size, shown.met = shown.size+g.size, shown.met+g.met
		}
		if shown != all && (all.size >= fewest || shown.size != 0) {
			t.Fatalf("%+v are shown of %+v: who is left out can be found by subtraction", shown, all)
		}
	})
}

func TestASharesTenthIsRoundedHalfUp(t *testing.T) {
	for want, of := range map[string][2]int{"62,5 %": {5, 8}, "66,7 %": {2, 3}, "0,1 %": {1, 2000}, "100,0 %": {7, 7}, "–": {0, 0}} {
		if got := share(of[0], of[1]); got != want {
			t.Errorf("%v: %s, want %s", of, got, want)
		}
	}
}
