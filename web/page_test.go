package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"terang/engine"
	"terang/proctor"
)

// body is an answer or a frame as a reader that knows nothing but JSON sees it.
type body map[string]any

func (b body) text(key string) string { s, _ := b[key].(string); return s }
func (b body) int(key string) int64   { n, _ := b[key].(float64); return int64(n) }
func (b body) in(key string) body     { m, _ := b[key].(map[string]any); return m }
func (b body) list(key string) []any  { l, _ := b[key].([]any); return l }

func (b body) time(key string) time.Time {
	t, _ := time.Parse("2006-01-02T15:04:05.000Z", b.text(key))
	return t
}

// browser keeps cookies and speaks JSON, at any house.
type browser struct {
	h      *house
	client *http.Client
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	h.must(err)
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &browser{h: h, client: client}
}

func (b *browser) call(method, path string, send any, header ...string) (int, body, *http.Response) {
	b.h.Helper()
	var content io.Reader
	if send != nil {
		content = encode(b.h.T, send)
	}
	req, err := http.NewRequestWithContext(b.h.Context(), method, b.h.http.URL+path, content)
	b.h.must(err)
	if send != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.client.Do(req)
	b.h.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	b.h.must(err)
	var got body
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		b.h.must(json.Unmarshal(raw, &got))
	} else {
		got = body{"raw": string(raw)}
	}
	return res.StatusCode, got, res
}

func (b *browser) post(path string, send any) (int, body) {
	b.h.Helper()
	status, got, _ := b.call(http.MethodPost, path, send)
	return status, got
}

func (b *browser) get(path string) (int, body) {
	b.h.Helper()
	status, got, _ := b.call(http.MethodGet, path, nil)
	return status, got
}

