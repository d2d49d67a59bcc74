package pgjournal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"terang/engine"
	"terang/engine/storetest"
)

// Where a proxy cuts the next conversation.
const (
	cutNever = iota
	cutBefore
	cutAfter // the server has done what it was asked; its answer is lost
)

// proxy stands between a node and its server, and cuts connections on command.
type proxy struct {
	t      testing.TB
	server string // socket
	listen net.Listener
	cut    atomic.Int32
	links  sync.WaitGroup
}

func newProxy(t testing.TB, pg *storetest.PG) *proxy {
	t.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, server: pg.Addr, listen: listen}
	p.links.Go(p.accept)
	t.Cleanup(func() {
		_ = listen.Close()
		p.links.Wait()
	})
	return p
}

// address is dsn by way of the proxy.
func (p *proxy) address(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	u.Host, u.RawQuery = p.listen.Addr().String(), "sslmode=disable"
	return u.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial("unix", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.links.Go(func() { p.pass(server, client, cutBefore) })
		p.links.Go(func() { p.pass(client, server, cutAfter) })
	}
}

// pass copies one direction, until what arrives is to be cut instead of passed on.
func (p *proxy) pass(to, from net.Conn, cut int32) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || p.cut.CompareAndSwap(cut, cutNever) {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// Every third append is cut before or after the server has done it. Whoever wrote reads
// again, and nothing is lost, doubled or left out.
func TestConnectionsThatAreCut(t *testing.T) {
	ctx := context.Background()
	pg := storetest.Postgres(t)
	for name, cut := range map[string]int32{"before the write": cutBefore, "after the write": cutAfter} {
		t.Run(name, func(t *testing.T) {
			dsn := pg.Fresh(t, "cut "+name)
			p := newProxy(t, pg)
			d := mustOpen(t, p.address(dsn))
			const stream = "attempt/a"
			n, hash, cuts := 0, engine.FirstHash(stream), 0
			for step := range 30 {
				run := chained(stream, n+1, 1+step%3, hash, fmt.Sprint("step ", step, " of ", 1+step%3))
				if step%3 == 2 {
					p.cut.Store(cut)
				}
				outcomes, err := d.Append(ctx, []engine.Run{run})
				was := n
				if readErr := d.Read(ctx, stream, n, func(r engine.Record) error {
					n, hash = r.N, r.Hash
					return nil
				}); readErr != nil {
					t.Fatal(readErr)
				}
				stored := n == was+len(run.Records)
				switch {
				case err == nil && (outcomes[0].Conflict || !stored):
					t.Fatalf("step %d: %+v, but the stream went from %d to %d", step, outcomes[0], was, n)
				case err != nil && (!strings.Contains(err.Error(), "outcome unknown") || errors.Is(err, engine.ErrFull)):
					t.Fatalf("step %d: %v; want that the outcome is unknown", step, err)
				case err != nil && stored != (cut == cutAfter):
					t.Fatalf("step %d was cut %s, and stored: %v", step, name, stored)
				case err != nil:
					cuts++
					if out := one(t, d, run); out.Conflict != stored {
						t.Fatalf("step %d again: %+v", step, out)
					}
					n, hash = run.Records[len(run.Records)-1].N, run.Records[len(run.Records)-1].Hash
				}
			}
			if records := all(t, d); sound(records) != nil || len(records) != 60 || cuts != 10 {
				t.Errorf("%d records, want 60; %d cuts, want 10: %v", len(records), cuts, sound(records))
			}
		})
	}
}

// A new stream takes two questions to the server: a cut after the first stores nothing.
func TestCutWhileNamesAreGiven(t *testing.T) {
	pg := storetest.Postgres(t)
	p := newProxy(t, pg)
	d := mustOpen(t, p.address(pg.Fresh(t, "names")))
	run := chained("attempt/new", 1, 2, engine.FirstHash("attempt/new"), "")
	p.cut.Store(cutAfter)
	if _, err := d.Append(context.Background(), []engine.Run{run}); err == nil {
		t.Fatal("a cut append succeeded")
	}
	if got := all(t, d); len(got) != 0 {
		t.Fatalf("%d records were stored", len(got))
	}
	if out := one(t, d, run); out.Conflict {
		t.Error("what was not stored is a conflict")
	}
}
