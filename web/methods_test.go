package web

import (
	"net/http"
	"strings"
	"testing"
)

// A path that exists says which methods it takes; one that does not is not found, in the
// same shape for programs and for browsers.
func TestAWrongMethodIsToldWhichAreRight(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	b := h.browser()
	for _, test := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{http.MethodDelete, "/api/v1/boards", 405, "wrong_method", "GET, HEAD"},
		{http.MethodPost, "/api/v1/boards/" + examCode, 405, "wrong_method", "GET, HEAD"},
		{http.MethodGet, "/api/v1/exam/signin", 405, "wrong_method", "POST"},
		{http.MethodPut, "/api/v1/sittings/" + room1 + "/actions", 405, "wrong_method", "POST"},
		{http.MethodOptions, "/api/v1/exam/signin", 204, "", "POST, OPTIONS"},
		{http.MethodOptions, "/api/v1/boards", 204, "", "GET, HEAD, OPTIONS"},
		{http.MethodPost, "/api/v1/nothing", 404, "not_found", ""},
		{http.MethodGet, "/api/v1/nothing", 404, "not_found", ""},
	} {
		status, got, res := b.call(test.method, test.path, nil, "Accept", "text/html")
		if status != test.status || got.text("code") != test.code || res.Header.Get("Allow") != test.allow {
			t.Errorf("%s %s: %d %v, Allow %q", test.method, test.path, status, got, res.Header.Get("Allow"))
		}
	}
	const form = "/daftar-peserta/" + examCode + "/lokasi/ambil"
	if status, _, res := b.call(http.MethodGet, form+"?lang=en", nil, "Accept", "text/html"); status != 303 || res.Header.Get("Location") != "/daftar-peserta/"+examCode+"/lokasi?lang=en" {
		t.Errorf("the address of a form, opened: %d %q", status, res.Header.Get("Location"))
	}
	if status, got, _ := b.call(http.MethodGet, form, nil); status != 405 || got.text("code") != "wrong_method" {
		t.Errorf("the same for a program: %d %v", status, got)
	}
	if status, got := b.get("/exam/ws"); status != 400 || got.text("code") != "bad_frame" || got.text("text") == "" {
		t.Errorf("a socket's address without an upgrade: %d %v", status, got)
	}
}

// A stream has no end, and so its head alone must be an answer of its own.
func TestTheHeadOfAStreamIsAnswered(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	h.browser()                                                                  // opens the server
	res, err := http.Head(h.http.URL + "/api/v1/boards/" + examCode + "/events") //nolint:noctx // the test's own server
	h.must(err)
	_ = res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if n := h.server.boards.watchers.Load(); n != 0 {
		t.Errorf("%d readers are held", n)
	}
}

func TestEveryMetricHasOurName(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	status, got, _ := h.browser().call(http.MethodGet, "/metrics", nil)
	named := 0
	for line := range strings.Lines(got.text("raw")) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if named++; !strings.HasPrefix(line, "terang_") {
			t.Errorf("%s", line)
		}
	}
	if status != 200 || named == 0 {
		t.Errorf("%d, %d metrics", status, named)
	}
}

// A request is one JSON value: what follows it would be a part that nobody reads.
func TestWhatFollowsARequestIsRefused(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	res, err := http.Post(h.http.URL+"/api/v1/exam/signin", "application/json", strings.NewReader(`{"number":"1"} {"number":"2"}`)) //nolint:noctx // the test's own server
	h.must(err)
	_ = res.Body.Close()
	if res.StatusCode != 400 {
		t.Errorf("%d", res.StatusCode)
	}
}
