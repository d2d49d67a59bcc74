package main

import (
	"math/rand/v2"
	"time"

	"terang/scoring/aberrance"
)

// extra is how one of the demo's candidates sits: most know some of it and take their time,
// a few give up early, and now and then one is told the answers for a while, so that what a
// supervisor and a committee see of a demo is what they would see of an exam.
type extra struct {
	worth  func(q int) []int // the points of the options on display, which no page is told
	knows  float64           // share of the items
	slow   time.Duration     // mean time for an item beyond the least
	gives  int               // answers after which the rest stays empty; 0: it answers all
	helped [2]int            // after the first of these items and up to the second the answers come from elsewhere
	at     int               // item answered last
}

const (
	helpedOf  = 30 // one in so many is helped,
	helpKnows = .92
	helpTime  = 4 * time.Second // and a mean of half as much again: what it takes to listen and to press
	quitterOf = 10              // one in so many gives up
	skipTime  = 20 * time.Millisecond
)

// leastTime is that of an item. At that mean a run of right answers is looked into
// (aberrance B1): nobody honest in a demo comes near, and a signal there means something.
var leastTime = time.Duration(aberrance.DefaultRules().BurstMeanMS) * time.Millisecond

// newExtra is the i-th candidate of a demo, the same in each.
func newExtra(i int, number string, worth func(q int) []int) *extra {
	r := rand.New(rand.NewPCG(hashOf(number), 2026))
	s := &extra{worth: worth, knows: .35 + .5*r.Float64(), slow: time.Duration(2+8*r.Float64()) * time.Second}
	switch {
	case i%helpedOf == helpedOf/2:
		from := 4 + 12*(i/helpedOf%3) // not all at once
		s.knows, s.helped = .45, [2]int{from, from + 30}
	case i%quitterOf == quitterOf-1:
		s.gives = 10 + r.IntN(30)
	}
	return s
}

func (s *extra) isHelped() bool { return s.at >= s.helped[0] && s.at < s.helped[1] }

// pace is the time until the next act.
func (s *extra) pace(r *rand.Rand) time.Duration {
	switch {
	case s.gives > 0 && s.at >= s.gives:
		return skipTime
	case s.isHelped():
		return helpTime + time.Duration(r.ExpFloat64()*float64(helpTime/2))
	}
	return leastTime + time.Duration(r.ExpFloat64()*float64(s.slow))
}

// choose answers an item, or leaves it.
func (s *extra) choose(_ string, q int, letters []string) string {
	knows := s.knows
	if s.isHelped() {
		knows = helpKnows
	}
	if s.at = q; s.gives > 0 && q > s.gives {
		return ""
	}
	values := s.worth(q)
	if len(values) != len(letters) || rand.Float64() > knows {
		return letters[rand.IntN(len(letters))]
	}
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return letters[best]
}

func hashOf(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
