package questionbank

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// Exposure is bounded when a plan is compiled, by thinning the draw of items that would
// stand on too many forms until simulated forms keep the limit: no counter, and no
// dependence between candidates. After Sympson and Hetter (1985), with the share of forms
// in the place of the share of administrations.
const (
	thinForms  = 50_000
	thinRounds = 8
	// thinMargin is how far below the limit, in thousandths of it, thinning aims: what it
	// measures is a count, and the certificate counts again.
	thinMargin = 35
	evenDraw   = 1 << 32
)

// Overexposed is a cell of which an item stands on too many forms.
type Overexposed struct {
	Section string
	Cell    Cell
	Item    string // the most exposed
	Share   int    // its share of forms, in ten-thousandths
	Missing int    // how many more items the cell needs, about
}

// ExposureError refuses a plan whose items would be seen by too many.
type ExposureError struct {
	Limit int // in thousandths
	Over  []Overexposed
}

func (e *ExposureError) Error() string {
	lines := make([]string, len(e.Over))
	for i, o := range e.Over {
		lines[i] = fmt.Sprintf("cell %s %s: item %s would stand on %s %% of forms, about %d items are missing",
			o.Section, o.Cell, o.Item, decimal(int64(o.Share), 2), o.Missing)
	}
	return fmt.Sprintf("items would stand on more than %s %% of forms; write items, or raise max_exposure:\n  %s", decimal(int64(e.Limit), 1), strings.Join(lines, "\n  "))
}

// spread finds the thinning of a plan under which no item exceeds the limit.
func (f *planFile) spread(b *Bank) error {
	start, err := newPlan(*f, b)
	if err != nil {
		return err
	}
	limit := int64(f.MaxExposure)
	aim := limit * (1000 - thinMargin) * thinForms / 1_000_000
	pool := start.pool
	pool.thin = slices.Clone(pool.thin)
	best, bestMost := slices.Clone(pool.thin), int64(thinForms+1)
	var bestCount []int64
	for round := range thinRounds + 1 {
		count := pool.exposure(sha256.Sum256([]byte(fmt.Sprint("terang/thin/v1\n", start.hash, round))), thinForms)
		most := slices.Max(count)
		if most < bestMost {
			copy(best, pool.thin)
			bestMost, bestCount = most, count
		}
		if most <= aim {
			break
		}
		for i, n := range count {
			pool.thin[i] = thinner(pool.thin[i], n, aim)
		}
	}
	for i := range f.Items {
		f.Items[i].Thin = best[i]
	}
	return start.overexposed(bestCount)
}

// thinner moves the share of draws that count towards the one that exposes an item as
// often as aimed at, in either direction.
func thinner(thin uint32, count, aim int64) uint32 {
	if thin == 0 && count <= aim || count == 0 {
		return thin
	}
	now := int64(thin)
	if thin == 0 {
		now = evenDraw
	}
	next := now / count * aim
	if next >= evenDraw {
		return 0
	}
	return uint32(max(next, 1))
}

// overexposed names what exceeds the limit by more than four standard errors of a count.
func (p *Plan) overexposed(count []int64) error {
	limit := int64(p.file.MaxExposure)
	expected := limit * thinForms / 1000
	allowed := expected + 4*root(expected)
	fault := &ExposureError{Limit: int(limit)}
	for _, s := range p.file.Sections {
		for _, c := range s.Cells {
			o := Overexposed{Section: s.ID, Cell: c.cell()}
			supply, most := 0, allowed
			for _, slot := range c.Slots {
				supply += len(slot)
				for _, i := range slot {
					if count[i] > most {
						most, o.Item = count[i], p.file.Items[i].ID
					}
				}
			}
			if o.Item != "" {
				o.Share = int(most * 10_000 / thinForms)
				o.Missing = max(int(int64(supply)*(most-expected)/expected), 1)
				fault.Over = append(fault.Over, o)
			}
		}
	}
	if len(fault.Over) > 0 {
		return fault
	}
	return nil
}

// exposure counts on how many simulated forms each entry stands.
func (p *pool) exposure(key [sha256.Size]byte, forms int) []int64 {
	tallies := simulate(forms, func() *exposureTally {
		return &exposureTally{draw: newDraw(p), count: make([]int64, len(p.points))}
	}, func(t *exposureTally, n int) {
		t.draw.start(simulated(key, n), nil)
		if _, ok := t.draw.run(); ok {
			for _, i := range t.draw.picks {
				t.count[i]++
			}
		}
	})
	total := make([]int64, len(p.points))
	for _, t := range tallies {
		for i, n := range t.count {
			total[i] += n
		}
	}
	return total
}

type exposureTally struct {
	draw  *draw
	count []int64
}

// decimal writes n with so many places behind the point.
func decimal(n int64, places int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := fmt.Sprintf("%0*d", places+1, n)
	return sign + s[:len(s)-places] + "." + s[len(s)-places:]
}
