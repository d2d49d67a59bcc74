package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// talking serves a socket that says back what it hears, and reports its end. What begins with
// slow is said back when it may be.
func talking(t *testing.T, secure bool, slow ...<-chan struct{}) (page *websocket.Conn, sock *socket, ended chan struct{}) {
	t.Helper()
	sock, page = slowPage(t, secure)
	ended = make(chan struct{})
	sock.take = func(b []byte) func() {
		b = bytes.Clone(b)
		switch {
		case bytes.HasPrefix(b, []byte("slow")):
			return func() { <-slow[0]; sock.send(b) }
		case bytes.Equal(b, []byte("fault")):
			panic("a fault of this test")
		}
		sock.send(b)
		return nil
	}
	sock.odd = func() { sock.send([]byte("odd")) }
	sock.calm = func() bool { return true }
	end := sock.done
	sock.done = func() { end(); close(ended) }
	go sock.serve(nil)
	return page, sock, ended
}

// reacted waits until the reactor reads.
func reacted(t *testing.T, sock *socket) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("sockets have a goroutine each")
	}
	eventually(t, "a reactor reads the socket", func() bool { return sock.wire.reader.Load() != nil })
}

func says(t *testing.T, page *websocket.Conn, want string) {
	t.Helper()
	_ = page.SetReadDeadline(time.Now().Add(patience))
	if _, b, err := page.ReadMessage(); err != nil || string(b) != want {
		t.Fatalf("heard %.60q (%v), want %.60q", b, err, want)
	}
}

// maskedText is a text as a page's library sends it.
func maskedText(text string) []byte {
	b := appendTextHead(nil, len(text))
	b[1] |= masked
	key := [4]byte{3, 14, 15, 92}
	b = append(b, key[:]...)
	n := len(b)
	b = append(b, text...)
	unmask(b[n:], key)
	return b
}

// However the bytes of a page come, its frames are heard whole and in order, whoever reads.
func TestFramesAreHeardHoweverTheyCome(t *testing.T) {
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%t", secure), func(t *testing.T) {
			written := make(chan struct{}, 3) // one for each that is slow: all that follows it has come by then
			page, sock, _ := talking(t, secure, written)
			raw := page.NetConn()
			texts := []string{"a", "", strings.Repeat("m", 125), strings.Repeat("n", 126), strings.Repeat("x", FrameMost), "slow 1", "b", "slow 2", "slow 3", "c"}
			var all []byte
			for _, s := range texts {
				all = append(all, maskedText(s)...)
			}
			for _, piece := range []int{len(all), 1, 7, 1000} {
				if !secure {
					reacted(t, sock) // again, after what had to wait
				}
				go func() {
					for rest := all; len(rest) > 0; {
						n := min(piece, len(rest))
						if _, err := raw.Write(rest[:n]); err != nil {
							t.Error(err)
							return
						}
						rest = rest[n:]
					}
					for range cap(written) {
						written <- struct{}{}
					}
				}()
				for _, s := range texts {
					says(t, page, s)
				}
			}
		})
	}
}

