package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/scoring"
)

// hallOfBoards is one exam's boards with a clock and a journal that the test moves.
type hallOfBoards struct {
	*scoring.Boards
	pos engine.Pos
	now engine.Instant
	n   map[string]int
}

func newHallOfBoards(t *testing.T, live string, people int, epoch engine.Pos) *hallOfBoards {
	t.Helper()
	rs, err := scoring.ByName("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	policy := engine.DefaultPolicy()
	policy.Live = live
	x := scoring.Exam{
		Code: "uji", Title: "SKD Uji", Epoch: epoch, Rules: rs, Policy: policy, Key: scoring.Key{"i": {"a": 5, "b": 0}},
		Sites: []scoring.Named{{Code: "kupang", Title: "Tilok Kupang"}}, Sittings: []scoring.SittingName{{Code: "s1", Title: "Sesi 1", Site: "kupang"}},
	}
	for i := range people {
		x.Entrants = append(x.Entrants, scoring.Entrant{
			Attempt: fmt.Sprint("at-", i), Number: fmt.Sprintf("26-%06d", i), Name: "Maria Yosefina Nahak", Site: "kupang", Sitting: "s1", Need: "general",
		})
	}
	b, err := scoring.NewBoards(x, 1000)
	if err != nil {
		t.Fatal(err)
	}
	h := &hallOfBoards{Boards: b, pos: epoch, now: 1000, n: map[string]int{}}
	for i := range people {
		h.event(fmt.Sprint("attempt/at-", i), engine.Event{Kind: engine.Started})
	}
	h.tick()
	return h
}

func (h *hallOfBoards) event(stream string, e engine.Event) {
	h.pos++
	h.n[stream]++
	e.At = h.now
	h.Apply(engine.Record{Pos: h.pos, Stream: stream, N: h.n[stream]}, &e)
}

func (h *hallOfBoards) answer(person, q int, option string) {
	h.event(fmt.Sprint("attempt/at-", person), engine.Event{Kind: engine.Answered, Q: q, Item: "i", Option: option})
}

func (h *hallOfBoards) tick() {
	h.now += 1000
	h.Tick(h.now)
}

func boardPages(t *testing.T, h *hallOfBoards) (*BoardPages, *httptest.Server) {
	t.Helper()
	pages, err := newPages()
	if err != nil {
		t.Fatal(err)
	}
	p := newBoardPages(pages, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	p.Add("uji", h.Boards)
	rt := newRoutes(nil)
	p.Routes(rt)
	server := httptest.NewUnstartedServer(rt.mux)
	server.Config.ConnContext = WithConn
	server.Start()
	t.Cleanup(func() {
		p.Close()
		server.Close()
	})
	return p, server
}

func get(t *testing.T, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestASnapshotIsCachedForASecond(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 3, 1)
	_, server := boardPages(t, h)
	for _, url := range []string{"/api/v1/boards", "/api/v1/boards/uji", "/api/v1/boards/uji.sitting.s1?limit=1", "/api/v1/boards/uji?q=000002"} {
		res, body := get(t, server.URL+url)
		etag := res.Header.Get("ETag")
		if res.StatusCode != 200 || etag == "" || res.Header.Get("Cache-Control") != "max-age=1" || !json.Valid([]byte(body)) {
			t.Fatalf("%s: %d %v %s", url, res.StatusCode, res.Header, body)
		}
		if res, body := get(t, server.URL+url, "If-None-Match", `"other", W/`+etag); res.StatusCode != 304 || body != "" || res.Header.Get("ETag") != etag {
			t.Errorf("%s again: %d %q", url, res.StatusCode, body)
		}
		h.answer(0, 1+int(h.pos%100), "a")
		h.tick()
		if res, _ := get(t, server.URL+url, "If-None-Match", etag); res.StatusCode != 200 && url != "/api/v1/boards" {
			t.Errorf("%s after a change: %d", url, res.StatusCode)
		}
	}
}

func TestAWrongCallIsToldWhy(t *testing.T) {
	_, server := boardPages(t, newHallOfBoards(t, engine.LiveInstant, 1, 1))
	for url, want := range map[string]string{
		"/api/v1/boards/nobody":                                   "404 not_found id",
		"/api/v1/boards/uji.site.nobody":                          "404 not_found id",
		"/api/v1/boards/nobody/events":                            "404 not_found id",
		"/api/v1/boards/uji.site.none/events":                     "404 not_found id",
		"/api/v1/boards/uji?limit=2001":                           "400 bad_frame limit",
		"/api/v1/boards/uji?offset=-1":                            "400 bad_frame offset",
		"/api/v1/boards/uji?q=" + strings.Repeat("1", maxQuery+1): "400 bad_frame q",
	} {
		res, body := get(t, server.URL+url)
		var e errorJSON
		if err := json.Unmarshal([]byte(body), &e); err != nil || fmt.Sprint(res.StatusCode, " ", e.Code, " ", e.Field) != want || e.Text == "" {
			t.Errorf("%s: %d %s, want %s", url, res.StatusCode, body, want)
		}
	}
}

// A running score must not answer questions, not even through the candidate's own browser.
func TestABoardIsRefusedToWhoIsBeingExamined(t *testing.T) {
	for live, want := range map[string]int{engine.LiveSettled: 403, engine.LiveProgress: 403, engine.LiveInstant: 200} {
		p, server := boardPages(t, newHallOfBoards(t, live, 1, 1))
		p.examining = func(r *http.Request) bool { return r.Header.Get("Cookie") != "" }
		for _, url := range []string{"/api/v1/boards", "/api/v1/boards/uji", "/papan", "/papan/uji"} {
			res, body := get(t, server.URL+url, "Cookie", "exam=at-0.secret")
			if res.StatusCode != want || want == 403 && (res.Header.Get("Cache-Control") != "no-store" || !strings.Contains(body, "exam_session")) {
				t.Errorf("%s, %s: %d %v", live, url, res.StatusCode, res.Header)
			}
			if res, _ := get(t, server.URL+url); res.StatusCode != 200 {
				t.Errorf("%s, %s without a session: %d", live, url, res.StatusCode)
			}
		}
	}
}

// told is one server-sent event.
type told struct{ id, name, data string }

// stream is a reader of a board's events.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
	stop  context.CancelFunc
}

func openStream(t *testing.T, url, last string) *stream {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		res.Body.Close()
	})
	if ct := res.Header.Get("Content-Type"); res.StatusCode != 200 || ct != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store, no-transform" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	s := &stream{t: t, lines: bufio.NewScanner(res.Body), stop: stop}
	s.lines.Buffer(nil, 1<<20)
	return s
}

