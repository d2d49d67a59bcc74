package packed

import "terang/engine"

// Places are where the newest records of a stream stand, one place for each: positions that
// never descend, in four bytes each.
type Places struct {
	first engine.Pos
	offs  []uint32 // distances from first
}

// Extend notes where the next record stands.
func (p *Places) Extend(pos engine.Pos) {
	if len(p.offs) == 0 {
		p.first = pos
	}
	p.offs = append(p.offs, uint32(pos-p.first))
}

// Len is for how many records there is a place.
func (p *Places) Len() int { return len(p.offs) }

// Of returns the places of the versions from..to of a stream that has come to version n.
func (p *Places) Of(n, from, to int) []engine.Pos {
	base := n - len(p.offs) // the version before the first that has a place
	lo, hi := max(from-base-1, 0), min(to-base, len(p.offs))
	if lo >= hi {
		return nil
	}
	at := make([]engine.Pos, 0, hi-lo)
	for _, off := range p.offs[lo:hi] {
		at = append(at, p.first+engine.Pos(off))
	}
	return at
}
