package web

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// timeIsUp takes all the time that somebody has left: the deadline ends the exam, and the socket
// stays for the hand-in.
func (h *house) timeIsUp(p *page) body {
	h.Helper()
	h.must(h.live(p.number).Ask(engine.Command{Act: engine.ActCredit, By: "s", At: h.hall.Now(), MS: -6_000_000, Why: "mistake"}, nil).Err)
	return p.later("result")
}

// annulled gives everybody full points for the first item of somebody's form, as a node does that
// follows the exam's stream.
func (h *house) annulled(number string) {
	h.Helper()
	place, _ := h.form(number).Place(1)
	list := []scoring.Annulment{{Item: place.Item.ID, Section: place.Item.Section, Policy: scoring.CreditAll}}
	r, err := h.exam.Rescoring(Annulments{List: list, Rescored: scoring.Rescored{Version: 1}}, h.hall.Pos(), nil)
	h.must(err)
	h.exam.Rescored(r)
	h.folds.Again(h.exam.Boards, r, nil)
}

// renews tells all pages that wait.
func (h *house) renews() {
	h.Helper()
	h.until("everybody was told", func() bool {
		h.server.RenewResults()
		h.server.renewal.mu.Lock()
		defer h.server.renewal.mu.Unlock()
		return len(h.server.renewal.pages) == 0
	})
}

// 19,000 pages are told one after the other: what waits is handed out in pieces, each page once.
func TestPagesHearOfAnotherResultInPieces(t *testing.T) {
	t.Parallel()
	var r renewal
	const all = 2*renewMost + 50
	for range all {
		p := new(seat)
		r.wait(p)
		r.wait(p)
	}
	told := map[*seat]bool{}
	for _, want := range []int{renewMost, renewMost, 50, 0} {
		some := r.some(renewMost)
		if len(some) != want {
			t.Fatalf("%d at once, want %d", len(some), want)
		}
		for _, p := range some {
			told[p] = true
		}
	}
	if len(told) != all {
		t.Errorf("%d of %d pages were told", len(told), all)
	}
}

// Who has a result hears of another one, by socket or by request, and once; who still works is
// not written to.
func TestAnOpenPageHearsThatItsResultIsAnother(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	pages := h.allWorking(number(1, 1), number(1, 2), number(1, 3))
	over, works, polls := pages[0], pages[1], pages[2]
	first := h.timeIsUp(over)
	polls.cut()
	poll := func(frames ...body) []any {
		status, got := polls.post("/api/v1/exam/frames", body{"device": polls.device, "have": 0, "frames": frames})
		if status != 200 {
			t.Fatalf("%d %v", status, got)
		}
		return got.list("frames")
	}
	poll(body{"t": "hello", "device": polls.device, "have": 0})
	h.must(h.live(polls.number).Ask(engine.Command{Act: engine.ActCredit, By: "s", At: h.hall.Now(), MS: -6_000_000, Why: "mistake"}, nil).Err)
	h.until("the deadline ended it", func() bool { return h.state(polls.number).State == engine.Done })
	poll()
	h.server.ResultsChanged(examCode)
	if n := len(h.server.renewal.pages); n != 2 {
		t.Fatalf("%d pages wait, two have a result", n)
	}
	h.renews()
	over.quiet()
	if frames := poll(); len(frames) != 0 {
		t.Errorf("the same result, told again: %v", frames)
	}
	h.annulled(over.number)
	h.server.ResultsChanged(examCode)
	h.renews()
	again := over.next("result")
	if again.int("rescored") != 1 || again.text("receipt") != first.text("receipt") {
		t.Errorf("%v, first %v", again, first)
	}
	frames := poll()
	if len(frames) != 1 || body(frames[0].(map[string]any)).int("rescored") != 1 {
		t.Errorf("%v", frames)
	}
	works.quiet()
}

// A page whose socket has said goodbye asks: it gets what is new, and only that; and it hears when
// the exam goes on again.
func TestAPageAsksForItsResult(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	const path = "/api/v1/exam/result"
	if status, got := p.get(path); status != 409 || got.text("code") != "wrong_state" || got.text("field") != "running" {
		t.Errorf("while it runs: %d %v", status, got)
	}
	p.answered(1, "a")
	p.say(body{"t": "finish", "op": uuid.NewString()})
	told := p.later("result")
	p.ends("finished", 4002)
	ask := func(tag string) (int, body, string) {
		status, got, res := p.call(http.MethodGet, path, nil, "If-None-Match", tag)
		if res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("Cache-Control %q", res.Header.Get("Cache-Control"))
		}
		return status, got, res.Header.Get("ETag")
	}
	status, got, tag := ask("")
	if status != 200 || got.text("t") != "result" || got.text("receipt") != told.text("receipt") || got.int("total") != told.int("total") || got.int("answered") != 1 {
		t.Fatalf("%d %v, the socket told %v", status, got, told)
	}
	if status, _, _ := ask(tag); status != 304 {
		t.Errorf("nothing is new: %d", status)
	}
	h.act(proctor.Request{Action: engine.ActDoubt, Numbers: []string{p.number}, Reason: "identity"})
	if status, got, _ := ask(tag); status != 200 || got.text("status") != statusHeld || len(got.list("sections")) != 0 {
		t.Errorf("the identity is doubted: %d %v", status, got)
	}
	h.must(h.live(p.number).Ask(engine.Command{Act: engine.ActReopen, By: "s", Two: "o", At: h.hall.Now(), Why: "mistake"}, nil).Err)
	if status, got, _ := ask(tag); status != 409 || got.text("field") != "paused" {
		t.Errorf("reopened: %d %v", status, got)
	}
	if status, got := h.browser().get(path); status != 401 {
		t.Errorf("a stranger: %d %v", status, got)
	}
}
