package web

import (
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"terang/engine"
)

// Each hello is recorded: who comes anew for each must not fill the journal, and is told when to
// come back.
func TestWhoComesAnewCanSendNoMoreThanWhoStays(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.RateLimit, p.RateBurst = 1, 10 }})
	began := time.Now()
	p := h.working(number(1, 1))
	var bye body
	for range 30 {
		p.cut()
		p.open()
		p.say(body{"t": "hello", "device": p.device})
		if f := p.next2("welcome", "bye"); f.text("t") == "bye" {
			bye = f
			p.isClosed(4004)
			break
		}
	}
	if bye.text("code") != "rate_limited" || bye.int("retry") <= 0 {
		t.Fatalf("%v", bye)
	}
	// The other way of sending frames is no way around it.
	if got := p.poll(body{"t": "hello", "device": p.device}); types(got) != "bye rate_limited" {
		t.Errorf("over plain HTTP: %v", got)
	}
	if n, most := count(h.events(p.number), engine.DeviceBound), 12+int(time.Since(began)/time.Second); n > most {
		t.Errorf("%d are recorded, at most %d should be", n, most)
	}
	<-time.After(time.Duration(bye.int("retry")) * time.Millisecond)
	p.hello() // as it was told
}

// A thousand refusals in a minute end the line, however often it is opened meanwhile.
func TestRefusalsAreCountedAcrossLines(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.RateLimit = 0 }})
	p := h.working(number(1, 1))
	for range 600 {
		p.refused(p.answer(1, "z"), "unknown_option")
	}
	p.cut()
	p.hello()
	for range 400 {
		p.refused(p.answer(1, "z"), "unknown_option")
	}
	p.ends("rate_limited", 4004)
	p.hello() // too early, and heard: whoever errs no more goes on
	p.answered(1, "a")
	h.must(p.conn.WriteMessage(websocket.TextMessage, []byte("{")))
	p.ends("rate_limited", 4004)
}