// cookie is the value of a cookie that the browser would send.
func (b *browser) cookie(name string) string {
	u, err := url.Parse(b.h.http.URL)
	b.h.must(err)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// page is a candidate at a computer.
type page struct {
	*browser
	number, pin, device string
	have                int64 // newest version that a welcome or an acknowledgement has told
	conn                *websocket.Conn
	frames              chan body
	closed              chan int // the close code, 0 if the line was cut
}

// person is a candidate who has been checked in, at a computer of their own.
func (h *house) person(number string) *page {
	h.Helper()
	return &page{browser: h.browser(), number: number, pin: h.checkin(room1, number), device: uuid.NewString()}
}

// checkin opens check-in if need be, and returns the PIN.
func (h *house) checkin(room, number string) string {
	h.Helper()
	if h.hall.Sitting(room).State().Phase == engine.Planned {
		h.actIn(room, proctor.Request{Action: engine.ActOpenCheckin})
	}
	answer := h.actIn(room, proctor.Request{Action: engine.ActCheckin, Numbers: []string{number}, Reason: "mistake"})
	if len(answer.PINs) != 1 {
		h.Fatalf("%d PINs", len(answer.PINs))
	}
	return answer.PINs[0].PIN
}

// elsewhere is the same person at another computer.
func (p *page) elsewhere() *page {
	return &page{browser: p.h.browser(), number: p.number, pin: p.pin, device: uuid.NewString()}
}

// at lets the page speak to another node, cookies and all.
func (p *page) at(h *house) *page {
	q := &page{browser: h.browser(), number: p.number, pin: p.pin, device: p.device}
	u, err := url.Parse(h.http.URL)
	h.must(err)
	q.client.Jar.SetCookies(u, []*http.Cookie{{Name: "exam", Value: p.cookie("exam")}})
	return q
}

func (p *page) signin() (int, body) {
	p.h.Helper()
	return p.post("/api/v1/exam/signin", body{"number": p.number, "pin": p.pin, "device": p.device})
}

// enter signs in and confirms.
func (p *page) enter() *page {
	p.h.Helper()
	if status, got := p.signin(); status != 200 {
		p.h.Fatalf("sign-in of %s: %d %v", p.number, status, got)
	}
	if status, got := p.post("/api/v1/exam/confirm", body{"device": p.device}); status != 200 {
		p.h.Fatalf("confirm of %s: %d %v", p.number, status, got)
	}
	return p
}

// open opens the socket and reads what comes until it ends.
func (p *page) open() *page {
	p.h.Helper()
	header := http.Header{"Cookie": {"exam=" + p.cookie("exam")}, "Origin": {p.h.http.URL}}
	if proof := p.cookie("seb"); proof != "" {
		header.Add("Cookie", "seb="+proof)
	}
	if p.h.server.url != nil {
		header.Set("Origin", p.h.server.origin())
	}
	dialer := websocket.Dialer{Subprotocols: []string{Subprotocol}}
	conn, res, err := dialer.DialContext(p.h.Context(), "ws"+strings.TrimPrefix(p.h.http.URL, "http")+"/exam/ws", header)
	p.h.must(err)
	_ = res.Body.Close()
	if conn.Subprotocol() != Subprotocol {
		p.h.Fatalf("subprotocol %q", conn.Subprotocol())
	}
	p.conn, p.frames, p.closed = conn, make(chan body, 4096), make(chan int, 1)
	p.h.Cleanup(func() { _ = conn.Close() })
	go func(frames chan<- body, closed chan<- int) {
		defer close(frames)
		for {
			_, raw, err := conn.ReadMessage()
			if err != nil {
				code := 0
				if e := new(websocket.CloseError); errors.As(err, &e) {
					code = e.Code
				}
				closed <- code
				return
			}
			f := body{}
			if json.Unmarshal(raw, &f) != nil {
				f["t"] = string(raw)
			}
			frames <- f
		}
	}(p.frames, p.closed)
	return p
}

func (p *page) say(f body) {
	p.h.Helper()
	p.h.must(p.conn.WriteJSON(f))
}

// cut ends the line without a word, as a pulled cable does.
func (p *page) cut() {
	_ = p.conn.UnderlyingConn().Close()
	<-p.closed
}

// hello opens the socket, says hello and returns the welcome.
func (p *page) hello(more ...body) body {
	p.h.Helper()
	p.open()
	f := body{"t": "hello", "device": p.device, "have": p.have}
	for _, m := range more {
		for k, v := range m {
			f[k] = v
		}
	}
	p.say(f)
	return p.next("welcome")
}

// has notes what version a frame tells, as a page does.
func (p *page) has(f body) body {
	if t := f.text("t"); t == "welcome" || t == "ok" {
		p.have = max(p.have, f.int("n"))
	}
	return f
}

// next is the next frame, which must be of the type.
func (p *page) next(t string) body {
	p.h.Helper()
	select {
	case f, open := <-p.frames:
		if !open {
			p.h.Fatalf("%s: the line ended, want %s", p.number, t)
		}
		if f.text("t") != t {
			p.h.Fatalf("%s: got %v, want %s", p.number, f, t)
		}
		return p.has(f)
	case <-time.After(patience):
		p.h.Fatalf("%s: no %s came", p.number, t)
	}
	return nil
}

// next2 is the next frame, which must be of one of two types.
func (p *page) next2(one, other string) body {
	p.h.Helper()
	select {
	case f := <-p.frames:
		if t := f.text("t"); t != one && t != other {
			p.h.Fatalf("%s: got %v, want %s or %s", p.number, f, one, other)
		}
		return f
	case <-time.After(patience):
		p.h.Fatalf("%s: neither %s nor %s came", p.number, one, other)
	}
	return nil
}

// later is the next frame of the type, whatever comes before it.
func (p *page) later(t string) body {
	p.h.Helper()
	enough := time.After(patience)
	for {
		select {
		case f, open := <-p.frames:
			if !open {
				p.h.Fatalf("%s: the line ended, want %s", p.number, t)
			}
			if f.text("t") == t {
				return p.has(f)
			}
		case <-enough:
			p.h.Fatalf("%s: no %s came", p.number, t)
		}
	}
}

// quiet proves that nothing was sent before the answer to a beat.
func (p *page) quiet() {
	p.h.Helper()
	p.say(body{"t": "beat"})
	p.next("beat")
}

// ends is the last of it: a bye with the code, and the close code that belongs to it.
func (p *page) ends(code string, closing int) body {
	p.h.Helper()
	bye := p.later("bye")
	if bye.text("code") != code {
		p.h.Fatalf("%s: %v, want bye %s", p.number, bye, code)
	}
	p.isClosed(closing)
	return bye
}

func (p *page) isClosed(closing int) {
	p.h.Helper()
	for f := range p.frames {
		p.h.Errorf("%s: %v after the bye", p.number, f)
	}
	if got := <-p.closed; got != closing {
		p.h.Errorf("%s: close code %d, want %d", p.number, got, closing)
	}
}

// answer sends an answer and returns its operation.
func (p *page) answer(q int, c string) string {
	p.h.Helper()
	op := uuid.NewString()
	p.say(body{"t": "answer", "op": op, "q": q, "c": c, "ms": 1200})
	return op
}

// answered answers and waits for the acknowledgement.
func (p *page) answered(q int, c string) body {
	p.h.Helper()
	op := p.answer(q, c)
	f := p.later("ok")
	if f.text("op") != op {
		p.h.Fatalf("%v is not for %s", f, op)
	}
	return f
}

// refused is the next frame: a no with the code, for the operation.
func (p *page) refused(op, code string) body {
	p.h.Helper()
	f := p.next("no")
	if f.text("op") != op || f.text("code") != code || f.text("text") == "" {
		p.h.Fatalf("%v, want no %s for %s", f, code, op)
	}
	return f
}

// working is a candidate whose exam runs, with the welcome that brought the items.
func (h *house) working(number string) *page {
	h.Helper()
	return h.allWorking(number)[0]
}

func (h *house) allWorking(numbers ...string) []*page {
	h.Helper()
	pages := make([]*page, len(numbers))
	for i, n := range numbers {
		pages[i] = h.person(n).enter()
		pages[i].hello()
	}
	h.start(room1, 0)
	for _, p := range pages {
		if w := p.next("welcome"); w.text("state") != "running" || w["items"] == nil {
			h.Fatalf("%s after the start: %v", p.number, w.text("state"))
		}
		p.next("clock")
	}
	return pages
}
