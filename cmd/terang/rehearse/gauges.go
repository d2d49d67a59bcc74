package rehearse

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"terang/cmd/terang/process"
	"terang/engine"
)

// gaugeEvery is how often the server's metrics and this process are looked at.
const gaugeEvery = 500 * time.Millisecond

// gauges look at the server by /metrics, and at this process, while a crowd is at work.
type gauges struct {
	base   string
	client *http.Client
	here   bool // the server is on this machine, and shares its processors

	beside func() time.Duration // processor time of readers and their board server; nil: there are none

	mu      sync.Mutex
	since   time.Time
	first   *reading // of the measured time
	newest  *reading
	ended   bool
	windows []window
	whole   *window       // of the measured time, as far as one process served it
	trip    time.Duration // of a request before the load
	fault   error         // why there is no reading
	silent  time.Time     // since when there is none, zero while there is
}

// reading is what stood at one moment.
type reading struct {
	at    time.Time
	own   time.Duration // processor time of this process
	aside time.Duration // of the readers and their board server
	busy  time.Duration // processor time of this machine, 0 if nobody can say
	files int           // open here
	trip  time.Duration // of a request that needs no journal
	names map[string]float64
	// Histograms: upper bounds with how many were at most that.
	commit, ack []bucket
}

type bucket struct{ most, n float64 }

func newGauges(base string) *gauges {
	local := strings.Contains(base, "://127.0.0.1") || strings.Contains(base, "://localhost") || strings.Contains(base, "://[::1]")
	return &gauges{base: base, here: local, client: &http.Client{Timeout: 2 * time.Second}}
}

// idle measures the way to the server and back while nothing else is on it.
func (g *gauges) idle(ctx context.Context) {
	var trips []time.Duration
	for i := range 11 {
		trip, err := g.there(ctx)
		if err != nil {
			return
		}
		if i > 0 { // the first has opened the connection
			trips = append(trips, trip)
		}
	}
	g.mu.Lock()
	g.trip = median(trips)
	g.mu.Unlock()
}

// there is how long a request takes that needs no journal.
func (g *gauges) there(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.base+"/healthz", nil)
	if err != nil {
		return 0, err
	}
	resp, err := g.client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return time.Since(began), errors.Join(err, resp.Body.Close())
}

// run looks until ctx is done.
func (g *gauges) run(ctx context.Context) error {
	return engine.Ticking(ctx, gaugeEvery, func() { g.look(ctx) })
}

func (g *gauges) begin() {
	g.look(context.Background())
	g.mu.Lock()
	defer g.mu.Unlock()
	g.since = time.Now()
	g.first, g.ended, g.windows, g.whole = g.newest, false, nil, nil
}

func (g *gauges) end() {
	g.look(context.Background())
	g.mu.Lock()
	g.ended = true
	g.mu.Unlock()
}

func (g *gauges) look(ctx context.Context) {
	r, err := g.read(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return
	}
	if err != nil {
		g.fault = err
		if g.silent.IsZero() {
			g.silent = time.Now()
		}
		return
	}
	g.silent = time.Time{}
	if last := g.newest; last != nil && g.first != nil && r.follows(last) {
		g.windows = append(g.windows, newWindow(g.first, last, r))
		if r.follows(g.first) {
			w := newWindow(g.first, g.first, r)
			g.whole = &w
		}
	}
	g.newest = r
}

// follows says whether both are readings of the same process.
func (r *reading) follows(last *reading) bool {
	const start = "terang_process_start_time_seconds"
	return r.names[start] == last.names[start] && r.at.Sub(last.at) > gaugeEvery/5
}

func (g *gauges) read(ctx context.Context) (*reading, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.base+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	if token := os.Getenv("TERANG_METRICS_TOKEN"); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	trip, err := g.there(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := g.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read %s: %s", req.URL, resp.Status)
	}
	r := &reading{at: time.Now(), own: process.OwnTime(), aside: g.aside(), busy: busyTime(), files: filesOpen(), trip: trip, names: make(map[string]float64)}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		r.take(lines.Text())
	}
	return r, lines.Err()
}

// have counts others of the rehearsal's own processes from now on.
func (g *gauges) have(beside func() time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.beside = beside
}

func (g *gauges) aside() time.Duration {
	g.mu.Lock()
	beside := g.beside
	g.mu.Unlock()
	if beside == nil {
		return 0
	}
	return beside()
}

