package proctor

import "terang/engine"

// SeatLabels are the seats of a room with so many, as events name them.
func SeatLabels(seats int) []string {
	all := make([]string, seats)
	for n := range all {
		all[n] = seatNumber(n+1, seats)
	}
	return all
}

// OfferedSeats are those that a drawn SeatGiven says it was drawn from, in a room with so many.
func OfferedSeats(e *engine.Event, seats int) ([]string, error) { return unpackSeats(e.Form, seats) }

// KeepsSeat says whether the seat that the roster names is kept for its person until check-in
// closes: always, or, where all seats are drawn, for those whom it names for a reason.
func KeepsSeat(policy *engine.Policy, p *Person) bool {
	return p.Seat != "" && (policy.Seating != engine.SeatingDrawn || p.Accommodation != "")
}

// SpareSeats are a room's seats that are kept free for whose computer fails.
func SpareSeats(room engine.RoomDef) map[string]bool { return spareIn(room) }
