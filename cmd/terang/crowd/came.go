package crowd

import "time"

// Point is a point of the exam that a candidate comes to.
type Point string

// The points.
const (
	Waits Point = "waits" // sits in the room, the sealed form fetched if there is one
	Begun Point = "begun" // has the key of the form, or its items
	Ended Point = "ended" // has been told the result
)

// Came tells that a candidate has come to a point.
type Came struct {
	Number string
	Point  Point
	At     time.Time // when the frame was read, of this machine's clock
	Due    time.Time // when it was to be sent, of the server's clock; zero for Waits
	Key    bool      // Begun by the key of a sealed form
}

func (c *Candidate) came(p Point, at, due time.Time, key bool) {
	if c.Came != nil {
		c.Came(Came{Number: c.Number, Point: p, At: at, Due: due, Key: key})
	}
}
