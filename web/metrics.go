package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// MetricsReaders are who may read /metrics beside this machine: what a server counts (how
// many work, how many are refused, how late its disk is) is the operator's business, and a
// plan for whoever wants to disturb. The zero value lets nobody in but this machine.
type MetricsReaders struct {
	Networks []netip.Prefix // that a scraper comes from
	Token    string         // that a scraper sends as Authorization: Bearer; "" for none
	Apart    bool           // they are served at an address of their own, and not here
}

// MetricsHandler serves a registry to whoever reaches it.
func MetricsHandler(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// guard serves the registry to those who may read it; to others there is nothing here.
func (m MetricsReaders) guard(registry *prometheus.Registry, proxies []netip.Prefix, absent http.HandlerFunc) http.HandlerFunc {
	serve := MetricsHandler(registry)
	return func(w http.ResponseWriter, r *http.Request) {
		if m.Apart || !m.admits(r, proxies) {
			absent(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		serve.ServeHTTP(w, r)
	}
}

// admits judges by the token, or by where the request comes from. What a proxy passes on
// that nobody has told us of comes from anywhere, though it comes from this machine.
func (m MetricsReaders) admits(r *http.Request, proxies []netip.Prefix) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && m.Token != "" {
		given, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(m.Token))
		return subtle.ConstantTimeCompare(given[:], want[:]) == 1
	}
	addr := clientOf(r, proxies)
	if inAny(m.Networks, addr) {
		return true
	}
	if !addr.IsLoopback() {
		return false
	}
	for _, passed := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} {
		if r.Header.Get(passed) != "" {
			return false
		}
	}
	return true
}
