package storetest

import (
	"bufio"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// RedisServer is a private Redis, on a unix socket, that keeps nothing on disk: after a
// Restart it is empty.
type RedisServer struct {
	*server
	URL  string // unix://…, as redis.ParseURL takes it
	Addr string // the socket's path, for Options{Network: "unix"} or a proxy in between
}

// Redis starts a private Redis that ends with the test. Where there is none the test is
// skipped, or fails if TERANG_REQUIRE=1. args are further options, as on its command line,
// and WithDisk: then it keeps a log on its disk.
func Redis(t testing.TB, args ...string) *RedisServer {
	t.Helper()
	path, err := program("redis-server")
	if err != nil {
		absent(t, "no redis-server on PATH: install redis")
	}
	s := newServer(t, "redis", "redis")
	s.ready, s.quit = "eady to accept connections", kill
	r := &RedisServer{server: s, Addr: filepath.Join(s.dir, "redis.sock")}
	r.URL = "unix://" + r.Addr
	s.command = []string{path, "--port", "0", "--unixsocket", r.Addr, "--unixsocketperm", "777",
		"--dir", s.dir, "--save", "", "--appendonly", "no", "--daemonize", "no"}
	for _, arg := range args {
		if arg == WithDisk {
			s.fillable()
			s.command = append(s.command, "--appendonly", "yes", "--appendfsync", "everysec")
			continue
		}
		s.command = append(s.command, arg)
	}
	s.start()
	return r
}

// FlushAll empties it.
func (r *RedisServer) FlushAll() {
	r.t.Helper()
	conn, err := net.DialTimeout("unix", r.Addr, 5*time.Second)
	if err != nil {
		r.t.Fatalf("flush redis: %v", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		r.t.Fatalf("flush redis: %v", err)
	}
	if _, err := conn.Write([]byte("FLUSHALL SYNC\r\n")); err != nil {
		r.t.Fatalf("flush redis: %v", err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.HasPrefix(line, "+OK") {
		r.t.Fatalf("flush redis: it answered %q, %v", line, err)
	}
}
