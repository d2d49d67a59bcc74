package questionbank

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Shortage is a cell for which the bank has too few items.
type Shortage struct {
	Section string
	Cell    Cell
	Need    int // items, or units, that the cell must have so that no candidate can be left without
	Have    int // those that are sure to be free, enemies considered
	Met     int // of Need: what somebody who comes back can have met in earlier exams
}

func (s Shortage) String() string {
	what := "items"
	if s.Cell.Unit > 0 {
		what = "units"
	}
	text := fmt.Sprintf("cell %s %s needs %d %s and has %d, %d missing", s.Section, s.Cell, s.Need, what, s.Have, s.Need-s.Have)
	if s.Met > 0 {
		text += fmt.Sprintf("; somebody who comes back can have met %d in earlier exams", s.Met)
	}
	return text
}

// SupplyError refuses a plan and names every cell that is short, a line each.
type SupplyError struct{ Short []Shortage }

func (e *SupplyError) Error() string {
	lines := make([]string, len(e.Short))
	for i, s := range e.Short {
		lines[i] = s.String()
	}
	return "the bank is too small for the blueprint; write items, lower the count, or loosen enemy groups:\n  " + strings.Join(lines, "\n  ")
}

// sure is the number of entries that cell i can place in the worst case. A group of
// enemies counts once in the first cell that has it, and nothing in later ones: cells are
// drawn in order, so that only an earlier cell can have taken the group's one place.
func (c *compiler) sure(i int) int {
	n := 0
	counted := map[string]bool{}
	for _, e := range c.cells[i] {
		switch {
		case e.enemies == "":
			n++
		case c.firstCell[e.enemies] == i && !counted[e.enemies]:
			counted[e.enemies] = true
			n++
		}
	}
	return n
}

// shortages lists the cells that could run out. The draw takes any free entry of a cell
// before it gives up, so that a cell is safe exactly if what is sure to be free exceeds
// what earlier sittings and this form can take away.
func (c *compiler) shortages(earlier []Sat) []Shortage {
	var short []Shortage
	met := make([]int, len(c.cells))
	for _, s := range earlier {
		for i, most := range c.metBy(s) {
			met[i] += most
		}
	}
	i := 0
	for _, s := range c.blueprint.Sections {
		for _, cell := range s.Cells {
			need := max(cell.places()*(1+c.blueprint.Previous), cell.places()+met[i])
			if r := c.blueprint.MaxExposure; r > 0 {
				need = max(need, cell.places()*((1000+r-1)/r))
			}
			if have := c.sure(i); have < need {
				short = append(short, Shortage{s.ID, cell, need, have, met[i]})
			}
			i++
		}
	}
	return short
}

// metBy is how many entries of each cell the forms of an earlier exam can have shown one person at
// most: none of them has an entry of another.
func (c *compiler) metBy(sat Sat) []int {
	type home struct {
		cell int
		e    *entry
	}
	homes := make(map[string]home)
	for i, es := range c.cells {
		for _, e := range es {
			for _, q := range e.items {
				homes[q.ID] = home{i, e}
			}
		}
	}
	met := make([]int, len(c.cells))
	for _, s := range sat.Plan.file.Sections {
		for _, cell := range s.Cells {
			hits := make([][]int, len(c.cells)) // by cell of ours: what each entry of theirs takes
			for _, slot := range cell.Slots {
				for _, first := range slot {
					taken := make(map[*entry]int)
					for k := range sat.Plan.span[first] {
						if h, ok := homes[sat.Plan.file.Items[first+k].ID]; ok {
							taken[h.e] = h.cell
						}
					}
					count := make(map[int]int)
					for _, at := range taken {
						count[at]++
					}
					for at, n := range count {
						hits[at] = append(hits[at], n)
					}
				}
			}
			for at, ns := range hits {
				slices.SortFunc(ns, func(a, b int) int { return cmp.Compare(b, a) })
				for _, n := range ns[:min(len(ns), sat.Forms*len(cell.Slots))] {
					met[at] += n
				}
			}
		}
	}
	return met
}
