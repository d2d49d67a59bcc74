package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// poll hands frames in over plain HTTP and returns what comes back.
func (p *page) poll(frames ...body) []body {
	p.h.Helper()
	return p.pollHaving(0, frames...)
}

// pollHaving does so as a page that says what it has seen.
func (p *page) pollHaving(have int64, frames ...body) []body {
	p.h.Helper()
	if frames == nil {
		frames = []body{}
	}
	status, got := p.post("/api/v1/exam/frames", body{"device": p.device, "have": have, "frames": frames})
	if status != 200 {
		p.h.Fatalf("frames: %d %v", status, got)
	}
	var all []body
	for _, f := range got.list("frames") {
		all = append(all, f.(map[string]any))
	}
	return all
}

func types(frames []body) string {
	var all []string
	for _, f := range frames {
		t := f.text("t")
		if code := f.text("code"); code != "" {
			t += " " + code
		}
		all = append(all, t)
	}
	return strings.Join(all, ", ")
}

// A network that breaks websockets gets the same frames, in the same order.
func TestC6FramesOverPlainHTTP(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1)).enter()
	hello := body{"t": "hello", "device": p.device, "have": 0}
	got := p.poll(hello)
	if types(got) != "welcome" || got[0].text("state") != "ready" || got[0]["items"] != nil {
		t.Fatalf("%v", types(got))
	}
	op := uuid.NewString()
	answer := func(q int, c string) body { return body{"t": "answer", "op": op, "q": q, "c": c} }
	if got := p.poll(answer(1, "a")); types(got) != "no not_started" {
		t.Errorf("before the start: %s", types(got))
	}
	h.start(room1, 0)
	got = p.poll(body{"t": "beat"})
	if types(got) != "welcome, clock, beat" || len(got[0].list("items")) != 110 {
		t.Fatalf("after the start: %s", types(got))
	}
	var sent []body
	for q := 1; q <= 20; q++ {
		sent = append(sent, body{"t": "answer", "op": uuid.NewString(), "q": q, "c": "b"}, body{"t": "look", "q": q + 1})
	}
	got = p.poll(sent...)
	if len(got) != 20 {
		t.Fatalf("%s", types(got))
	}
	for i, f := range got {
		if f.text("t") != "ok" || f.text("op") != sent[2*i].text("op") {
			t.Fatalf("frame %d: %v", i, f)
		}
	}
	h.act(proctor.Request{Action: engine.ActPause, Numbers: []string{p.number}, Reason: "noise"})
	if got := p.poll(answer(1, "c")); types(got) != "clock, no paused" {
		t.Errorf("paused: %s", types(got))
	}
	h.act(proctor.Request{Action: engine.ActResume, Numbers: []string{p.number}})
	if got := p.poll(answer(1, "c"), body{"t": "beat"}); types(got) != "clock, beat, ok" {
		t.Errorf("resumed: %s", types(got))
	}
	if got := p.poll(body{"t": "answer", "op": uuid.NewString(), "q": 1, "c": strings.Repeat("x", FrameMost)}, body{"t": "dance"}, body{"t": "beat"}); types(got) != "no bad_frame, no bad_frame, beat" {
		t.Errorf("bad frames: %s", types(got))
	}
	if status, answer := p.post("/api/v1/exam/frames", body{"device": p.device, "frames": make([]body, 300)}); status != 400 {
		t.Errorf("300 frames: %d %v", status, answer)
	}
	h.act(proctor.Request{Action: engine.ActMove, Numbers: []string{p.number}, To: "12", Reason: "device"})
	if got := p.poll(body{"t": "beat"}); types(got) != "bye superseded" || got[0].text("seat") != "12" {
		t.Errorf("moved: %v", got)
	}
	if status, got := p.post("/api/v1/exam/frames", body{"device": p.device, "frames": []body{}}); status != 401 || got.text("code") != "signed_out" {
		t.Errorf("and then: %d %v", status, got)
	}
	if got := p.enter().poll(hello); types(got) != "welcome" || got[0].text("state") != "running" {
		t.Errorf("at the new seat: %s", types(got))
	}
	h.act(proctor.Request{Action: engine.ActFinish, Numbers: []string{p.number}, Reason: "request"})
	if got := p.poll(); types(got) != "clock, result, bye finished" {
		t.Errorf("finished: %s", types(got))
	}
	if got := p.poll(hello); types(got) != "welcome, result, bye finished" {
		t.Errorf("and again: %s", types(got))
	}
}

