package itemstats

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// plainly is what a cube must hold of some forms, counted one answer at a time as the
// definitions are worded.
type plainly struct {
	answers map[[4]int]int64 // item, group, option, section score
	times   map[[3]int]int64 // item, all points (0 or 1), bin
	logs    map[[2]int][2]int64
	late    map[int]int64 // by item: not reached
	slots   map[int]slotSum
	at      map[int]int64 // by position: points
	scores  map[[2]int]int64
	cross   map[[2]int]int64
	groups  map[int]int64
}

func countPlainly(d *Design, forms []*Taken) *plainly {
	p := &plainly{
		map[[4]int]int64{}, map[[3]int]int64{}, map[[2]int][2]int64{}, map[int]int64{}, map[int]slotSum{},
		map[int]int64{}, map[[2]int]int64{}, map[[2]int]int64{}, map[int]int64{},
	}
	scale := newTimeScale()
	for _, f := range forms {
		scores := d.Scores(f)
		p.groups[f.Group]++
		for s := range scores {
			p.scores[[2]int{s, scores[s]}]++
			for o := range scores {
				p.cross[[2]int{s, o}] += int64(scores[s] * scores[o])
			}
		}
		for q, item := range f.Items {
			i, option := int(item), int(f.Options[q])
			points, most := d.Worth(item, f.Options[q])
			section := d.Items[i].Section
			p.answers[[4]int{i, f.Group, option, scores[section]}]++
			p.at[q] += int64(points)
			slot, x, t := int(f.Slots[q]), int64(points), int64(scores[section])
			was := p.slots[slot]
			p.slots[slot] = slotSum{was.x + x, was.xx + x*x, was.xt + x*t}
			if option == 0 && f.Shown != nil && !reachedLater(d, f, q) {
				p.late[i]++
			}
			if ms := f.MS[q]; ms > 0 {
				right := 0
				if points == most {
					right = 1
				}
				ln := scale.lnSeconds(ms)
				p.times[[3]int{i, right, scale.bin(ln)}]++
				l := p.logs[[2]int{i, right}]
				p.logs[[2]int{i, right}] = [2]int64{l[0] + ln, l[1] + ln*ln}
			}
		}
	}
	return p
}

// reachedLater says whether a later item of the section was shown or answered.
func reachedLater(d *Design, f *Taken, q int) bool {
	for later := q + 1; later < len(f.Items); later++ {
		if d.Items[f.Items[later]].Section == d.Items[f.Items[q]].Section && (f.Shown[later] || f.Options[later] != 0) {
			return true
		}
	}
	return false
}

// equal says what a cube has otherwise, "" if nothing.
func (p *plainly) equal(c *Cube, candidates int) string {
	c.flush()
	d := c.d
	for i := range d.Items {
		s := &d.Sections[d.Items[i].Section]
		for g := range d.Groups {
			for o := range len(d.Items[i].Points) + 1 {
				for b := range s.bins {
					if got, want := c.at(i, g, o, b), p.answers[[4]int{i, g, o, s.low + b*s.step}]; got != want {
						return fmt.Sprintf("item %d, group %d, option %d, bin %d: %d, want %d", i, g, o, b, got, want)
					}
				}
			}
		}
		for right := range 2 {
			times := &c.times[2*i+right]
			for b := range timeBins {
				if got, want := int64(times.bins[b]), p.times[[3]int{i, right, b}]; got != want {
					return fmt.Sprintf("item %d, right %d, time bin %d: %d, want %d", i, right, b, got, want)
				}
			}
			if got, want := [2]int64{times.sum, times.squares}, p.logs[[2]int{i, right}]; got != want {
				return fmt.Sprintf("item %d, right %d, ln of times: %v, want %v", i, right, got, want)
			}
		}
		if got, want := c.unreached[i], p.late[i]; got != want {
			return fmt.Sprintf("item %d: %d did not reach it, want %d", i, got, want)
		}
	}
	for slot := range d.Places() {
		if c.slots[slot] != p.slots[slot] || c.positions[slot] != p.at[slot] {
			return fmt.Sprintf("slot %d: %v, want %v; position: %d, want %d", slot, c.slots[slot], p.slots[slot], c.positions[slot], p.at[slot])
		}
	}
	for s := range d.Sections {
		for b, got := range c.scores[s] {
			if want := p.scores[[2]int{s, d.Sections[s].low + b*d.Sections[s].step}]; got != want {
				return fmt.Sprintf("section %d, bin %d: %d, want %d", s, b, got, want)
			}
		}
		for o, got := range c.cross[s] {
			if want := p.cross[[2]int{s, o}]; got != want {
				return fmt.Sprintf("sections %d and %d: %d, want %d", s, o, got, want)
			}
		}
	}
	for g, got := range c.groups {
		if got != p.groups[g] {
			return fmt.Sprintf("group %d: %d, want %d", g, got, p.groups[g])
		}
	}
	if c.candidates != int64(candidates) {
		return fmt.Sprintf("%d candidates, want %d", c.candidates, candidates)
	}
	return ""
}

