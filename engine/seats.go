package engine

import "maps"

// How a seat came to somebody, as SeatGiven says it in Act.
const (
	SeatDrawn  = "drawn"  // by the sitting's secret
	SeatRoster = "roster" // the one that the roster keeps
	SeatAsked  = "asked"  // by name: an exception at check-in, or a move to another computer; with a reason
)

// SeatBook is which seats of a sitting were given out, in the order of its stream. The
// stream's order is what makes two nodes give one seat to one person: who appends second
// decides anew.
type SeatBook struct {
	Seal  string            // SHA-256 of the secret that seats are drawn by, "" before the first
	Draws int               // how many were drawn
	Given map[string]string // number, as in the roster -> the seat given last
	Moved map[string]bool   // number -> that was to another computer, of who sat here already
}

func (b *SeatBook) apply(e *Event) {
	switch e.Kind {
	case SeatsSealed:
		b.Seal = e.Seed
	case SeatGiven:
		if b.Given == nil {
			b.Given, b.Moved = make(map[string]string), make(map[string]bool)
		}
		b.Given[e.Number], b.Moved[e.Number] = e.Seat, e.On
		b.Draws = max(b.Draws, e.Q)
	}
}

// Clone is a copy that is not changed any more.
func (b SeatBook) Clone() SeatBook {
	b.Given, b.Moved = maps.Clone(b.Given), maps.Clone(b.Moved)
	return b
}
