package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"terang/engine"
	"terang/proctor"
	"terang/proctor/seb"
)

// proxied is what people type: the tests reach the server at another address, as a proxy does.
const proxied = "http://ujian.test"

const (
	examKeyA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	examKeyB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func sebHouse(t *testing.T, policy engine.BrowserPolicy) *house {
	t.Helper()
	base, err := url.Parse(proxied)
	if err != nil {
		t.Fatal(err)
	}
	policy.Required = true
	return build(t, built{url: base, policy: func(p *engine.Policy) { p.SEB = policy }})
}

func (h *house) ownKey() string { return seb.ConfigKey(h.server.sebAsked(h.def).Config()) }

// in are the headers that SEB sends for a path of ours.
func in(path, config, exam string) []string {
	header := []string{headerConfigKey, seb.RequestHash(proxied+path, config)}
	if exam != "" {
		header = append(header, headerExamKey, seb.RequestHash(proxied+path, exam))
	}
	return header
}

const (
	sebPagePath = "/ujian?ujian=" + examCode
	signinPath  = "/api/v1/exam/signin"
)

func (p *page) signinIn(header ...string) (int, body) {
	p.h.Helper()
	status, answer, _ := p.call(http.MethodPost, signinPath, body{"number": p.number, "pin": p.pin, "device": p.device}, header...)
	return status, answer
}

func TestAnotherBrowserIsToldWhatToDo(t *testing.T) {
	t.Parallel()
	h := sebHouse(t, engine.BrowserPolicy{})
	b := h.browser()
	status, page := b.get(sebPagePath)
	for _, says := range []string{"Safe Exam Browser", `href="seb://ujian.test/ujian/seb/` + examCode + `"`, `href="/ujian/seb/` + examCode + `"`} {
		if status != http.StatusForbidden || !strings.Contains(page.text("raw"), says) {
			t.Errorf("%d, and the page lacks %q", status, says)
		}
	}
	_, file, res := b.call(http.MethodGet, "/ujian/seb/"+examCode, nil)
	d, err := seb.Parse([]byte(file.text("raw")))
	if err != nil || res.Header.Get("Content-Type") != "application/seb" || d.Get("startURL") != proxied+sebPagePath {
		t.Fatalf("the file: %v, %v", err, res.Header)
	}
	if status, _, _ := b.call(http.MethodGet, sebPagePath, nil, in(sebPagePath, seb.ConfigKey(d), "")...); status != http.StatusOK {
		t.Errorf("with that file's key: %d", status)
	}
	if status, _ := b.get("/ujian/seb/no-such"); status != http.StatusNotFound {
		t.Errorf("of no exam: %d", status)
	}
}

func TestASignInFromAnotherBrowserIsRefusedCountedAndToldOnce(t *testing.T) {
	t.Parallel()
	h := sebHouse(t, engine.BrowserPolicy{})
	p := h.person(number(1, 1))
	for range 3 {
		if status, answer := p.signinIn(); status != http.StatusForbidden || answer.text("code") != "seb_required" || answer.text("field") != examCode {
			t.Fatalf("%d %v", status, answer)
		}
	}
	if n := count(h.stream(engine.SittingStream+room1), engine.IncidentNoted); n != 1 {
		t.Errorf("%d incidents of three tries", n)
	}
	if v := h.shows(p.number); len(v.Alerts) != 1 || v.Alerts[0] != proctor.AlertBrowser {
		t.Errorf("the station shows %v", v.Alerts)
	}
	if _, metrics := p.get("/metrics"); !strings.Contains(metrics.text("raw"), `terang_browser_refused_total{why="absent"} 3`) {
		t.Error("the refusals are not counted")
	}
	if n := count(h.events(p.number), engine.SignedIn); n != 0 {
		t.Error("it was signed in")
	}
	if status, _ := p.signinIn(in(signinPath, h.ownKey(), "")...); status != http.StatusOK {
		t.Errorf("in SEB: %d", status)
	}
	h.until("the station no longer shows it", func() bool { return len(h.shows(p.number).Alerts) == 0 })
}

// SEB sends its headers with requests, not with the upgrade: what it has shown counts for
// its session, and for no other.
func TestTheProofOfABrowserCountsForItsSession(t *testing.T) {
	t.Parallel()
	h := sebHouse(t, engine.BrowserPolicy{})
	p := h.person(number(1, 1))
	if status, _, _ := p.call(http.MethodGet, sebPagePath, nil, in(sebPagePath, h.ownKey(), "")...); status != http.StatusOK || p.cookie("seb") == "" {
		t.Fatalf("the page: %d", status)
	}
	open := p.cookie("seb")
	p.enter()
	if w := p.hello(); w.text("state") != "ready" {
		t.Errorf("the socket: %v", w)
	}
	p.cut()
	confirm := "/api/v1/exam/confirm"
	for _, c := range []struct {
		name   string
		header []string
		status int
	}{
		{"no header", nil, 200},
		{"the right one", in(confirm, h.ownKey(), ""), 200},
		{"that of another page", in(sebPagePath, h.ownKey(), ""), 403},
		{"that of another configuration", in(confirm, examKeyA, ""), 403},
		{"an exam key alone", []string{headerExamKey, examKeyA}, 403},
	} {
		if status, answer, _ := p.call(http.MethodPost, confirm, body{"device": p.device}, c.header...); status != c.status && (status != 409 || c.status != 200) {
			t.Errorf("%s: %d %v", c.name, status, answer)
		}
	}
	// A session that is carried to another browser stays behind without its proof, and the
	// proof of the page is not one of the session.
	u, err := url.Parse(h.http.URL)
	h.must(err)
	thief := p.elsewhere()
	thief.client.Jar.SetCookies(u, []*http.Cookie{{Name: "exam", Value: p.cookie("exam")}, {Name: "seb", Value: open}})
	if status, answer := thief.post(confirm, body{"device": p.device}); status != 403 || answer.text("code") != "seb_required" {
		t.Errorf("with a proof of nobody: %d %v", status, answer)
	}
	thief.open()
	thief.ends("seb_required", 4005)
	if status, _ := thief.post("/api/v1/exam/frames", body{"device": p.device, "frames": []any{}}); status != 403 {
		t.Errorf("over plain HTTP: %d", status)
	}
}

func TestBrowserExamKeysAreAskedForWhereTheyAreNamed(t *testing.T) {
	t.Parallel()
	h := sebHouse(t, engine.BrowserPolicy{ConfigKeys: []string{strings.ToUpper(examKeyA)}, BrowserExamKeys: []string{examKeyA, examKeyB}})
	b := h.browser()
	for _, c := range []struct {
		config, exam, says string
		status             int
	}{
		{examKeyA, examKeyB, "", 200},
		{examKeyA, examKeyA, "", 200},
		{examKeyA, "", "daftar panitia", 403},
		{examKeyA, strings.Repeat("c", 64), "daftar panitia", 403},
		{h.ownKey(), examKeyB, "konfigurasi lain", 403},
	} {
		status, page, _ := b.call(http.MethodGet, sebPagePath, nil, in(sebPagePath, c.config, c.exam)...)
		if status != c.status || !strings.Contains(page.text("raw"), c.says) {
			t.Errorf("%+v: %d", c, status)
		}
		if status == 403 && strings.Contains(page.text("raw"), "seb://") {
			t.Error("a configuration is offered that is not let in")
		}
		b = h.browser()
	}
}

func TestAScriptShowsTheBrowserThatSendsNoHeaders(t *testing.T) {
	t.Parallel()
	h := sebHouse(t, engine.BrowserPolicy{BrowserExamKeys: []string{examKeyB}})
	p := h.person(number(1, 1))
	here := proxied + sebPagePath
	told := body{"exam": examCode, "url": here, "config_key": seb.RequestHash(here, h.ownKey()), "browser_exam_key": seb.RequestHash(here, examKeyB)}
	with := func(key, value string) body {
		b := body{}
		for k, v := range told {
			b[k] = v
		}
		b[key] = value
		return b
	}
	foreign := "http://elsewhere.test" + sebPagePath
	wrong := with("url", foreign)
	wrong["config_key"], wrong["browser_exam_key"] = seb.RequestHash(foreign, h.ownKey()), seb.RequestHash(foreign, examKeyB)
	for name, send := range map[string]body{"another site": wrong, "no key": with("config_key", ""), "no exam key": with("browser_exam_key", "")} {
		if status, answer := p.post("/api/v1/exam/seb", send); status != 403 || answer.text("code") != "seb_required" || p.cookie("seb") != "" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	if status, answer := p.post("/api/v1/exam/seb", with("exam", "no-such")); status != 404 {
		t.Errorf("of no exam: %d %v", status, answer)
	}
	if status, answer := p.post("/api/v1/exam/seb", told); status != http.StatusNoContent {
		t.Fatalf("%d %v", status, answer)
	}
	if status, _ := p.get(sebPagePath); status != http.StatusOK {
		t.Errorf("the page after it: %d", status)
	}
	p.enter()
	if w := p.hello(); w.text("state") != "ready" {
		t.Errorf("the socket: %v", w)
	}
}

func TestWithoutAnAddressOfItsOwnTheServerLetsNobodyIn(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.SEB.Required = true }})
	p := h.person(number(1, 1))
	if status, page, _ := p.call(http.MethodGet, sebPagePath, nil, in(sebPagePath, examKeyA, "")...); status != 403 || !strings.Contains(page.text("raw"), "--url") {
		t.Errorf("the page: %d", status)
	}
	if status, answer := p.signinIn(in(signinPath, examKeyA, "")...); status != 403 || answer.text("code") != "seb_required" {
		t.Errorf("sign-in: %d %v", status, answer)
	}
}

