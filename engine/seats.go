package engine

import "maps"

// How a seat came to somebody, as SeatGiven says it in Act.
const (
	SeatDrawn  = "drawn"  // by the sitting's secret
	SeatRoster = "roster" // the one that the roster keeps
	SeatAsked  = "asked"  // an exception, with a reason
)

// SeatBook is which seats of a sitting were given out, in the order of its stream. The
// stream's order is what makes two nodes give one seat to one person: who appends second
// decides anew.
type SeatBook struct {
	Seal  string            // SHA-256 of the secret that seats are drawn by, "" before the first
	Draws int               // how many were drawn
	Given map[string]string // number, as in the roster -> the seat given last
}

func (b *SeatBook) apply(e *Event) {
	switch e.Kind {
	case SeatsSealed:
		b.Seal = e.Seed
	case SeatGiven:
		if b.Given == nil {
			b.Given = make(map[string]string)
		}
		b.Given[e.Number] = e.Seat
		b.Draws = max(b.Draws, e.Q)
	}
}

// Clone is a copy that is not changed any more.
func (b SeatBook) Clone() SeatBook {
	b.Given = maps.Clone(b.Given)
	return b
}
