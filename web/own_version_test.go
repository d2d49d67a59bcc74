package web

import (
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// Who goes on after a finish has the results code already, and may ask in another window whether there
// is something new: it is nothing new what an answer is worth.
func TestTheVersionOfAResultSaysNothingOfAnswers(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	sup := h.officer("ratna", proctor.Supervisor)
	h.officer("bagus", proctor.Supervisor)
	p := h.working(number(1, 1))
	p.answered(1, "a")
	p.say(body{"t": "finish", "op": uuid.NewString()})
	code := p.later("result").text("results_code")
	own := h.browser()
	own.form("/hasil-saya", map[string]string{"number": p.number, "birth": "2000-01-01", "code": code})
	sup.action(200, body{"action": "reopen", "numbers": []string{p.number}, "reason": "mistake", "second": body{"user": "bagus", "password": password}})
	sup.action(200, body{"action": "resume", "numbers": []string{p.number}})
	again := &page{browser: p.browser, number: p.number, pin: p.pin, device: p.device}
	again.open()
	again.hello()
	if s := h.state(p.number).State; s != engine.Running {
		t.Fatalf("the attempt is %s", s)
	}
	first := ""
	for _, c := range []string{"a", "b", "c", "d", "e"} {
		again.answered(2, c)
		h.followed()
		status, got := own.get("/hasil-saya/versi")
		if status != 200 || got.text("version") == "" {
			t.Fatalf("%d %v", status, got)
		}
		if first == "" {
			first = got.text("version")
		}
		if got.text("version") != first {
			t.Errorf("with %s it is another version: %s, %s", c, got.text("version"), first)
		}
	}
	again.say(body{"t": "finish", "op": uuid.NewString()})
	again.later("result")
	h.followed()
	if _, got := own.get("/hasil-saya/versi"); got.text("version") == first {
		t.Error("a result is nothing new")
	}
}
