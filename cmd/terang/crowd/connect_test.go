package crowd

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"testing"
)

// From one address to one there are ports for 28,000 connections only.
func TestCandidatesAndReadersComeFromSeveralAddresses(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system has one loopback address")
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, candidates := Connections(1)
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"candidates":   candidates.NetDialContext,
		"readers":      readers(0).Transport.(*http.Transport).DialContext,
		"slow readers": readers(slowBuffer).Transport.(*http.Transport).DialContext,
	} {
		hosts := make(map[string]bool)
		for range seatAddresses {
			c, err := dial(t.Context(), "tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			host, _, _ := net.SplitHostPort(c.LocalAddr().String())
			hosts[host] = true
			_ = c.Close()
		}
		if len(hosts) != seatAddresses {
			t.Errorf("%s come from %d addresses, want %d", name, len(hosts), seatAddresses)
		}
	}
}
