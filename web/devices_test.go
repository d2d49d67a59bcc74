package web

import (
	"testing"
	"time"

	"terang/engine"
	"terang/proctor"
)

// One device holds the attempt; another waits, and both people hear of it.
func TestC9ASecondDeviceWaits(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	other := p.elsewhere()
	other.signinFails(409, "in_use")
	if f := p.next("say"); f.text("text") == "" {
		t.Errorf("%v", f)
	}
	other.signinFails(409, "in_use")
	p.quiet() // told once
	h.followed()
	views, _, err := h.desk.Seats(room1)
	h.must(err)
	alerted := false
	for _, v := range views {
		for _, a := range v.Alerts {
			alerted = alerted || v.Number == p.number && a == "two_devices"
		}
	}
	if !alerted {
		t.Error("the station has no alert")
	}
	p.answered(1, "a") // nothing has changed for the one who works
}

// The first hears of it at whichever node the second tries, and once.
func TestC9ASecondDeviceThatTriesAtAnotherNode(t *testing.T) {
	t.Parallel()
	a := build(t, built{node: "a"})
	b := a.beside(built{node: "b"})
	p := a.working(number(1, 1))
	b.followed()
	there := p.elsewhere()
	there.browser = b.browser()
	there.signinFails(409, "in_use")
	if f := p.next("say"); f.text("text") == "" {
		t.Errorf("%v", f)
	}
	a.followed()
	p.elsewhere().signinFails(409, "in_use")
	there.signinFails(409, "in_use")
	a.followed()
	p.quiet()
}

// A page whose network breaks websockets hears of the other device, too.
func TestC9APageThatPollsHearsOfAnother(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	p.cut()
	if got := p.poll(body{"t": "hello", "device": p.device}); types(got) != "welcome" {
		t.Fatal(types(got))
	}
	p.elsewhere().signinFails(409, "in_use")
	if got := p.poll(); types(got) != "say" {
		t.Errorf("it hears %q", types(got))
	}
}

// After the supervisor's word the old device is dead at that moment.
func TestC9ReleasedTheOldDeviceIsDead(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	p.answered(1, "a")
	h.act(proctor.Request{Action: engine.ActRelease, Numbers: []string{p.number}, Reason: "device"})
	p.ends("signed_out", 4007)
	if status, got := p.post("/api/v1/exam/frames", body{"device": p.device, "frames": []body{}}); status != 401 {
		t.Errorf("its session: %d %v", status, got)
	}
	q := p.elsewhere().enter()
	if w := q.hello(); w.in("answers").text("1") != "a" || w["items"] == nil {
		t.Errorf("the new device: %v", w)
	}
	q.answered(2, "b")
}

// A move kills the old computer and stops the clock until the new one speaks.
func TestC9AMoveStopsTheClock(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	p.answered(1, "a")
	h.act(proctor.Request{Action: engine.ActMove, Numbers: []string{p.number}, To: "27", Reason: "device"})
	bye := p.later("bye")
	if bye.text("code") != "superseded" || bye.text("seat") != "27" {
		t.Fatalf("%v", bye)
	}
	p.isClosed(4003)
	s := h.state(p.number)
	if s.Deadline() != engine.Never || s.Seat != "27" {
		t.Fatalf("seat %s, the clock runs until %s", s.Seat, s.Deadline())
	}
	left := s.Ledger.Left(h.hall.Now())
	q := p.elsewhere().enter()
	if s := h.state(p.number); s.Ledger.Left(h.hall.Now()) != left {
		got := s.Ledger.Left(h.hall.Now())
		t.Errorf("the clock ran at the sign-in: %v, was %v", got, left)
	}
	began := time.Now()
	w := q.hello()
	if got := time.Duration(w.int("remaining")) * time.Millisecond; got > left || left-got > time.Since(began) || w.in("candidate").text("seat") != "27" {
		t.Errorf("%v left, %v before the move; %v", got, left, w.in("candidate"))
	}
	if w.in("answers").text("1") != "a" || w.text("ends") == "" {
		t.Errorf("%v", w)
	}
	p.open().ends("signed_out", 4007) // the old cookie
}

// Two tabs of one computer: the newer one speaks, the older is told.
func TestC9TheNewerLineSpeaks(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	gen := h.state(p.number).Gen
	tab := &page{browser: p.browser, number: p.number, device: p.device}
	tab.hello()
	p.ends("superseded", 4003)
	tab.answered(1, "a")
	if s := h.state(p.number); s.Gen != gen+1 {
		t.Errorf("generation %d after %d", s.Gen, gen)
	}
}

// Silent for long enough, the seat's next device takes over by itself.
func TestC9ASilentDeviceGivesWayAtTheSameSeat(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		silent time.Duration
		seat   string
		gives  bool
	}{
		{20 * time.Second, "", true},
		{20 * time.Second, "elsewhere", false},
		{time.Second, "", false},
	} {
		old := past{number: number(1, 1), bound: 5 * time.Minute, alive: test.silent}
		h := build(t, built{before: old.write})
		q := old.page(h).elsewhere()
		var header []string // without a registered seat the address stands for it
		if test.seat != "" {
			header = []string{"Cookie", "seat=" + test.seat}
		}
		status, got, _ := q.call("POST", "/api/v1/exam/signin", body{"number": q.number, "pin": q.pin, "device": q.device}, header...)
		if gave := status == 200; gave != test.gives || !gave && got.text("code") != "in_use" {
			t.Errorf("silent for %v, seat %q: %d %v", test.silent, test.seat, status, got)
		}
	}
}

// A lost network is not the candidate's loss.
func TestC6ALineThatComesBackGoesOn(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	for q := 1; q <= 3; q++ {
		p.answered(q, "a")
		p.cut()
		if w := p.hello(); len(w.in("answers")) != q || w.text("state") != "running" {
			t.Fatalf("line %d: %v", q, w.in("answers"))
		}
	}
}
