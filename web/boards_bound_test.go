package web

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"terang/engine"
)

// A reader over a real connection who never reads is cut when the system holds what it may
// of one: before that, writes to it take no time, however little it has read.
func TestWhatTheSystemHoldsForAReaderIsBounded(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 2000, 1)
	p, server := boardPages(t, h)
	p.patience = 100 * time.Millisecond
	if whole, _, _ := h.Resume("uji", -1, -1); len(whole.Body) < 3*watchHolds {
		t.Fatalf("a board of %d bytes proves nothing", len(whole.Body))
	}
	small := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}}
	conn, err := small.DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "%s /api/v1/boards/uji/events HTTP/1.1\r\nHost: papan\r\n\r\n", http.MethodGet); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the reader is cut", func() bool { return p.cut.Load() > 0 })
}
