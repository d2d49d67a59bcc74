package web

import (
	"testing"
	"time"
)

// Over plain HTTP the poll is the beat: somebody who thinks, and sends no frame, is in contact
// and hears the clock.
func TestAPollWithoutFramesIsABeat(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1)).enter()
	p.poll(body{"t": "hello", "device": p.device, "have": 0})
	h.start(room1, 0)
	if got := p.poll(); types(got) != "welcome, clock" {
		t.Fatalf("at the start: %s", types(got))
	}
	long := h.hall.Now().Add(-10 * time.Second)
	h.live(p.number).Touch(long)
	if got := p.poll(); types(got) != "" || h.live(p.number).Last() <= long {
		t.Errorf("%s, last contact %s", types(got), h.live(p.number).Last())
	}
	for _, open := range h.server.pollers.open {
		open.page.mu.Lock()
		open.page.clockAt = h.hall.Now().Add(-30 * time.Second)
		open.page.mu.Unlock()
	}
	if got := p.poll(); types(got) != "clock" {
		t.Errorf("half a minute later: %q", types(got))
	}
}

// A page that answers and never beats hears the clock as well.
func TestWhoOnlyAnswersHearsTheClock(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	h.server.sockets.each(func(page *seat) {
		page.mu.Lock()
		page.clockAt = h.hall.Now().Add(-clockEvery)
		page.mu.Unlock()
	})
	p.answer(1, "a")
	if c := p.next("clock"); c.text("state") != "running" {
		t.Errorf("%v", c)
	}
	p.next("ok")
	p.answered(2, "b") // and not again at once
}