// What is no plain text is the library's, and the page is read on.
func TestWhatIsNoPlainTextIsHeardToo(t *testing.T) {
	page, sock, _ := talking(t, false)
	reacted(t, sock)
	pong := make(chan string, 1)
	page.SetPongHandler(func(s string) error { pong <- s; return nil })
	if err := page.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if err := page.WriteMessage(websocket.BinaryMessage, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	says(t, page, "odd")
	if got := <-pong; got != "there?" {
		t.Errorf("the ping was answered with %q", got)
	}
	// Two fragments, a ping between them.
	first, second := maskedText("two "), maskedText("halves")
	first[0] &^= 0x80
	second[0] &^= 0x0f
	ping := maskedText("between")
	ping[0] = 0x89
	if _, err := page.NetConn().Write(bytes.Join([][]byte{first, ping, second}, nil)); err != nil {
		t.Fatal(err)
	}
	says(t, page, "two halves")
	if got := <-pong; got != "between" {
		t.Errorf("the ping was answered with %q", got)
	}
	reacted(t, sock)
	if err := page.WriteMessage(websocket.TextMessage, []byte("as ever")); err != nil {
		t.Fatal(err)
	}
	says(t, page, "as ever")
}

// A connection ends once, whichever way, and is told of.
func TestAReadersEnd(t *testing.T) {
	for name, way := range map[string]struct {
		do   func(page *websocket.Conn, sock *socket) error
		code int // that the page hears; 0 for none
	}{
		"the page closes": {func(page *websocket.Conn, _ *socket) error {
			return page.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""))
		}, websocket.CloseGoingAway},
		"the page is gone": {func(page *websocket.Conn, _ *socket) error { return page.NetConn().Close() }, 0},
		"with its last word": {func(page *websocket.Conn, _ *socket) error {
			return lastly(page, maskedText("bye"))
		}, websocket.CloseAbnormalClosure},
		"in the middle of a frame": {func(page *websocket.Conn, _ *socket) error {
			return lastly(page, maskedText("bye")[:5])
		}, websocket.CloseAbnormalClosure},
		"too long a frame": {func(page *websocket.Conn, _ *socket) error {
			_, err := page.NetConn().Write(maskedText(strings.Repeat("x", FrameMost+1)))
			return err
		}, websocket.CloseMessageTooBig},
		"a head that promises too much": {func(page *websocket.Conn, _ *socket) error {
			_, err := page.NetConn().Write([]byte{wholeText, masked | length64, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4})
			return err
		}, websocket.CloseMessageTooBig},
		"the page does not read": {func(_ *websocket.Conn, sock *socket) error {
			for i := range 900 {
				sock.send(frameOf(i))
			}
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for until := time.Now().Add(patience); time.Now().Before(until); <-tick.C {
				sock.wire.mu.Lock()
				failed, c := sock.wire.err != nil, sock.wire.drainer
				if c != nil { // whoever writes the rest sets its own each time
					_ = c.SetWriteDeadline(time.Unix(1, 0))
				}
				sock.wire.mu.Unlock()
				if failed {
					return nil
				}
			}
			return errors.New("the rest is written, though nobody reads it")
		}, 0},
		"a frame without a mask": {func(page *websocket.Conn, _ *socket) error {
			_, err := page.NetConn().Write(append(appendTextHead(nil, 3), "abc"...))
			return err
		}, websocket.CloseProtocolError},
		"the server closes": {func(_ *websocket.Conn, sock *socket) error {
			sock.close("no code")
			return nil
		}, websocket.CloseNormalClosure},
		"a write fails": {func(_ *websocket.Conn, sock *socket) error {
			return sock.conn.Close()
		}, websocket.CloseAbnormalClosure},
		"silence": {func(_ *websocket.Conn, sock *socket) error {
			sock.until.Store(1)
			return nil
		}, websocket.CloseAbnormalClosure},
		"a fault": {func(page *websocket.Conn, _ *socket) error {
			return page.WriteMessage(websocket.TextMessage, []byte("fault"))
		}, websocket.CloseAbnormalClosure},
	} {
		t.Run(name, func(t *testing.T) {
			page, sock, ended := talking(t, false)
			reacted(t, sock)
			if err := way.do(page, sock); err != nil {
				t.Fatal(err)
			}
			if way.code != 0 {
				_ = page.SetReadDeadline(time.Now().Add(patience))
				var err error
				for err == nil {
					_, _, err = page.ReadMessage()
				}
				if way.code == websocket.CloseAbnormalClosure && (errors.Is(err, io.EOF) || isReset(err)) {
					err = &websocket.CloseError{Code: way.code}
				}
				if !websocket.IsCloseError(err, way.code) {
					t.Errorf("the page heard %v, want a close with %d", err, way.code)
				}
				_ = page.NetConn().Close()
			}
			select {
			case <-ended:
			case <-time.After(patience):
				t.Fatal("the connection has not ended")
			}
		})
	}
}

// lastly says something, and that nothing follows.
func lastly(page *websocket.Conn, b []byte) error {
	tcp := page.NetConn().(*net.TCPConn)
	_, err := tcp.Write(b)
	return errors.Join(err, tcp.CloseWrite())
}

