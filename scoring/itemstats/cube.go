package itemstats

import "fmt"

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
	block *block
	cells *counts   // group, item, option, score: see choice.cell
	times []timeSum // item, right

	groups     []int64 // candidates
	unreached  []int64 // by item
	slots      []slotSum
	positions  []int64   // points, as candidates saw them
	scores     [][]int64 // by section: candidates at each score
	cross      [][]int64 // by pair of sections: sum of products of scores
	candidates int64
}

// timeSum are the times of an item, and sums of their logarithms.
type timeSum struct {
	sum, squares int64
	bins         [timeBins]uint32
}

func (t *timeSum) n() (n int64) {
	for _, k := range t.bins {
		n += int64(k)
	}
	return n
}

func (t *timeSum) join(o *timeSum) {
	sum(t.bins[:], o.bins[:])
	t.sum += o.sum
	t.squares += o.squares
}

// slotSum is of one place of the plan, which every form fills once: points, and their
// products with the section score.
type slotSum struct{ x, xx, xt int64 }

// NewCube is empty.
func NewCube(d *Design) *Cube { return newCube(d, blockRoom) }

func newCube(d *Design, room int) *Cube {
	c := &Cube{
		d: d, scale: newTimeScale(), block: newBlock(d, room),
		cells: newCounts(len(d.Groups) * d.cells), times: make([]timeSum, len(d.Items)*2),
		groups: make([]int64, len(d.Groups)), unreached: make([]int64, len(d.Items)),
		slots: make([]slotSum, d.slots), positions: make([]int64, d.slots),
	}
	for i := range d.Sections {
		c.scores = append(c.scores, make([]int64, d.Sections[i].bins))
		c.cross = append(c.cross, make([]int64, len(d.Sections)))
	}
	return c
}

// Add counts a candidate. A form that is not one of the design's, which has an item of the
// section in every place of the plan, is refused whole.
func (c *Cube) Add(t *Taken) error {
	if err := c.count(t, 1); err != nil {
		return err
	}
	if c.block.forms == c.block.room {
		c.flush()
	}
	return nil
}

// Remove undoes an Add of the same form, exactly.
func (c *Cube) Remove(t *Taken) error {
	c.flush() // what waits is to be added
	if err := c.count(t, -1); err != nil {
		return err
	}
	c.settle(-1)
	return nil
}

// count lays a form into the block, and counts what is not counted from there.
func (c *Cube) count(t *Taken, sign int64) error {
	score, bin, err := c.block.lay(c.d, t)
	if err != nil {
		return err
	}
	for s := range c.d.Sections {
		c.scores[s][bin[s]] += sign
		for o := range c.d.Sections {
			c.cross[s][o] += sign * int64(score[s]) * int64(score[o])
		}
	}
	for q := range c.block.form {
		c.positions[q] += sign * int64(c.block.form[q].points)
	}
	if c.block.blank && t.Shown != nil {
		c.countUnreached(t, sign)
	}
	c.groups[t.Group] += sign
	c.candidates += sign
	return nil
}

// countUnreached counts the places without an answer after which nothing of the section
// was shown.
func (c *Cube) countUnreached(t *Taken, sign int64) {
	for q, option := range t.Options {
		if option == 0 && !c.reachedAfter(t, q) {
			c.unreached[t.Items[q]] += sign
		}
	}
}

func (c *Cube) reachedAfter(t *Taken, q int) bool {
	section := c.d.lay[t.Items[q]].section
	for q++; q < len(t.Items); q++ {
		if (t.Shown[q] || t.Options[q] != 0) && c.d.lay[t.Items[q]].section == section {
			return true
		}
	}
	return false
}

// flush counts all that waits.
func (c *Cube) flush() { c.settle(1) }

// Merge adds what another cube of the same design has counted.
func (c *Cube) Merge(o *Cube) error {
	if c.d != o.d {
		return fmt.Errorf("merge cubes: they are of different designs")
	}
	c.flush()
	o.flush()
	c.cells.join(o.cells)
	for i := range o.times {
		c.times[i].join(&o.times[i])
	}
	sum(c.groups, o.groups)
	sum(c.unreached, o.unreached)
	for i := range c.scores {
		sum(c.scores[i], o.scores[i])
		sum(c.cross[i], o.cross[i])
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
	choice := &c.d.choices[int(c.d.lay[item].choice)+option]
	return c.cells.of(uint32(group*c.d.cells+bin) + choice.cell)
}

// timesOf are the times of all who had the item in view.
func (c *Cube) timesOf(item int) *timeSum {
	all := c.times[2*item]
	all.join(&c.times[2*item+1])
	return &all
}

// Candidates is how many are counted.
func (c *Cube) Candidates() int64 { return c.candidates }
