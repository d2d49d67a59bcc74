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
// Beside what stays it writes a rehearsal, which it removes, and the next one.
func crashChild(path string, out io.Writer) error {
	ctx := context.Background()
	d, err := Open(path, Options{})
	if err != nil {
		return err
	}
	streams := append(names(30), "exam/a", "staff/b")
	heads := map[string]int{}
	removals, err := whole(d, engine.RemovalStream)
	if err != nil {
		return err
	}
	for _, stream := range append(streams, rehearsal(removals)) {
		if heads[stream], err = whole(d, stream); err != nil {
			return err
		}
	}
	for step := 0; ; step++ {
		if step%8 == 7 {
			gone := engine.Removal{Streams: []string{rehearsal(removals)}, Record: oneRun(engine.RemovalStream, removals+1)}
			if o, err := d.Remove(ctx, gone); err != nil || o.Conflict {
				return fmt.Errorf("removal %d: %+v, %w", removals+1, o, err)
			}
			removals++
			if _, err := fmt.Fprintln(out, engine.RemovalStream, removals); err != nil {
				return err
			}
		}
		heads[rehearsal(removals)]++
		runs := []engine.Run{oneRun(rehearsal(removals), heads[rehearsal(removals)])}
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
			if i > 0 { // the rehearsal is gone soon
				fmt.Fprintln(&lines, run.Stream, heads[run.Stream])
			}
		}
		if _, err := out.Write(lines.Bytes()); err != nil {
			return err
		}
	}
}

// rehearsal is the stream that is removed after so many others.
func rehearsal(removals int) string { return fmt.Sprintf("attempt/rehearsal-%d", removals) }

// A child is killed at random moments; what it acknowledged must be there, what it removed must
// not, and no stream may have a hole.
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

// lost says which acknowledged record a journal lacks, where it has a hole, or what it still has
// of a rehearsal that was removed.
func lost(d *DB, acked map[string]int) error {
	heads, err := followed(d, 1000)
	if err != nil {
		return err
	}
	for stream, n := range acked {
		if heads[stream] < n {
			return fmt.Errorf("%s ends at %d, but %d was acknowledged", stream, heads[stream], n)
		}
	}
	for i := range heads[engine.RemovalStream] {
		if n := heads[rehearsal(i)]; n != 0 {
			return fmt.Errorf("%s was removed and has %d records", rehearsal(i), n)
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
	if err := takeApart(context.Background(), d, 1, 2, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := d.w.conn.ExecContext(context.Background(), "delete from event where n = 2"); err != nil {
		t.Fatal(err)
	}
	d.tail.reset(10, d.tail.last)
	if err := lost(d, map[string]int{"attempt/1": 3}); err == nil {
		t.Error("a hole went unnoticed")
	}
	d, _ = file(t, Options{})
	fill(t, d, []string{rehearsal(0), engine.RemovalStream}, 1, 1)
	if err := lost(d, nil); err == nil {
		t.Error("what a removal has left went unnoticed")
	}
}
