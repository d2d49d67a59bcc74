package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// decidedBoard is what a reader of the public board has.
type decidedBoard struct {
	Epoch   engine.Pos
	Counts  struct{ Meets int }
	Decided *struct {
		List  string
		Again bool
		Codes []struct{ Code, Is string }
	}
	Rows []struct {
		Number, Status string
		Passed         *bool
	}
}

func (b *decidedBoard) statuses() map[string]string {
	out := make(map[string]string)
	for _, r := range b.Rows {
		out[r.Number] = r.Status
	}
	return out
}

// codedExam is an exam whose results are decided while it is served.
type codedExam struct {
	*shared
	node   *living
	ketua  proctor.Account
	people []create.Credential
	pages  []*onPage // of those who came
}

func (c *codedExam) board() (b decidedBoard) {
	c.Helper()
	c.must(json.Unmarshal([]byte(getBody(c, c.node.http.URL+"/api/v1/boards/"+stores.SampleCode+"?limit=100")), &b))
	return b
}

// becomes waits until the board tells of a list as it should.
func (c *codedExam) becomes(what string, is func(*decidedBoard) bool) (b decidedBoard) {
	c.Helper()
	waitFor(c.T, patience, what, func() bool { b = c.board(); return is(&b) })
	return b
}

func (c *codedExam) asks(reason string) web.Asking {
	return web.Asking{Op: uuid.NewString(), Reason: reason, Second: &proctor.Second{User: "wakil", Password: committeePassword}}
}

// releases lets two people fix the results and publish them, whatever is open; it returns
// the board with the list, and by number what the list says.
func (c *codedExam) releases(before string) (b decidedBoard, list map[string]string) {
	c.Helper()
	results := c.node.Server.Results()
	_, err := results.Freeze(c.Context(), c.ketua, stores.SampleCode, &web.FreezeRequest{Asking: c.asks("pleno"), Despite: true})
	c.must(err)
	ask := c.asks("pleno")
	_, err = results.Release(c.Context(), c.ketua, stores.SampleCode, &ask)
	c.must(err)
	b = c.becomes("the board to say which list stands", func(b *decidedBoard) bool {
		return b.Decided != nil && !b.Decided.Again && b.Decided.List != before
	})
	list = make(map[string]string)
	at := c.node.http.URL + "/api/v1/results/" + stores.SampleCode
	var head struct {
		List       string
		Formations []struct{ Code string }
	}
	c.must(json.Unmarshal([]byte(getBody(c, at)), &head))
	if head.List != b.Decided.List {
		c.Fatalf("list %s is published, the board tells of %s", head.List, b.Decided.List)
	}
	for _, f := range head.Formations {
		var part struct {
			Rows []struct{ Number, Status string }
		}
		c.must(json.Unmarshal([]byte(getBody(c, at+"?limit=100&formation="+f.Code)), &part))
		for _, r := range part.Rows {
			list[r.Number] = r.Status
		}
	}
	return b, list
}

// agree holds what is told in every other place against the board: the socket's result, the
// candidate's own page, the export, and boards that are folded anew from the journal.
func (c *codedExam) agree(when string, b *decidedBoard, released bool) {
	c.Helper()
	statuses := b.statuses()
	is := make(map[string]string)
	if b.Decided != nil {
		for _, m := range b.Decided.Codes {
			is[m.Code] = m.Is
		}
	}
	for i, p := range c.pages {
		told, err := p.result(c.Context(), 0)
		c.must(err)
		if told.Status != statuses[p.Number] || told.Decision != is[told.Status] {
			c.Errorf("%s: %s is told %q (%s) over the socket, the board has %q (%s)", when, p.Number, told.Status, told.Decision, statuses[p.Number], is[told.Status])
		}
		if i > 1 { // an address may look up few results
			continue
		}
		page := p.own(c, told.Code)
		if shown := strings.Contains(page, "<b>Status: "+told.Status+": "); shown != released {
			c.Errorf("%s: the own page of %s shows its code %q: %v\n%s", when, p.Number, told.Status, shown, page)
		}
	}
	reader, err := stores.Open(c.dsn, false)
	c.must(err)
	defer func() { _ = reader.Close() }()
	folded, err := stores.FoldExam(c.Context(), reader, c.keys, stores.SampleCode, stores.LatestVersion)
	c.must(err)
	var again decidedBoard
	body, _, _ := folded.Boards.JSON(stores.SampleCode, 0, 100, "")
	c.must(json.Unmarshal(body, &again))
	if !maps.Equal(again.statuses(), statuses) || again.Epoch != b.Epoch || again.Counts != b.Counts {
		c.Errorf("%s: folded anew from the journal the board has %v of epoch %d, it was %v of %d", when, again.statuses(), again.Epoch, statuses, b.Epoch)
	}
	for _, r := range exportOf(folded).Results {
		if want := statuses[r.Number]; released && r.Code != want || !released && r.Code != "" {
			c.Errorf("%s: the export has the code %q of %s, the board %q", when, r.Code, r.Number, want)
		}
	}
}

