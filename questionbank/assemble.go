package questionbank

// The draw of one form, on indexes only (FAIRNESS.md, 1.3). Nothing here knows texts or
// ids, so the published vectors and real plans run through the same lines.

// Limits of the draw; part of loft/v1.
const (
	quickTries   = 8  // random draws from a slot before it is searched
	balanceTries = 64 // swaps tried to bring a section's expected points to the target
)

// pool is what the draw may choose from, by item index.
type pool struct {
	expected []int32 // mean points of the reference population, in thousandths
	enemy    []int32 // enemy group, -1 for none
	groups   int     // number of enemy groups
	slots    []slot
	sections []span
}

// slot is one place of the form before shuffling, and the items that may fill it.
type slot struct {
	cell  int // slots of one cell are neighbours
	items []int32
}

// span is the run of slots of one section.
type span struct {
	from, to  int // slots[from:to]
	target    int // expected points of the section, in thousandths
	tolerance int
}

// draw is the state of one candidate's form.
type draw struct {
	*pool
	rand      stream
	used      []bool // seen earlier, or already on this form
	taken     []bool // enemy groups on this form
	picks     []int32
	swaps     int
	deviation []int // per section: expected points minus target, in thousandths
}

// newDraw starts a draw; seen are items that this candidate has met in earlier sittings.
func newDraw(p *pool, rand stream, seen []int32) *draw {
	flags := make([]bool, len(p.expected)+p.groups)
	d := &draw{
		pool:      p,
		rand:      rand,
		used:      flags[:len(p.expected)],
		taken:     flags[len(p.expected):],
		picks:     make([]int32, len(p.slots)),
		deviation: make([]int, len(p.sections)),
	}
	for _, i := range seen {
		d.used[i] = true
	}
	return d
}

// run fills every slot and then balances every section. It returns false and the index
// of the slot that could not be filled from its cell: the form must then not be given.
func (d *draw) run() (failed int, ok bool) {
	for j := range d.slots {
		i, ok := d.choose(j)
		if !ok {
			return j, false
		}
		d.picks[j] = i
		d.take(i, true)
	}
	for s := range d.sections {
		d.deviation[s] = d.balance(&d.sections[s])
	}
	return 0, true
}

func (d *draw) admissible(i int32) bool {
	return !d.used[i] && (d.enemy[i] < 0 || !d.taken[d.enemy[i]])
}

func (d *draw) take(i int32, on bool) {
	d.used[i] = on
	if g := d.enemy[i]; g >= 0 {
		d.taken[g] = on
	}
}

// choose finds an item for slot j: by chance, then by search, then in the neighbouring
// slots of the same cell, nearest first, so that the blueprint stays exact.
func (d *draw) choose(j int) (int32, bool) {
	items := d.slots[j].items
	for range quickTries {
		if i := items[d.rand.pick(len(items))]; d.admissible(i) {
			return i, true
		}
	}
	if i, ok := d.search(j); ok {
		return i, true
	}
	for away := 1; away < len(d.slots); away++ {
		before, after := d.sameCell(j, j-away), d.sameCell(j, j+away)
		if !before && !after {
			break
		}
		if before {
			if i, ok := d.search(j - away); ok {
				return i, true
			}
		}
		if after {
			if i, ok := d.search(j + away); ok {
				return i, true
			}
		}
	}
	return 0, false
}

func (d *draw) sameCell(j, k int) bool {
	return k >= 0 && k < len(d.slots) && d.slots[k].cell == d.slots[j].cell
}

// search takes the first admissible item of a slot in cyclic order from a random start.
func (d *draw) search(j int) (int32, bool) {
	items := d.slots[j].items
	o := d.rand.pick(len(items))
	for k := range items {
		if i := items[(o+k)%len(items)]; d.admissible(i) {
			return i, true
		}
	}
	return 0, false
}

// balance swaps items within their slots until the section's expected points are within
// tolerance of the target, and returns the deviation that remains.
func (d *draw) balance(s *span) int {
	dev := -s.target
	for _, i := range d.picks[s.from:s.to] {
		dev += int(d.expected[i])
	}
	for try := 0; try < balanceTries && abs(dev) > s.tolerance; try++ {
		j := s.from + d.rand.pick(s.to-s.from)
		if better, ok := d.improve(j, dev, s.tolerance); ok {
			dev += int(d.expected[better]) - int(d.expected[d.picks[j]])
			d.take(d.picks[j], false)
			d.take(better, true)
			d.picks[j] = better
			d.swaps++
		}
	}
	return dev
}

// improve looks in slot j for the item that brings the deviation dev nearest to zero, and
// stops at the first that brings it within tolerance.
func (d *draw) improve(j, dev, tolerance int) (best int32, found bool) {
	items, cur := d.slots[j].items, d.picks[j]
	smallest := abs(dev)
	o := d.rand.pick(len(items))
	d.take(cur, false) // its enemies may replace it; it cannot improve on itself
	defer d.take(cur, true)
	for k := range items {
		i := items[(o+k)%len(items)]
		if !d.admissible(i) {
			continue
		}
		if left := abs(dev - int(d.expected[cur]) + int(d.expected[i])); left < smallest {
			smallest, best, found = left, i, true
			if left <= tolerance {
				break
			}
		}
	}
	return best, found
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
