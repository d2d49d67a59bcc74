package proctor

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"terang/engine"
)

// Unsettled counts what of an exam is still open, and may change somebody's result.
type Unsettled struct {
	Sittings  int `json:"sittings"`  // not ended
	Working   int `json:"working"`   // attempts that were begun and are not over
	Doubts    int `json:"doubts"`    // identities, undecided
	Credits   int `json:"credits"`   // lost time, undecided
	Held      int `json:"held"`      // attempts with answers that wait for a credit
	Proposals int `json:"proposals"` // acts on the exam or its sittings that wait for a second person

	Objections int `json:"objections"` // not answered

	More []OpenCount `json:"more,omitempty"` // what counters say, those that are not 0
}

// openAway are sittings that sites hold by themselves: what came of them may not be all.
const openAway = "away"

// OpenCount is how much of one further kind is open.
type OpenCount struct {
	What  string   `json:"what"`
	Count int      `json:"count"`
	Which []string `json:"which,omitempty"` // they, as people know them, where that says more than their number
}

// String is the number, and in brackets which they are.
func (c OpenCount) String() string {
	if len(c.Which) == 0 {
		return strconv.Itoa(c.Count)
	}
	return strconv.Itoa(c.Count) + " (" + strings.Join(c.Which, "; ") + ")"
}

// Counter counts a further kind of what is open in an exam, and keeps its results from
// being frozen: minutes that nobody signed, objections that nobody answered.
type Counter struct {
	What string // key of its words
	Open func(ctx context.Context, exam string) (int, error)
}

// Counts adds counters, before the first is asked.
func (d *Desk) Counts(more ...Counter) { d.counters = append(d.counters, more...) }

// Any says whether anything is open.
func (u Unsettled) Any() bool {
	return u.Sittings+u.Working+u.Doubts+u.Credits+u.Held+u.Proposals+u.Objections > 0 || len(u.More) > 0
}

// Unsettled says what of an exam is open. A proposal's own operation does not count.
func (d *Desk) Unsettled(ctx context.Context, exam, but string) (u Unsettled, err error) {
	def := d.people.Exam(exam)
	if def == nil {
		return u, refusal(engine.BadFrame, "exam")
	}
	streams := []string{engine.ExamStream + exam}
	var away []string
	for _, s := range def.Sittings {
		id := exam + "." + s.Code
		streams = append(streams, engine.SittingStream+id)
		state := d.hall.Sitting(id).State()
		if state.Home != "" {
			away = append(away, s.Title+" · "+def.SiteName(s.Site))
		}
		if phase := state.Phase; phase != engine.Ended && phase != engine.Sealed && phase != engine.Cancelled {
			u.Sittings++
		}
	}
	d.station.unsettled(d.people.All(exam), &u)
	for _, stream := range streams {
		standing, err := d.pairs.standing(ctx, stream)
		if err != nil {
			return u, err
		}
		now := d.now()
		for _, e := range standing.Open {
			if e.Op != but && !d.pairs.expired(e, now) {
				u.Proposals++
			}
		}
		for _, agreed := range standing.Approved {
			if agreed.Proposed.Op != but {
				u.Proposals++
			}
		}
	}
	if len(away) > 0 {
		u.More = append(u.More, OpenCount{openAway, len(away), away})
	}
	for _, c := range d.counters {
		n, err := c.Open(ctx, exam)
		if err != nil {
			return u, fmt.Errorf("count %s of %s: %w", c.What, exam, err)
		}
		if n > 0 {
			u.More = append(u.More, OpenCount{What: c.What, Count: n})
		}
	}
	u.Objections, err = d.pairs.log.OpenObjections(ctx, exam)
	return u, err
}

func (s *Station) unsettled(people []*Person, u *Unsettled) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, p := range people {
		w := s.attempts[p.Attempt]
		if w == nil {
			continue
		}
		u.add(w.fold)
	}
}

// add counts what of one attempt is open.
func (u *Unsettled) add(a *engine.Attempt) {
	if a.State == engine.Running || a.State == engine.OnPause {
		u.Working++
	}
	if a.Doubt {
		u.Doubts++
	}
	if a.Undecided() {
		u.Credits++
	}
	if len(a.Holding) > 0 {
		u.Held++
	}
}
