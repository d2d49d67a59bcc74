package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"terang/cmd/terang/process"
	"terang/engine/storetest"
)

// cluster is a place with several nodes over one PostgreSQL and one Redis, each node with
// proxies of its own on all three sides. Everything in it can be killed, stopped and cut.
type cluster struct {
	place
	pg    *storetest.PG
	redis *storetest.RedisServer
	nodes []*member
}

// member is one node, and the ways to it and from it.
type member struct {
	process.Child
	args    []string
	front   *storetest.Proxy // by which candidates come
	toPG    *storetest.Proxy
	toRedis *storetest.Proxy
}

// newCluster starts the servers; nothing is in the journal yet, and no node runs.
func newCluster(tb testing.TB, binary string, nodes int, settings ...string) *cluster {
	tb.Helper()
	c := &cluster{pg: storetest.Postgres(tb, settings...), redis: storetest.Redis(tb, settings...)}
	dir := tb.TempDir()
	c.place = place{binary: binary, dir: dir, journal: c.pg.Fresh(tb, "exam"), keys: filepath.Join(dir, "keys")}
	for range nodes {
		m := &member{
			Child: process.Child{Binary: binary, Addr: freeAddr(tb)},
			toPG:  storetest.NewProxy(tb, "unix", c.pg.Addr), toRedis: storetest.NewProxy(tb, "unix", c.redis.Addr),
		}
		m.front = storetest.NewProxy(tb, "tcp", m.Addr)
		m.args = []string{"serve", "--keys", c.keys, "--journal", m.toPG.DSN(tb, c.journal), "--store", "redis://" + m.toRedis.Addr}
		c.nodes = append(c.nodes, m)
		tb.Cleanup(func() {
			m.goOn(tb)
			m.Kill()
		})
	}
	return c
}

// serve starts every node.
func (c *cluster) serve(tb testing.TB) {
	tb.Helper()
	for _, m := range c.nodes {
		m.serve(tb)
	}
}

// serve runs the node until it can serve.
func (m *member) serve(tb testing.TB) {
	tb.Helper()
	if err := m.Start(tb.Context(), said(tb), m.args...); err != nil {
		tb.Fatal(err)
	}
}

// halt stops the process as a machine does that hangs: its sockets stay, nothing answers.
func (m *member) halt(tb testing.TB) {
	tb.Helper()
	if err := m.Cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		tb.Fatal(err)
	}
}

// goOn ends a halt.
func (m *member) goOn(tb testing.TB) {
	tb.Helper()
	if m.Cmd == nil {
		return
	}
	if err := m.Cmd.Process.Signal(syscall.SIGCONT); err != nil && !strings.Contains(err.Error(), "finished") {
		tb.Error(err)
	}
}

func (m *member) url() string { return "http://" + m.front.Addr }

// fronts are the nodes as the i-th candidate tries them: every node is somebody's first.
func (c *cluster) fronts(i int) []string {
	var bases []string
	for k := range c.nodes {
		bases = append(bases, c.nodes[(i+k)%len(c.nodes)].url())
	}
	return bases
}

// bases are the nodes by themselves, without a proxy.
func (c *cluster) bases() []string {
	var bases []string
	for _, m := range c.nodes {
		bases = append(bases, m.Base())
	}
	return bases
}
