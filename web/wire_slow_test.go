package web

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"syscall"
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
			waits := w.drainer != nil
			w.mu.Unlock()
			if !waits {
				t.Error("the kernel took it all: nothing of a slow page was tried")
			}
			sock.close("no code")
			if took := time.Since(began); took >= writeWithin {
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

// A text of any length arrives as it was sent.
func TestTextsOfAnyLength(t *testing.T) {
	sock, page := slowPage(t, false)
	for _, n := range []int{0, 1, length16 - 1, length16, textsMost - headMost, textsMost, math.MaxUint16, math.MaxUint16 + 1, 300_000} {
		text := bytes.Repeat([]byte("y"), n)
		go sock.send(text)
		if kind, b, err := page.ReadMessage(); err != nil || kind != websocket.TextMessage || !bytes.Equal(b, text) {
			t.Errorf("%d bytes: a message of kind %d and %d bytes came (%v)", n, kind, len(b), err)
		}
	}
}

// nowhere takes all it is sent.
type nowhere struct {
	net.Conn
	null *os.File
}

func (n nowhere) SyscallConn() (syscall.RawConn, error) { return n.null.SyscallConn() }

// A form is large and lent: it is not copied to be sent.
func TestALargeTextIsNotCopied(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() })
	w := newWire(nowhere{null: null})
	w.open()
	form := make([]byte, 200<<10)
	const times = 100
	least := uint64(math.MaxUint64) // what else this process does takes room too
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range times {
			if err := w.text(form); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	if least > uint64(len(form)/10) {
		t.Errorf("%d texts of %d bytes took %d bytes of room", times, len(form), least)
	}
}
