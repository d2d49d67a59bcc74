package web

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// beside is another node over the same journal.
func (h *house) beside(b built) *house {
	h.Helper()
	b.shared, b.path = h.db, h.path
	return build(h.T, b)
}

// What staff do at one node reaches the page at the other within 200 ms; nothing is routed.
func TestStaffActsReachThePageAtAnotherNode(t *testing.T) {
	a := build(t, built{node: "a"})
	b := a.beside(built{node: "b"})
	p := a.working(number(1, 1))
	b.followed()
	soon(t, "a credit from another node", func() {
		b.act(proctor.Request{Action: engine.ActCredit, Numbers: []string{p.number}, MS: 60_000, Reason: "network"})
		if c := p.next("clock"); !strings.Contains(parts(c), "given 60000") {
			t.Errorf("%s", parts(c))
		}
	})
	soon(t, "a pause from another node", func() {
		b.act(proctor.Request{Action: engine.ActPause, Reason: "evacuation"})
		if c := p.next("clock"); c.text("state") != "paused" {
			t.Errorf("%v", c)
		}
		b.act(proctor.Request{Action: engine.ActResume})
		if c := p.next("clock"); c.text("state") != "running" {
			t.Errorf("%v", c)
		}
	})
	b.act(proctor.Request{Action: engine.ActMessage, Text: "Selamat bekerja."})
	if f := p.next("say"); f.text("text") != "Selamat bekerja." {
		t.Errorf("%v", f)
	}
	p.answered(1, "a")
	b.followed()
	b.act(proctor.Request{Action: engine.ActMove, Numbers: []string{p.number}, To: "09", Reason: "device"})
	if bye := p.later("bye"); bye.text("code") != "superseded" || bye.text("seat") != "09" {
		t.Errorf("%v", bye)
	}
	p.isClosed(4003)
}

// A hello at another node takes the attempt; the page that had it is dead there.
func TestC9AHelloAtAnotherNodeTakesTheAttempt(t *testing.T) {
	t.Parallel()
	a := build(t, built{node: "a"})
	b := a.beside(built{node: "b"})
	p := a.working(number(1, 1))
	p.answered(1, "a")
	b.followed()
	q := p.at(b) // no store is asked whether the session stands
	w := q.hello()
	if w.in("answers").text("1") != "a" || w.text("state") != "running" {
		t.Errorf("%v", w)
	}
	p.ends("superseded", 4003)
	if s := b.state(p.number); s.Node != "b" || s.Gen != 2 {
		t.Errorf("held by %s, generation %d", s.Node, s.Gen)
	}
	q.answered(2, "b")
	a.followed()
	if s := a.state(p.number); s.Answers != 2 {
		t.Errorf("the first node knows %d answers", s.Answers)
	}
	s := b.state(p.number)
	if given := s.Deadline() - s.Ledger.From; given != 6_000_000 {
		t.Errorf("a change of nodes moved the deadline: %d ms after the start", given)
	}
}

// A balancer may send the sign-in to one node and the socket to another, before the tail
// has brought the session there: it is looked for in the journal before anybody is sent away.
func TestASessionThatAnotherNodeGaveAMomentAgo(t *testing.T) {
	t.Parallel()
	a := build(t, built{node: "a"})
	b := a.beside(built{node: "b"})
	for i := range 5 {
		p := a.person(number(1, i+1))
		if status, got := p.signin(); status != 200 {
			t.Fatalf("sign-in: %d %v", status, got)
		}
		q := p.at(b)
		if status, got := q.post("/api/v1/exam/confirm", body{"device": q.device}); status != 200 {
			t.Errorf("confirmed at another node at once: %d %v", status, got)
		}
		if w := q.at(a).hello(); w.text("t") != "welcome" {
			t.Errorf("hello at the first node at once: %v", w)
		}
	}
}

// A page hears what was written while its own answer was on the way, though the journal
// refused that answer first.
func TestAConflictHidesNothingFromThePage(t *testing.T) {
	t.Parallel()
	gate := newGate()
	a := build(t, built{node: "a", wrap: gate.wrap})
	b := a.beside(built{node: "b"})
	p := a.working(number(1, 1))
	b.followed()
	gate.shut()
	op := p.answer(1, "a") // in flight
	p.quiet()
	b.act(proctor.Request{Action: engine.ActMessage, Numbers: []string{p.number}, Text: "Berhenti sebentar."})
	b.act(proctor.Request{Action: engine.ActPause, Numbers: []string{p.number}, Reason: "noise"})
	gate.open()
	seen := map[string]body{}
	for range 3 {
		f := <-p.frames
		seen[f.text("t")] = f
	}
	if seen["clock"].text("state") != "paused" || seen["say"].text("text") != "Berhenti sebentar." || seen["no"].text("code") != "paused" || seen["no"].text("op") != op {
		t.Fatalf("%v", seen)
	}
	b.followed()
	b.act(proctor.Request{Action: engine.ActResume, Numbers: []string{p.number}})
	if c := p.next("clock"); c.text("state") != "running" {
		t.Errorf("%v", c)
	}
	p.say(body{"t": "answer", "op": op, "q": 1, "c": "a"})
	p.next("ok")
}

