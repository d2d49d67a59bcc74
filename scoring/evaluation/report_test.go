package evaluation

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
	"terang/scoring"
)

func group(name string, n, passed int) (people []Person) {
	for i := range n {
		p := Person{Need: name}
		p.Verdict.Passed = i < passed
		people = append(people, p)
	}
	return people
}

// No figure is given of few, and none can be reckoned from the total.
func TestSmallGroupsCannotBeReckoned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 25), 1, 8).Draw(t, "sizes")
		var people []Person
		for i, n := range sizes {
			people = append(people, group(fmt.Sprint("g", i), n, rapid.IntRange(0, n).Draw(t, "passed"))...)
		}
		hidden, within := 0, len(people)
		for i, rate := range rates(people, func(p *Person) string { return p.Need }) {
			if rate.N == nil {
				hidden++
				continue
			}
			if *rate.N < Cell || *rate.N != sizes[i] {
				t.Fatalf("%s has %d, is said to have %d", rate.Name, sizes[i], *rate.N)
			}
			within -= *rate.N
		}
		if hidden > 0 && hidden < len(sizes) && within < Cell {
			t.Fatalf("%d groups of together %d are hidden beside a total: %v", hidden, within, sizes)
		}
		for _, n := range sizes {
			if n < Cell && hidden == 0 {
				t.Fatalf("nothing is hidden of %v", sizes)
			}
		}
	})
}

func TestSharesAreRoundedOnce(t *testing.T) {
	for _, c := range []struct {
		a, b int
		want string
	}{{1, 3, "33.3"}, {2, 3, "66.7"}, {1, 2000, "0.1"}, {1, 2001, "0.0"}, {7, 7, "100.0"}} {
		if got, err := json.Marshal(share(c.a, c.b, 100)); err != nil || string(got) != c.want {
			t.Errorf("%d of %d are %s %%, want %s (%v)", c.a, c.b, got, c.want, err)
		}
	}
}

// Somebody who came to another sitting counts there; who was disqualified has not finished;
// whoever is reopened and finishes again counts once.
func TestTurnoutFollowsTheAttempts(t *testing.T) {
	c := NewCourse("x", []Attendee{{"a", "s1", "kota"}, {"b", "s1", "kota"}, {"c", "s2", "desa"}, {"d", "s2", "desa"}})
	apply := func(attempt string, events ...engine.Event) {
		for i := range events {
			c.Apply(engine.AttemptStream+attempt, i+1, &events[i])
		}
	}
	sat := []engine.Event{{Kind: engine.CheckedIn, Sitting: "x.s2"}, {Kind: engine.Started}, {Kind: engine.Finished}}
	apply("a", append(sat, engine.Event{Kind: engine.Reopened}, engine.Event{Kind: engine.Finished})...)
	apply("b", engine.Event{Kind: engine.TurnedAway, Why: "late"})
	apply("c", append(sat, engine.Event{Kind: engine.Disqualified})...)
	apply("stranger", sat...)
	got := c.Close()
	want := []Turnout{
		{Registered: 4, CheckedIn: 2, Started: 2, Finished: 1, Disqualified: 1, TurnedAway: 1},
		{Sitting: "s1", Site: "kota", Registered: 1, TurnedAway: 1},
		{Sitting: "s2", Site: "desa", Registered: 3, CheckedIn: 2, Started: 2, Finished: 1, Disqualified: 1},
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("turnout %+v\nwant %+v", got[i], want[i])
		}
	}
}

// Who was checked in and then sent to another sitting is registered there, come or not.
func TestTurnoutFollowsWhoIsSentOn(t *testing.T) {
	c := NewCourse("x", []Attendee{{"a", "s2", "desa"}, {"b", "s2", "desa"}, {"c", "s1", "kota"}})
	apply := func(attempt string, events ...engine.Event) {
		for i := range events {
			c.Apply(engine.AttemptStream+attempt, i+1, &events[i])
		}
	}
	came := engine.Event{Kind: engine.CheckedIn, Sitting: "x.s1"}
	apply("a", came, engine.Event{Kind: engine.Transferred, Act: "x.s1", Sitting: "x.s2"})
	apply("b", came, engine.Event{Kind: engine.Started}, engine.Event{Kind: engine.Continued, Act: "x.s1", Sitting: "x.s2"})
	apply("c", came)
	got := c.Close()
	want := []Turnout{
		{Registered: 3, CheckedIn: 2, Started: 1},
		{Sitting: "s1", Site: "kota", Registered: 1, CheckedIn: 1},
		{Sitting: "s2", Site: "desa", Registered: 2, CheckedIn: 1, Started: 1},
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("turnout %+v\nwant %+v", got[i], want[i])
		}
	}
}

func TestRescoredCountsBothWays(t *testing.T) {
	rs, err := scoring.ByName("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	bar, err := rs.Bar("general", nil)
	if err != nil {
		t.Fatal(err)
	}
	var r Rescored
	for _, c := range []struct {
		raw, points scoring.Points
		had         bool
	}{
		{scoring.Points{60, 80, 166}, scoring.Points{65, 80, 166}, true}, // rises over the threshold
		{scoring.Points{65, 80, 166}, scoring.Points{60, 80, 166}, true}, // falls below it
		{scoring.Points{70, 80, 166}, scoring.Points{75, 80, 166}, true},
		{scoring.Points{60, 80, 166}, scoring.Points{60, 80, 166}, false},
	} {
		p := Person{Result: scoring.Result{Raw: c.raw, Bar: bar, Had: c.had}}
		p.Points = c.points
		p.Verdict = bar.Decide(&p.Points)
		r.take(&p)
	}
	if want := (Rescored{Had: 3, Rise: 2, Fall: 1, Meet: 1, Miss: 1}); r != want {
		t.Errorf("%+v, want %+v", r, want)
	}
}
