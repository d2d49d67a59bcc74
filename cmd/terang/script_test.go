package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"terang/cmd/terang/process"
)

func TestMain(m *testing.M) {
	testscript.Main(workshop{m}, map[string]func(){"terang": func() { os.Exit(run(os.Args[1:])) }})
}

// The command line as a person at an authority uses it: each script is one errand.
func TestCommands(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}

// workshop runs the tests, and keeps the programs that they start until the last one ends.
type workshop struct{ *testing.M }

// programs are those that tests have asked for, each linked once: that takes as long as
// many of the tests.
var programs = struct {
	sync.Mutex
	dir  string
	made map[string]string
}{made: make(map[string]string)}

// Run implements testscript.TestingM.
func (w workshop) Run() int {
	dir, err := os.MkdirTemp("", "terang-programs-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs.dir = dir
	return w.M.Run()
}

// built is the program of a package, linked.
func built(tb testing.TB, pkg string) string {
	tb.Helper()
	programs.Lock()
	defer programs.Unlock()
	if path := programs.made[pkg]; path != "" {
		return path
	}
	source, err := filepath.Abs(pkg)
	path := filepath.Join(programs.dir, filepath.Base(source)) // which goes by the name that people know
	if err == nil {
		err = process.Run(context.Background(), "go", "build", "-o", path, pkg)
	}
	if err != nil {
		tb.Fatal(err)
	}
	programs.made[pkg] = path
	return path
}
