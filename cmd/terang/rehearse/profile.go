package rehearse

import (
	"context"
	"strings"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
)

// profile is a way to load a server.
type profile struct {
	name   string
	rate   float64 // acts a second of a candidate, where --rate says nothing
	starts bool    // begins the sittings itself
	// perform measures, once everybody sits; it ends in bounded time whatever the server does.
	perform func(*performance, context.Context) error
	limits  func(*performance, *Outcome) []Limit
}

// national is the pace that the whole system is designed for: 2,700 acts a second of 80,000
// candidates, some more than 110 items in 100 minutes need.
const national = 1. / 30

// profiles in the order in which they are told.
func profiles() []profile {
	return []profile{
		{name: "steady", rate: 1, perform: (*performance).work, limits: (*performance).paceLimits},
		{name: "max", rate: 1, perform: (*performance).work, limits: (*performance).ratioLimits},
		{name: "storm-start", rate: national, starts: true, perform: (*performance).startAtOnce, limits: (*performance).startLimits},
		{name: "storm-finish", rate: national, starts: true, perform: (*performance).finishAtOnce, limits: (*performance).finishLimits},
		{name: "watchers", rate: national, perform: (*performance).watch, limits: (*performance).watchLimits},
		{name: "reconnect", rate: national, perform: (*performance).reconnect, limits: (*performance).returnLimits},
	}
}

// profile is the one that was asked for; what the profiles are called, if there is none.
func (c *Cmd) profile() (found *profile, names string) {
	var all []string
	for _, p := range profiles() {
		if p.name == c.Profile {
			return &p, ""
		}
		all = append(all, p.name)
	}
	return nil, strings.Join(all, ", ")
}

// warmFor is how long a crowd works before it is measured: what was in the way of the last who sat
// down is answered, and what the server gave back when it was weighed is taken again.
const warmFor = 2 * time.Second

// work lets everybody work for the measured time.
func (p *performance) work(ctx context.Context) error {
	if err := p.rest(ctx, warmFor); err != nil {
		return err
	}
	p.begin("answering")
	return p.rest(ctx, p.For)
}

// cast makes a simulated candidate for the profile.
func (p *performance) cast(person create.Credential, i int) *crowd.Candidate {
	one := &crowd.Candidate{
		Base: p.Target, Number: person.Number, PIN: person.PIN, Client: p.client, Dialer: p.dialer, Again: true,
		Rehearsal: p.hired, Closed: p.Profile == "max", Pace: crowd.ThinkTimes(p.Rate), Habits: crowd.Believable,
	}
	switch {
	case one.Closed:
		one.Habits = nil
	case p.profile.starts:
		// Some open their form in truth, so that a key that opens nothing is found.
		one.Sealed, one.Blind, one.Linger = !p.Unsealed, i%(1+p.Candidates/openMost) != 0, true
	}
	return one
}

// openMost of a storm's candidates, about, open their form; the others are on computers
// that this one cannot stand for.
const openMost = 50

// within bounds a wait for a whole crowd.
func (p *performance) within(least time.Duration) time.Duration {
	return least + time.Duration(p.Candidates)*5*time.Millisecond
}
