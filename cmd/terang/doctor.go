package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/pgjournal"
	"terang/engine/redisstore"
	"terang/engine/sqlitejournal"
	"terang/proctor"
	"terang/web"
)

type doctorCmd struct {
	stores.Flags
	Candidates int           `default:"500" help:"How many candidates this machine shall hold."`
	Store      string        `default:"memory" help:"Session store to check: memory, or redis://HOST:PORT." placeholder:"memory|redis://…"`
	URL        string        `help:"What people type, as in terang serve --url: for exams that ask for Safe Exam Browser." placeholder:"https://HOST"`
	TrustProxy []string      `help:"Our own proxies, as in terang serve --trust-proxy: for exams that name their sites' networks." placeholder:"CIDR"`
	Pages      time.Duration `default:"30s" help:"For how long to look for damaged pages of an SQLite file; 0: until all are seen."`
	Ready      string        `help:"Ask a running node whether it can serve, and check nothing else: for health checks." placeholder:"URL"`
}

// finding is one line of the doctor: what was measured, and what to change if it will not do.
type finding struct {
	ok     bool
	what   string
	remedy string
}

// Run checks this machine and the journal. Exit code 1 when something has to be changed.
func (c *doctorCmd) Run(ctx context.Context) error {
	if c.Ready != "" {
		return askReady(ctx, c.Ready)
	}
	findings := append(c.machine(), c.journal(ctx)...)
	findings = append(findings, c.session(ctx)...)
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
	if allowed := process.FilesAllowed(); allowed > 0 {
		need := uint64(c.Candidates) + 256
		out = append(out, finding{allowed >= need, fmt.Sprintf("descriptors: %d allowed, %d needed for %d candidates", allowed, need, c.Candidates),
			fmt.Sprintf("raise the limit: ulimit -n %d, or LimitNOFILE= in the service file", need)})
	}
	out = append(out, finding{true, fmt.Sprintf("processors: %d; program: %s, %s", runtime.NumCPU(), process.Version(), runtime.Version()), ""})
	year := time.Now().Year()
	out = append(out, finding{year >= 2026 && year < 2100, "clock: " + time.Now().UTC().Format(time.RFC3339),
		"set the machine's clock, and keep it with chrony or systemd-timesyncd"})
	return out
}

func (c *doctorCmd) journal(ctx context.Context) []finding {
	var out []finding
	s, err := stores.Open(c.Journal, false)
	if stores.IsPostgres(c.Journal) {
		// A server that Open refuses is just what a doctor has to look at.
		out = append(out, c.database(ctx)...)
	}
	if err != nil {
		remedy := "name an existing journal with --journal, or create an exam first"
		switch {
		case errors.Is(err, sqlitejournal.ErrDamaged):
			remedy = restoring
		case errors.Is(err, sqlitejournal.ErrForeign), errors.Is(err, pgjournal.ErrForeign):
			remedy = "copy it before another program opens it to write: the manual's section A newer program has the order"
		}
		return append(out, finding{false, "journal: " + err.Error(), remedy})
	}
	defer func() { _ = s.Close() }()
	if s.Sqlite != nil {
		out = append(out, c.disk(s.Path)...)
		out = append(out, c.pages(ctx, s.Sqlite)...)
	}
	last, events, err := newest(ctx, s)
	if err != nil {
		out = append(out, finding{false, "journal's events: " + err.Error(), restoring})
	}
	behind := last.Sub(stores.Now())
	out = append(out, finding{behind <= engine.StepMost, fmt.Sprintf("newest of %d events: %s", events, last), "the machine's clock is behind the journal: set it before anybody continues"})
	out = append(out, c.exams(ctx, s)...)
	out = append(out, c.staff(ctx, s)...)
	return append(out, c.keys(ctx, s))
}

// keys tries the key file on what the journal has sealed.
func (c *doctorCmd) keys(ctx context.Context, s *stores.DB) finding {
	if _, err := s.ReadKeys(ctx, c.KeyPath()); err != nil {
		return finding{false, "keys: " + err.Error(), "give the key file that was made with this journal, by --keys; chmod 600"}
	}
	return finding{true, "keys: " + c.KeyPath() + " fits", ""}
}

// exams looks at what exams ask of the server's flags.
func (c *doctorCmd) exams(ctx context.Context, s *stores.DB) []finding {
	people := proctor.NewPeople(s.Register)
	if err := people.LoadAll(ctx); err != nil {
		return []finding{{false, "exams: " + err.Error(), "restore the journal from a backup"}}
	}
	return append(c.browsers(people), c.proxies(people)...)
}

// proxies looks whether computers of candidates would pass for our proxies.
func (c *doctorCmd) proxies(people *proctor.People) []finding {
	const remedy = "give terang serve, and this check, other proxies with --trust-proxy"
	proxies, err := networks("--trust-proxy", c.TrustProxy)
	if err != nil {
		return []finding{{false, err.Error(), remedy}}
	}
	var out []finding
	for _, def := range people.Exams() {
		if err := web.ProxiesApart(def, proxies); err != nil {
			out = append(out, finding{false, "--trust-proxy: " + err.Error(), remedy})
		}
	}
	return out
}