// The same for the end of the line: moved while its own answer was on the way.
func TestAConflictWithAMoveEndsTheLine(t *testing.T) {
	t.Parallel()
	gate := newGate()
	a := build(t, built{node: "a", wrap: gate.wrap})
	b := a.beside(built{node: "b"})
	p := a.working(number(1, 1))
	b.followed()
	gate.shut()
	p.answer(1, "a")
	p.quiet()
	b.act(proctor.Request{Action: engine.ActMove, Numbers: []string{p.number}, To: "09", Reason: "device"})
	gate.open()
	if bye := p.later("bye"); bye.text("code") != "superseded" || bye.text("seat") != "09" {
		t.Errorf("%v", bye)
	}
	p.isClosed(4003)
	if s := b.state(p.number); s.Seat != "09" || s.Deadline() != engine.Never {
		t.Errorf("seat %s, the clock runs until %s", s.Seat, s.Deadline())
	}
}

// Of two answers at two nodes exactly one is stored first; the other is decided again
// on what then stands, and each is acknowledged with the version it has.
func TestC9ConcurrentAnswersAreDecidedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	a := build(t, built{node: "a"})
	b := a.beside(built{node: "b"})
	p := a.working(number(1, 1))
	b.followed()
	gen := b.state(p.number).Gen
	acked := map[int]string{}
	var mu sync.Mutex
	for i := range 40 {
		var both sync.WaitGroup
		for j, h := range []*house{a, b} {
			both.Go(func() {
				op := uuid.NewString()
				r := h.live(p.number).Ask(engine.Command{
					Act: engine.ActAnswer, By: "candidate", At: h.hall.Now(), Op: op, Q: 1 + i, C: "ab"[j : j+1], Gen: gen,
				}, nil)
				mu.Lock()
				defer mu.Unlock()
				if r.Err != nil || acked[r.N] != "" {
					t.Errorf("answer %d at node %d: version %d, %v", i, j, r.N, r.Err)
				}
				acked[r.N] = op
			})
		}
		both.Wait()
	}
	events := a.events(p.number)
	for n, op := range acked {
		if events[n-1].Op != op {
			t.Errorf("version %d was acknowledged to %s and is %s", n, op, events[n-1].Op)
		}
	}
	if n := count(events, engine.Answered); n != 80 {
		t.Errorf("%d answers are stored, want 80", n)
	}
	a.followed()
	b.followed()
	x, y := a.state(p.number), b.state(p.number)
	if x.Hash != y.Hash || x.N != y.N {
		t.Error("the nodes do not agree")
	}
}

// A start at one node starts who waits at the other, once.
func TestAStartReachesEveryNodeOnce(t *testing.T) {
	t.Parallel()
	a := build(t, built{node: "a"})
	b := a.beside(built{node: "b"})
	p := a.person(number(1, 1)).enter()
	p.hello()
	q := a.person(number(1, 2)).enter()
	b.followed()
	q = q.at(b)
	q.hello()
	a.followed()
	b.start(room1, 0)
	for _, page := range []*page{p, q} {
		if w := page.next("welcome"); w.text("state") != "running" || w["items"] == nil {
			t.Errorf("%v", w.text("state"))
		}
		page.next("clock")
		page.answered(1, "a")
		if n := count(a.events(page.number), engine.Started); n != 1 {
			t.Errorf("%s started %d times", page.number, n)
		}
	}
}

// A node fell, and its candidates came to another: last heard when that node last
// lived, not when they first sat down.
func TestC14TheGapBeginsWithTheLastSignOfTheFallenNode(t *testing.T) {
	t.Parallel()
	old := past{number: number(1, 1), started: 60 * time.Minute, bound: 50 * time.Minute, alive: 90 * time.Second}
	began := time.Now()
	h := build(t, built{before: old.write})
	before := h.state(old.number)
	w := old.page(h).hello()
	given := engine.InstantOf(w.time("ends")).Sub(before.Deadline())
	if given < time.Minute || given > time.Minute+time.Since(began) {
		t.Errorf("90 s away, 30 s covered: %v given", given)
	}
}