// own is the page on which a candidate sees the result after the day.
func (s *onPage) own(c *codedExam, code string) string {
	birth := c.node.People.Find(s.Number, stores.SampleCode)[0].BirthDate
	resp, err := s.client.PostForm(c.node.http.URL+"/hasil-saya", url.Values{"number": {s.Number}, "birth": {birth}, "code": {code}})
	c.must(err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	c.must(err)
	if resp.StatusCode != http.StatusOK {
		c.Fatalf("the own page of %s: %d", s.Number, resp.StatusCode)
	}
	return string(body)
}

// watches has the board open all the while, and passes on every reset.
func (c *codedExam) watches(ctx context.Context) <-chan decidedBoard {
	c.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.node.http.URL+"/api/v1/boards/"+stores.SampleCode+"/events", nil)
	c.must(err)
	resp, err := http.DefaultClient.Do(req) //nolint:bodyclose // by the goroutine
	c.must(err)
	resets := make(chan decidedBoard, 64)
	go func() {
		defer close(resets)
		defer func() { _ = resp.Body.Close() }()
		in, event := bufio.NewScanner(resp.Body), ""
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			if name, ok := strings.CutPrefix(in.Text(), "event: "); ok {
				event = name
			}
			var b decidedBoard
			if data, ok := strings.CutPrefix(in.Text(), "data: "); ok && event == "reset" && json.Unmarshal([]byte(data), &b) == nil {
				resets <- b
			}
		}
	}()
	return resets
}

// heard waits for the reset by which an open board comes to that list.
func (c *codedExam) heard(resets <-chan decidedBoard, b *decidedBoard) {
	c.Helper()
	for end := time.After(20 * time.Second); ; {
		select {
		case got, ok := <-resets:
			if !ok {
				c.Fatal("the stream ended")
			}
			if got.Epoch == b.Epoch && maps.Equal(got.statuses(), b.statuses()) {
				return
			}
		case <-end:
			c.Fatalf("whoever had the board open has not heard of epoch %d", b.Epoch)
		}
	}
}

// openCoded serves the sample exam with so many candidates, whose committee has two people.
func openCoded(t *testing.T, candidates int) *codedExam {
	t.Helper()
	dir := t.TempDir()
	c := &codedExam{shared: &shared{T: t, dsn: "sqlite:" + filepath.Join(dir, "t.db")}}
	var err error
	c.keys, err = stores.OpenKeys(filepath.Join(dir, "keys"))
	c.must(err)
	st := c.command()
	c.must(create.Sample(t.Context(), st, c.keys, candidates, time.Now(), true))
	c.must(st.Close())
	c.node = c.open(true)
	for _, user := range []string{"ketua", "wakil"} {
		c.committee(c.node, user)
	}
	c.ketua, err = c.node.Accounts.Get(t.Context(), "ketua")
	c.must(err)
	c.people, _, err = c.node.OpenSample(t.Context())
	c.must(err)
	return c
}

// sits signs somebody in at a computer of their own.
func (c *codedExam) sits(who create.Credential) *onPage {
	c.Helper()
	p := &onPage{Credential: who, node: c.node, client: browser(c.T), device: uuid.NewString()}
	in := map[string]string{"number": p.Number, "pin": p.PIN, "device": p.device}
	for _, call := range []string{"signin", "confirm"} {
		if status := c.node.call(p.client, http.MethodPost, "/api/v1/exam/"+call, in, nil); status != http.StatusOK {
			c.Fatalf("%s: %s: %d", p.Number, call, status)
		}
	}
	c.pages = append(c.pages, p)
	return p
}

