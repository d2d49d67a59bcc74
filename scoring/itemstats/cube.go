package itemstats

import (
	"fmt"

	"terang/scoring"
)

// Taken is one finished form. The slices run by position, and are only read.
type Taken struct {
	Group   int      // index of Design.Groups
	Items   []int32  // index of Design.Items
	Slots   []int32  // place of the plan, counted through all sections
	Options []uint8  // as Design.Option
	MS      []uint32 // time in view; 0: not known
	Shown   []bool   // the page showed it; nil: not known
}

// Cube is all that is kept of the candidates: counts and sums of integers. Its size
// depends on the design, not on how many were added.
type Cube struct {
	d     *Design
	scale *timeScale
	cells []uint32 // item, group, option, score: see layout.base
	times []uint32 // item, right, bin
	logs  []logSum // item, right

	waiting []pending // by item, queue each: see flush
	filled  []uint16  // by item

	groups     []int64 // candidates
	unreached  []int64 // by item
	slots      []slotSum
	positions  []int64   // points, as candidates saw them
	scores     [][]int64 // by section: candidates at each score
	cross      [][]int64 // by pair of sections: sum of products of scores
	candidates int64
}

type logSum struct{ n, sum, squares int64 }

// slotSum is of one place of the plan, which every form fills once: points, and their
// products with the section score.
type slotSum struct{ x, xx, xt int64 }

// pending is a response that is not yet in the cells: its cell among the item's own, and
// the time.
type pending struct {
	cell uint32 // twice its index, and one more when all points were got
	ms   uint32
}

// queue is how many responses of an item wait before they are counted together. The cells
// of a bank do not fit a processor's cache, those of one item do: counting one by one takes
// several times as long.
const queue = 512

// NewCube is empty.
func NewCube(d *Design) *Cube {
	c := &Cube{
		d: d, scale: newTimeScale(), cells: make([]uint32, d.cells), times: make([]uint32, len(d.Items)*2*timeBins), logs: make([]logSum, len(d.Items)*2),
		groups: make([]int64, len(d.Groups)), unreached: make([]int64, len(d.Items)),
		slots: make([]slotSum, d.slots), positions: make([]int64, d.slots),
		waiting: make([]pending, len(d.Items)*queue), filled: make([]uint16, len(d.Items)),
	}
	for i := range d.Sections {
		c.scores = append(c.scores, make([]int64, d.Sections[i].bins))
		c.cross = append(c.cross, make([]int64, len(d.Sections)))
	}
	return c
}

// Add counts a candidate; Remove takes the same one out again. A form that is not one of
// the design's is refused whole.
func (c *Cube) Add(t *Taken) error { return c.count(t, 1) }

// Remove undoes an Add of the same form, exactly.
func (c *Cube) Remove(t *Taken) error { return c.count(t, -1) }

// scored is the first look at a form: its scores, and where it ends.
type scored struct {
	score [scoring.MaxSections]int64
	bin   [scoring.MaxSections]int
	last  [scoring.MaxSections]int // position after the last that was shown
}

// score checks a form and scores it.
func (c *Cube) score(t *Taken) (f scored, err error) {
	d, n := c.d, len(t.Items)
	if n != d.slots || len(t.Options) != n || len(t.Slots) != n || len(t.MS) != n || t.Shown != nil && len(t.Shown) != n || t.Group < 0 || t.Group >= len(d.Groups) {
		return f, fmt.Errorf("%d positions of group %d, the design has %d in %d groups: not a form of it", n, t.Group, d.slots, len(d.Groups))
	}
	for q, i := range t.Items {
		if i < 0 || int(i) >= len(d.lay) || int16(t.Options[q]) >= d.lay[i].options || t.Slots[q] < 0 || int(t.Slots[q]) >= n {
			return f, fmt.Errorf("position %d: item %d, option %d, slot %d: not a form of the design", q+1, i, t.Options[q], t.Slots[q])
		}
		l := &d.lay[i]
		f.score[l.section] += int64(d.worth[int(l.worth)+int(t.Options[q])])
		if t.Shown != nil && (t.Shown[q] || t.Options[q] != 0) {
			f.last[l.section] = q + 1
		}
	}
	for s := range d.Sections {
		f.bin[s] = (int(f.score[s]) - d.Sections[s].low) / d.Sections[s].step
		if f.bin[s] < 0 || f.bin[s] >= d.Sections[s].bins {
			return f, fmt.Errorf("%d points in section %s, which has %d places: not a form of the design", f.score[s], d.Sections[s].Code, d.Sections[s].Places)
		}
	}
	return f, nil
}

