package questionbank

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestNoPlanBreaksItsPromises draws forms of plans over any bank with units, enemies, known
// and judged items, thinned and not, for candidates who come back: the blueprint is exact,
// enemies never meet, units are whole and in order, nothing is met twice; and where supply
// does not reach, the plan is refused beforehand.
func TestNoPlanBreaksItsPromises(t *testing.T) {
	alone := madeUp(t, 2, 4, nil)
	compiled := 0
	rapid.Check(t, func(rt *rapid.T) {
		b, stats := anyBank(rt, alone)
		bp := oneSection(
			Cell{Topic: "t0", Count: rapid.IntRange(1, 4).Draw(rt, "t0")},
			Cell{Topic: "u", Count: 2 * rapid.IntRange(1, 3).Draw(rt, "u"), Unit: 2},
			Cell{Topic: "t1", Band: Hard, Count: rapid.IntRange(1, 2).Draw(rt, "t1")},
		)
		bp.Previous = rapid.IntRange(0, 2).Draw(rt, "previous")
		p, err := Compile(b, bp, Knowledge{Statistics: stats})
		if err != nil {
			return // refused at compile time is refused honestly
		}
		compiled++
		for i := range p.pool.thin {
			p.pool.thin[i] = rapid.SampledFrom([]uint32{0, 0, 1, 1 << 31}).Draw(rt, "thin")
		}
		seed := rapid.SliceOfN(rapid.Byte(), SeedBytes, SeedBytes).Draw(rt, "seed")
		var seen []string
		for sitting := range bp.Previous + 1 {
			name := fmt.Sprint("E/", sitting)
			f, err := p.Assemble(seed, name, seen)
			if err != nil {
				rt.Fatalf("a plan that compiled failed at the door: %v", err)
			}
			checkForm(rt, b, f, bp, seen)
			shuffled := rapid.Permutation(seen).Draw(rt, "order of what was seen")
			if again, _ := p.Assemble(seed, name, shuffled); again.ETag != f.ETag {
				rt.Fatal("the order of the items seen earlier changes the form")
			}
			seen = append(seen, ids(f)...)
		}
	})
	if compiled == 0 {
		t.Error("no plan was compiled: the law was not tried")
	}
}

// anyBank has 24 items alone and 10 units of two, with random enemies, and statistics of
// none, some or all of them.
func anyBank(t *rapid.T, alone *Bank) (*Bank, *Statistics) {
	group := rapid.SliceOfN(rapid.IntRange(0, 30), 34, 34).Draw(t, "groups")
	name := func(i int) string {
		if g := group[i]; g < 6 && count(group, g) > 1 { // a group of one is a fault
			return fmt.Sprint("g", g)
		}
		return ""
	}
	qs := slices.Clone(alone.Questions())
	for i := range qs {
		qs[i].Enemies = name(i)
	}
	qs, units := withUnits(qs, 10, 2, func(u int) string { return name(24 + u) })
	b, faults := NewBank(qs, units...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	known := rapid.IntRange(0, 2).Draw(t, "known")
	if known == 0 {
		return b, nil
	}
	stats := &Statistics{items: make(map[string]Count), hash: "some"}
	for _, q := range b.Questions() {
		n := int64(1000)
		if known == 1 {
			n = rapid.Int64Range(0, 600).Draw(t, "responses")
		}
		points := func() Sum { return Sum{n, rapid.Int64Range(0, 5*n).Draw(t, "points")} }
		stats.items[q.ID] = Count{Version: 1, All: points(), At: [abilities]Sum{points(), points(), points()}}
	}
	return b, stats
}

func count(list []int, n int) (times int) {
	for _, m := range list {
		if m == n {
			times++
		}
	}
	return times
}
