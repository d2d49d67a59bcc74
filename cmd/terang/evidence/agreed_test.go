package evidence

import (
	"strings"
	"testing"
	"time"

	"terang/engine"
)

// Who has to agree to a change of places or of a roster is decided by what stood when it was
// made, and not by what came later.
func TestWhatTakesTwoIsDecidedByWhatStoodThen(t *testing.T) {
	const opened = engine.Instant(1_800_000_000_000)
	after := opened.Add(time.Minute)
	places := func(at engine.Instant, two string) engine.Event {
		return engine.Event{Kind: engine.PlacesChanged, At: at, By: "kepala", Two: two, Op: "op"}
	}
	roster := func(two string) engine.Event {
		return engine.Event{Kind: engine.RosterLoaded, At: opened - 1, By: "kepala", Two: two}
	}
	frozen := engine.Event{Kind: engine.RosterFrozen, At: opened - 2, By: "kepala"}
	for name, c := range map[string]struct {
		policy []string
		openAt engine.Pos // of the first check-in, 0: there was none
		events []engine.Event
		want   string // in what is found, "" if nothing is
	}{
		"places by one before anything":         {events: []engine.Event{places(after, "")}},
		"places by one while the policy asks":   {policy: []string{engine.ActPlaces}, events: []engine.Event{places(after, "")}, want: "policy"},
		"a policy of other acts":                {policy: []string{engine.ActRoster}, events: []engine.Event{places(after, "")}},
		"places by one after the freeze":        {events: []engine.Event{frozen, places(after, "")}, want: "version 2 is PlacesChanged by the word of \"kepala\" alone, after the roster was frozen"},
		"places by one before the freeze":       {events: []engine.Event{places(opened-3, ""), frozen}},
		"places by two of one name":             {events: []engine.Event{frozen, places(after, "kepala")}, want: "alone"},
		"places by two after the freeze":        {events: []engine.Event{frozen, places(after, "wakil")}},
		"places by one after check-in":          {openAt: 1, events: []engine.Event{places(after, "")}, want: "check-in was opened"},
		"places by one before check-in":         {openAt: 200, events: []engine.Event{places(after, "")}},
		"places that crossed the check-in":      {openAt: 1, events: []engine.Event{places(opened.Add(crossing), "")}},
		"a roster by one after the freeze":      {events: []engine.Event{frozen, roster("")}, want: "is RosterLoaded"},
		"a roster by one before":                {events: []engine.Event{roster(""), frozen, roster("wakil")}},
		"an annulment by one":                   {events: []engine.Event{{Kind: engine.ItemAnnulled, By: "ketua"}}, want: "always takes two"},
		"what was proposed, signed at the desk": {events: []engine.Event{frozen, {Kind: engine.Proposed, By: "ketua", Op: "op", Act: engine.ActPlaces}, places(after, "wakil")}},
	} {
		t.Run(name, func(t *testing.T) {
			v := &evidence{report: new(Report), manifest: &Manifest{Exam: "skd"}}
			a := &agreement{v: v, policy: engine.Policy{TwoPerson: c.policy}}
			if c.openAt > 0 {
				a.opened, a.openAt = &engine.Event{Kind: engine.CheckinOpened, At: opened}, c.openAt
			}
			for i, e := range c.events {
				if err := a.take(&decided{e, i + 1, engine.Pos(100 + i)}); err != nil {
					t.Fatal(err)
				}
			}
			if got := v.report.First().What; (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
