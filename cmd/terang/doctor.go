package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"terang/engine"
)

type doctorCmd struct {
	storeFlags
	Candidates int `default:"500" help:"How many candidates this machine shall hold."`
}

// finding is one line of the doctor: what was measured, and what to change if it will not do.
type finding struct {
	ok     bool
	what   string
	remedy string
}

// Run checks this machine and the journal. Exit code 1 when something has to be changed.
func (c *doctorCmd) Run(ctx context.Context) error {
	findings := append(c.machine(), c.journal(ctx)...)
	bad := 0
	for _, f := range findings {
		mark := "ok  "
		if !f.ok {
			mark, bad = "BAD ", bad+1
		}
		fmt.Println(mark, f.what)
		if !f.ok {
			fmt.Println("     ->", f.remedy)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d checks have to be mended", bad, len(findings))
	}
	return nil
}

func (c *doctorCmd) machine() []finding {
	var out []finding
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil {
		need := uint64(c.Candidates) + 256
		out = append(out, finding{files.Max >= need, fmt.Sprintf("descriptors: %d allowed, %d needed for %d candidates", files.Max, need, c.Candidates),
			fmt.Sprintf("raise the limit: ulimit -n %d, or LimitNOFILE= in the service file", need)})
	}
	out = append(out, finding{true, fmt.Sprintf("processors: %d, Go %s", runtime.NumCPU(), runtime.Version()), ""})
	year := time.Now().Year()
	out = append(out, finding{year >= 2026 && year < 2100, "clock: " + time.Now().UTC().Format(time.RFC3339),
		"set the machine's clock, and keep it with chrony or systemd-timesyncd"})
	return out
}

func (c *doctorCmd) journal(ctx context.Context) []finding {
	s, err := openStores(c.Journal, false)
	if err != nil {
		return []finding{{false, "journal: " + err.Error(), "name an existing file with --journal sqlite:FILE, or create an exam first"}}
	}
	defer func() { _ = s.close() }()
	out := []finding{{true, "journal: " + s.path + " opens, WAL, synchronous FULL", ""}}
	dir := filepath.Dir(s.path)
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err == nil {
		free := disk.Bavail * uint64(disk.Bsize) >> 20
		need := uint64(200 + c.Candidates/10)
		out = append(out, finding{free >= need, fmt.Sprintf("disk: %d MB free in %s, %d MB wanted", free, dir, need), "free some room, or put the journal on another disk"})
	}
	took, err := syncTime(dir)
	out = append(out, finding{err == nil && took < 50*time.Millisecond, fmt.Sprintf("fsync: %v", took.Round(10*time.Microsecond)),
		"use a local disk, not a network file system; a slow disk makes every answer wait"})
	var last engine.Instant
	events := 0
	for pos := engine.Pos(0); ; {
		records, err := s.journal.Tail(ctx, pos, 8192)
		if err != nil || len(records) == 0 {
			if err != nil {
				out = append(out, finding{false, "journal's events: " + err.Error(), "restore the file from a backup"})
			}
			break
		}
		for _, r := range records {
			if e, err := engine.Decode(r.Body); err == nil {
				last = max(last, e.At)
			}
			pos, events = r.Pos, events+1
		}
	}
	behind := last.Sub(now())
	out = append(out, finding{behind <= 0, fmt.Sprintf("newest of %d events: %s", events, last), "the machine's clock is behind the journal: set it before anybody continues"})
	info, err := os.Stat(c.keyPath())
	out = append(out, finding{err == nil && info.Mode().Perm()&0o077 == 0, "keys: " + c.keyPath(), "give the key file with --keys; chmod 600"})
	return out
}

// syncTime is how long one durable write takes where the journal stands.
func syncTime(dir string) (took time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".terang-doctor-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	best := time.Hour
	for range 5 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		best = min(best, time.Since(began))
	}
	return best, nil
}
