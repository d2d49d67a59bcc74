package questionbank

import "fmt"

// Slots returns which slot of the plan each position of a candidate's form fills, both in
// order and counted from 0. Assemble shuffles the slots of a section, so that a position
// tells nothing; analysis needs to know them, since items of one slot stand for each other.
// Arguments and errors are those of Assemble.
func (p *Plan) Slots(seed []byte, candidate string, seen []string) ([]int32, error) {
	d, err := p.draw(seed, candidate, seen)
	if err != nil {
		return nil, fmt.Errorf("slots of the form of %q: %w", candidate, err)
	}
	slots := make([]int32, len(d.picks))
	for j := range slots {
		slots[j] = int32(j)
	}
	for _, s := range p.pool.sections {
		slots := slots[s.from:s.to]
		shuffle(&d.rand, len(slots), func(i, j int) { slots[i], slots[j] = slots[j], slots[i] })
	}
	return slots, nil
}

// Tolerances are how far forms may be from the target of each section before items are
// swapped, in thousandths of a point.
func (p *Plan) Tolerances() []int {
	out := make([]int, len(p.pool.sections))
	for i, s := range p.pool.sections {
		out[i] = s.tolerance
	}
	return out
}

// ExpectedOverlap is how many items two forms have in common if every item of a slot is
// drawn alike.
func (p *Plan) ExpectedOverlap() float64 {
	sum := 0.0
	for _, s := range p.pool.slots {
		sum += 1 / float64(len(s.items))
	}
	return sum
}
