package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

func (p *page) signinFails(status int, code string) body {
	p.h.Helper()
	got, answer := p.signin()
	if got != status || answer.text("code") != code || answer.text("text") == "" {
		p.h.Fatalf("sign-in: %d %v, want %d %s", got, answer, status, code)
	}
	return answer
}

func TestASignInSaysWhoseExamThisIs(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1))
	p.number = "26 1-1" // compared without what people put between
	p.number = strings.ReplaceAll(number(1, 1), "-", "")
	status, got, res := p.call(http.MethodPost, "/api/v1/exam/signin", body{"number": p.number, "pin": p.pin, "device": p.device})
	if status != 200 || got.text("state") != "present" {
		t.Fatalf("%d %v", status, got)
	}
	if c := got.in("candidate"); c.text("number") != number(1, 1) || c.text("name") != "Peserta 26-1-1" || c.text("seat") == "" {
		t.Errorf("candidate %v", c)
	}
	if x := got.in("exam"); x.text("code") != examCode || x.text("title") == "" {
		t.Errorf("exam %v", x)
	}
	if s := got.in("sitting"); s.text("id") != room1 || s.text("state") != "checkin" {
		t.Errorf("sitting %v", s)
	}
	c := res.Cookies()
	if len(c) != 1 || c[0].Name != "exam" || !c[0].HttpOnly || c[0].SameSite != http.SameSiteStrictMode || c[0].Path != "/" {
		t.Fatalf("cookies %v", c)
	}
	attempt, secret, _ := strings.Cut(c[0].Value, ".")
	sum := sha256.Sum256([]byte(secret))
	if attempt != h.live(number(1, 1)).ID || h.state(number(1, 1)).Session != hex.EncodeToString(sum[:]) {
		t.Error("the journal does not hold the SHA-256 of the cookie's secret")
	}
	if status, got := p.post("/api/v1/exam/confirm", body{"device": p.device}); status != 200 || got.text("state") != "ready" {
		t.Errorf("confirm: %d %v", status, got)
	}
}

func TestWrongPINsAreCountedThenLockedThenUnlocked(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1))
	h.followed() // tries count anew from a check-in, also when the tail brings it
	right := p.pin
	p.pin = "nope"
	for left := int64(4); left > 0; left-- {
		if answer := p.signinFails(401, "wrong_pin"); answer.int("left") != left {
			t.Fatalf("%v, want left %d", answer, left)
		}
	}
	_, answer, res := p.call(http.MethodPost, "/api/v1/exam/signin", body{"number": p.number, "pin": p.pin, "device": p.device})
	if answer.text("code") != "locked" || answer.int("retry") < 60_000 || res.StatusCode != 429 || res.Header.Get("Retry-After") == "" {
		t.Fatalf("the fifth: %d %v", res.StatusCode, answer)
	}
	p.pin = right
	p.signinFails(429, "locked") // the right one does not help any more
	h.act(proctor.Request{Action: engine.ActUnlock, Numbers: []string{p.number}})
	p.enter()

	nobody := &page{browser: h.browser(), number: "26-9-9", pin: "123456", device: uuid.NewString()}
	if answer := nobody.signinFails(401, "wrong_pin"); answer.int("left") != 4 {
		t.Errorf("a number that nobody has: %v", answer)
	}
	if status, answer := p.post("/api/v1/exam/signin", body{"number": p.number, "pin": right, "device": "mine"}); status != 400 || answer.text("field") != "device" {
		t.Errorf("a device that is no uuid: %d %v", status, answer)
	}
}

func TestANewPINVoidsTheOld(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1))
	old := p.pin
	p.pin = h.checkin(room1, p.number)
	if p.pin == old {
		t.Skip("drawn twice: one in a million")
	}
	p.enter()
	p.pin = old
	p.signinFails(401, "wrong_pin")
}

func TestSignInBeforeCheckInAndAfterTheClose(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := &page{browser: h.browser(), number: number(1, 1), pin: "123456", device: uuid.NewString()}
	p.signinFails(409, "not_open")
	h.act(proctor.Request{Action: engine.ActOpenCheckin})
	p.signinFails(409, "not_open") // the sitting is open, the person is not here
	p.pin = h.checkin(room1, p.number)
	p.enter()
	h.start(room1, 0)
	h.act(proctor.Request{Action: engine.ActFinish})
	h.act(proctor.Request{Action: engine.ActClose})
	p.signinFails(409, "closed")
}

