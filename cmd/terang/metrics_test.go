package main

import (
	"bytes"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"terang/cmd/terang/process"
)

// Whoever starts a server on an address that is taken is told which flag names another.
func TestATakenAddressNamesItsFlag(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, err = (&metricsFlags{MetricsAddr: l.Addr().String()}).listen(t.Context())
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()) || !strings.Contains(err.Error(), "another program uses it; choose another with --metrics-addr") {
		t.Errorf("got %v", err)
	}
}

// The flags reach the server: who is named reads, and nobody else does.
func TestMetricsAreForWhoWasNamed(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdef0123456789abcdef"
	dir, apart := t.TempDir(), freeAddr(t)
	serve := func(name string, flags ...string) string {
		c := process.Child{Addr: freeAddr(t), Binary: builtBinary(t)}
		t.Cleanup(c.Kill)
		var said bytes.Buffer
		if err := c.Start(t.Context(), &said, append([]string{"serve", "--journal", "sqlite:" + filepath.Join(dir, name)}, flags...)...); err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
		return c.Base() + "/metrics"
	}
	ask := func(url, token string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		return answer.StatusCode
	}
	byToken, aside := serve("token.db", "--metrics-token", token), serve("apart.db", "--metrics-addr", apart)
	for _, test := range []struct {
		url, token string
		want       int
	}{
		{byToken, token, http.StatusOK},
		{byToken, "another-token-of-some-length", http.StatusNotFound},
		{aside, "", http.StatusNotFound},
		{"http://" + apart + "/metrics", "", http.StatusOK},
	} {
		if got := ask(test.url, test.token); got != test.want {
			t.Errorf("%s with token %q: %d, want %d", test.url, test.token, got, test.want)
		}
	}
}