// next waits for an event, or for a comment, which is an event without a name.
func (s *stream) next() told {
	s.t.Helper()
	var e told
	for s.lines.Scan() {
		key, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch {
		case s.lines.Text() == "":
			return e
		case key == "id":
			e.id = value
		case key == "event":
			e.name = value
		case key == "data":
			e.data = value
		}
	}
	s.t.Fatalf("the stream ended: %v", s.lines.Err())
	return e
}

// readerRows folds events as a page does.
func readerRows(t *testing.T, rows map[string]int, e told) map[string]int {
	t.Helper()
	var body struct {
		Rows []struct {
			Number string
			Total  int
		}
		Gone []string
	}
	if err := json.Unmarshal([]byte(e.data), &body); err != nil {
		t.Fatalf("%v: %s", err, e.data)
	}
	if e.name == "reset" {
		rows = map[string]int{}
	}
	for _, r := range body.Rows {
		rows[r.Number] = r.Total
	}
	for _, n := range body.Gone {
		delete(rows, n)
	}
	return rows
}

func totals(t *testing.T, url string) map[string]int {
	t.Helper()
	_, body := get(t, url+"?limit=2000")
	return readerRows(t, nil, told{name: "reset", data: body})
}

func TestAReaderResumesWithoutAHole(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 5, 1)
	_, server := boardPages(t, h)
	url := server.URL + "/api/v1/boards/uji"
	s := openStream(t, url+"/events", "")
	first := s.next()
	if first.name != "reset" || first.id != fmt.Sprintf("1.%d", h.pos) {
		t.Fatalf("first event %+v", first)
	}
	rows := readerRows(t, nil, first)
	h.answer(1, 1, "a")
	h.tick()
	second := s.next()
	if second.name != "frame" || second.id != fmt.Sprintf("1.%d", h.pos) {
		t.Fatalf("second event %+v", second)
	}
	rows = readerRows(t, rows, second)
	s.stop()
	for q := range 200 { // longer away than frames are kept
		h.answer(q%4, 1+q%110, "a")
		h.tick()
	}
	s = openStream(t, url+"/events", second.id)
	missed := s.next()
	if missed.name != "frame" || !strings.Contains(missed.data, fmt.Sprintf(`"from":%s,`, strings.TrimPrefix(second.id, "1."))) {
		t.Fatalf("what was missed: %+v", missed)
	}
	if rows = readerRows(t, rows, missed); !maps.Equal(rows, totals(t, url)) || strings.Contains(missed.data, "26-000004") {
		t.Errorf("the reader has %v, the board %v", rows, totals(t, url))
	}
	h.answer(4, 1, "a")
	h.tick()
	if rows = readerRows(t, rows, s.next()); !maps.Equal(rows, totals(t, url)) {
		t.Errorf("after resuming the reader has %v, the board %v", rows, totals(t, url))
	}
	s = openStream(t, url+"/events?after="+fmt.Sprintf("1.%d", h.pos), "")
	if e := s.next(); e.name != "" {
		t.Errorf("nothing is missing, got %+v", e)
	}
}

