package web

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// A machine that stood still finds, when it goes on, what pages sent before they gave it up. Taken
// as a contact it would end the gap that is owed to the candidate; taken as an answer it would be
// late by then, and stay so when the page sends it again in the time that is given back.
func TestWhatComesAfterASilenceIsNoContact(t *testing.T) {
	t.Parallel()
	for _, what := range []body{{"t": "beat"}, {"t": "answer", "op": uuid.NewString(), "q": 2, "c": "b"}, {"t": "look", "q": 3}} {
		t.Run(what.text("t"), func(t *testing.T) {
			t.Parallel()
			h := build(t, built{})
			p := h.working(number(1, 1))
			p.answered(1, "a")
			long := h.hall.Now().Add(-engine.SilentAfter)
			h.live(p.number).Touch(long)
			p.say(what)
			if bye := p.ends("server_moving", 4006); bye.int("retry") <= 0 {
				t.Errorf("%v", bye)
			}
			if at := h.live(p.number).Last(); at != long {
				t.Errorf("the last contact is %s, it was %s", at, long)
			}
			if n := count(h.events(p.number), engine.Answered); n != 1 {
				t.Errorf("%d answers are recorded", n)
			}
			p.hello()
			p.answered(2, "b")
		})
	}
	t.Run("poll", func(t *testing.T) {
		t.Parallel()
		h := build(t, built{})
		p := h.working(number(1, 1))
		p.cut()
		hello := body{"t": "hello", "device": p.device}
		p.poll(hello)
		long := h.hall.Now().Add(-engine.SilentAfter)
		h.live(p.number).Touch(long)
		if got := p.poll(); types(got) != "bye server_moving" || h.live(p.number).Last() != long {
			t.Errorf("%s, last contact %s", types(got), h.live(p.number).Last())
		}
		if got := p.poll(hello, body{"t": "beat"}); types(got) != "welcome, beat" {
			t.Errorf("%s", types(got))
		}
	})
}

// C4: a request that a network kept for longer than the page waited comes after a newer choice of
// the same item, which is acknowledged. It must not win.
func TestC4ARequestThatWasKeptOnTheWayChangesNothing(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	p.cut()
	send := func(have int64, frames ...body) []body {
		t.Helper()
		status, got := p.post("/api/v1/exam/frames", body{"device": p.device, "have": have, "frames": frames})
		if status != 200 {
			t.Fatalf("%d %v", status, got)
		}
		var all []body
		for _, f := range got.list("frames") {
			all = append(all, f.(map[string]any))
		}
		return all
	}
	choose := func(c string) body { return body{"t": "answer", "op": uuid.NewString(), "q": 1, "c": c} }
	hello := body{"t": "hello", "device": p.device}
	first := send(0, hello)[0].int("n")
	second := send(first, hello)[0].int("n")
	if second <= first {
		t.Fatalf("versions %d and %d", first, second)
	}
	if got := send(second, choose("b")); types(got) != "ok" {
		t.Fatalf("%s", types(got))
	}
	if got := send(first, choose("a")); types(got) != "bye server_moving" {
		t.Errorf("the kept request: %s", types(got))
	}
	if stands := h.state(p.number).Responses[0].C; stands != "b" {
		t.Errorf("%q stands, acknowledged was b", stands)
	}
	if got := send(second, choose("c")); types(got) != "ok" {
		t.Errorf("the page itself: %s", types(got))
	}
}

// Each hello and each look is recorded: who sends nothing else must not fill the journal.
func TestHelloAndLookAreBounded(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.RateLimit, p.RateBurst = 1, 10 }})
	began := time.Now()
	p := h.working(number(1, 1))
	for range 300 {
		p.say(body{"t": "look", "q": 5})
	}
	p.say(body{"t": "beat"})
	p.later("beat")
	for range 300 { // the line ends before the last of them
		_ = p.conn.WriteJSON(body{"t": "hello", "device": p.device})
	}
	p.ends("rate_limited", 4004)
	events := h.events(p.number)
	if n, most := count(events, engine.Looked)+count(events, engine.DeviceBound), 12+int(time.Since(began)/time.Second); n > most {
		t.Errorf("%d are recorded, at most %d should be", n, most)
	}
}
