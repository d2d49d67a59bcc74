package web

import (
	"testing"
	"time"

	"terang/engine"
	"terang/proctor"
)

// The server fell; whoever comes back finds the answers, and gets the time for
// which the page could not go on alone.
func TestC14AnOutageIsMadeGoodAtTheNextHello(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ away, given time.Duration }{
		{20 * time.Second, 0}, // the page worked on
		{3 * time.Minute, 150 * time.Second},
	} {
		old := past{number: number(1, 1), bound: 5 * time.Minute, alive: test.away, answers: []string{"a", "c"}}
		began := time.Now()
		h := build(t, built{before: old.write})
		if more := h.found.Outage - test.away; h.found.Running != 1 || more < 0 || more > time.Since(began) {
			t.Errorf("recovered %+v", h.found)
		}
		before := h.state(old.number)
		w := old.page(h).hello()
		if w.in("answers").text("1") != "a" || w.in("answers").text("2") != "c" || w.text("state") != "running" {
			t.Errorf("%v", w.in("answers"))
		}
		given := engine.InstantOf(w.time("ends")).Sub(before.Deadline())
		if given < test.given || given > test.given+time.Since(began) { // the longer the test took
			t.Errorf("%v away: %v given, want %v", test.away, given, test.given)
		}
		for _, e := range h.events(old.number) {
			if e.Kind == engine.GapCredited && e.Why != "server" {
				t.Errorf("credited for %q", e.Why)
			}
		}
	}
}

// Who sleeps on has the server's gap until its limit; what follows is a silence.
func TestAServersGapEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	old := past{number: number(1, 1), bound: 5 * time.Minute, alive: 2 * time.Minute}
	began := time.Now()
	h := build(t, built{before: old.write})
	before := h.state(old.number)
	limit := h.hall.Now().Add(engine.RetryTo + engine.GapLimitAfter)
	h.must(h.live(old.number).Ask(engine.Command{Act: engine.ActGapLimit, By: "engine", At: limit, Limit: limit}, nil).Err)
	s := h.state(old.number)
	want := 2*time.Minute + engine.RetryTo + engine.GapLimitAfter - 30*time.Second
	if given := s.Deadline().Sub(before.Deadline()); given < want || given > want+time.Since(began) || s.SilentFrom != limit {
		t.Errorf("%v given, want %v; silent from %s, want %s", given, want, s.SilentFrom, limit)
	}
}

// The credit comes first, and only then is decided whether an answer is in time.
func TestTheGapIsCreditedBeforeTheFinish(t *testing.T) {
	t.Parallel()
	old := past{number: number(1, 1), started: 100*time.Minute + 30*time.Second, bound: 20 * time.Minute, alive: 5 * time.Minute}
	h := build(t, built{before: old.write})
	p := old.page(h)
	w := p.hello()
	if w.text("state") != "running" || w.int("remaining") < 200_000 {
		t.Fatalf("%s, %d ms remain: the deadline passed while the server was away", w.text("state"), w.int("remaining"))
	}
	p.answered(1, "b")
}

// One rule for all; beyond its limit a person decides, and answers wait with it.
func TestACreditBeyondTheLimitWaitsForAWord(t *testing.T) {
	t.Parallel()
	old := past{number: number(1, 1), started: 95 * time.Minute, bound: 90 * time.Minute, alive: 40 * time.Minute}
	h := build(t, built{before: old.write, policy: func(p *engine.Policy) { p.AutoCreditMS = 0 }})
	p := old.page(h)
	if w := p.hello(); w.text("state") != "running" {
		t.Fatalf("%v", w.text("state"))
	}
	h.act(proctor.Request{Action: engine.ActCredit, Numbers: []string{old.number}, MS: -6 * 60_000, Reason: "mistake"})
	if c := p.later("clock"); c.text("state") != "held" || c.int("remaining") != 0 {
		t.Fatalf("past the deadline with an open credit: %v", c)
	}
	p.refused(p.answer(1, "d"), "held")
	h.act(proctor.Request{Action: engine.ActDecideCredit, Decision: "grant"})
	if c := p.next("clock"); c.text("state") != "running" || c.int("remaining") < 30*60_000 {
		t.Fatalf("granted: %v", c)
	}
	s := h.state(old.number)
	if s.Answers != 1 || s.Responses[0].C != "d" || count(h.events(old.number), engine.HeldDecided) != 1 {
		t.Errorf("%d answers: the held one does not count", s.Answers)
	}
}

// No ghost: all that a node knows is in the journal, so another finds the same.
func TestC18AnotherRunKnowsWhatTheFirstKnew(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	pages := h.allWorking(number(1, 1), number(1, 2), number(1, 3))
	for q := 1; q <= 10; q++ {
		for _, p := range pages {
			p.answered(q, "abc"[q%3:q%3+1])
		}
	}
	h.act(proctor.Request{Action: engine.ActCredit, Numbers: []string{number(1, 1)}, MS: 120_000, Reason: "power"})
	h.act(proctor.Request{Action: engine.ActPause, Numbers: []string{number(1, 2)}, Reason: "health"})
	h.act(proctor.Request{Action: engine.ActFinish, Numbers: []string{number(1, 3)}, Reason: "request"})
	h.act(proctor.Request{Action: engine.ActDoubt, Numbers: []string{number(1, 1)}, Reason: "identity"})
	h.followed()
	was := map[string]engine.Attempt{}
	for i := 1; i <= 3; i++ {
		was[number(1, i)] = h.state(number(1, i))
	}
	seen, counts, err := h.desk.Seats(room1)
	h.must(err)
	h.kill()
	g := h.again(built{})
	for n, a := range was {
		b := g.state(n)
		if a.N != b.N || a.Hash != b.Hash || a.State != b.State || a.Deadline() != b.Deadline() || a.Answers != b.Answers || a.Session != b.Session || a.Fingerprint != b.Fingerprint || a.Doubt != b.Doubt {
			t.Errorf("%s was %s at %d until %s, is %s at %d until %s", n, a.State, a.N, a.Deadline(), b.State, b.N, b.Deadline())
		}
	}
	again, counts2, err := g.desk.Seats(room1)
	g.must(err)
	if counts != counts2 || len(seen) != len(again) {
		t.Errorf("the station counted %+v, counts %+v", counts, counts2)
	}
	// A supervisor sees why somebody is where they are, and can undo it.
	for _, v := range again {
		if v.Number == number(1, 2) && (v.State != engine.OnPause || len(v.Parts) < 2 || v.Parts[len(v.Parts)-1].Why != "health") {
			t.Errorf("paused, because %v", v.Parts)
		}
		if v.Number == number(1, 3) && v.Finish != "supervisor" {
			t.Errorf("finished, because %q", v.Finish)
		}
	}
	p := pages[0].at(g)
	if w := p.hello(); len(w.in("answers")) != 10 || w.text("state") != "running" {
		t.Errorf("%v", w)
	}
	p.answered(11, "a")
}

// An operation that was acknowledged before the fall is acknowledged after it as then.
func TestAnOperationIsKnownAcrossAFall(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	op := p.answer(5, "b")
	first := p.next("ok")
	h.kill()
	g := h.again(built{})
	q := p.at(g)
	q.hello()
	q.say(body{"t": "answer", "op": op, "q": 5, "c": "b"})
	if again := q.next("ok"); again.int("n") != first.int("n") || again.text("at") != first.text("at") {
		t.Errorf("%v, first %v", again, first)
	}
}
