package sqlitejournal

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"terang/engine"
)

// crashEnv names the file that a child process is to write until it is killed.
const crashEnv = "TERANG_CRASH_JOURNAL"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		err := crashChild(path, os.Stdout)
		fmt.Fprintln(os.Stderr, "the child ended by itself:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// crashChild appends for ever, and writes a line for every record that it may acknowledge.
// One stream in four settles while it is written.
func crashChild(path string, out io.Writer) error {
	ctx := context.Background()
	d, err := Open(path, Options{})
	if err != nil {
		return err
	}
	streams := append(names(30), "exam/a", "staff/b")
	heads := map[string]int{}
	for _, stream := range streams {
		if heads[stream], err = whole(d, stream); err != nil {
			return err
		}
	}
	failed := make(chan error, 1)
	go func() {
		for {
			if err := d.Settle(ctx, streams[:8]); err != nil {
				failed <- err
				return
			}
		}
	}()
	for step := 0; len(failed) == 0; step++ {
		var runs []engine.Run
		for i := range 1 + step%len(streams) {
			run := engine.Run{Stream: streams[(step+i)%len(streams)]}
			for range 1 + (step+i)%3 {
				heads[run.Stream]++
				run.Records = append(run.Records, oneRun(run.Stream, heads[run.Stream]).Records...)
			}
			runs = append(runs, run)
		}
		outcomes, err := d.Append(ctx, runs)
		if err != nil {
			return err
		}
		var lines bytes.Buffer
		for i, run := range runs {
			if outcomes[i].Conflict {
				return fmt.Errorf("%s from %d is a conflict", run.Stream, run.Records[0].N)
			}
			fmt.Fprintln(&lines, run.Stream, heads[run.Stream])
		}
		if _, err := out.Write(lines.Bytes()); err != nil {
			return err
		}
	}
	return <-failed
}

// A child is killed at random moments; what it acknowledged must be there, and no
// stream may have a hole.
func TestKilledWriterLosesNothing(t *testing.T) {
	path := t.TempDir() + "/terang.db"
	acked := map[string]int{}
	kills := 10
	if testing.Short() {
		kills = 3
	}
	for kill := range kills {
		crashOnce(t, path, 1+rand.IntN(2000), acked)
		d := mustOpen(t, path, Options{})
		if err := lost(d, acked); err != nil {
			t.Errorf("kill %d: %v", kill, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// crashOnce runs a child until it has acknowledged so many runs, and kills it.
func crashOnce(t *testing.T, path string, after int, acked map[string]int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), crashEnv+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	read := 0
	for lines.Scan() {
		var stream string
		var n int
		if _, err := fmt.Sscan(lines.Text(), &stream, &n); err != nil {
			break // a line that the kill cut off
		}
		acked[stream] = max(acked[stream], n)
		if read++; read == after {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := child.Wait(); err == nil || read < after {
		t.Fatalf("the child ended after %d of %d lines: %v", read, after, err)
	}
}

// lost says which acknowledged record a journal lacks, or where it has a hole.
func lost(d *DB, acked map[string]int) error {
	heads := map[string]int{}
	var after engine.Pos
	for {
		records, err := d.Tail(context.Background(), after, 1000)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			break
		}
		for _, r := range records {
			if heads[r.Stream]++; r.N != heads[r.Stream] || r.Pos <= after {
				return fmt.Errorf("%s %d at position %d, after version %d and position %d", r.Stream, r.N, r.Pos, heads[r.Stream]-1, after)
			}
			after = r.Pos
		}
	}
	for stream, n := range acked {
		if heads[stream] < n {
			return fmt.Errorf("%s ends at %d, but %d was acknowledged", stream, heads[stream], n)
		}
	}
	for stream, n := range heads {
		if got, err := whole(d, stream); err != nil || got != n {
			return fmt.Errorf("%s reads to %d, its tail to %d: %w", stream, got, n, err)
		}
	}
	return nil
}

// A cut line parses as a smaller number, so the checker is safe with it; what it must not
// be is blind.
func TestTheCheckerSeesALoss(t *testing.T) {
	d, _ := file(t, Options{})
	fill(t, d, []string{"attempt/1"}, 1, 3)
	if err := lost(d, map[string]int{"attempt/1": 3}); err != nil {
		t.Error(err)
	}
	if err := lost(d, map[string]int{"attempt/1": 4}); err == nil {
		t.Error("an acknowledgement before the commit went unnoticed")
	}
	if err := d.w.takeApart(context.Background(), []engine.Pos{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.w.conn.ExecContext(context.Background(), "delete from event where n = 2"); err != nil {
		t.Fatal(err)
	}
	d.tail.reset(10, d.tail.last)
	if err := lost(d, map[string]int{"attempt/1": 3}); err == nil {
		t.Error("a hole went unnoticed")
	}
}
