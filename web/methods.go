package web

import (
	"net/http"
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
	default:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		writeError(w, r, codeMethod, "")
	}
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
