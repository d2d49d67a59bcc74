package questionbank

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// Shortage is a cell for which the bank has too few items.
type Shortage struct {
	Section string
	Cell    Cell
	Need    int // items that the cell must have so that no candidate can be left without
	Have    int // items that are sure to be free, enemies considered
}

func (s Shortage) String() string {
	return fmt.Sprintf("cell %s %s needs %d items and has %d, %d missing", s.Section, s.Cell, s.Need, s.Have, s.Need-s.Have)
}

// SupplyError refuses a plan and names every cell that is short.
type SupplyError struct{ Short []Shortage }

func (e *SupplyError) Error() string {
	lines := make([]string, len(e.Short))
	for i, s := range e.Short {
		lines[i] = s.String()
	}
	return "the bank is too small for the blueprint: " + strings.Join(lines, "; ") + "; write items, lower the count, or loosen enemy groups"
}

// Compile makes a plan from a bank and a blueprint (FAIRNESS.md, 1.2). It refuses with a
// *SupplyError where a candidate could be left without an item, so that a form that was
// promised can always be drawn.
func Compile(b *Bank, bp *Blueprint) (*Plan, error) {
	if wrong := bp.wrong(); len(wrong) > 0 {
		return nil, fmt.Errorf("compile plan: %w", errors.New(strings.Join(wrong, "; ")))
	}
	c := compiler{blueprint: bp, firstCell: map[string]int{}}
	c.collect(b)
	if short := c.shortages(); len(short) > 0 {
		return nil, fmt.Errorf("compile plan: %w", &SupplyError{short})
	}
	return newPlan(c.plan(b), b)
}

// compiler holds the questions of every cell, cells counted through all sections.
type compiler struct {
	blueprint *Blueprint
	cells     [][]*Question  // sorted by expected points, then id
	firstCell map[string]int // enemy group -> the first cell that has one of its items
}

func (c *compiler) collect(b *Bank) {
	for _, s := range c.blueprint.Sections {
		for _, cell := range s.Cells {
			var qs []*Question
			for i := range b.questions {
				if q := &b.questions[i]; q.Section == s.ID && cell.holds(q) {
					qs = append(qs, q)
				}
			}
			slices.SortFunc(qs, func(p, q *Question) int {
				return cmp.Or(cmp.Compare(p.expected(), q.expected()), cmp.Compare(p.ID, q.ID))
			})
			c.note(qs)
			c.cells = append(c.cells, qs)
		}
	}
}

func (c *compiler) note(qs []*Question) {
	for _, q := range qs {
		if _, ok := c.firstCell[q.Enemies]; !ok {
			c.firstCell[q.Enemies] = len(c.cells)
		}
	}
}

// sure is the number of items that cell i can place in the worst case. A group of enemies
// counts once in the first cell that has it, and nothing in later ones: cells are drawn in
// order, so that only an earlier cell can have taken the group's one place.
func (c *compiler) sure(i int) int {
	n := 0
	counted := map[string]bool{}
	for _, q := range c.cells[i] {
		switch {
		case q.Enemies == "":
			n++
		case c.firstCell[q.Enemies] == i && !counted[q.Enemies]:
			counted[q.Enemies] = true
			n++
		}
	}
	return n
}

func (c *compiler) shortages() []Shortage {
	var short []Shortage
	i := 0
	for _, s := range c.blueprint.Sections {
		for _, cell := range s.Cells {
			need := cell.Count * (1 + c.blueprint.Previous)
			if r := c.blueprint.MaxExposure; r > 0 {
				need = max(need, cell.Count*((1000+r-1)/r))
			}
			if have := c.sure(i); have < need {
				short = append(short, Shortage{s.ID, cell, need, have})
			}
			i++
		}
	}
	return short
}

// plan cuts every cell into slots and sets the targets.
func (c *compiler) plan(b *Bank) planFile {
	file := planFile{Assembly: AssemblyVersion, Bank: b.Hash()}
	i := 0
	for _, s := range c.blueprint.Sections {
		ps := planSection{ID: s.ID, Title: s.Title, Tolerance: s.Tolerance}
		sum := new(big.Rat)
		for _, cell := range s.Cells {
			pc := planCell{Topic: cell.Topic, Band: cell.Band}
			first, size := len(file.Items), len(c.cells[i])
			for _, q := range c.cells[i] {
				file.Items = append(file.Items, q.planned())
			}
			for j := range cell.Count {
				from, to := j*size/cell.Count, (j+1)*size/cell.Count
				var items []int32
				points := 0
				for k := from; k < to; k++ {
					items = append(items, int32(first+k))
					points += c.cells[i][k].expected()
				}
				sum.Add(sum, big.NewRat(int64(points), int64(to-from)))
				pc.Slots = append(pc.Slots, items)
			}
			ps.Cells = append(ps.Cells, pc)
			i++
		}
		ps.Target = roundHalfUp(sum)
		file.Sections = append(file.Sections, ps)
	}
	return file
}

// roundHalfUp rounds a number that is not negative to a whole one.
func roundHalfUp(r *big.Rat) int {
	n := new(big.Int).Lsh(r.Num(), 1)
	n.Add(n, r.Denom())
	return int(n.Quo(n, new(big.Int).Lsh(r.Denom(), 1)).Int64())
}
