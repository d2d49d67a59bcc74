package rehearse

import (
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
)

// machine is where a rehearsal was held.
type machine struct {
	At         string `json:"at"`
	Host       string `json:"host,omitempty"`
	Processor  string `json:"processor,omitempty"`
	Processors int    `json:"processors"`
	MemoryMB   int    `json:"memory_mb,omitempty"`
	System     string `json:"system"`
	Version    string `json:"version"`
	Go         string `json:"go"`
	Journal    string `json:"journal,omitempty"`
	Store      string `json:"store,omitempty"`
	Target     string `json:"target,omitempty"`
	Files      uint64 `json:"descriptors"`
}

// thisMachine describes where the crowd runs. No password of a database is told.
func thisMachine(now time.Time, c *Cmd) machine {
	m := machine{
		At: now.UTC().Format(time.RFC3339), Processors: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Go: runtime.Version(), Version: process.Version(), Journal: "not read", Store: c.Store, Files: process.FilesAllowed(),
	}
	m.Host, _ = os.Hostname()
	if c.server() {
		m.Target = c.Target
	}
	switch {
	case stores.IsPostgres(c.Journal):
		if u, err := url.Parse(c.Journal); err == nil {
			u.User = nil
			m.Journal = u.String()
		}
	case c.Journal != "":
		m.Journal = "sqlite"
	}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System += " " + strings.TrimSpace(string(kernel))
	}
	m.Processor = procField("/proc/cpuinfo", "model name")
	if kb := procField("/proc/meminfo", "MemTotal"); kb != "" {
		var n int
		_, _ = fmt.Sscan(kb, &n)
		m.MemoryMB = n >> 10
	}
	return m
}

// server says whether the rehearsal is held on a server that it did not start.
func (c *Cmd) server() bool { return c.Credentials != "" }

// procField reads the first line "name : value" of a file that Linux offers.
func procField(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// descriptors refuses a crowd that does not fit into one process, and takes no more
// watchers than do.
func (c *Cmd) descriptors() error {
	allowed := int(min(process.FilesAllowed(), 1<<30))
	if allowed == 0 {
		return nil
	}
	if c.Profile == "watchers" {
		room := allowed - crowd.ReserveFiles // readers have a process of their own
		if !c.Board && !c.server() {
			room -= c.Candidates // and the server that is started holds both
		}
		if room < c.Watchers {
			if room < 1 {
				return usage.Errorf("--candidates %d and readers need more than the %d descriptors that a process may have here: raise it with ulimit -n, or LimitNOFILE= in the service file", c.Candidates, allowed)
			}
			fmt.Fprintf(c.Errs, "%d watchers instead of %d: a process may have %d descriptors here (ulimit -n, or LimitNOFILE= in the service file)\n", room, c.Watchers, allowed)
			c.Watchers = room
		}
		c.Watchers = min(c.Watchers, watchersMost)
	}
	need := c.Candidates + crowd.ReserveFiles
	if need > allowed {
		return usage.Errorf("--candidates %d needs %d descriptors, a process may have %d here: raise it with ulimit -n %d, or LimitNOFILE= in the service file", c.Candidates, need, allowed, need)
	}
	return nil
}

// watchersMost is how many a node lets in; see web's maxWatchers.
const watchersMost = 12_000
