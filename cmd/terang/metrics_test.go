package main

import (
	"net"
	"strings"
	"testing"
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
