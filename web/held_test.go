package web

import (
	"testing"
	"time"

	"terang/engine"
	"terang/proctor"
)

// C5: while a credit waits for a word, whoever takes an answer back is told once and for all, finds
// it so after a reload, and in the result.
func TestWhatIsHeldIsShownToWhoComesBack(t *testing.T) {
	t.Parallel()
	for _, decision := range []string{"grant", "refuse"} {
		old := past{number: number(1, 1), started: 95 * time.Minute, bound: 90 * time.Minute, alive: 40 * time.Minute, answers: []string{"a", "b"}}
		h := build(t, built{before: old.write, policy: func(p *engine.Policy) { p.AutoCreditMS = 0 }})
		p := old.page(h)
		p.hello()
		h.act(proctor.Request{Action: engine.ActCredit, Numbers: []string{old.number}, MS: -6 * 60_000, Reason: "mistake"})
		p.later("clock")
		op := p.answer(1, "")
		p.refused(op, "held")
		p.refused(p.answer(3, "c"), "held")
		p.say(body{"t": "answer", "op": op, "q": 1, "c": ""})
		p.refused(op, "held")
		p.say(body{"t": "mark", "op": "0f3c1f6e-0000-4000-8000-0000000000aa", "q": 4, "on": true})
		p.next("ok")
		p.cut()
		w := p.hello()
		if a := w.in("answers"); w.text("state") != "held" || a["1"] != nil || a.text("2") != "b" || a.text("3") != "c" || len(w.list("marks")) != 1 {
			t.Fatalf("comes back to %s with %v, marks %v", w.text("state"), a, w.list("marks"))
		}
		h.act(proctor.Request{Action: engine.ActDecideCredit, Decision: decision, Reason: "network"})
		if decision == "grant" {
			if c := p.later("clock"); c.text("state") != "running" {
				t.Fatalf("granted: %v", c)
			}
			if s := h.state(old.number); s.Answers != 2 || s.Responses[0].C != "" || s.Responses[2].C != "c" {
				t.Errorf("granted: %+v", s.Responses)
			}
			continue
		}
		r := p.later("result")
		if r.int("answered") != 2 || r.in("held").int("dropped") != 2 || r.in("held").int("waits") != 0 {
			t.Errorf("refused: %d answered, held %v", r.int("answered"), r["held"])
		}
	}
}
