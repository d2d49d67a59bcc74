package web

import (
	"net/http"
	"strings"
	"testing"

	"terang/proctor"
)

// What is refused is a page for a person's browser and data for a program, in either
// language; and no person is ever shown the bare data.
func TestARefusalIsAPageForAPersonAndDataForAProgram(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	head := h.officer("kepala", proctor.Committee)
	const path = "/sanggahan-ujian/" + examCode + "/1"
	status, got, _ := head.call(http.MethodPost, path, nil)
	if status < 400 || got.text("code") == "" {
		t.Fatalf("a program: %d %v", status, got)
	}
	code := got.text("code")
	for lang, words := range map[string]string{"id": "Halaman tidak ditemukan", "en": "Page not found"} {
		again, page, _ := head.call(http.MethodPost, path+"?lang="+lang, nil, "Accept", "text/html")
		if html := page.text("raw"); again != status || !strings.Contains(html, words) || !strings.Contains(html, code) {
			t.Errorf("a browser in %s: %d %s", lang, again, html)
		}
	}
	if got := statusOf("a code of tomorrow"); got != http.StatusServiceUnavailable {
		t.Errorf("a code that is not in the table: %d", got)
	}
}

// A server whose journal was set back says so to everybody. It does not say that stored
// answers are safe, as other faults do: just that is in doubt.
func TestAStoppedServerSaysSo(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	head := h.officer("kepala", proctor.Committee)
	h.server.Stop("the journal was set back")
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/meja": 503, "/papan": 503, "/ujian": 503, "/api/v1/boards": 503, "/api/v1/exam/signin": 503} {
		status, page, _ := head.call(http.MethodGet, path+"?lang=en", nil, "Accept", "text/html")
		html := page.text("raw")
		if status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
		if path == "/meja" && (!strings.Contains(html, "has stopped by itself") || strings.Contains(html, "are not affected")) {
			t.Errorf("the page says: %s", html)
		}
	}
}
