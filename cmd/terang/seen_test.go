package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
	"terang/engine"
	"terang/proctor"
)

// named is what a server that does not start says its journal lacks.
var named = regexp.MustCompile(`terang restored (([0-9]+)-[0-9a-f]{16}) --journal \S+ --keys \S+ --reason`)

// refusedStart starts a server that must not serve, and returns what it names.
func refusedStart(tb testing.TB, binary string, args ...string) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), process.ReadyWithin)
	defer cancel()
	var exit *exec.ExitError
	out, err := exec.CommandContext(ctx, binary, append(args, "--addr", freeAddr(tb))...).CombinedOutput() //nolint:gosec // our own binary
	found := named.FindSubmatch(out)
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || found == nil {
		tb.Fatalf("a server on an older journal: %v\n%s", err, out)
	}
	return string(found[1])
}

// restored records a loss as the administrator, and returns what the command says.
func (p *place) restored(tb testing.TB, loss string) (string, error) {
	tb.Helper()
	_, staff, err := create.ReadCredentials(filepath.Join(p.dir, peopleFile))
	if err != nil {
		tb.Fatal(err)
	}
	admin := staff[slices.IndexFunc(staff, func(s create.StaffCredential) bool { return s.Role == proctor.Admin })]
	cmd := exec.CommandContext(tb.Context(), p.binary, "restored", loss, "--reason", "the disk died", "--journal", p.journal, "--keys", p.keys, "--as", admin.User) //nolint:gosec // our own binary
	cmd.Env = append(os.Environ(), "TERANG_PASSWORD="+admin.Password)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// replaced puts a copy in the place of an SQLite journal.
func replaced(tb testing.TB, file, with string) {
	tb.Helper()
	for _, beside := range []string{"-wal", "-shm"} {
		if err := os.Remove(file + beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			tb.Fatal(err)
		}
	}
	copyFile(tb, with, file)
}

// keptUpTo waits until a server has kept that it saw the journal reach a position.
func (p *place) keptUpTo(tb testing.TB, pos engine.Pos) {
	tb.Helper()
	waitFor(tb, patience, "the server to keep how far it has seen the journal", func() bool {
		text, err := os.ReadFile(p.keys + ".seen")
		if err != nil {
			return false
		}
		for line := range strings.Lines(string(text)) {
			if parts := strings.Fields(line); len(parts) == 4 {
				n, err := strconv.ParseInt(parts[1], 10, 64)
				return err == nil && engine.Pos(n) >= pos
			}
		}
		return false
	})
}

// While no server ran, an older copy took the journal's place. Answers that candidates were
// told are stored are not in it: no server starts on it as if nothing had happened, until
// somebody who may has recorded that it goes on so; and then only on that copy.
func TestAnOlderBackupIsNotServedUnseen(t *testing.T) {
	t.Parallel()
	const candidates = 5
	s := newServed(t, candidates)
	s.serve(t)
	args := []string{"serve", "--journal", s.journal, "--keys", s.keys}
	file := strings.TrimPrefix(s.journal, "sqlite:")
	old := filepath.Join(t.TempDir(), "old.db")
	log := crowd.NewLog()
	run := s.crowd(t, log, s.direct, hurried)
	waitFor(t, patience, "answers before the copy", func() bool { return log.Figures().Acked > 20 })
	if err := process.Run(t.Context(), s.binary, "backup", "--journal", s.journal, old); err != nil {
		t.Fatal(err)
	}
	before := log.Figures().Acked
	waitFor(t, patience, "answers after it", func() bool { return log.Figures().Acked > before+20 })
	run.stop(t)
	records := s.records(t)
	newest := records[len(records)-1].Pos
	s.keptUpTo(t, newest)
	s.Kill()
	s.serve(t) // the journal that it left is no older one
	s.Kill()

	replaced(t, file, old)
	loss := refusedStart(t, s.binary, args...)
	if again := refusedStart(t, s.binary, args...); again != loss {
		t.Errorf("a second start names %s, the first named %s", again, loss)
	}
	stands := s.records(t)
	last := stands[len(stands)-1]
	if out, err := s.restored(t, strconv.FormatInt(int64(last.Pos), 10)+"-"+last.Hash.String()[:16]); err == nil || !strings.Contains(out, "has that record") {
		t.Errorf("what the journal has was agreed to be lost: %v\n%s", err, out)
	}
	if out, err := s.restored(t, loss); err != nil {
		t.Fatalf("restored: %v\n%s", err, out)
	}
	s.serve(t)
	s.keptUpTo(t, last.Pos+1)
	s.Kill()
	s.serve(t)
	s.Kill()
	recorded := false
	for _, r := range s.records(t) {
		e, err := engine.Decode(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		recorded = recorded || e.Kind == engine.JournalRestored && e.By != proctor.Setup && loss == strconv.FormatInt(e.Extra, 10)+"-"+e.Form && e.Text == engine.SHA256("the disk died")
	}
	if !recorded {
		t.Error("the journal does not tell who went on with it, and without what")
	}

	replaced(t, file, old)
	refusedStart(t, s.binary, args...)
}

// A server whose place for it cannot be written serves, and says what that costs.
func TestAServerThatCannotKeepHowFarItSawSaysSo(t *testing.T) {
	t.Parallel()
	s := newServed(t, 1)
	var said bytes.Buffer
	lines := make(chan string, 100)
	err := s.Start(t.Context(), &process.Warnings{To: func(line string) { lines <- line }}, "serve", "--journal", s.journal, "--keys", s.keys,
		"--seen", filepath.Join(s.dir, "nowhere", "seen"))
	if err != nil {
		t.Fatal(err)
	}
	for until := time.After(patience); !strings.Contains(said.String(), "--seen"); {
		select {
		case line := <-lines:
			said.WriteString(line)
		case <-until:
			t.Fatalf("it said only %q", said.String())
		}
	}
}
