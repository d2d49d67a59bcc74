package main

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"terang/cmd/terang/process"
)

// secrets are the variables from which whoever acts is read: no flag may take them for its own.
var secrets = []string{
	"TERANG_PASSWORD", "TERANG_CODE", "TERANG_NEW_PASSWORD", "TERANG_NEW_CODE", "TERANG_SECOND_PASSWORD", "TERANG_SECOND_CODE",
}

// Every flag is a variable as well, and none is one that says who somebody is: the six digits
// of a second factor would become the code of an exam.
func TestNoFlagTakesASecretForItsValue(t *testing.T) {
	parser, err := kong.New(new(cli), kong.DefaultEnvars("TERANG"))
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && flag.Name != "help" {
			flags++
			if len(flag.Envs) == 0 {
				t.Errorf("--%s has no variable", flag.Name)
			}
			for _, env := range flag.Envs {
				if slices.Contains(secrets, env) {
					t.Errorf("--%s is read from %s", flag.Name, env)
				}
			}
		}
		return next(nil)
	})
	if err != nil || flags < 100 {
		t.Errorf("%d flags, %v", flags, err)
	}
}

// What nobody can do because it was written wrongly exits with 2, not with the 1 of what failed.
func TestACallThatWasWrongExitsWith2(t *testing.T) {
	journal := "sqlite:" + filepath.Join(t.TempDir(), "t.db")
	for _, args := range [][]string{
		{"staff", "add", "ratna", "--role", "pengawas", "--journal", journal},
		{"staff", "grant", "ratna", "--role", "pengawas", "--journal", journal},
		{"demo", "--addr", "8080"},
		{"serve", "--addr", "8080", "--insecure-lan", "--journal", journal},
	} {
		if code := run(args); code != 2 {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}

// What Go and the system tell of a process has our name, as every figure of /metrics.
func TestFiguresOfTheProcessHaveOurName(t *testing.T) {
	registry := prometheus.NewRegistry()
	process.Ours(registry).MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := registry.Gather()
	if err != nil || len(families) == 0 {
		t.Fatalf("%d families, %v", len(families), err)
	}
	for _, f := range families {
		if name := f.GetName(); len(name) < 7 || name[:7] != "terang_" {
			t.Errorf("%s", name)
		}
	}
}
