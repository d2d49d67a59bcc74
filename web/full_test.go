package web

import (
	"os"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/sqlitejournal"
)

// An acknowledgement comes after the commit and never before it.
func TestC5NothingIsAcknowledgedBeforeItIsStored(t *testing.T) {
	t.Parallel()
	gate := newGate()
	h := build(t, built{wrap: gate.wrap})
	p := h.working(number(1, 1))
	n := len(h.events(p.number))
	gate.shut()
	op := p.answer(1, "a")
	for range 20 {
		p.quiet()
	}
	if got := len(h.events(p.number)); got != n {
		t.Fatalf("%d events, %d before", got, n)
	}
	gate.open()
	if f := p.next("ok"); f.text("op") != op || len(h.events(p.number)) != n+1 {
		t.Errorf("%v", f)
	}
}

// A disk that is full: acknowledgements stop, the page is told, nothing that was
// acknowledged is lost, and with room it goes on.
func TestAFullDiskUnderTheJournal(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	h.kill()
	info, err := os.Stat(h.path)
	h.must(err)
	g := h.again(built{options: sqlitejournal.Options{MaxPages: info.Size()/4096 + 3}})
	p = p.at(g)
	p.hello()
	acked := map[int64]string{} // version -> operation
	op, q := "", 0
	for i := 0; op == ""; i++ {
		if i > 5000 {
			t.Fatal("the disk never got full")
		}
		q = 1 + i%110
		sent := p.answer(q, "abc"[i%3:i%3+1])
		switch f := p.next2("ok", "no"); f.text("t") {
		case "ok":
			acked[f.int("n")] = f.text("op")
		default:
			if f.text("code") != "busy" || f.text("op") != sent || f.int("retry") <= 0 {
				t.Fatalf("%v", f)
			}
			op = sent
		}
		if i%19 == 0 {
			<-time.After(60 * time.Millisecond) // within the rate limit
		}
	}
	p.quiet() // the page is not down: it is told that its answers are not kept
	p.say(body{"t": "answer", "op": op, "q": q, "c": "a"})
	p.refused(op, "busy")
	stored := g.events(p.number)
	for n, op := range acked {
		if stored[n-1].Op != op {
			t.Errorf("version %d was acknowledged to %s and is %s", n, op, stored[n-1].Op)
		}
	}
	for _, e := range stored {
		if e.Op == op {
			t.Error("refused, and stored all the same")
		}
	}
	status, got := p.elsewhere().signin()
	if status == 200 {
		t.Errorf("a sign-in while nothing can be stored: %v", got)
	}

	g.kill()
	f := g.again(built{})
	p = p.at(f)
	p.hello()
	p.say(body{"t": "answer", "op": op, "q": q, "c": "a"})
	if ok := p.next("ok"); ok.text("op") != op {
		t.Errorf("with room: %v", ok)
	}
	if s := f.state(p.number); s.Responses[q-1].C != "a" || s.N < len(acked) {
		t.Errorf("%+v", s.Responses[q-1])
	}
}

// The same, while the server runs: nobody signs in again, and who could not be heard for
// longer than the page covers has the time back.
func TestTimeInWhichNothingCouldBeStoredIsGivenBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cover    int64
		credited bool
	}{{300, true}, {30_000, false}} {
		disk := new(tap)
		h := build(t, built{wrap: disk.wrap, policy: func(p *engine.Policy) { p.CoverMS = test.cover }})
		p := h.working(number(1, 1))
		p.answered(1, "a")
		before := h.state(p.number)
		disk.full.Store(true)
		began := h.hall.Now()
		op := p.answer(2, "b")
		p.refused(op, "busy")
		h.until("a second has passed", func() bool { return h.hall.Now() > began+1000 })
		p.say(body{"t": "answer", "op": op, "q": 2, "c": "b"})
		p.refused(op, "busy")
		disk.full.Store(false)
		p.say(body{"t": "answer", "op": op, "q": 2, "c": "b"})
		ok := p.next2("ok", "clock")
		if ok.text("t") == "clock" {
			ok = p.next("ok")
		}
		if ok.text("op") != op {
			t.Fatalf("%v", ok)
		}
		blocked := h.hall.Now().Sub(began)
		after := h.state(p.number)
		given := after.Deadline().Sub(before.Deadline())
		if !test.credited {
			if given != 0 {
				t.Errorf("the page covered it, and %v were given", given)
			}
			continue
		}
		if given < 600*time.Millisecond || given > blocked {
			t.Errorf("blocked for %v, cover 300 ms: %v given", blocked, given)
		}
		for _, e := range h.events(p.number) {
			if e.Kind == engine.GapCredited && e.Why != "journal" {
				t.Errorf("credited for %q", e.Why)
			}
		}
		if after.Responses[0].C != "a" || after.Responses[1].C != "b" {
			t.Errorf("answers %v", after.Responses)
		}
	}
}