func TestAnUnknownPositionIsAnsweredWithAReset(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 2, 5)
	p, server := boardPages(t, h)
	p.behind = time.Millisecond
	for _, last := range []string{"4.6", "6.6", fmt.Sprintf("5.%d", h.pos+1), "5.4", "rubbish", "5.", "99999999999999999999.1"} {
		if e := openStream(t, server.URL+"/api/v1/boards/uji/events", last).next(); e.name != "reset" {
			t.Errorf("%q: %+v", last, e)
		}
	}
}

// A reader who comes from a node that ticks earlier keeps what it has: its board never
// goes back.
func TestAReaderWhoIsAheadIsNotSetBack(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 2, 1)
	p, server := boardPages(t, h)
	elsewhere := fmt.Sprintf("1.%d", h.pos+1)
	go func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for p.watchers.Load() == 0 {
			<-tick.C
		}
		h.answer(1, 1, "a")
		h.tick()
	}()
	if e := openStream(t, server.URL+"/api/v1/boards/uji/events", elsewhere).next(); e.name != "" {
		t.Errorf("nothing is missing, got %+v", e)
	}
}

func TestFreezingResetsWhoWatches(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 2, 1)
	_, server := boardPages(t, h)
	s := openStream(t, server.URL+"/api/v1/boards/uji/events", "")
	s.next()
	h.event("sitting/uji.s1", engine.Event{Kind: engine.SittingClosed})
	h.tick()
	if e := s.next(); e.name != "reset" || !strings.Contains(e.data, `"final":true`) || e.id != fmt.Sprintf("%d.%d", h.pos, h.pos) {
		t.Errorf("got %+v", e)
	}
}

func TestReplacedBoardsResetWhoWatches(t *testing.T) {
	p, server := boardPages(t, newHallOfBoards(t, engine.LiveInstant, 2, 1))
	s := openStream(t, server.URL+"/api/v1/boards/uji/events", "")
	s.next()
	p.Add("uji", newHallOfBoards(t, engine.LiveInstant, 3, 50).Boards)
	if e := s.next(); e.name != "reset" || !strings.HasPrefix(e.id, "50.") || !strings.Contains(e.data, `"registered":3`) {
		t.Errorf("got %+v", e)
	}
}

// Law 9: a board is encoded once, and the same bytes go to every watcher.
func TestAllWatchersGetTheSameBytes(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 10, 1)
	_, server := boardPages(t, h)
	var watchers []*stream
	for range 20 {
		s := openStream(t, server.URL+"/api/v1/boards/uji/events", "")
		s.next()
		watchers = append(watchers, s)
	}
	before := h.Encoded()
	h.answer(3, 1, "a")
	h.tick()
	var got []string
	for _, s := range watchers {
		got = append(got, s.next().data)
	}
	if slices.Sort(got); got[0] != got[len(got)-1] || got[0] == "" {
		t.Errorf("watchers got %q and %q", got[0], got[len(got)-1])
	}
	if n := h.Encoded() - before; n != 3 { // the exam's, the site's and the sitting's board
		t.Errorf("%d frames encoded for three boards and 20 watchers", n)
	}
}