// A server that does not know the page refuses nothing that it sends: not_allowed would
// be final, and the answer lost.
func TestAPollerOfAnotherRunSaysHelloFirst(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	p.cut()
	answer := body{"t": "answer", "op": uuid.NewString(), "q": 1, "c": "a"}
	got := p.poll(answer)
	if types(got) != "bye server_moving" || got[0].int("retry") <= 0 {
		t.Fatalf("%v", got)
	}
	if count(h.events(p.number), engine.Answered) != 0 {
		t.Fatal("an answer before hello was taken")
	}
	if got := p.poll(body{"t": "hello", "device": p.device}, answer); types(got) != "welcome, ok" {
		t.Errorf("%s", types(got))
	}
	// A socket that works again takes over from the polling.
	p.hello()
	if got := p.poll(); types(got) != "bye superseded" {
		t.Errorf("%s", types(got))
	}
	p.answered(2, "a")
}

// When the server moves nobody reloads, and everybody's return is spread over the
// window that was given.
func TestC13AMovingServerSpreadsItsReturn(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	var numbers []string
	for i := 1; i <= seats; i++ {
		numbers = append(numbers, number(1, i))
	}
	pages := h.allWorking(numbers...)
	poller := pages[0]
	poller.cut()
	poller.poll(body{"t": "hello", "device": poller.device})
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		h.server.Drain(t.Context())
	}()
	delays := map[int64]bool{}
	for _, p := range pages[1:] {
		bye := p.ends("server_moving", 4006)
		delays[bye.int("retry")] = true
	}
	<-drained
	if got := poller.poll(body{"t": "beat"}); types(got) != "bye server_moving" {
		t.Errorf("polling: %s", types(got))
	} else {
		delays[got[0].int("retry")] = true
	}
	for range 40 {
		p := &page{browser: pages[1].browser, number: pages[1].number, device: pages[1].device}
		delays[p.open().ends("server_moving", 4006).int("retry")] = true
	}
	if len(delays) < 30 {
		t.Errorf("only %d different delays", len(delays))
	}
	early, late := 0, 0
	for d := range delays {
		if d < engine.RetryFrom.Milliseconds() || d > engine.RetryTo.Milliseconds() {
			t.Errorf("a delay of %d ms is outside of the window", d)
		}
		if d < 2100 {
			early++
		} else {
			late++
		}
	}
	if early == 0 || late == 0 {
		t.Errorf("%d early, %d late: not spread", early, late)
	}
	if status, _ := h.browser().get("/readyz"); status != 503 {
		t.Errorf("/readyz while moving: %d", status)
	}
	h.kill()
	g := h.again(built{})
	window := pages[2].at(g).hello().in("retry")
	if fmt.Sprint(window.int("from"), window.int("to")) != "200 4000" {
		t.Errorf("the window for those who heard no bye: %v", window)
	}
}

// A welcome is made in a room that is lent to the next candidate at once: what waits for a
// page must not change with it, or one would be handed another's form.
func TestWhatWaitsForAPageIsItsOwn(t *testing.T) {
	t.Parallel()
	p, room := new(poller), []byte(`{"t":"welcome","items":["mine"]}`)
	p.send(room)
	copy(room, `{"t":"welcome","items":["else"]}`)
	if got := p.take(); len(got) != 1 || string(got[0]) != `{"t":"welcome","items":["mine"]}` {
		t.Errorf("handed out: %s", got)
	}
}

// A page that polls hears nothing after its goodbye, like one at a socket.
func TestNothingFollowsTheGoodbyeOfAPoller(t *testing.T) {
	p := new(poller)
	s := &seat{line: p}
	s.Bye(engine.AlreadyOver)
	s.Bye(engine.SignedOutNow)
	if frames := p.take(); len(frames) != 1 {
		t.Errorf("%d frames: %s, want the first goodbye", len(frames), frames)
	}
}