// Until a list is decided everybody is told what the thresholds say, then its code: on the
// board, in an open stream, over the exam's socket, on the own page and in the export. What
// opens the results again takes the codes back until another list is released.
func TestEverybodyIsToldTheCodeOfTheListThatStands(t *testing.T) {
	t.Parallel()
	const candidates = 8
	c := openCoded(t, candidates)
	exam := c.node.Exams.Find(stores.SampleCode)
	for i, who := range c.people[:candidates-1] { // the last does not come
		p := c.sits(who)
		if i%2 == 0 {
			p.worth = func(q int) []int { return exam.Worth(who.Number, q) }
		}
		_, err := p.result(t.Context(), 4)
		c.must(err)
	}
	live := c.becomes("everybody to have finished", func(b *decidedBoard) bool {
		return len(slices.DeleteFunc(slices.Collect(maps.Values(b.statuses())), func(s string) bool { return s == "" })) == candidates-1
	})
	if live.Decided != nil {
		t.Fatalf("before a list: %+v", live.Decided)
	}
	c.agree("before a list", &live, false)
	resets := c.watches(t.Context())

	released, list := c.releases("")
	if !maps.Equal(released.statuses(), list) {
		t.Fatalf("the board has %v, the list %v", released.statuses(), list)
	}
	codes := slices.Compact(slices.Sorted(maps.Values(list)))
	if !slices.Equal(codes, []string{"P/L", "TH", "TL"}) {
		t.Fatalf("the list has the codes %v, so this shows too little", codes)
	}
	c.heard(resets, &released)
	c.agree("released", &released, true)

	ask := c.asks("keliru")
	_, err := c.node.Server.Results().Unfreeze(t.Context(), c.ketua, stores.SampleCode, &ask)
	c.must(err)
	again := func(b *decidedBoard) bool { return b.Decided != nil && b.Decided.Again }
	opened := c.becomes("the board to say that the list is made anew", again)
	if !maps.Equal(opened.statuses(), live.statuses()) {
		t.Errorf("unfrozen: %v, before the list it was %v", opened.statuses(), live.statuses())
	}
	c.heard(resets, &opened)
	c.agree("unfrozen", &opened, false)

	same, _ := c.releases(opened.Decided.List + "?") // the same list once more
	if same.Decided.List != released.Decided.List || !maps.Equal(same.statuses(), released.statuses()) {
		t.Errorf("the same list released again: %+v", same)
	}

	c.must(twoAnnul(t, c.node, "wakil", "TWK-NAS-001"))
	annulled := c.becomes("the annulment to open the results", again)
	for number, status := range annulled.statuses() {
		if status != "meets" && status != "misses" && status != "" {
			t.Errorf("after the annulment %s is %q", number, status)
		}
	}
	c.heard(resets, &annulled)
	c.agree("annulled", &annulled, false)

	last, list := c.releases(released.Decided.List)
	if !maps.Equal(last.statuses(), list) || last.Epoch <= annulled.Epoch {
		t.Errorf("released after the annulment: %v, the list has %v", last.statuses(), list)
	}
	c.heard(resets, &last)
	c.agree("released after the annulment", &last, true)
	if got := fmt.Sprint(last.Decided.Codes[0]); got != "{P/L shortlisted}" {
		t.Errorf("what the first code means: %s", got)
	}
}

// Nodes that run hear of a release made at one of them under one epoch, and so does one that
// starts afterwards.
func TestAReleaseReachesEveryNode(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	st := s.command()
	s.must(create.Sample(t.Context(), st, s.keys, 3, time.Now(), true))
	one, two := s.open(true), s.open(true)
	_, _, err := one.OpenSample(t.Context())
	s.must(err)
	c := &codedExam{shared: s, node: one}
	for _, user := range []string{"ketua", "wakil"} {
		s.committee(one, user)
	}
	c.ketua, err = one.Accounts.Get(t.Context(), "ketua")
	s.must(err)
	here, list := c.releases("")
	late := s.open(true)
	for _, n := range []*living{two, late} {
		there := &codedExam{shared: s, node: n}
		b := there.becomes("the list on another node's board", func(b *decidedBoard) bool { return b.Decided != nil })
		if b.Epoch != here.Epoch || !maps.Equal(b.statuses(), list) {
			t.Errorf("epoch %d with %v, another node has %d with %v", here.Epoch, list, b.Epoch, b.statuses())
		}
	}
}
