package web

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"terang/engine"
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

// A candidate's computer that passed for a proxy of ours could say that it stands anywhere.
func TestNoComputerOfACandidateIsAProxy(t *testing.T) {
	def := &engine.Definition{Code: "skd", Sites: []engine.SiteDef{{Code: "barat"}, {Code: "timur", Networks: []string{"10.20.0.0/16", "2001:db8:20::/48"}}}}
	for proxy, apart := range map[string]bool{
		"10.0.0.0/8":         false, // around the site
		"10.20.7.0/24":       false, // within it
		"2001:db8::/32":      false,
		"0.0.0.0/0":          false,
		"10.0.0.7/32":        true,
		"10.20.0.7/32":       true, // a proxy at the site, alone
		"2001:db8:20::7/128": true,
		"172.31.0.0/16":      true,
	} {
		err := ProxiesApart(def, []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix(proxy)})
		if (err == nil) != apart {
			t.Errorf("%s: %v", proxy, err)
		}
		if err != nil && (!strings.Contains(err.Error(), proxy) || !strings.Contains(err.Error(), "timur") || !strings.Contains(err.Error(), "exam skd")) {
			t.Errorf("it does not say what is wrong: %v", err)
		}
	}
}