func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && !op.Timeout()
}

// While one page's frame waits, others are heard; and a room of pages that say nothing has no
// goroutine each.
func TestAReactorWaitsForNobody(t *testing.T) {
	release := make(chan struct{})
	slow, sock, _ := talking(t, false)
	reacted(t, sock)
	take := sock.take
	sock.take = func(b []byte) func() {
		if string(b) == "wait" {
			return func() { <-release; sock.send([]byte("waited")) }
		}
		return take(b)
	}
	for _, s := range []string{"wait", "behind it"} {
		if err := slow.WriteMessage(websocket.TextMessage, []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	before := runtime.NumGoroutine()
	const pages = 20
	for i := range pages {
		page, sock, _ := talking(t, false)
		reacted(t, sock)
		s := fmt.Sprint("page ", i)
		if err := page.WriteMessage(websocket.TextMessage, []byte(s)); err != nil {
			t.Fatal(err)
		}
		says(t, page, s)
	}
	// The server of each, which is this test's, has one.
	eventually(t, "pages that say nothing have no goroutines", func() bool { return runtime.NumGoroutine() < before+pages+pages/2 })
	close(release)
	says(t, slow, "waited")
	says(t, slow, "behind it")
}

// A socket may be closed at any moment, also while it changes hands; it ends, once.
func TestAReaderBeginsWhileItsSocketIsClosed(t *testing.T) {
	for range 50 {
		closed := make(chan struct{})
		page, sock, ended := talking(t, false, closed)
		go func() { _ = sock.conn.Close(); close(closed) }()
		_ = page.WriteMessage(websocket.TextMessage, []byte("slow"))
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatal("the connection has not ended")
		}
	}
}

// lastRecord hands on all it has together with the end, as crypto/tls may.
type lastRecord struct {
	net.Conn
	all []byte
}

func (l *lastRecord) Read(p []byte) (int, error) {
	n := copy(p, l.all)
	l.all = l.all[n:]
	return n, io.EOF
}

// What comes together with the end of a connection is heard.
func TestAFrameThatComesWithTheEnd(t *testing.T) {
	frame := maskedText("the last word")
	got, err := io.ReadAll(newWire(&lastRecord{all: frame}))
	if !bytes.Equal(got, frame) || err != nil {
		t.Errorf("read %q (%v), want %q", got, err, frame)
	}
}

// Descriptors are used again at once: whoever writes to a page that is ending must not write
// to the one that has its number now. And none is left behind.
func TestNoPageHearsWhatIsAnothers(t *testing.T) {
	const rooms, pages = 4, 16
	before := descriptors()
	t.Run("rooms", func(t *testing.T) {
		var all sync.WaitGroup
		for room := range rooms {
			all.Go(func() {
				for i := range pages {
					comesAndGoes(t, fmt.Sprintf("page %d of room %d", i, room), i)
				}
			})
		}
		all.Wait()
	})
	eventually(t, "every descriptor is given back", func() bool { return descriptors() <= before+rooms })
}

// comesAndGoes is a page that is sent its own name until it goes, in one of several ways.
func comesAndGoes(t *testing.T, mine string, way int) {
	page, sock, ended := talking(t, false)
	go func() {
		for !sock.over.Load() {
			sock.send([]byte(mine))
		}
	}()
	_ = page.SetReadDeadline(time.Now().Add(patience))
	for heard := 1; ; heard++ {
		_, b, err := page.ReadMessage()
		if err != nil {
			if heard <= 20 {
				t.Errorf("%s was ended before it went: %v", mine, err)
			}
			break
		}
		if string(b) != mine {
			t.Errorf("%s heard %.60q", mine, b)
		}
		if heard != 20 {
			continue
		}
		switch way % 4 {
		case 0:
			_ = page.NetConn().Close()
		case 1:
			_ = sock.conn.Close()
		case 2:
			sock.close("no code")
		case 3:
			_ = page.WriteMessage(websocket.TextMessage, []byte("fault"))
		}
	}
	_ = page.Close()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Errorf("%s has not ended", mine)
	}
}

// descriptors counts those of this process, where it can.
func descriptors() int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(all)
}
