package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/web"
)

// openedPage is a page that stays at its result.
type openedPage struct {
	*onPage
	c       *codedExam
	results chan resultTold // as they come over its socket; nil: it has said goodbye
	tag     string          // of the newest result that it has asked for
}

// staysOpen is somebody whose time is over: the socket stays for the hand-in.
func (c *codedExam) staysOpen(p *onPage) *openedPage {
	c.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{web.Subprotocol}, Jar: p.client.Jar}
	conn, resp, err := dialer.DialContext(c.Context(), "ws"+strings.TrimPrefix(c.node.http.URL, "http")+"/exam/ws", http.Header{"Origin": {c.node.http.URL}})
	c.must(err)
	_ = resp.Body.Close()
	c.Cleanup(func() { _ = conn.Close() })
	c.must(conn.WriteJSON(map[string]any{"t": "hello", "device": p.device, "have": 0}))
	o := &openedPage{onPage: p, c: c, results: make(chan resultTold, 64)}
	welcomed := make(chan struct{})
	go func() {
		for {
			var frame resultTold
			if err := conn.ReadJSON(&frame); err != nil {
				return
			}
			switch frame.T {
			case "welcome":
				close(welcomed)
			case "result":
				o.results <- frame
			}
		}
	}()
	<-welcomed
	go func() { // a page that says nothing for a minute is gone
		beat := time.NewTicker(2 * time.Second)
		defer beat.Stop()
		for range beat.C {
			if conn.WriteJSON(map[string]any{"t": "beat"}) != nil {
				return
			}
		}
	}()
	attempt := c.node.Hall.Attempt(c.node.People.Find(p.Number, stores.SampleCode)[0].Attempt)
	c.must(attempt.Ask(engine.Command{Act: engine.ActCredit, By: "s", At: c.node.Hall.Now(), MS: -6_000_000, Why: "mistake"}, nil).Err)
	return o
}

// hears waits for the next result: pushed, or asked for as a page does that has one.
func (o *openedPage) hears(what string) (r resultTold) {
	o.c.Helper()
	if o.results != nil {
		select {
		case r = <-o.results:
		case <-time.After(20 * time.Second):
			o.c.Fatalf("%s: %s has heard nothing", what, o.Number)
		}
		return r
	}
	waitFor(o.c.T, 20*time.Second, what+", asked for", func() bool { return o.asks(&r) == http.StatusOK })
	return r
}

// asks whether the result is another than the one it has.
func (o *openedPage) asks(r *resultTold) int {
	o.c.Helper()
	req, err := http.NewRequestWithContext(o.c.Context(), http.MethodGet, o.node.http.URL+"/api/v1/exam/result", nil)
	o.c.must(err)
	req.Header.Set("If-None-Match", o.tag)
	resp, err := o.client.Do(req)
	o.c.must(err)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusOK {
		o.c.must(json.NewDecoder(resp.Body).Decode(r))
		o.tag = resp.Header.Get("ETag")
	}
	return resp.StatusCode
}

// Two people release a list: whoever still sits at their result hears the code, over the socket that
// stands for the hand-in or by asking; they hear it when results are opened again, by one
// decision or another, and the next list. Each time once.
func TestAPageThatStaysOpenHearsOfTheList(t *testing.T) {
	c := openCoded(t, 4) // the last does not come
	first := c.sits(c.people[0])
	exam := c.node.Exams.Find(stores.SampleCode)
	first.worth = func(q int) []int { return exam.Worth(first.Number, q) }
	_, err := first.result(t.Context(), 1)
	c.must(err)
	pages := []*openedPage{{onPage: first, c: c}, c.staysOpen(c.sits(c.people[1])), c.staysOpen(c.sits(c.people[2]))}
	all := func(when string, list map[string]string) {
		t.Helper()
		for _, p := range pages {
			r := p.hears(when)
			switch {
			case list == nil && (r.Decision != "" || r.Status != "meets" && r.Status != "misses"):
				t.Errorf("%s: %s hears %q (%s)", when, p.Number, r.Status, r.Decision)
			case list != nil && (r.Decision == "" || r.Status != list[p.Number]):
				t.Errorf("%s: %s hears %q (%s), the list has %q", when, p.Number, r.Status, r.Decision, list[p.Number])
			}
		}
	}
	all("at the end", nil)
	released, list := c.releases("")
	all("released", list)
	ask := c.asks("keliru")
	_, err = c.node.Server.Results().Unfreeze(t.Context(), c.ketua, stores.SampleCode, &ask)
	c.must(err)
	all("unfrozen", nil)
	_, list = c.releases("?")
	all("released again", list)
	c.must(twoAnnul(t, c.node, "wakil", "TWK-NAS-001"))
	all("annulled", nil)
	_, list = c.releases(released.Decided.List)
	all("released after the annulment", list)
	for _, p := range pages {
		if p.results == nil {
			if got := p.asks(new(resultTold)); got != http.StatusNotModified {
				t.Errorf("nothing is new: %d", got)
			}
		} else if len(p.results) > 0 {
			t.Errorf("%s heard more than was new: %+v", p.Number, <-p.results)
		}
	}
}