func (c *Cube) count(t *Taken, sign int64) error {
	f, err := c.score(t)
	if err != nil {
		return err
	}
	if sign < 0 {
		c.flush() // what waits is to be added
	}
	d := c.d
	for s := range d.Sections {
		c.scores[s][f.bin[s]] += sign
		for o := range d.Sections {
			c.cross[s][o] += sign * f.score[s] * f.score[o]
		}
	}
	for q, i := range t.Items {
		l, option := &d.lay[i], int(t.Options[q])
		s := l.section
		x := int64(d.worth[int(l.worth)+option])
		slot := &c.slots[t.Slots[q]]
		slot.x += sign * x
		slot.xx += sign * x * x
		slot.xt += sign * x * f.score[s]
		c.positions[q] += sign * x
		if option == 0 && t.Shown != nil && q+1 >= f.last[s] {
			c.unreached[i] += sign
		}
		n := c.filled[i]
		cell := uint32((t.Group*int(l.options)+option)*d.Sections[s].bins+f.bin[s]) << 1
		if x == int64(l.most) {
			cell++
		}
		c.waiting[int(i)*queue+int(n)] = pending{cell, t.MS[q]}
		if c.filled[i] = n + 1; n+1 == queue || sign < 0 {
			c.settle(int(i), sign)
		}
	}
	c.groups[t.Group] += sign
	c.candidates += sign
	return nil
}

// settle counts what waits of an item.
func (c *Cube) settle(i int, sign int64) {
	one := uint32(sign) // counts wrap around, so that taking out is exact
	base := uint32(c.d.lay[i].base)
	for _, p := range c.waiting[i*queue : i*queue+int(c.filled[i])] {
		c.cells[base+p.cell>>1] += one
		if p.ms == 0 {
			continue
		}
		at := i*2 + int(p.cell&1)
		ln := c.scale.lnSeconds(p.ms)
		c.times[at*timeBins+c.scale.bin(ln)] += one
		l := &c.logs[at]
		l.n += sign
		l.sum += sign * ln
		l.squares += sign * ln * ln
	}
	c.filled[i] = 0
}

// flush counts all that waits.
func (c *Cube) flush() {
	for i := range c.filled {
		if c.filled[i] > 0 {
			c.settle(i, 1)
		}
	}
}

// Merge adds what another cube of the same design has counted.
func (c *Cube) Merge(o *Cube) error {
	if c.d != o.d {
		return fmt.Errorf("merge cubes: they are of different designs")
	}
	c.flush()
	o.flush()
	sum(c.cells, o.cells)
	sum(c.times, o.times)
	sum(c.groups, o.groups)
	sum(c.unreached, o.unreached)
	for i := range c.scores {
		sum(c.scores[i], o.scores[i])
		sum(c.cross[i], o.cross[i])
	}
	for i, l := range o.logs {
		c.logs[i].n += l.n
		c.logs[i].sum += l.sum
		c.logs[i].squares += l.squares
	}
	for i, s := range o.slots {
		c.slots[i].x += s.x
		c.slots[i].xx += s.xx
		c.slots[i].xt += s.xt
	}
	sum(c.positions, o.positions)
	c.candidates += o.candidates
	return nil
}

func sum[T uint32 | int64](into, from []T) {
	for i, n := range from {
		into[i] += n
	}
}

// at is how many candidates of a group chose the option of the item at a score.
func (c *Cube) at(item, group, option, bin int) int64 {
	it := &c.d.Items[item]
	return int64(c.cells[int(c.d.lay[item].base)+(group*(len(it.Points)+1)+option)*c.d.Sections[it.Section].bins+bin])
}

// Candidates is how many are counted.
func (c *Cube) Candidates() int64 { return c.candidates }
