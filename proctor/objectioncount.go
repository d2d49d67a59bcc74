package proctor

import (
	"slices"

	"terang/engine"
)

// ObjectionCounts is how many objections of a kind there are, by what became of them.
type ObjectionCounts struct {
	Kind   string         `json:"kind"` // "": of all
	Filed  int            `json:"filed"`
	States map[string]int `json:"states"`
	Late   int            `json:"late"` // not answered, or not answered in time
}

// CountObjections counts by kind, in the order of engine.ObjectionKinds, and last those of
// all. Nothing in it is about a person.
func CountObjections(all []Objection, now engine.Instant) []ObjectionCounts {
	counts := make([]ObjectionCounts, len(engine.ObjectionKinds)+1)
	for i := range counts {
		counts[i].States = make(map[string]int, len(ObjectionStates))
		for _, state := range ObjectionStates {
			counts[i].States[state] = 0
		}
		if i < len(engine.ObjectionKinds) {
			counts[i].Kind = engine.ObjectionKinds[i]
		}
	}
	for i := range all {
		o := &all[i]
		for _, at := range []int{slices.Index(engine.ObjectionKinds, o.Kind), len(counts) - 1} {
			if at < 0 {
				continue
			}
			counts[at].Filed++
			counts[at].States[o.State]++
			if o.Late(now) {
				counts[at].Late++
			}
		}
	}
	return counts
}
