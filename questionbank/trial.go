package questionbank

import (
	"crypto/sha256"
	"math/big"
	"slices"
	"strconv"
)

// moments are the sums of which mean and deviation are made, exact.
type moments struct {
	n, sum  int64
	squares int64
	most    int64
}

func (m *moments) add(d int64) {
	m.n, m.sum, m.squares, m.most = m.n+1, m.sum+d, m.squares+d*d, max(m.most, d, -d)
}

func (m *moments) join(o *moments) {
	m.n, m.sum, m.squares, m.most = m.n+o.n, m.sum+o.sum, m.squares+o.squares, max(m.most, o.most)
}

// deviation is the standard deviation, rounded down.
func (m *moments) deviation() int64 {
	if m.n == 0 {
		return 0
	}
	v := new(big.Int).Mul(big.NewInt(m.n), big.NewInt(m.squares))
	v.Sub(v, new(big.Int).Mul(big.NewInt(m.sum), big.NewInt(m.sum)))
	v.Quo(v, new(big.Int).Mul(big.NewInt(m.n), big.NewInt(m.n)))
	return v.Sqrt(v).Int64()
}

// mean is rounded towards nought.
func (m *moments) mean() int64 {
	if m.n == 0 {
		return 0
	}
	return m.sum / m.n
}

// levels are what expected points are measured at: the mean of the population, and the
// three abilities.
const levels = 1 + abilities

var levelNames = [levels]string{"mean", "-1", "0", "+1"}

type level [levels]int64

// trial counts simulated forms. Its counts are sums, so that two trials join into one.
type trial struct {
	plan   *Plan
	draw   *draw
	worth  []level // of entries
	target []level // of sections
	best   []int8  // of items: canonical index of the best option, -1 if that is not asked
	plain  [][]lot // by section

	seen, plainSeen      []int64 // of entries
	spread, plainSpread  [][levels]moments
	outside              []int
	failures, longestRun int
	swaps                int64
	letters              [][]int64 // by section

	items   []int32
	order   []uint8
	usual   []int // by section: number of options of most items
	swapped []int
	byPlace *placeOrders
}

// lot is what the plain draw draws from: so many entries of one size.
type lot struct {
	places  int
	entries []int32
}

func newTrial(p *Plan, best []int8) *trial {
	sections := len(p.file.Sections)
	t := &trial{
		plan: p, draw: newDraw(&p.pool), best: best, worth: make([]level, len(p.items)),
		seen: make([]int64, len(p.items)), plainSeen: make([]int64, len(p.items)),
		spread: make([][levels]moments, sections+1), plainSpread: make([][levels]moments, sections+1),
		outside: make([]int, sections+1), letters: make([][]int64, sections), order: make([]uint8, maxOptions),
		byPlace: newPlaceOrders([sha256.Size]byte{}),
	}
	for i, first := 0, 0; i < len(p.items); i++ {
		if p.span[i] > 0 {
			first = i
		}
		it := &p.file.Items[i]
		t.worth[first][0] += int64(it.Expected)
		for a, points := range it.At {
			t.worth[first][1+a] += int64(points)
		}
	}
	for s, section := range p.file.Sections {
		target := level{int64(section.Target)}
		for a, points := range section.Targets {
			target[1+a] = int64(points)
		}
		t.target = append(t.target, target)
		t.letters[s] = make([]int64, maxOptions)
		t.plain = append(t.plain, p.lots(s))
		t.usual = append(t.usual, p.usualOptions(section.ID))
	}
	return t
}

// lots are the entries of a section, those of one size together.
func (p *Plan) lots(section int) []lot {
	var lots []lot
	for _, c := range p.file.Sections[section].Cells {
		size := c.cell().size()
		at := slices.IndexFunc(lots, func(l lot) bool { return int(p.span[l.entries[0]]) == size })
		if at < 0 {
			at = len(lots)
			lots = append(lots, lot{})
		}
		lots[at].places += len(c.Slots)
		for _, slot := range c.Slots {
			lots[at].entries = append(lots[at].entries, slot...)
		}
	}
	return lots
}

// bestOptions are, by item, the option that is worth most, where the order is free and one
// option is best.
func (p *Plan) bestOptions(b *Bank) []int8 {
	best := make([]int8, len(p.items))
	for i := range best {
		best[i] = -1
		q, ok := b.Question(p.items[i].ID)
		if !ok || q.Rule != Free {
			continue
		}
		most := q.most()
		at := slices.IndexFunc(q.Options, func(o Option) bool { return o.Value == most })
		if at >= 0 && !slices.ContainsFunc(q.Options[at+1:], func(o Option) bool { return o.Value == most }) {
			best[i] = int8(at)
		}
	}
	return best
}