func TestTheReadinessPageSaysWhetherTheBrowserFits(t *testing.T) {
	t.Parallel()
	h := sebHouse(t, engine.BrowserPolicy{})
	b := h.browser()
	const path = "/api/v1/seats/report"
	here := proxied + "/kesiapan?site=barat"
	for _, c := range []struct {
		name   string
		seb    body
		header []string
		why    string
	}{
		{"another browser", nil, nil, "absent"},
		{"its header", nil, in(path, h.ownKey(), ""), ""},
		{"another configuration", nil, in(path, examKeyA, ""), "configuration"},
		{"by script", body{"url": here, "config_key": seb.RequestHash(here, h.ownKey())}, nil, ""},
		{"by script, elsewhere", body{"url": proxied + "/", "config_key": seb.RequestHash(proxied+"/", h.ownKey())}, nil, "absent"},
	} {
		measured := body{}
		if c.seb != nil {
			measured["seb"] = c.seb
		}
		_, answer, _ := b.call(http.MethodPost, path, body{"site": "barat", "room": "ruang-1", "measures": measured}, c.header...)
		lines := answer.list("lines")
		last := body(lines[len(lines)-1].(map[string]any))
		if last.text("check") != "seb" || last.text("why") != c.why || (last.text("state") == "ok") != (c.why == "") {
			t.Errorf("%s: %v", c.name, last)
		}
	}
	if _, page := b.get("/kesiapan"); !strings.Contains(page.text("raw"), `data-check="seb"`) {
		t.Error("the page has no line for it")
	}
}
