package storetest

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed disk/full.c
var fullDisk []byte

// WithDisk is a setting of Postgres and Redis: their disk can be filled with Fill. It takes
// a C compiler, and is for Linux.
const WithDisk = "\x00disk"

// fillable has the server's writes go by a library that knows how full its disk is.
func (s *server) fillable() {
	s.t.Helper()
	gcc, err := program("gcc")
	if err != nil {
		absent(s.t, "no gcc on PATH: install gcc")
	}
	source, library := filepath.Join(s.dir, "fulldisk.c"), filepath.Join(s.dir, "fulldisk.so")
	if err := os.WriteFile(source, fullDisk, 0o644); err != nil { //nolint:gosec // the server's user reads it
		s.t.Fatal(err)
	}
	if out, err := exec.Command(gcc, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl").CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", source, err, out)
	}
	s.full = filepath.Join(s.dir, "full")
	s.env = []string{"LD_PRELOAD=" + library, "TERANG_FULL=" + s.full}
}

// Fill leaves no free block on the server's disk, until Free. The server was started
// WithDisk.
func (s *server) Fill() {
	s.t.Helper()
	if err := os.WriteFile(s.full, nil, 0o644); err != nil { //nolint:gosec // the server's user looks for it
		s.t.Fatalf("fill the disk: %v", err)
	}
}

// Free ends a Fill.
func (s *server) Free() {
	s.t.Helper()
	if err := os.Remove(s.full); err != nil {
		s.t.Fatalf("free the disk: %v", err)
	}
}

// Alive says whether the server's process runs: one may end by itself on a full disk.
func (s *server) Alive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return false
	}
	select {
	case <-s.process.ended:
		return false
	default:
		return true
	}
}