func TestANumberOfTwoSittingsHasToChoose(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	person := *h.people.Find(number(1, 1), examCode)[0]
	other := definition(built{})
	other.Code = "skd-lain"
	h.people.Admit(other)
	person.Attempt = ""
	log := proctor.NewLog(h.db, h.hall.Writer())
	h.must(h.people.Import(t.Context(), log, "setup", h.hall.Now(), other.Code, []proctor.Person{person}, nil))
	second := h.people.Find(number(1, 1), other.Code)[0]
	var terms *engine.Terms
	h.live(number(1, 2)).View(func(_ *engine.Attempt, t *engine.Terms) { terms = t })
	h.hall.Admit(second.Attempt, terms)

	p := &page{browser: h.browser(), number: number(1, 1), pin: "271828", device: uuid.NewString()}
	for _, q := range []*proctor.Person{h.people.Find(number(1, 1), examCode)[0], second} {
		room := q.SittingID()
		_, err := h.hall.Sitting(room).Act(engine.Command{Act: engine.ActOpenCheckin, By: "s", At: h.hall.Now()})
		h.must(err)
		h.must(h.hall.Attempt(q.Attempt).Ask(engine.Command{
			Act: engine.ActCheckin, By: "s", At: h.hall.Now(), Sitting: room, Seat: "A-01", Number: q.Number, Pin: testKeys.HashPIN(room, q.Attempt, p.pin),
		}, nil).Err)
	}
	if answer := p.signinFails(409, "choose"); answer.text("field") != "exam" {
		t.Errorf("%v", answer)
	}
	if status, got := p.post("/api/v1/exam/signin", body{"number": p.number, "pin": p.pin, "device": p.device, "exam": examCode}); status != 200 {
		t.Errorf("with the exam named: %d %v", status, got)
	}
}

// With scores that stay secret nothing waits for the candidate after the hand-in.
func TestSignInAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, shown := range []bool{true, false} {
		h := build(t, built{policy: func(p *engine.Policy) { p.ShowScores, p.HandinMS = shown, 0 }})
		p := h.person(number(1, 1)).enter()
		h.start(room1, 0)
		h.act(proctor.Request{Action: engine.ActFinish, Numbers: []string{p.number}, Reason: "request"})
		if !shown {
			h.until("the hand-in is over", func() bool { return h.hall.Now() > h.state(p.number).FinishAt })
			p.signinFails(409, "finished")
			continue
		}
		if status, got := p.signin(); status != 200 || got.text("state") != "finished" {
			t.Errorf("%d %v", status, got)
		}
	}
}

// The session lasts longer than exam, credits, hold and hand-in together, and does
// not end by itself.
func TestC21TheSessionOutlivesTheExam(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, seats)) // with extra time
	_, _, res := p.call(http.MethodPost, "/api/v1/exam/signin", body{"number": p.number, "pin": p.pin, "device": p.device})
	life := time.Duration(res.Cookies()[0].MaxAge) * time.Second
	policy := h.def.Policy
	longest := h.exam.Rules.Length() + 30*time.Minute + proctor.CreditMost +
		time.Duration(policy.AutoCreditMS+policy.HoldMS+policy.HandinMS+policy.OutageWaitMS)*time.Millisecond
	if life < longest {
		t.Fatalf("the cookie lives %v, the longest exam %v", life, longest)
	}
	if status, _ := p.post("/api/v1/exam/confirm", body{"device": p.device}); status != 200 {
		t.Fatalf("confirm: %d", status)
	}
	// Another run of the server: no store is asked, the journal knows the session.
	h.kill()
	q := p.at(h.again(built{}))
	if w := q.hello(); w.text("state") != "ready" {
		t.Errorf("%v", w)
	}
}

