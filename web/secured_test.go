package web

import (
	"crypto/tls"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// Both servers guard what they answer by the same headers. The board server differs in two: what
// it has is for pages of strangers too.
func TestBothServersGuardTheirAnswersAlike(t *testing.T) {
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	for _, address := range []string{"http://127.0.0.1/papan", "http://ujian.lokal/papan", "https://ujian.example.go.id/papan", "https://ujian.example.go.id/ujian"} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		ask := func(h http.Handler) http.Header {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			if u.Scheme == "http" {
				r.TLS = nil
			} else if r.TLS == nil {
				r.TLS = new(tls.ConnectionState)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Header()
		}
		exam := ask((&Server{https: u.Scheme == "https"}).secured(next))
		board := ask((&BoardHouse{}).secured(next))
		if board.Get("Cross-Origin-Resource-Policy") != "cross-origin" || board.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: the board server is closed to strangers: %v", address, board)
		}
		if exam.Get("Cross-Origin-Resource-Policy") != "same-origin" || exam.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: the exam server is open to strangers: %v", address, exam)
		}
		for _, name := range []string{"Cross-Origin-Resource-Policy", "Access-Control-Allow-Origin"} {
			exam.Del(name)
			board.Del(name)
		}
		if !maps.EqualFunc(exam, board, func(a, b []string) bool { return a[0] == b[0] }) {
			t.Errorf("%s: the exam server answers with %v, the board server with %v", address, exam, board)
		}
		if strict := exam.Get("Strict-Transport-Security") != ""; strict != (u.Scheme == "https") || exam.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", address, exam)
		}
	}
}

// Browsers leave out the port that a scheme has anyway, whoever started the server may not.
func TestAPageOfTheServerIsItsOwnWhicheverWayThePortIsWritten(t *testing.T) {
	for _, c := range []struct {
		url, origin string
		ours        bool
	}{
		{"https://ujian.example.go.id:443", "https://ujian.example.go.id", true},
		{"https://Ujian.example.go.id", "https://ujian.example.go.id", true},
		{"http://ujian.lokal:80", "http://ujian.lokal", true},
		{"https://ujian.example.go.id:8443", "https://ujian.example.go.id:8443", true},
		{"https://ujian.example.go.id:8443", "https://ujian.example.go.id", false},
		{"https://ujian.example.go.id", "http://ujian.example.go.id", false},
		{"https://ujian.example.go.id", "https://example.go.id", false},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.url, nil)
		r.Header.Set("Origin", c.origin)
		if got := (&Server{url: u}).sameOrigin(r); got != c.ours {
			t.Errorf("at %s a page of %s is ours: %v", c.url, c.origin, got)
		}
	}
}
