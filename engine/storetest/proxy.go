package storetest

import (
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy stands between clients and a server, and cuts their connections on command.
type Proxy struct {
	Addr string // HOST:PORT on this machine

	network, server string
	listen          net.Listener
	before, after   atomic.Int32 // how many messages to either side are still to be cut
	delay           atomic.Int64 // of each message to the server
	running         sync.WaitGroup

	mu    sync.Mutex
	links map[net.Conn]struct{} // both ends of each
}

// NewProxy passes on what comes to its address, until the test ends. The server need not
// be there yet: who comes meanwhile is turned away as it would do itself.
func NewProxy(t testing.TB, network, server string) *Proxy {
	t.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("a proxy to %s: %v", server, err)
	}
	p := &Proxy{Addr: listen.Addr().String(), network: network, server: server, listen: listen, links: make(map[net.Conn]struct{})}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		_ = listen.Close()
		p.Cut()
		p.running.Wait()
	})
	return p
}

// DSN is a postgres:// address by way of the proxy.
func (p *Proxy) DSN(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Host, u.RawQuery = p.Addr, "sslmode=disable"
	return u.String()
}

// Cut ends all connections that there are, as a switch does that loses its power.
func (p *Proxy) Cut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.links {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // nothing that is still under way arrives
		}
		_ = conn.Close()
	}
	return len(p.links) / 2
}

// CutBefore ends the connections of the next n messages to the server: it does not hear them.
func (p *Proxy) CutBefore(n int) { p.before.Store(int32(n)) }

// CutAfter ends the connections of the next n answers: the server has done what it was
// asked, and who asked does not hear of it.
func (p *Proxy) CutAfter(n int) { p.after.Store(int32(n)) }

// Delay holds up each message to the server, from now on.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Waiting is how many messages are still to be cut.
func (p *Proxy) Waiting() int { return int(p.before.Load() + p.after.Load()) }

func (p *Proxy) accept() {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial(p.network, p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.links[client], p.links[server] = struct{}{}, struct{}{}
		p.mu.Unlock()
		p.running.Go(func() { p.pass(server, client, &p.before, &p.delay) })
		p.running.Go(func() { p.pass(client, server, &p.after, nil) })
	}
}

// pass copies one direction, until what arrives is to be cut instead of passed on.
func (p *Proxy) pass(to, from net.Conn, cuts *atomic.Int32, delay *atomic.Int64) {
	defer p.end(to, from)
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || take(cuts) {
			return
		}
		if delay != nil && delay.Load() > 0 {
			<-time.After(time.Duration(delay.Load()))
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (p *Proxy) end(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
		delete(p.links, conn)
	}
}

// take counts down to zero, and says whether there was something to take.
func take(n *atomic.Int32) bool {
	for {
		left := n.Load()
		if left == 0 {
			return false
		}
		if n.CompareAndSwap(left, left-1) {
			return true
		}
	}
}
