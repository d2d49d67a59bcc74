package web

import (
	"testing"
	"time"

	"terang/engine"
)

// Some networks bring a hello to the server and no welcome to the page. Whatever carries the frames,
// the page that gets its welcome at last has back all the time from its cover on.
func TestAGapGoesOnOverHellosWhoseWelcomeNeverCame(t *testing.T) {
	t.Parallel()
	const cover = 300 * time.Millisecond
	for _, over := range []string{"socket", "http"} {
		t.Run(over, func(t *testing.T) {
			t.Parallel()
			h := build(t, built{policy: func(p *engine.Policy) { p.CoverMS = cover.Milliseconds() }})
			p := h.working(number(1, 1))
			has := p.answered(1, "a").int("n")
			p.cut()
			binds := func() (all []engine.Event) {
				for _, e := range h.events(p.number) {
					if e.Kind == engine.DeviceBound {
						all = append(all, e)
					}
				}
				return all
			}
			hello := body{"t": "hello", "device": p.device, "have": has}
			before := len(binds())
			for n := before + 1; n <= before+3; n++ {
				if over == "http" {
					p.poll(hello)
				} else {
					p.open().say(hello)
					h.until("the hello is recorded", func() bool { return len(binds()) == n })
					p.cut()
				}
				said := h.state(p.number).BoundAt
				h.until("time goes by, less than the page covers", func() bool { return h.hall.Now().Sub(said) >= cover*2/3 })
			}
			w := p.hello(hello)
			s := h.state(p.number)
			all := binds()
			last := all[before].Since
			given := s.Deadline().Sub(s.Ledger.From) - 100*time.Minute
			if want := s.BoundAt.Sub(last) - cover; given != want || want < cover {
				t.Errorf("%v are given, the items were covered for %v: %s", given, want, parts(w))
			}
			for _, e := range all[before:] {
				if e.Since != last {
					t.Errorf("the last contact before generation %d is %s, the page was heard last at %s", e.Gen, e.Since, last)
				}
			}

			p.cut()
			p.hello(body{"have": w.int("n")})
			all = binds()
			if e, was := all[len(all)-1], all[len(all)-2]; e.Since != was.At {
				t.Errorf("the welcome of %s was seen, and the gap is from %s", was.At, e.Since)
			}

			// who was heard since has had its welcome: its word that it has none counts for nothing
			if over == "http" {
				p.cut()
				p.poll(hello)
				p.poll()
				p.poll(hello)
			} else {
				p.quiet()
				p.cut()
				p.hello(hello)
			}
			all = binds()
			if e, was := all[len(all)-1], all[len(all)-2]; e.Since <= was.At {
				t.Errorf("heard since %s, and the gap is from %s", was.At, e.Since)
			}
		})
	}
}
