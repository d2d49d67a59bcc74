package questionbank

// The draw of one form, on indexes only. Nothing here knows texts or
// ids, so the published vectors and real plans run through the same lines.

// quickTries is how often an entry is drawn from a slot before the slot is searched.
const quickTries = 8

// abilities are the points of the ability scale at which forms are made equally hard: one
// standard deviation below the reference population's mean, the mean, one above it.
const abilities = 3

// curve are expected points at abilities -1, 0 and +1, in thousandths. Where forms are
// balanced on the mean of the population, it stands first and the others are nought.
type curve [abilities]int32

// Weights of the three abilities in a balance: a difference at ability 0, where most
// candidates are, counts half as much again as one at -1 or +1.
const (
	outerWeight  = 2
	middleWeight = 3
)

// weighed is what a balance at three abilities compares.
func (c curve) weighed() curve {
	return curve{outerWeight * c[0], middleWeight * c[1], outerWeight * c[2]}
}

func (c curve) plus(d curve) curve {
	for a := range c {
		c[a] += d[a]
	}
	return c
}

func (c curve) minus(d curve) curve {
	for a := range c {
		c[a] -= d[a]
	}
	return c
}

// most is the largest distance from nought.
func (c curve) most() int32 {
	return max(c[0], -c[0], c[1], -c[1], c[2], -c[2])
}

// pool is what the draw may choose from, by entry: an item, or a unit of items that
// stand together.
type pool struct {
	points   []curve  // weighed where forms are balanced at three abilities
	enemy    []int32  // enemy group, -1 for none
	thin     []uint32 // a draw counts if a word is below it; 0: always
	groups   int      // number of enemy groups
	slots    []slot
	sections []span
	tries    int // swaps tried to bring a section's expected points to the target
}

// slot is one place of the form before shuffling, and the entries that may fill it.
type slot struct {
	cell   int // slots of one cell are neighbours
	items  []int32
	points []curve // of items, side by side: balancing looks through them more than anything else
}

// lay copies the points of entries into the slots.
func (p *pool) lay() {
	for j := range p.slots {
		s := &p.slots[j]
		s.points = make([]curve, len(s.items))
		for k, i := range s.items {
			s.points[k] = p.points[i]
		}
	}
}

// span is the run of slots of one section.
type span struct {
	from, to  int // slots[from:to]
	target    curve
	tolerance int32 // largest distance from target that needs no swap
}

// draw is the state of one candidate's form.
type draw struct {
	*pool
	rand      stream
	flags     []bool // used and taken
	used      []bool // seen earlier, or already on this form
	taken     []bool // enemy groups on this form
	picks     []int32
	swaps     int
	deviation []curve // per section: expected points minus target
	byPlace   placeOrders
	keys      keyring
}

// newDraw makes room for forms of the pool.
func newDraw(p *pool) *draw {
	flags := make([]bool, len(p.points)+p.groups)
	return &draw{
		pool:      p,
		flags:     flags,
		used:      flags[:len(p.points)],
		taken:     flags[len(p.points):],
		picks:     make([]int32, len(p.slots)),
		deviation: make([]curve, len(p.sections)),
	}
}

// start begins a form; seen are entries that this candidate has met in earlier sittings.
func (d *draw) start(rand stream, seen []int32) {
	d.rand, d.swaps = rand, 0
	clear(d.flags)
	for _, i := range seen {
		d.used[i] = true
	}
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

// spared says that thinning lets a draw of i count. It asks for a word only where i is
// thinned, and only when nothing else speaks against i.
func (d *draw) spared(i int32) bool {
	return d.thin[i] == 0 || d.rand.word() < d.thin[i]
}

func (d *draw) take(i int32, on bool) {
	d.used[i] = on
	if g := d.enemy[i]; g >= 0 {
		d.taken[g] = on
	}
}

// choose finds an entry for slot j: by chance, then by search, then in the neighbouring
// slots of the same cell, nearest first, so that the blueprint stays exact. Searches do not
// thin: a form that can be filled is.
func (d *draw) choose(j int) (int32, bool) {
	items := d.slots[j].items
	for range quickTries {
		if i := items[d.rand.pick(len(items))]; d.admissible(i) && d.spared(i) {
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

// balance swaps entries within their slots until the section's expected points are within
// tolerance of the target, and returns the deviation that remains.
func (d *draw) balance(s *span) curve {
	dev := curve{}.minus(s.target)
	for _, i := range d.picks[s.from:s.to] {
		dev = dev.plus(d.points[i])
	}
	for try := 0; try < d.tries && dev.most() > s.tolerance; try++ {
		j := s.from + d.rand.pick(s.to-s.from)
		if better, ok := d.improve(j, dev, s.tolerance); ok {
			dev = dev.minus(d.points[d.picks[j]]).plus(d.points[better])
			d.take(d.picks[j], false)
			d.take(better, true)
			d.picks[j] = better
			d.swaps++
		}
	}
	return dev
}

// improve looks in slot j for the entry that brings the deviation dev nearest to zero,
// and stops at the first that brings it within tolerance.
func (d *draw) improve(j int, dev curve, tolerance int32) (best int32, found bool) {
	slot, cur := &d.slots[j], d.picks[j]
	smallest := dev.most()
	dev = dev.minus(d.points[cur])
	o := d.rand.pick(len(slot.items))
	d.take(cur, false) // its enemies may replace it; it cannot improve on itself
	defer d.take(cur, true)
	for from, to := o, len(slot.items); ; from, to = 0, o {
		for k, points := range slot.points[from:to] {
			// One ability is enough to turn most entries down.
			if beyond(dev[0]+points[0], smallest) || beyond(dev[1]+points[1], smallest) || beyond(dev[2]+points[2], smallest) {
				continue
			}
			i := slot.items[from+k]
			if !d.admissible(i) || !d.spared(i) {
				continue
			}
			smallest, best, found = dev.plus(points).most(), i, true
			if smallest <= tolerance {
				return best, found
			}
		}
		if from == 0 {
			return best, found
		}
	}
}

// beyond says that n is at least limit, which is positive, away from nought.
func beyond(n, limit int32) bool { return uint32(n+limit-1) > uint32(2*limit-2) }
