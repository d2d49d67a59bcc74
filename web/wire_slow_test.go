package web

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// slowPage is a socket whose page does not read until it is told to, over TCP or TLS.
func slowPage(t *testing.T, secure bool) (*socket, *websocket.Conn) {
	t.Helper()
	upgrader := newUpgrader(func(*http.Request) bool { return true })
	socks := make(chan *socket, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(wired{rw}, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		w := conn.NetConn().(*wire)
		tcp := w.Conn
		if secure {
			tcp = tcp.(*tls.Conn).NetConn()
		}
		_ = tcp.(*net.TCPConn).SetWriteBuffer(32 << 10) // or the kernel would keep it all
		socks <- newSocket(conn, slog.New(slog.DiscardHandler))
	}))
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	dialer := websocket.Dialer{
		Subprotocols: []string{Subprotocol}, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // a server of this test
		NetDial: func(network, addr string) (net.Conn, error) {
			c, err := net.Dial(network, addr)
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetReadBuffer(32 << 10)
			}
			return c, err
		},
	}
	page, _, err := dialer.Dial("ws"+server.URL[len("http"):], nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = page.Close() })
	sock := <-socks
	t.Cleanup(sock.end)
	return sock, page
}

func frameOf(i int) []byte {
	return fmt.Appendf(nil, `{"i":%d,"pad":"%s"}`, i, bytes.Repeat([]byte("x"), 1000))
}

// Nobody waits for a page that does not read; when it reads, it has every frame, in order,
// and the goodbye last.
func TestASlowPageHearsEverythingInOrder(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%t", secure), func(t *testing.T) {
			sock, page := slowPage(t, secure)
			const frames = 900
			began := time.Now()
			for i := range frames {
				sock.send(frameOf(i))
			}
			w := sock.conn.NetConn().(*wire)
			w.mu.Lock()
			waits := w.draining
			w.mu.Unlock()
			if !waits {
				t.Error("the kernel took it all: nothing of a slow page was tried")
			}
			sock.close("no code")
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("sending took %v: somebody waited for the page", took)
			}
			for i := range frames {
				_, b, err := page.ReadMessage()
				if err != nil {
					t.Fatalf("frame %d: %v", i, err)
				}
				if !bytes.Equal(b, frameOf(i)) {
					t.Fatalf("frame %d is %.40s", i, b)
				}
			}
			if _, _, err := page.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
				t.Errorf("after the last frame: %v, want a close", err)
			}
		})
	}
}

// A page for which more waits than is kept is cut, and holds no memory of the server.
func TestAPageThatDoesNotReadIsCut(t *testing.T) {
	sock, _ := slowPage(t, false)
	for i := 0; ; i++ {
		sock.send(frameOf(i))
		if sock.over.Load() {
			break
		}
		if i > 100_000 {
			t.Fatal("100 MB were kept for a page that does not read")
		}
	}
	w := sock.conn.NetConn().(*wire)
	w.mu.Lock()
	kept := len(w.rest)
	w.mu.Unlock()
	if kept > restMost {
		t.Errorf("%d bytes are kept, more than %d", kept, restMost)
	}
}
