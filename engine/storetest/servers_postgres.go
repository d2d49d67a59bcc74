package storetest

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/fstest"
)

// pgFolders is where Debian keeps what it does not put on PATH.
const pgFolders = "/usr/lib/postgresql/*/bin"

// PG is a private PostgreSQL, on a unix socket, with durability as it must be: what it
// has acknowledged outlives a Kill.
type PG struct {
	*server
	DSN  string // of the database postgres, as its superuser
	Addr string // the socket's path, for a proxy in between
}

// Postgres starts a private PostgreSQL that ends with the test. Where there is none the
// test is skipped, or fails if TERANG_REQUIRE=1. settings are "name=value", as in
// postgresql.conf, and WithDisk.
func Postgres(t testing.TB, settings ...string) *PG {
	t.Helper()
	initdb, err := program("initdb", pgFolders)
	if err != nil {
		absent(t, "no initdb on PATH or in "+pgFolders+": install postgresql")
	}
	postgres, err := program("postgres", filepath.Dir(initdb), pgFolders)
	if err != nil {
		absent(t, "no postgres on PATH or in "+pgFolders+": install postgresql")
	}
	s := newServer(t, "pg", "postgres")
	s.ready, s.quit = "database system is ready to accept connections", quit
	data := filepath.Join(s.dir, "data")
	s.initialise(initdb, data)
	s.command = []string{postgres, "-D", data, "-k", s.dir, "-p", "5432", "-c", "listen_addresses=",
		"-c", "lc_messages=C", "-c", "logging_collector=off", "-c", "log_destination=stderr"}
	if runtime.GOOS == "linux" { // or it syncs each of its thousand files before it recovers
		s.command = append(s.command, "-c", "recovery_init_sync_method=syncfs")
	}
	for _, setting := range settings {
		if setting == WithDisk {
			s.fillable()
			continue
		}
		s.command = append(s.command, "-c", setting)
	}
	p := &PG{server: s, Addr: filepath.Join(s.dir, ".s.PGSQL.5432")}
	p.DSN = p.Database("postgres")
	s.start()
	return p
}

// initialised is what initdb makes, the same for every test of this process: making it takes a
// processor for a second, and copying it some hundredths.
var initialised struct {
	sync.Mutex
	files fstest.MapFS
}

// initialise makes a cluster of which nothing has run yet.
func (s *server) initialise(initdb, data string) {
	s.t.Helper()
	initialised.Lock()
	defer initialised.Unlock()
	if initialised.files == nil {
		s.do(initdb, "--pgdata", data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8",
			"--locale", "C.UTF-8", "--no-sync", "--no-instructions")
		files, err := inMemory(os.DirFS(data))
		if err != nil {
			s.t.Fatalf("read what initdb made: %v", err)
		}
		initialised.files = files
		return
	}
	err := os.CopyFS(data, initialised.files)
	if err == nil {
		err = os.Chmod(data, 0o700) // or PostgreSQL refuses it
	}
	if err == nil {
		err = filepath.WalkDir(data, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, s.as.own(path))
		})
	}
	if err != nil {
		s.t.Fatalf("copy what initdb made: %v", err)
	}
}

// inMemory reads a folder whole, with the folders in it that are empty.
func inMemory(folder fs.FS) (fstest.MapFS, error) {
	files := fstest.MapFS{}
	err := fs.WalkDir(folder, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		file := &fstest.MapFile{Mode: e.Type()}
		if !e.IsDir() {
			file.Data, err = fs.ReadFile(folder, path)
		}
		files[path] = file
		return err
	})
	return files, err
}

// Database returns the address of a database of this server, which need not exist yet.
func (p *PG) Database(name string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + name,
		RawQuery: url.Values{"host": {p.dir}}.Encode()}
	return u.String()
}

// Fresh makes an empty database and returns its address.
func (p *PG) Fresh(t testing.TB, name string) string {
	t.Helper()
	p.Tool(t, "psql", "-X", "-q", "-d", p.DSN, "-c", `create database "`+name+`"`)
	return p.Database(name)
}

// Tool runs one of PostgreSQL's programs to its end, as the server's user and in its
// folder: pg_dump, pg_restore, psql.
func (p *PG) Tool(t testing.TB, name string, args ...string) {
	t.Helper()
	path, err := program(name, pgFolders)
	if err != nil {
		t.Fatalf("no %s on PATH or in %s, though there is a server: install postgresql-client", name, pgFolders)
	}
	p.do(path, args...)
}

// Folder is where Tool runs: a file that one of them writes stands there for the next.
func (p *PG) Folder() string { return p.dir }
