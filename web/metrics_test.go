package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestMetricsAreForThisMachineAndWhoWasNamed(t *testing.T) {
	t.Parallel()
	networks := []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.1.0.1/32"), netip.MustParsePrefix("127.0.0.9/32")}
	registry := prometheus.NewRegistry()
	prometheus.WrapRegistererWith(nil, registry).MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "terang_shown"}))
	for _, c := range []struct {
		name    string
		readers MetricsReaders
		from    string
		headers map[string]string
		want    int
	}{
		{"this machine", MetricsReaders{}, "127.0.0.1:5", nil, 200},
		{"this machine, IPv6", MetricsReaders{}, "[::1]:5", nil, 200},
		{"another machine", MetricsReaders{}, "10.9.0.5:5", nil, 404},
		{"a network that was named", MetricsReaders{Networks: networks}, "10.9.0.5:5", nil, 200},
		{"another network", MetricsReaders{Networks: networks}, "10.8.0.5:5", nil, 404},
		{"through our proxy, from far", MetricsReaders{}, "10.1.0.1:5", map[string]string{"X-Forwarded-For": "203.0.113.7"}, 404},
		{"through our proxy, from a network that was named", MetricsReaders{Networks: networks}, "10.1.0.1:5", map[string]string{"X-Forwarded-For": "10.9.0.5"}, 200},
		{"through our proxy, pretending to be this machine", MetricsReaders{}, "10.1.0.1:5", map[string]string{"X-Forwarded-For": "127.0.0.1"}, 404},
		{"through a proxy here that nobody named", MetricsReaders{}, "127.0.0.1:5", map[string]string{"X-Forwarded-For": "203.0.113.7"}, 404},
		{"through such a one, by another header", MetricsReaders{}, "127.0.0.1:5", map[string]string{"X-Real-IP": "203.0.113.7"}, 404},
		{"with the token", MetricsReaders{Token: "0123456789abcdef"}, "203.0.113.7:5", map[string]string{"Authorization": "Bearer 0123456789abcdef"}, 200},
		{"with another token", MetricsReaders{Token: "0123456789abcdef"}, "127.0.0.1:5", map[string]string{"Authorization": "Bearer 0123456789abcdee"}, 404},
		{"with an empty token where there is none", MetricsReaders{}, "203.0.113.7:5", map[string]string{"Authorization": "Bearer "}, 404},
		{"with a token where there is none", MetricsReaders{}, "127.0.0.1:5", map[string]string{"Authorization": "Bearer x"}, 200},
		{"at an address of their own", MetricsReaders{Apart: true}, "127.0.0.1:5", nil, 404},
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = c.from
		for name, value := range c.headers {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		c.readers.guard(registry, proxies, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })(w, r)
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
	}
}
