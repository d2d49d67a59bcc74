package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"terang/proctor/seb"
)

// guard sets the headers that every answer of either server carries. https says that browsers
// come by TLS. Where another page may read an answer, the server says so afterwards.
func guard(h http.Header, r *http.Request, https bool) {
	h.Set("Content-Security-Policy", policyFor(r.URL.Path))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions(r.URL.Path))
	if https || onLoopback(r.Host) {
		// Elsewhere on plain http browsers ignore it, and complain on every page.
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	if https {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// secured guards every answer, and refuses writes from other origins.
func (s *Server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timed(w, r)
		guard(w.Header(), r, s.https)
		if writes(r) && !s.sameOrigin(r) {
			writeError(w, r, codeForeign, "")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// onLoopback says whether a browser trusts the address that a request came by without TLS.
func onLoopback(hostport string) bool {
	host := (&url.URL{Host: hostport}).Hostname()
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// policyFor is the content security policy: items are shown on the candidate's page and on
// those of the bank only, under one named Trusted Types policy.
func policyFor(path string) string {
	const base = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
	if path == "/ujian" || strings.HasPrefix(path, "/bank/") {
		return base + "img-src 'self' blob:; trusted-types item"
	}
	return base + "img-src 'self'; trusted-types 'none'"
}

// sameOrigin judges a writing request: browsers say where it comes from; a program that
// says nothing has no cookie of somebody else's either.
func (s *Server) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	return r.Header.Get("Origin") == "" || s.ours(r)
}

// ours compares the Origin with what people use. Without --url it is the Host they came by.
func (s *Server) ours(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // not a browser
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	if s.url != nil {
		return u.Scheme == s.url.Scheme && seb.Host(u) == seb.Host(s.url)
	}
	return strings.EqualFold(u.Host, r.Host)
}

// permissions are what the browser lets a page ask for.
func permissions(path string) string {
	camera := "camera=()"
	if atDoor(path) {
		camera = "camera=(self)"
	}
	return camera + ", microphone=(), geolocation=()"
}
