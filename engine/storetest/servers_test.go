package storetest

import (
	"net"
	"os"
	"testing"
	"time"
)

func mustDial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestRedisDiesPausesAndComesBack(t *testing.T) {
	r := Redis(t)
	ask := func(conn net.Conn, question string) (string, error) {
		t.Helper()
		if _, err := conn.Write([]byte(question + "\r\n")); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 100)
		n, err := conn.Read(answer)
		return string(answer[:n]), err
	}
	conn := mustDial(t, r.Addr)
	if got, err := ask(conn, "SET a 1"); got != "+OK\r\n" {
		t.Fatalf("%q, %v", got, err)
	}
	r.FlushAll()
	if got, err := ask(conn, "EXISTS a"); got != ":0\r\n" {
		t.Fatalf("after a flush: %q, %v", got, err)
	}
	r.Pause()
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if got, err := ask(conn, "PING"); !os.IsTimeout(err) {
		t.Fatalf("while it is paused: %q, %v", got, err)
	}
	r.Resume()
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if got, err := ask(conn, "ECHO x"); err != nil || got[:7] != "+PONG\r\n" {
		t.Fatalf("after the pause: %q, %v", got, err)
	}
	r.Kill()
	r.Kill() // the dead stay dead
	if _, err := net.Dial("unix", r.Addr); err == nil {
		t.Fatal("a dead server answers")
	}
	r.Restart()
	if got, err := ask(mustDial(t, r.Addr), "PING"); got != "+PONG\r\n" {
		t.Fatalf("after a restart: %q, %v", got, err)
	}
}

func TestPostgresDiesAndComesBack(t *testing.T) {
	p := Postgres(t)
	dsn := p.Fresh(t, "kept")
	p.Tool(t, "psql", "-X", "-q", "-d", dsn, "-c", "create table a(b int)")
	conn := mustDial(t, p.Addr)
	p.Kill()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("a connection outlived the server")
	}
	p.Restart()
	p.Tool(t, "psql", "-X", "-q", "-d", dsn, "-c", "insert into a values (1)")
	p.Pause()
	p.Resume()
	p.Tool(t, "psql", "-X", "-q", "-d", dsn, "-c", "insert into a values (2)")
	p.Restart() // without a kill before
	p.Tool(t, "psql", "-X", "-q", "-d", dsn, "-c", "insert into a values (3)")
}