// take reads a line of Prometheus' text format.
func (r *reading) take(line string) {
	name, text, ok := strings.Cut(line, " ")
	if !ok || strings.HasPrefix(line, "#") {
		return
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return
	}
	for prefix, into := range map[string]*[]bucket{
		`terang_journal_commit_seconds_bucket{le="`: &r.commit, `terang_acknowledge_seconds_bucket{le="`: &r.ack,
	} {
		if most, ok := strings.CutPrefix(name, prefix); ok {
			if bound, err := strconv.ParseFloat(strings.TrimSuffix(most, `"}`), 64); err == nil {
				*into = append(*into, bucket{bound, value})
			}
			return
		}
	}
	r.names[name] = value
}

// busyTime is how long this machine's processors have worked, or were taken from it by
// the host that it runs on, so far: the first line of /proc/stat, in hundredths.
func busyTime() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	ticks := 0
	for i, field := range strings.Fields(line) {
		n, err := strconv.Atoi(field)
		if idle := i == 4 || i == 5; err != nil || idle || i > 8 { // what guests used is in user
			continue
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// filesOpen is how many descriptors this process holds, 0 if nobody can say. A system that does not
// tell by the directory's size has to list it: with 19,000 sockets that is 20 ms of a processor.
func filesOpen() int {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return 0
	}
	defer func() { _ = dir.Close() }()
	if about, err := dir.Stat(); err == nil && about.Size() > 0 {
		return int(about.Size())
	}
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return 0
	}
	return len(names)
}

// window is what happened between two readings.
type window struct {
	at       time.Duration // of its end, since the measurement began
	server   float64       // processors that the server used
	cores    float64       // that it may use
	own      float64       // processors that the crowd used
	aside    float64       // that readers and their board server used
	busy     float64       // processors of this machine that were busy, whatever with
	files    float64       // share of the server's descriptors
	ownFiles float64       // share of this process's
	occupied float64       // share of the time in which a commit was under way
	trip     float64       // ms, of a request that needs no journal
	mean     float64       // ms, of a commit
	commit   float64       // ms, p99
	batch    float64       // events of a commit
	ack      float64       // ms, p99, from the frame read to the answer queued
	acked    float64       // operations
}

func newWindow(first, was, is *reading) window {
	wall := is.at.Sub(was.at).Seconds()
	d := func(name string) float64 { return is.names[name] - was.names[name] }
	w := window{
		at: is.at.Sub(first.at), trip: ms(is.trip), server: d("terang_process_cpu_seconds_total") / wall, cores: is.names["terang_processors"],
		own: (is.own - was.own).Seconds() / wall, aside: max(0, (is.aside-was.aside).Seconds()/wall), busy: (is.busy - was.busy).Seconds() / wall, occupied: d("terang_journal_commit_seconds_sum") / wall,
		acked:  d("terang_operations_acknowledged_total"),
		commit: 1000 * quantileBetween(was.commit, is.commit, 0.99), ack: 1000 * quantileBetween(was.ack, is.ack, 0.99),
	}
	if most := is.names["terang_process_max_fds"]; most > 0 {
		w.files = is.names["terang_process_open_fds"] / most
	}
	if most := process.FilesAllowed(); most > 0 {
		w.ownFiles = float64(is.files) / float64(most)
	}
	if n := d("terang_journal_batch_events_count"); n > 0 {
		w.batch = d("terang_journal_batch_events_sum") / n
	}
	if n := d("terang_journal_commit_seconds_count"); n > 0 {
		w.mean = 1000 * d("terang_journal_commit_seconds_sum") / n
	}
	if w.cores == 0 {
		w.cores = float64(runtime.NumCPU())
	}
	return w
}

// quantileBetween reads a quantile of what came between two readings of a histogram, as
// far as its buckets tell: between their bounds it is taken to be spread evenly.
func quantileBetween(was, is []bucket, q float64) float64 {
	if len(is) == 0 || len(was) != len(is) {
		return 0
	}
	n := slices.Clone(is)
	for i := range n {
		n[i].n -= was[i].n
	}
	all := n[len(n)-1].n
	if all <= 0 {
		return 0
	}
	want, below, from := q*all, 0., 0.
	for i, b := range n {
		if b.n >= want {
			if i == len(n)-1 { // beyond the last bound: that much at least
				return from
			}
			return from + (b.most-from)*(want-below)/(b.n-below)
		}
		below, from = b.n, b.most
	}
	return from
}
