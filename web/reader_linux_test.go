package web

import (
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"
)

// A descriptor is given back when nobody uses it any more, and not before: its number is soon
// another page's, and whoever still read by it would hear that one.
func TestADescriptorIsKeptWhileSomebodyUsesIt(t *testing.T) {
	t.Run("its reader, in the middle of a turn", func(t *testing.T) {
		page, sock, ended := talking(t, false)
		d := descriptorOf(t, sock)
		sock.take = func([]byte) func() {
			_ = sock.conn.Close() // by somebody else, as a rule: a page that does not read, a node that moves
			d.isKept(t)
			return nil
		}
		if err := page.WriteMessage(websocket.TextMessage, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		<-ended
		d.isGivenBack(t)
	})
	t.Run("its reactor, when the connection ends", func(t *testing.T) {
		_, sock, ended := talking(t, false)
		d := descriptorOf(t, sock)
		x := sock.wire.reader.Load().at
		x.mu.Lock()
		_ = sock.conn.Close()
		comesInto(t, "(*reactor).remove")
		d.isKept(t)
		x.mu.Unlock()
		<-ended
		d.isGivenBack(t)
	})
	t.Run("its reactor, when a goroutine reads on", func(t *testing.T) {
		page, sock, ended := talking(t, false)
		d := descriptorOf(t, sock)
		r := sock.wire.reader.Load()
		r.at.mu.Lock()
		if err := page.WriteMessage(websocket.BinaryMessage, []byte("odd")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the reader leaves", func() bool {
			go r.ready(true, make([]byte, aloneRoom)) // which the reactor cannot say now
			return somebodyIn("(*reactor).remove")
		})
		d.isKept(t)
		r.at.mu.Unlock()
		says(t, page, "odd")
		_ = page.NetConn().Close()
		<-ended
		d.isGivenBack(t)
	})
	t.Run("who writes to the page", func(t *testing.T) {
		page, sock, ended := talking(t, false)
		d := descriptorOf(t, sock)
		sock.wire.mu.Lock()
		_ = page.NetConn().Close()
		comesInto(t, "(*wire).release")
		d.isKept(t)
		sock.wire.mu.Unlock()
		<-ended
		d.isGivenBack(t)
	})
}

// descriptor is a number, and what it stands for.
type descriptor struct {
	fd   int
	file uint64
}

// descriptorOf is that by which a reactor reads the socket.
func descriptorOf(t *testing.T, sock *socket) (d descriptor) {
	t.Helper()
	eventually(t, "a reactor reads the socket", func() bool {
		r := sock.wire.reader.Load()
		if r == nil {
			return false
		}
		sock.wire.mu.Lock()
		d.fd = int(sock.wire.fd)
		sock.wire.mu.Unlock()
		r.at.mu.Lock()
		defer r.at.mu.Unlock()
		return d.fd >= 0 && r.at.of[d.fd] == r
	})
	d.file = fileOf(d.fd)
	return d
}

// fileOf is the number of the file behind a descriptor, 0 if there is none.
func fileOf(fd int) uint64 {
	var s syscall.Stat_t
	if syscall.Fstat(fd, &s) != nil {
		return 0
	}
	return s.Ino
}

func (d descriptor) isKept(t *testing.T) {
	t.Helper()
	if got := fileOf(d.fd); got != d.file {
		t.Errorf("descriptor %d was given back too early: it was file %d and is %d", d.fd, d.file, got)
	}
}

func (d descriptor) isGivenBack(t *testing.T) {
	t.Helper()
	eventually(t, "the descriptor is given back", func() bool { return fileOf(d.fd) != d.file })
}

// comesInto waits until a goroutine stands in a function of this package.
func comesInto(t *testing.T, name string) {
	t.Helper()
	eventually(t, "a goroutine stands in "+name, func() bool { return somebodyIn(name) })
}

func somebodyIn(name string) bool {
	stacks := make([]byte, 4<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "web."+name+"(")
}