// restoring is what a damaged journal asks for.
const restoring = "stop the server that writes it, put the file aside, and serve its last backup: terang serve says what that one lacks"

// pages looks through the embedded journal, also at what no command asks for. A server may go on
// writing meanwhile.
func (c *doctorCmd) pages(ctx context.Context, db *sqlitejournal.DB) []finding {
	look, end := ctx, context.CancelFunc(func() {})
	if c.Pages > 0 {
		look, end = context.WithTimeout(ctx, c.Pages)
	}
	defer end()
	err := db.Check(look)
	switch {
	case err == nil:
		return []finding{{true, "pages: all are whole", ""}}
	case ctx.Err() == nil && look.Err() != nil:
		return []finding{{true, fmt.Sprintf("pages: not all were seen in %v, so nothing is known of damage", c.Pages), ""},
			{true, "  advice: --pages 0 looks to the end, as long as the disk takes to read the file", ""}}
	case errors.Is(err, sqlitejournal.ErrDamaged):
		return []finding{{false, "pages: " + err.Error(), restoring}}
	}
	return []finding{{false, "pages: " + err.Error(), "look at the disk, and call this again"}}
}

// database lists what the server's settings mean for acknowledged answers.
func (c *doctorCmd) database(ctx context.Context) []finding {
	found, err := pgjournal.Check(ctx, c.Journal, pgjournal.Options{Name: "doctor"}, stores.Now)
	if err != nil {
		return []finding{{false, "database: " + err.Error(), "start it, and check address, user and password"}}
	}
	out := make([]finding, 0, len(found))
	for _, f := range found {
		remedy := f.Remedy
		out = append(out, finding{f.Level != pgjournal.Danger, "database: " + f.Name + " " + f.Value, remedy})
		if f.Level == pgjournal.Unwise {
			out = append(out, finding{true, "  advice: " + remedy, ""})
		}
	}
	return out
}

// session asks the session store about itself; an exam runs without it.
func (c *doctorCmd) session(ctx context.Context) []finding {
	if c.Store == "memory" {
		return nil
	}
	store, err := redisstore.Open(redisstore.Options{URL: c.Store})
	if err != nil {
		return []finding{{false, "session store: " + err.Error(), "write redis://HOST:PORT"}}
	}
	defer func() { _ = store.Close() }()
	report, err := store.Inspect(ctx)
	if err != nil {
		return []finding{{false, "session store: " + err.Error(), "start Redis; an exam goes on without it, but stations see less"}}
	}
	out := []finding{{true, "session store: Redis " + report.Version, ""}}
	for _, f := range report.Faults {
		out = append(out, finding{false, "session store: " + f, "change it in redis.conf and restart Redis"})
	}
	return out
}

// disk looks at where the embedded journal stands.
func (c *doctorCmd) disk(path string) []finding {
	out := []finding{{true, "journal: " + path + " opens, WAL, synchronous FULL", ""}}
	dir := filepath.Dir(path)
	if free, ok := process.DiskFree(dir); ok {
		free >>= 20
		need := uint64(200 + c.Candidates/10)
		out = append(out, finding{free >= need, fmt.Sprintf("disk: %d MB free in %s, %d MB wanted", free, dir, need), "free some room, or put the journal on another disk"})
	}
	took, err := syncTime(dir)
	return append(out, finding{err == nil && took < 50*time.Millisecond, fmt.Sprintf("fsync: %v", took.Round(10*time.Microsecond)),
		"use a local disk, not a network file system; a slow disk makes every answer wait"})
}

// newest reads the whole journal, as a start would: what was written at a site says nothing about
// this machine's clock.
func newest(ctx context.Context, s *stores.DB) (last engine.Instant, events int, err error) {
	handed, of := make(map[string]bool), make(map[string]string) // sittings; of attempts
	err = stores.EachEvent(ctx, s.Journal, func(r engine.Record, e *engine.Event) {
		events++
		sitting, _ := strings.CutPrefix(r.Stream, engine.SittingStream)
		if e.Kind == engine.HandedOver {
			handed[sitting] = true
		}
		if attempt, ok := strings.CutPrefix(r.Stream, engine.AttemptStream); ok {
			if e.Sitting != "" {
				of[attempt] = e.Sitting
			}
			if sitting = of[attempt]; sitting == "" && len(handed) > 0 {
				return // who has checked in nowhere may have been turned away at a site
			}
		}
		if s.Site != nil || !handed[sitting] && !engine.OfSite(r.Stream) {
			last = max(last, e.At)
		}
	})
	return last, events, err
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

// askReady asks the node at base whether it can serve: an image without a shell has
// nothing else that could. What the node says is missing goes into the error.
func askReady(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/readyz", nil)
	if err != nil {
		return usage.Errorf("--ready %q: write the node's own address, as http://127.0.0.1:8080", base)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("no node answers: %w; is terang serve running, with this --addr?", err)
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", r.URL, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is not ready: %s: %s", r.URL, answer.Status, strings.TrimSpace(string(said)))
	}
	return nil
}