// drawDesign draws sections of few places with items of any worth, wrong answers below
// zero among them.
func drawDesign(t *rapid.T) *Design {
	var sections []Section
	var items []Item
	for s := range rapid.IntRange(1, 3).Draw(t, "sections") {
		places := rapid.IntRange(1, 4).Draw(t, "places")
		sections = append(sections, Section{Code: fmt.Sprint(s), Places: places})
		for n := range places + rapid.IntRange(0, 3).Draw(t, "spare items") {
			points := rapid.SliceOfN(rapid.IntRange(-1, 5), 1, 5).Draw(t, "points")
			items = append(items, Item{ID: fmt.Sprintf("%d-%d", s, n), Section: s, Points: points, Options: []string{"a", "b", "c", "d", "e"}[:len(points)]})
		}
	}
	d, err := NewDesign(sections, items, []string{"", "a", "b"}[:rapid.IntRange(1, 3).Draw(t, "groups")])
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// drawForm fills the places with items of their sections, in any order of positions.
func drawForm(t *rapid.T, d *Design) *Taken {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "form"), 1))
	f := &Taken{Group: r.IntN(len(d.Groups))}
	seen := r.IntN(3)
	for _, place := range r.Perm(d.Places()) {
		section := int(d.places[place])
		item := r.IntN(len(d.Items))
		for d.Items[item].Section != section || slices.Contains(f.Items, int32(item)) {
			item = r.IntN(len(d.Items))
		}
		f.Items, f.Slots = append(f.Items, int32(item)), append(f.Slots, int32(place))
		f.Options = append(f.Options, uint8(r.IntN(len(d.Items[item].Points)+1)))
		f.MS = append(f.MS, r.Uint32N(3)*r.Uint32()>>r.IntN(32))
		if seen > 0 {
			f.Shown = append(f.Shown, r.IntN(seen+1) > 0)
		}
	}
	return f
}

// However few forms fill a block, and whatever was added and taken out in between, a cube
// holds the plain count of the forms that are left.
func TestCubeIsThePlainCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDesign(t)
		c := newCube(d, rapid.IntRange(1, 5).Draw(t, "room"))
		var held []*Taken
		for range rapid.IntRange(0, 20).Draw(t, "acts") {
			switch act := rapid.IntRange(0, 9).Draw(t, "act"); {
			case act < 7:
				held = append(held, drawForm(t, d))
				if err := c.Add(held[len(held)-1]); err != nil {
					t.Fatal(err)
				}
			case act < 9 && len(held) > 0:
				i := rapid.IntRange(0, len(held)-1).Draw(t, "which")
				if err := c.Remove(held[i]); err != nil {
					t.Fatal(err)
				}
				held = slices.Delete(held, i, i+1)
			default:
				spoilt := drawForm(t, d)
				q := rapid.IntRange(0, d.Places()-1).Draw(t, "position")
				spoilt.Items[q] = int32(len(d.Items))
				if c.Add(spoilt) == nil {
					t.Fatal("a form with an item of no bank was taken")
				}
			}
		}
		if off := countPlainly(d, held).equal(c, len(held)); off != "" {
			t.Fatal(off)
		}
	})
}

// Counters hold more than their 16 bits, taken out and joined too.
func TestCountsOutgrowTheirBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := make([]int64, 3)
		both := [2]*counts{newCounts(3), newCounts(3)}
		for range rapid.IntRange(1, 12).Draw(t, "acts") {
			i, half := rapid.Uint32Range(0, 2).Draw(t, "counter"), rapid.IntRange(0, 1).Draw(t, "half")
			n := rapid.SampledFrom([]int64{1, 2, 40_000, 65_535, 65_536}).Draw(t, "times")
			sign := int64(1)
			if both[half].of(i) >= n && rapid.Bool().Draw(t, "out") {
				sign = -1
			}
			both[half].add(slices.Repeat([]uint32{i}, int(n)), sign)
			want[i] += sign * n
		}
		both[0].join(both[1])
		for i := range want {
			if got := both[0].of(uint32(i)); got != want[i] {
				t.Fatalf("counter %d: %d, want %d", i, got, want[i])
			}
		}
		for _, n := range both[0].high {
			if n == 0 {
				t.Fatal("a high part of 0 is kept: equal counts would differ")
			}
		}
	})
}