// stuck is a reader whose connection takes nothing until it is let go.
type stuck struct {
	httptest.ResponseRecorder
	writing chan struct{}
	free    chan struct{}
}

func (s *stuck) Write(b []byte) (int, error) {
	select {
	case s.writing <- struct{}{}:
	default:
	}
	<-s.free
	return s.ResponseRecorder.Write(b)
}

func TestASlowWatcherIsCutAndSlowsNobody(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 3, 1)
	p, _ := boardPages(t, h)
	slow := &stuck{ResponseRecorder: *httptest.NewRecorder(), writing: make(chan struct{}, 1), free: make(chan struct{})}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/boards/uji/events", nil)
	r.SetPathValue("id", "uji")
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.serveEvents(slow, r)
	}()
	<-slow.writing
	for q := range 100 { // the fold goes on while the reader stands
		h.answer(0, 1+q, "a")
		h.tick()
	}
	close(slow.free)
	<-done
	if n := p.cut.Load(); n != 1 || p.watchers.Load() != 0 {
		t.Errorf("%v cut, %d watching", n, p.watchers.Load())
	}
	if n := strings.Count(slow.Body.String(), "event: "); n != 1 {
		t.Errorf("a cut reader got %d events, want the reset alone", n)
	}
}

func TestTheBoardIsWholeWithoutAScript(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 250, 1)
	h.answer(7, 1, "a")
	h.answer(8, 1, "a")
	h.tick()
	_, server := boardPages(t, h)
	for _, c := range []struct {
		url  string
		has  []string
		lack []string
	}{
		{"/papan", []string{"SKD Uji", "Tilok Kupang", "Sesi 1", "/papan/uji.sitting.s1"}, nil},
		{"/papan?lang=en", []string{`lang="en"`}, nil},
		{"/papan/uji", []string{"26-000007", "Maria Y*** N***", "?hal=2"}, []string{"26-000150", "general", "Nahak"}},
		{"/papan/uji?hal=3", []string{"26-000249", "?hal=2"}, []string{"26-000007"}},
		{"/papan/uji?hal=99", []string{"26-000249"}, nil},
		{"/papan/uji?cari=000240", []string{`data-n="26-000240" class="me"`}, []string{"26-000007"}},
		{"/papan/uji?cari=26-000007", []string{`data-n="26-000007" class="me"`}, nil},
		{"/papan/uji?cari=%3Cb%3E999", []string{"&lt;b&gt;999", "n-miss"}, []string{"<b>999"}},
	} {
		res, body := get(t, server.URL+c.url)
		if res.StatusCode != 200 {
			t.Errorf("%s: %d", c.url, res.StatusCode)
		}
		for _, want := range c.has {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q", c.url, want)
			}
		}
		for _, no := range c.lack {
			if strings.Contains(body, no) {
				t.Errorf("%s has %q", c.url, no)
			}
		}
	}
	for url, want := range map[string]string{
		"/papan?papan=uji.site.kupang":         "/papan/uji.site.kupang",
		"/papan?ujian=uji":                     "/papan/uji",
		"/papan?ujian=uji&tilok=kupang":        "/papan/uji.site.kupang",
		"/papan?ujian=uji&tilok=k&sesi=s1":     "/papan/uji.sitting.s1",
		"/papan?papan=//elsewhere.example/%0d": "/papan/%2F%2Felsewhere.example%2F%0D",
	} {
		if res, _ := get(t, server.URL+url); res.StatusCode != 303 || res.Header.Get("Location") != want {
			t.Errorf("%s: %d to %s, want %s", url, res.StatusCode, res.Header.Get("Location"), want)
		}
	}
	if res, body := get(t, server.URL+"/papan/nobody", "Accept", "text/html"); res.StatusCode != 404 || !strings.Contains(body, "not_found") {
		t.Errorf("an unknown board: %d", res.StatusCode)
	}
}
