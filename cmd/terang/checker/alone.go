package checker

import (
	"time"

	"terang/engine"
)

// Alone judges one attempt's stream by itself: its chain, its order, its operations and its
// clock. The events are returned as they were read; after one that cannot be read they end.
func Alone(name string, records []engine.Record, grace time.Duration) (*Report, []engine.Event) {
	r := &Report{Streams: 1, Attempts: 1, Events: len(records)}
	s := &stream{name: name, hash: engine.FirstHash(name), byOp: make(map[string]int)}
	for i := range records {
		s.take(records[i], r)
	}
	s.operations(r)
	s.clock(grace, r)
	events := make([]engine.Event, len(s.events))
	for i := range s.events {
		events[i] = s.events[i].Event
	}
	return r, events
}

// First is the first example of what was found, in the order of the report; "" if nothing was.
func (r *Report) First() string {
	for _, c := range r.counts() {
		if c.N > 0 {
			return c.Examples[0]
		}
	}
	return ""
}
