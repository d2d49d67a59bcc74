package web

import (
	"net/http"
	"net/url"
	"strings"
)

// signInFor is where to sign in, for a page that is then opened.
func signInFor(r *http.Request) string {
	return "/meja?" + url.Values{"ke": {r.URL.RequestURI()}}.Encode()
}

// askedFor is the page of this server that somebody asked for before they had signed in, ""
// where none is named: an address that leads away from here is not followed.
func askedFor(r *http.Request) string {
	back, err := url.Parse(r.URL.Query().Get("ke"))
	if err != nil || back.Scheme != "" || back.Host != "" || back.User != nil || !strings.HasPrefix(back.Path, "/") ||
		strings.HasPrefix(back.Path, "//") || strings.Contains(back.Path, "\\") || back.Path == "/meja" {
		return ""
	}
	return (&url.URL{Path: back.Path, RawQuery: back.RawQuery}).String()
}
