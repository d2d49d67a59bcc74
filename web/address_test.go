package web

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestOnlyOurProxiesSayWhereARequestComesFrom(t *testing.T) {
	s := &Server{proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for _, c := range []struct{ remote, forwarded, want string }{
		{"203.0.113.9:1", "", "203.0.113.9"},
		{"203.0.113.9:1", "192.0.2.1", "203.0.113.9"},          // not ours: its word does not count
		{"10.0.0.2:1", "192.0.2.1", "192.0.2.1"},               // our proxy
		{"10.0.0.2:1", "198.51.100.7, 192.0.2.1", "192.0.2.1"}, // what the client wrote itself is left alone
		{"10.0.0.2:1", "192.0.2.1, 10.0.0.3", "192.0.2.1"},     // two of ours
		{"10.0.0.2:1", "nonsense", "10.0.0.2"},                 // unreadable: the proxy itself
		{"[::ffff:10.0.0.2]:1", "2001:db8::5", "2001:db8::5"},  // mapped
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.client(r).String(); got != c.want {
			t.Errorf("%s forwarded %q: %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}
