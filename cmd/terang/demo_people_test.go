package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"terang/scoring/aberrance"
)

// A demo's signals are about those who are told the answers, and about nobody else.
func TestOnlyTheHelpedOfADemoAreFasterThanTheyCanRead(t *testing.T) {
	const items = 110
	letters := []string{"a", "b", "c", "d", "e"}
	worth := func(q int) []int {
		points := make([]int, len(letters))
		points[q%len(letters)] = 5
		return points
	}
	rules := aberrance.DefaultRules()
	r := rand.New(rand.NewPCG(1, 2))
	helped, gave := 0, 0
	for i := range 60 {
		s := newExtra(i, "26-"+string(rune('A'+i)), worth)
		var times []time.Duration
		for q := 1; q <= items; q++ {
			took := s.pace(r)
			if c := s.choose("", q, letters); c != "" {
				times = append(times, took)
			}
		}
		fast, sum := false, time.Duration(0)
		for k, took := range times {
			sum += took
			if k >= rules.BurstAnswers {
				sum -= times[k-rules.BurstAnswers]
			}
			fast = fast || k >= rules.BurstAnswers-1 && sum.Milliseconds() <= rules.BurstMeanMS*int64(rules.BurstAnswers)
		}
		if is := s.helped[1] > 0; fast != is {
			t.Errorf("candidate %d: a run of answers that is looked into: %v, told the answers: %v", i, fast, is)
		} else if is {
			helped++
		}
		if len(times) < items {
			gave++
		}
	}
	if helped != 2 || gave == 0 || gave > 10 {
		t.Errorf("of 60 candidates %d were helped and %d gave up", helped, gave)
	}
}
