package questionbank

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Knowledge is what is known beyond the bank when a plan is compiled.
type Knowledge struct {
	Statistics *Statistics // of earlier sittings or a pilot; nil: bands only
	Earlier    []Sat       // exams whose items a returning candidate must not meet again
}

// Sat is an earlier exam, as one person can have sat it.
type Sat struct {
	Plan  *Plan
	Forms int // how many they were given at most: one, and one more for each time that they sat again
}

// Compile makes a plan from a bank and a blueprint. It refuses with
// a *SupplyError where a candidate could be left without an item, so that a form that was
// promised can always be drawn, and with an *ExposureError where an item would stand on
// more forms than the blueprint allows. The same input gives the same plan on every machine.
func Compile(b *Bank, bp *Blueprint, k Knowledge) (*Plan, error) {
	if wrong := bp.wrong(); len(wrong) > 0 {
		return nil, fmt.Errorf("compile plan: %w", errors.New(strings.Join(wrong, "; ")))
	}
	c := compiler{blueprint: bp, firstCell: map[string]int{}}
	c.collect(b.entries(newCalibration(b, k.Statistics)))
	if short := c.shortages(k.Earlier); len(short) > 0 {
		return nil, fmt.Errorf("compile plan: %w", &SupplyError{short})
	}
	file := c.plan()
	file.Bank, file.Statistics = b.Hash(), k.Statistics.Hash()
	if bp.MaxExposure > 0 {
		if err := file.spread(b); err != nil {
			return nil, fmt.Errorf("compile plan: %w", err)
		}
	}
	return newPlan(file, b)
}

// entry is what a slot takes at a time: an item, or a unit with all its items.
type entry struct {
	id      string
	items   []*Question // of a unit, in order of their ids
	known   []estimate  // of each item
	enemies string
	mean    int32 // expected points of the reference population, in thousandths
	at      curve // the same at three abilities
	sure    bool  // at is known well enough to balance on
}

// entries are all that a plan of the bank can draw, sorted by id.
func (b *Bank) entries(c *calibration) []*entry {
	var all []*entry
	units := make(map[string]*entry, len(b.units))
	for i := range b.units {
		units[b.units[i].ID] = &entry{id: b.units[i].ID, enemies: b.units[i].Enemies}
	}
	for i := range b.questions {
		q := &b.questions[i]
		e := units[q.Unit]
		if e == nil {
			e = &entry{id: q.ID, enemies: q.Enemies}
		}
		if len(e.items) == 0 {
			e.sure = true
			all = append(all, e)
		}
		known := c.estimate(q)
		e.items, e.known = append(e.items, q), append(e.known, known)
		e.mean, e.at, e.sure = e.mean+known.mean, e.at.plus(known.at), e.sure && known.sure
	}
	return all
}

// compiler holds the entries of every cell, cells counted through all sections.
type compiler struct {
	blueprint *Blueprint
	cells     [][]*entry     // sorted by expected points, then id
	firstCell map[string]int // enemy group -> the first cell that has one of its entries
}

func (c *compiler) collect(all []*entry) {
	for _, s := range c.blueprint.Sections {
		for _, cell := range s.Cells {
			var es []*entry
			for _, e := range all {
				if e.items[0].Section == s.ID && cell.holds(e) {
					es = append(es, e)
				}
			}
			slices.SortFunc(es, func(p, q *entry) int {
				return cmp.Or(cmp.Compare(p.mean, q.mean), cmp.Compare(p.id, q.id))
			})
			for _, e := range es {
				if _, ok := c.firstCell[e.enemies]; !ok {
					c.firstCell[e.enemies] = len(c.cells)
				}
			}
			c.cells = append(c.cells, es)
		}
	}
}

// plan cuts every cell into slots and sets the targets. Forms are balanced at three
// abilities when every entry is known at all of them, and otherwise on the mean.
func (c *compiler) plan() planFile {
	file := planFile{Assembly: AssemblyVersion, Previous: c.blueprint.Previous, MaxExposure: c.blueprint.MaxExposure}
	known := true
	for _, es := range c.cells {
		known = known && !slices.ContainsFunc(es, func(e *entry) bool { return !e.sure })
	}
	i := 0
	for _, s := range c.blueprint.Sections {
		ps := planSection{ID: s.ID, Title: s.Title, Tolerance: s.Tolerance}
		mean, at := new(big.Rat), [abilities]*big.Rat{new(big.Rat), new(big.Rat), new(big.Rat)}
		for _, cell := range s.Cells {
			pc := planCell{Topic: cell.Topic, Band: cell.Band, Unit: cell.Unit}
			first := make([]int32, len(c.cells[i]))
			for k, e := range c.cells[i] {
				first[k] = int32(len(file.Items))
				file.Items = append(file.Items, e.planned(known)...)
			}
			for j := range cell.places() {
				from, to := j*len(first)/cell.places(), (j+1)*len(first)/cell.places()
				es := c.cells[i][from:to]
				mean.Add(mean, average(es, func(e *entry) int32 { return e.mean }))
				for a := range at {
					at[a].Add(at[a], average(es, func(e *entry) int32 { return e.at[a] }))
				}
				pc.Slots = append(pc.Slots, first[from:to])
			}
			ps.Cells = append(ps.Cells, pc)
			i++
		}
		ps.Target = roundHalfUp(mean)
		if known {
			for a := range at {
				ps.Targets[a] = int32(roundHalfUp(at[a]))
			}
		}
		file.Sections = append(file.Sections, ps)
	}
	return file
}

// planned is what a plan publishes of the entry's items.
func (e *entry) planned(curves bool) []planItem {
	items := make([]planItem, len(e.items))
	for i, q := range e.items {
		items[i] = q.planned()
		k := &e.known[i]
		items[i].Expected, items[i].Error, items[i].Responses = k.mean, k.err, k.responses
		if curves {
			items[i].At = k.at
		}
	}
	items[0].Enemies = e.enemies
	return items
}

func average(es []*entry, points func(*entry) int32) *big.Rat {
	var sum int64
	for _, e := range es {
		sum += int64(points(e))
	}
	return big.NewRat(sum, int64(len(es)))
}

// roundHalfUp rounds a number that is not negative to a whole one.
func roundHalfUp(r *big.Rat) int {
	n := new(big.Int).Lsh(r.Num(), 1)
	n.Add(n, r.Denom())
	return int(n.Quo(n, new(big.Int).Lsh(r.Denom(), 1)).Int64())
}
