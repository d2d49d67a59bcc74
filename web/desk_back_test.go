package web

import (
	"net/http"
	"strings"
	"testing"

	"terang/proctor"
)

// Whoever opens a page of the office before signing in comes to it afterwards, and to no
// page that is not of this server.
func TestSigningInLeadsToThePageThatWasAskedFor(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	h.officer("sari", proctor.Supervisor)
	b := h.browser()
	goes := func(path string) string {
		_, _, res := b.call(http.MethodGet, path, nil, "Accept", "text/html")
		return res.Header.Get("Location")
	}
	const asked = "/meja/" + room1 + "/berita-acara?lang=en"
	desk := goes(asked)
	if !strings.HasPrefix(desk, "/meja?ke=") {
		t.Fatalf("%s leads to %q", asked, desk)
	}
	if status, page := b.page(desk); status != 200 || !strings.Contains(page, "halaman tadi terbuka lagi") {
		t.Errorf("the sign-in does not say what comes after it: %d", status)
	}
	b.enters("sari")
	if to := goes(desk); to != asked {
		t.Errorf("after the sign-in %s leads to %q", desk, to)
	}
	for _, away := range []string{"https://example.org/", "//example.org/", "/%5cexample.org", "/%2fexample.org", "meja", "javascript:alert(1)", "/meja?ke=/akun", ""} {
		if to := goes("/meja?ke=" + strings.ReplaceAll(away, "%", "%25")); to != "" {
			t.Errorf("%q leads to %q", away, to)
		}
	}
}

// The other language keeps what a page was asked for.
func TestTheOtherLanguageKeepsThePlace(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	b := h.administrator()
	for path, want := range map[string]string{
		"/?lang=en":                               `href="?lang=id"`,
		"/meja?lang=id":                           `href="?lang=en"`,
		"/audit?act=start&from=&lang=id":          `href="?act=start&amp;from=&amp;lang=en"`,
		"/papan/" + examCode + "?cari=26&lang=en": `href="/papan/` + examCode + `?lang=id&amp;cari=26"`,
		"/daftar-peserta/" + examCode + "/lokasi?lang=en&x=%26a": `href="?lang=id&amp;x=%26a"`,
	} {
		if _, page := b.page(path); !strings.Contains(page, want) {
			t.Errorf("%s has no %s", path, want)
		}
	}
}

// A page that cannot be shown says whether it is missing, closed or only late, and leads on.
func TestAPageThatCannotBeShownSaysWhatToDo(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	look := func(b *browser, path string, header ...string) (int, string) {
		status, got, _ := b.call(http.MethodGet, path, nil, append(header, "Accept", "text/html")...)
		return status, got.text("raw")
	}
	status, page := look(h.browser(), "/tidak-ada?x=1")
	if status != 404 || !strings.Contains(page, "<h1>Halaman tidak ditemukan</h1>") || !strings.Contains(page, "Periksa alamatnya") ||
		strings.Contains(page, "Coba lagi") || !strings.Contains(page, `href="?lang=en&amp;x=1"`) {
		t.Errorf("for whoever comes: %d %s", status, page)
	}
	sari := h.officer("sari", proctor.Supervisor)
	if status, page = look(sari, "/audit?lang=en"); status != 404 || !strings.Contains(page, "<h1>Page not found</h1>") || !strings.Contains(page, "ask an administrator for the right") {
		t.Errorf("for an account without the right: %d %s", status, page)
	}
}
