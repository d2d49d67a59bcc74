package storetest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
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

// A disk that Fill has filled takes nothing more, and what it had taken is there.
func TestAFullDisk(t *testing.T) {
	pg := Postgres(t, WithDisk)
	insert := func(n int) error {
		path, err := program("psql", pgFolders)
		if err != nil {
			t.Skip("no psql: install postgresql-client")
		}
		cmd := exec.Command(path, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", pg.DSN, "-c",
			fmt.Sprintf("create table if not exists t (b text); insert into t select repeat('x', 1000) from generate_series(1, %d)", n))
		cmd.Dir = pg.dir
		pg.as.runs(cmd)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	if err := insert(100); err != nil {
		t.Fatal(err)
	}
	pg.Fill()
	if err := insert(10_000); err == nil || !strings.Contains(err.Error(), "No space left on device") {
		t.Errorf("ten megabytes on a full disk: %v", err)
	}
	pg.Free()
	if !pg.Alive() {
		pg.Restart()
	}
	if err := insert(10_000); err != nil {
		t.Errorf("after the disk was freed: %v", err)
	}

	r := Redis(t, WithDisk)
	conn := mustDial(t, r.Addr)
	ask := func(question string) string {
		if _, err := conn.Write([]byte(question + "\r\n")); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 200)
		n, _ := conn.Read(answer)
		return string(answer[:n])
	}
	if got := ask("SET a 1"); got != "+OK\r\n" {
		t.Fatal(got)
	}
	r.Fill()
	got := ""
	for until := time.Now().Add(30 * time.Second); !strings.HasPrefix(got, "-MISCONF") && time.Now().Before(until); {
		got = ask("SET a 2")
	}
	if !strings.HasPrefix(got, "-MISCONF") {
		t.Errorf("a write on a full disk: %q", got)
	}
	r.Free()
	for until := time.Now().Add(30 * time.Second); got != "+OK\r\n" && time.Now().Before(until); {
		got = ask("SET a 3")
	}
	if got != "+OK\r\n" {
		t.Errorf("a write after the disk was freed: %q", got)
	}
}
