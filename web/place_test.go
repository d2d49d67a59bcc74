package web

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// from signs in from an address, as our proxy passes it on.
func (p *page) from(addr string) (int, body) {
	p.h.Helper()
	return p.signinIn("X-Forwarded-For", addr)
}

func networked(t *testing.T, proxies ...netip.Prefix) *house {
	t.Helper()
	return build(t, built{proxies: proxies, policy: func(p *engine.Policy) { p.Place.Networks = true }, more: func(d *engine.Definition) {
		for i, n := range []string{"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"} {
			d.Sites[i].Networks = []string{n}
		}
	}})
}

var ourProxy = netip.MustParsePrefix("127.0.0.0/8")

func TestCandidatesSignInFromTheNetworksOfTheirSiteOnly(t *testing.T) {
	t.Parallel()
	h := networked(t, ourProxy)
	p := h.person(number(1, 1))
	for addr, code := range map[string]string{"203.0.113.5": "other_network", "10.2.0.9": "other_site"} {
		if status, answer := p.from(addr); status < 400 || answer.text("code") != code {
			t.Errorf("from %s: %d %v, want %s", addr, status, answer, code)
		}
	}
	if status, answer := p.from("203.0.113.6"); status != 403 || answer.text("text") == "" {
		t.Errorf("again: %d %v", status, answer)
	}
	if n := count(h.stream(engine.SittingStream+room1), engine.IncidentNoted); n != 1 {
		t.Errorf("%d incidents", n)
	}
	if status, answer := p.from("10.1.200.9"); status != 200 {
		t.Errorf("from the site: %d %v", status, answer)
	}
}

// Whoever is no proxy of ours may write into the header what they like.
func TestAStrangersWordOnTheAddressOpensNothing(t *testing.T) {
	t.Parallel()
	h := networked(t)
	p := h.person(number(1, 1))
	if status, answer := p.from("10.1.200.9"); status != 403 || answer.text("code") != "other_network" {
		t.Errorf("%d %v", status, answer)
	}
}

func TestASupervisorLiftsTheRuleForARoomThatMoved(t *testing.T) {
	t.Parallel()
	h := networked(t, ourProxy)
	p, other := h.person(number(1, 1)), &page{browser: h.browser(), number: number(2, 1), pin: h.checkin(room2, number(2, 1)), device: uuid.NewString()}
	if _, err := h.desk.Act(t.Context(), ratna, room1, proctor.Request{Op: uuid.NewString(), Action: engine.ActLiftPlace}); !errors.Is(err, engine.NeedsReason) {
		t.Errorf("without a reason: %v", err)
	}
	verifier := proctor.Account{User: "vera", Grants: proctor.Everywhere(proctor.Verifier)}
	operator := proctor.Account{User: "oki", Grants: proctor.Everywhere(proctor.Operator)}
	for _, a := range []proctor.Account{verifier, operator} {
		if _, err := h.desk.Act(t.Context(), a, room1, proctor.Request{Op: uuid.NewString(), Action: engine.ActLiftPlace, Reason: "power"}); !errors.Is(err, engine.NotAllowed) {
			t.Errorf("by %s: %v", a.User, err)
		}
	}
	h.act(proctor.Request{Action: engine.ActLiftPlace, Reason: "evacuation: ke gedung B"})
	for _, addr := range []string{"203.0.113.5", "10.2.0.9"} { // also into the house of another site
		if status, answer := p.from(addr); status != 200 {
			t.Errorf("from %s: %d %v", addr, status, answer)
		}
	}
	if status, answer := other.from("203.0.113.5"); status != 403 {
		t.Errorf("of another sitting: %d %v", status, answer)
	}
	h.act(proctor.Request{Action: engine.ActKeepPlace, Reason: "request"})
	if status, _ := p.from("203.0.113.5"); status != 403 {
		t.Errorf("after it was put back: %d", status)
	}
	events := h.stream(engine.SittingStream + room1)
	for _, kind := range []engine.Kind{engine.PlaceLifted, engine.PlaceKept} {
		found := false
		for _, e := range events {
			found = found || e.Kind == kind && e.By == ratna.User && e.Why != ""
		}
		if !found {
			t.Errorf("no %s with who and why: %v", kind, events)
		}
	}
}

func seated(t *testing.T) *house {
	t.Helper()
	return build(t, built{policy: func(p *engine.Policy) { p.Place.Seats = true }, more: atSite})
}

// registered makes the browser of a page count as a seat.
func (p *page) registered(seat string) {
	p.h.Helper()
	if status, answer := p.report(seat, fit()); status != 200 {
		p.h.Fatalf("report of %s: %d %v", seat, status, answer)
	}
}

func TestCandidatesSignInAtTheirOwnRegisteredSeatOnly(t *testing.T) {
	t.Parallel()
	h := seated(t)
	p := h.person(number(1, 1))
	own := h.state(p.number).Seat
	refused := func(code string) {
		t.Helper()
		if status, answer := p.signin(); status != 403 || answer.text("code") != code || answer.text("field") != own {
			t.Fatalf("%d %v, want %s naming %s", status, answer, code, own)
		}
	}
	refused("no_seat")
	p.registered("07")
	refused("other_seat")
	thief := &page{browser: p.elsewhere().browser, number: p.number, pin: p.pin, device: uuid.NewString()}
	thief.registered("07") // the seat has another computer now: ours is none
	refused("no_seat")
	p.registered(own)
	p.enter()

	// One session at a time holds with it: the seat of another does not take over a live one.
	p.hello()
	if status, answer := thief.signin(); status != 403 || answer.text("code") != "other_seat" {
		t.Errorf("at another seat: %d %v", status, answer)
	}
	thief.registered(own)
	if status, answer := thief.signin(); status != 409 || answer.text("code") != "in_use" {
		t.Errorf("at a computer that took the seat over: %d %v", status, answer)
	}
	h.until("the station shows the seat's new computer", func() bool {
		all, err := h.desk.Incidents(t.Context(), room1)
		h.must(err)
		return slices.ContainsFunc(all, func(i proctor.Incident) bool { return i.Why == proctor.NoteSeatAgain && i.Seat == own })
	})
	_, ready := h.officer("sari", proctor.Supervisor).get("/api/v1/sittings/" + room1 + "/readiness")
	for _, raw := range ready.in("room").list("seats") {
		if s := body(raw.(map[string]any)); s.text("seat") == own && (s.int("times") != 2 || s.text("registered") == "" || s.text("at") == "") {
			t.Errorf("the list of seats: %v", s)
		}
	}
}

func TestAMoveBringsTheOwnSeatAlong(t *testing.T) {
	t.Parallel()
	h := seated(t)
	p := h.person(number(1, 1))
	p.registered(h.state(p.number).Seat)
	p.enter()
	h.act(proctor.Request{Action: engine.ActMove, Numbers: []string{p.number}, To: "09"})
	if status, answer := p.signin(); status != 403 || answer.text("code") != "other_seat" || answer.text("field") != "09" {
		t.Errorf("at the old seat: %d %v", status, answer)
	}
	q := p.elsewhere()
	q.registered("09")
	if status, answer := q.signin(); status != 200 {
		t.Errorf("at the new one: %d %v", status, answer)
	}
}
