package web

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// writes says whether a request may change something: those from other sites are refused.
func writes(r *http.Request) bool {
	return !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, r.Method)
}

// unmatched answers what no route takes: a path that another method has says which, and
// everything else is not there.
func (rt *routes) unmatched(w http.ResponseWriter, r *http.Request) {
	allowed := rt.methods(r)
	switch {
	case len(allowed) == 0:
		rt.server.notFound(w, r)
		return
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", strings.Join(append(allowed, http.MethodOptions), ", "))
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet && wantsPage(r) && !strings.HasPrefix(r.URL.Path, "/api/"):
		rt.toPage(w, r)
	default:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		writeError(w, r, codeMethod, "")
	}
}

// toPage leads from an address that only takes a form to the page that has the form: what
// stands there after it was sent is reloaded, or asked for in the other language.
func (rt *routes) toPage(w http.ResponseWriter, r *http.Request) {
	up := *r.URL
	for up.Path != "/" {
		up.Path = path.Dir(up.Path)
		if slices.Contains(rt.methods(&http.Request{Host: r.Host, URL: &up}), http.MethodGet) {
			break
		}
	}
	http.Redirect(w, r, (&url.URL{Path: up.Path, RawQuery: up.RawQuery}).String(), http.StatusSeeOther)
}

// methods are those that the request's path answers to.
func (rt *routes) methods(r *http.Request) (allowed []string) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if _, pattern := rt.mux.Handler(&http.Request{Method: method, Host: r.Host, URL: r.URL}); pattern != "" && pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	return allowed
}
