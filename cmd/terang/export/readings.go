package export

import (
	"strings"

	"terang/cmd/terang/evidence"
	"terang/engine"
)

// readings gathers what was read of an exam, or of none: items of the bank, accounts. What was
// read of other exams stands in the same streams, and is not for this exam's auditor; so each
// reading comes by itself, with the link that it follows.
type readings struct {
	code  string
	links map[string]engine.Hash // the newest of each stream
	lines []evidence.Reading
	mine  map[reading]bool
}

// reading is where one stands.
type reading struct {
	stream string
	n      int
}

func newReadings(code string) *readings {
	return &readings{code: code, links: make(map[string]engine.Hash), mine: make(map[reading]bool)}
}

// take looks at the next record of such a stream, and says whether it belongs to the exam or to
// none.
func (s *readings) take(r *engine.Record, e *engine.Event) bool {
	before, later := s.links[r.Stream]
	if !later {
		before = engine.FirstHash(r.Stream)
	}
	s.links[r.Stream] = r.Hash
	exam, _, _ := strings.Cut(e.Sitting, ".")
	if e.Kind != engine.Viewed || exam != "" && exam != s.code {
		return false
	}
	s.lines = append(s.lines, evidence.Reading{Stream: r.Stream, N: r.N, Pos: r.Pos, Before: before.String(), Event: string(r.Body)})
	s.mine[reading{r.Stream, r.N}] = true
	return true
}
