package engine

import (
	"sync/atomic"
	"time"
)

// Instant is a moment in UTC milliseconds since the Unix epoch. Every decision takes
// one; no decision reads a clock.
type Instant int64

// Never is later than any deadline: what a stopped clock's deadline is.
const Never Instant = 1<<62 - 1

// InstantOf truncates t to the millisecond, the resolution of every record.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time returns i as a UTC time.
func (i Instant) Time() time.Time { return time.UnixMilli(int64(i)).UTC() }

// Add returns i moved by d, truncated to the millisecond. Never stays Never.
func (i Instant) Add(d time.Duration) Instant {
	if i >= Never {
		return Never
	}
	return i + Instant(d.Milliseconds())
}

// Sub returns the time from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Millisecond }

// String is RFC 3339 in UTC with milliseconds, as on the wire; "" for no instant.
func (i Instant) String() string { return string(i.Append(make([]byte, 0, 24))) }

// Append appends String, for frames that are made by hand.
func (i Instant) Append(b []byte) []byte {
	if i == 0 {
		return b
	}
	s := newestSecond.Load()
	if s == nil || i < s.from || i >= s.from+1000 {
		text := i.Time().AppendFormat(make([]byte, 0, 32), "2006-01-02T15:04:05.000Z")
		if len(text) != len(s.text)+len("000Z") || i < 0 {
			return append(b, text...)
		}
		s = &second{from: i - i%1000}
		copy(s.text[:], text)
		newestSecond.Store(s)
	}
	ms := i - s.from
	return append(append(b, s.text[:]...), byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
}

// second is how the instants of one second begin. Nearly all that are written are of the
// newest.
type second struct {
	from Instant
	text [len("2006-01-02T15:04:05.")]byte
}

var newestSecond atomic.Pointer[second]

// Clock gives the instant of a node: wall time read once, then monotonic, so that a
// step of the machine's clock cannot move an exam.
type Clock struct {
	wall  Instant
	since time.Time
}

// NewClock reads the wall clock, once.
func NewClock() *Clock {
	now := time.Now()
	return &Clock{wall: InstantOf(now), since: now}
}

// Now is the node's instant.
func (c *Clock) Now() Instant { return c.wall.Add(time.Since(c.since)) }

// Step is how far the machine's wall clock has moved against the node's since start:
// over 250 ms it is an incident.
func (c *Clock) Step() time.Duration { return InstantOf(time.Now()).Sub(c.Now()) }