// one draws form n both ways and counts it.
func (t *trial) one(key [sha256.Size]byte, n int) {
	t.draw.start(simulated(key, n), nil)
	if _, ok := t.draw.run(); !ok {
		t.failures++
		return
	}
	t.swaps += int64(t.draw.swaps)
	var total level
	missed := false
	for s, span := range t.draw.sections {
		sum := t.count(t.draw.picks[span.from:span.to], t.seen)
		t.note(t.spread, s, sum)
		total = total.plus(sum)
		if t.draw.deviation[s].most() > span.tolerance {
			t.outside[s]++
			missed = true
		}
	}
	t.note(t.spread, len(t.target), total)
	if missed {
		t.outside[len(t.target)]++
	}
	t.draw.mix()
	t.keys(key, n)
	t.plainly()
}

func (t *trial) count(picks []int32, seen []int64) (sum level) {
	for _, i := range picks {
		seen[i]++
		sum = sum.plus(t.worth[i])
	}
	return sum
}

func (l level) plus(m level) level {
	for i := range l {
		l[i] += m[i]
	}
	return l
}

// note adds a form's points less the target to the moments of a section, or of the total.
func (t *trial) note(spread [][levels]moments, section int, sum level) {
	var target level
	if section < len(t.target) {
		target = t.target[section]
	} else {
		for _, s := range t.target {
			target = target.plus(s)
		}
	}
	for i := range sum {
		spread[section][i].add(sum[i] - target[i])
	}
}

// keys counts at which letters the best options stand.
func (t *trial) keys(key [sha256.Size]byte, n int) {
	t.items = t.plan.expand(t.items[:0], t.draw.picks)
	by := t.orders(key, n)
	for s, section := range t.plan.sections {
		last, run := -1, 0
		for q := section.From; q <= section.To; q++ {
			i := t.items[q-1]
			if t.best[i] < 0 {
				last, run = -1, 0
				continue
			}
			it := &t.plan.file.Items[i]
			order := t.order[:it.Options]
			by.order(order, it.Rule, it.ID, q)
			at := slices.Index(order, uint8(t.best[i]))
			if it.Options == t.usual[s] {
				t.letters[s][at]++
			}
			if at != last {
				run = 0
			}
			last, run = at, run+1
			t.longestRun = max(t.longestRun, run)
		}
	}
}

// orders are those of the plan's version, for a simulated candidate.
func (t *trial) orders(key [sha256.Size]byte, n int) orders {
	if t.plan.file.Assembly == loftV1 {
		return newItemOrders(key[:], strconv.Itoa(n))
	}
	t.byPlace.start(simulatedKey(key, "order", n))
	return t.byPlace
}

// usualOptions is the most frequent number of options in a section.
func (p *Plan) usualOptions(section string) int {
	var count [maxOptions + 1]int
	for i := range p.items {
		if p.items[i].Section == section {
			count[p.file.Items[i].Options]++
		}
	}
	usual := 0
	for n := range count {
		if count[n] > count[usual] {
			usual = n
		}
	}
	return usual
}

// plainly draws a form at random from each section, going on with the stream of the other.
func (t *trial) plainly() {
	var total level
	for s := range t.plain {
		var sum level
		for _, l := range t.plain[s] {
			t.swapped = t.swapped[:0]
			for k := range l.places {
				j := k + t.draw.rand.pick(len(l.entries)-k)
				l.entries[k], l.entries[j] = l.entries[j], l.entries[k]
				t.swapped = append(t.swapped, j)
			}
			sum = sum.plus(t.count(l.entries[:l.places], t.plainSeen))
			for k, j := range slices.Backward(t.swapped) { // a form depends on no form before it
				l.entries[k], l.entries[j] = l.entries[j], l.entries[k]
			}
		}
		t.note(t.plainSpread, s, sum)
		total = total.plus(sum)
	}
	t.note(t.plainSpread, len(t.target), total)
}

func (t *trial) join(o *trial) {
	for i := range t.seen {
		t.seen[i] += o.seen[i]
		t.plainSeen[i] += o.plainSeen[i]
	}
	for s := range t.spread {
		for l := range levels {
			t.spread[s][l].join(&o.spread[s][l])
			t.plainSpread[s][l].join(&o.plainSpread[s][l])
		}
		t.outside[s] += o.outside[s]
	}
	for s := range t.letters {
		for c := range t.letters[s] {
			t.letters[s][c] += o.letters[s][c]
		}
	}
	t.failures += o.failures
	t.longestRun = max(t.longestRun, o.longestRun)
	t.swaps += o.swaps
}