func TestSignOutEndsTheSessionNotTheAttempt(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	p.answered(1, "a")
	old := p.cookie("exam")
	if status, _ := p.post("/api/v1/exam/signout", nil); status != 204 {
		t.Fatalf("signout: %d", status)
	}
	p.ends("signed_out", 4007)
	if p.cookie("exam") != "" {
		t.Error("the cookie stayed")
	}
	status, got, _ := p.call(http.MethodPost, "/api/v1/exam/confirm", body{"device": p.device}, "Cookie", "exam="+old)
	if status != 401 || got.text("code") != "signed_out" {
		t.Errorf("the old cookie: %d %v", status, got)
	}
	if s := h.state(p.number); s.State != engine.Running || s.Answers != 1 {
		t.Errorf("the attempt is %s with %d answers", s.State, s.Answers)
	}
	p.open().ends("signed_out", 4007) // a socket without a session
	if w := p.enter().hello(); w.text("state") != "running" || w.in("answers").text("1") != "a" {
		t.Errorf("after signing in again: %v", w)
	}
}

// While the journal takes nothing a sign-out is not recorded. The computer is somebody else's soon
// all the same, and shows them no result and no receipt.
func TestASignOutThatIsNotRecordedLeavesNobodySignedInHere(t *testing.T) {
	t.Parallel()
	disk := new(tap)
	h := build(t, built{wrap: disk.wrap, policy: func(p *engine.Policy) { p.ShowScores = true }})
	p := h.answered(5)
	h.over()
	disk.full.Store(true)
	if status, _ := p.post("/api/v1/exam/signout", nil); status != http.StatusServiceUnavailable {
		t.Errorf("signed out, by a journal that is full: %d", status)
	}
	disk.full.Store(false)
	if p.cookie("exam") != "" {
		t.Error("the cookie stayed")
	}
	for _, path := range []string{"/api/v1/exam/result", "/ujian/tanda-terima"} {
		if status, _ := p.get(path); status != http.StatusUnauthorized {
			t.Errorf("who comes next opens %s: %d", path, status)
		}
	}
}

func TestWritesOfAnotherSiteAreRefused(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1)).enter()
	for _, path := range []string{"/api/v1/exam/signin", "/api/v1/exam/signout", "/api/v1/exam/frames", "/api/v1/staff/signin", "/api/v1/sittings/" + room1 + "/actions"} {
		for _, header := range [][]string{
			{"Origin", "https://jahat.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
			{"Sec-Fetch-Site", "cross-site", "Origin", h.http.URL},
		} {
			if status, got, _ := p.call(http.MethodPost, path, body{}, header...); status != 403 || got.text("code") != "other_origin" {
				t.Errorf("%s with %v: %d %v", path, header, status, got)
			}
		}
	}
	if status, _, _ := p.call(http.MethodPost, "/api/v1/exam/confirm", body{"device": p.device}, "Origin", h.http.URL, "Sec-Fetch-Site", "same-origin"); status != 200 {
		t.Errorf("our own page: %d", status)
	}
	status, _, _ := p.call(http.MethodGet, "/exam/ws", nil, "Origin", "https://jahat.example", "Connection", "Upgrade", "Upgrade", "websocket",
		"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	if status != 403 {
		t.Errorf("an upgrade from another site: %d", status)
	}
}

// The name of a media type is the same in any case, and another type is another, whatever it begins with.
func TestABodySaysWhatItIs(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	for named, want := range map[string]int{
		"": 401, "application/json": 401, "Application/JSON ; Charset=utf-8": 401, "application/json; charset": 401, "application/json-patch+json": 400, "text/plain": 400, "/": 400,
	} {
		if status, got, _ := h.browser().call(http.MethodPost, "/api/v1/exam/confirm", body{}, "Content-Type", named); status != want {
			t.Errorf("%q: %d %v, want %d", named, status, got, want)
		}
	}
}

func TestABodyThatIsNoRequestIsToldSo(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	b := h.browser()
	for _, test := range []struct {
		path   string
		send   any
		status int
		code   string
	}{
		{"/api/v1/exam/signin", []int{1}, 400, "bad_frame"},
		{"/api/v1/exam/signin", body{"number": strings.Repeat("9", 20_000)}, 413, "too_large"},
		{"/api/v1/exam/frames", body{}, 401, "signed_out"},
		{"/api/v1/exam/confirm", body{}, 401, "signed_out"},
		{"/api/v1/nothing", body{}, 404, "not_found"},
	} {
		if status, got := b.post(test.path, test.send); status != test.status || got.text("code") != test.code {
			t.Errorf("%s: %d %v, want %d %s", test.path, status, got, test.status, test.code)
		}
	}
}
