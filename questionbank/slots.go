package questionbank

import "fmt"

// Slots returns which place of the plan each position of a candidate's form fills, both in
// order and counted from 0: a slot, or one item of a slot that units fill. Assemble shuffles
// the slots of a section, so that a position tells nothing; analysis needs to know them,
// since items of one place stand for each other. Arguments and errors are those of Assemble.
func (p *Plan) Slots(seed []byte, candidate string, seen []string) ([]int32, error) {
	d, _, err := p.draw(seed, candidate, seen)
	if err != nil {
		return nil, fmt.Errorf("slots of the form of %q: %w", candidate, err)
	}
	defer p.scratch.Put(d)
	type run struct{ first, long int32 }
	runs, next := make([]run, len(d.picks)), int32(0)
	for j, i := range d.picks {
		runs[j] = run{next, p.span[i]}
		next += p.span[i]
	}
	for _, s := range d.sections {
		shuffle(runs[s.from:s.to], &d.rand)
	}
	slots := make([]int32, 0, next)
	for _, r := range runs {
		for k := range r.long {
			slots = append(slots, r.first+k)
		}
	}
	return slots, nil
}

// ExpectedOverlap is how many items two forms have in common if every entry of a slot is
// drawn alike.
func (p *Plan) ExpectedOverlap() float64 {
	sum := 0.0
	for _, s := range p.pool.slots {
		sum += float64(p.span[s.items[0]]) / float64(len(s.items))
	}
	return sum
}
