package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.yaml.in/yaml/v3"

	"terang/cmd/terang/process"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// composeFile is what we use of the compose format, so that a misspelt key is a fault.
// compose-go would know all of it, for fifteen modules; what it cannot know is below.
type composeFile struct {
	Name     string
	Log      any `yaml:"x-log"`
	Node     any `yaml:"x-node"`
	Services map[string]*composeService
	Networks map[string]composeNetwork
	Volumes  map[string]struct{}
}

type composeService struct {
	Image, Hostname, Restart string
	Build                    struct{ Context string }
	Command, Profiles        []string
	Environment              map[string]string
	Ports, Volumes, Tmpfs    []string
	Networks                 composeNetworks
	DependsOn                map[string]struct{ Condition string } `yaml:"depends_on"`
	Health                   composeHealth                         `yaml:"healthcheck"`
	Grace                    string                                `yaml:"stop_grace_period"`
	Shm                      string                                `yaml:"shm_size"`
	ReadOnly                 bool                                  `yaml:"read_only"`
	Drop                     []string                              `yaml:"cap_drop"`
	Add                      []string                              `yaml:"cap_add"`
	Security                 []string                              `yaml:"security_opt"`
	Ulimits                  map[string]int
	Logging                  struct {
		Driver  string
		Options map[string]string
	}
}

type composeHealth struct {
	Test              []string
	Interval, Timeout string
	Retries           int
	Start             string `yaml:"start_period"`
}

type composeNetwork struct {
	Internal bool
	Ipam     struct {
		Config []struct {
			Subnet string
			Range  string `yaml:"ip_range"`
		}
	}
}

// composeNetworks are written as a list of names, or as names with an address.
type composeNetworks map[string]string

func (n *composeNetworks) UnmarshalYAML(y *yaml.Node) error {
	*n = composeNetworks{}
	if y.Kind == yaml.SequenceNode {
		for _, name := range y.Content {
			(*n)[name.Value] = ""
		}
		return nil
	}
	var named map[string]struct {
		Address string `yaml:"ipv4_address"`
	}
	err := y.Decode(&named)
	for name, at := range named {
		(*n)[name] = at.Address
	}
	return err
}

var (
	variable = regexp.MustCompile(`\$\{[A-Z_]+(?::-([^}]*)|:\?([^}]+))\}`)
	pinned   = regexp.MustCompile(`^(postgres:\d+|[a-z][a-z/]*:v?\d+\.\d+)\.\d+(-[a-z]+)?$`) // PostgreSQL's releases have two numbers
	nodes    = []string{"node-a", "node-b"}
)

// strictly decodes YAML whose every key is known, with variables as .env leaves them.
func strictly(text string, into any) error {
	d := yaml.NewDecoder(strings.NewReader(variable.ReplaceAllString(text, "$1")))
	d.KnownFields(true)
	return d.Decode(into)
}

func deployed(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// composeFaults is everything by which the compose file could lose an answer, show what
// it should not, or not start.
func composeFaults(text string) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	need := func(holds bool, format string, args ...any) {
		if !holds {
			say(format, args...)
		}
	}
	need(!strings.Contains(variable.ReplaceAllString(text, ""), "$"), "a variable has neither a default nor a word for who forgot it")
	var c composeFile
	if err := strictly(text, &c); err != nil {
		return append(wrong, err.Error())
	}
	for _, name := range append([]string{"postgres", "redis", "proxy", "prometheus", "grafana", "tool"}, nodes...) {
		if c.Services[name] == nil {
			return append(wrong, name+" is missing")
		}
	}
	for name, s := range c.Services {
		ours := s.Build.Context == "."
		need(ours || pinned.MatchString(s.Image), "%s: image %q is not pinned to a release", name, s.Image)
		need(len(s.Networks) > 0, "%s: no network of its own choice", name)
		for n := range s.Networks {
			_, known := c.Networks[n]
			need(known, "%s: network %s is not declared", name, n)
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, named := c.Volumes[from]; named {
				continue
			}
			_, err := os.Stat(filepath.Join(root, from))
			need(strings.HasPrefix(from, "./cmd/terang/deploy/") && !strings.Contains(from, "..") && err == nil && strings.HasSuffix(v, ":ro"),
				"%s: volume %s is neither declared nor a file of this repository, read only", name, v)
		}
		for on, d := range s.DependsOn {
			other := c.Services[on]
			need(other != nil && (d.Condition == "service_started" || d.Condition == "service_healthy" && len(other.Health.Test) > 1),
				"%s: waits for %s, which is not there or cannot tell how it is", name, on)
		}
		if name == "tool" {
			need(slices.Contains(s.Volumes, "keys:/keys") && len(s.Profiles) == 1, "tool: makes the key file, and only when asked")
			continue
		}
		need(len(s.Health.Test) > 1 && s.Health.Test[0] == "CMD", "%s: no health check, or one that needs a shell", name)
		need(s.Restart == "unless-stopped", "%s: stays away when it falls", name)
		need(len(s.Ports) == 0 || name == "proxy" || strings.HasPrefix(s.Ports[0], "127.0.0.1:"), "%s: open to the world at %v", name, s.Ports)
	}
	db, redis, proxy := c.Services["postgres"], c.Services["redis"], c.Services["proxy"]
	for _, name := range nodes {
		s := c.Services[name]
		var flags cli
		p, err := kong.New(&flags, kong.Exit(func(int) {}))
		if err == nil {
			_, err = p.Parse(s.Command)
		}
		if err != nil {
			say("%s: terang does not take its command: %v", name, err)
			continue
		}
		f := flags.Serve
		need(f.Journal == "postgres://terang@postgres:5432/terang?sslmode=disable", "%s: --journal %s", name, f.Journal)
		need(f.Store == "redis://redis:6379/0", "%s: --store %s", name, f.Store)
		need(f.URL == "https://localhost", "%s: --url %s", name, f.URL)
		need(f.Addr == ":8080", "%s: --addr %s is not where the proxy asks", name, f.Addr)
		need(f.MetricsAddr == ":9100", "%s: --metrics-addr %s is not where Prometheus asks", name, f.MetricsAddr)
		need(f.Keys == "/keys/terang.keys" && slices.Contains(s.Volumes, "keys:/keys:ro"), "%s: keys must be those of every node, not its own", name)
		need(slices.Contains(s.Command, "--trust-proxy="+proxy.Networks["front"]+"/32"), "%s: trusts another address than the proxy's", name)
		need(strings.Contains(text, "PGPASSWORD: ${POSTGRES_PASSWORD:?"), "%s: the password is not from the environment", name)
		need(slices.Equal(s.Health.Test, []string{"CMD", "/terang", "doctor", "--ready", "http://127.0.0.1:8080"}), "%s: health check %v", name, s.Health.Test)
		need(s.Hostname == name && s.ReadOnly && slices.Equal(s.Drop, []string{"ALL"}), "%s: not itself, or may do more than it needs", name)
		need(s.DependsOn["postgres"].Condition == "service_healthy" && s.DependsOn["redis"].Condition == "service_healthy", "%s: starts before its stores", name)
		need(s.Ulimits["nofile"] > 20000, "%s: too few descriptors", name)
	}
	for _, setting := range []string{"fsync=on", "synchronous_commit=on", "full_page_writes=on"} {
		need(slices.Contains(db.Command, setting), "postgres: %s is not said", setting)
	}
	need(slices.Contains(db.Volumes, "postgres:/var/lib/postgresql/data"), "postgres: its data die with the container")
	need(strings.Contains(text, "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?"), "postgres: the password is not from the environment")
	need(strings.Contains(db.Environment["POSTGRES_INITDB_ARGS"], "--data-checksums"), "postgres: a bad disk would go unnoticed")
	need(strings.Contains(strings.Join(redis.Command, " "), "--maxmemory-policy noeviction"), "redis: evicts what stands")
	need(c.Networks["back"].Internal && len(db.Networks) == 1 && len(redis.Networks) == 1, "the stores can be reached from outside")
	address, err := netip.ParseAddr(proxy.Networks["front"])
	need(err == nil && len(c.Networks["front"].Ipam.Config) == 1, "proxy: no address that the nodes could trust")
	for _, pool := range c.Networks["front"].Ipam.Config {
		subnet, bad := netip.ParsePrefix(pool.Subnet)
		dynamic, bad2 := netip.ParsePrefix(pool.Range)
		need(bad == nil && bad2 == nil && subnet.Contains(address) && subnet.Overlaps(dynamic) && !dynamic.Contains(address), "proxy: its address %s can be another's", address)
	}
	return wrong
}

func TestComposeFileIsSafe(t *testing.T) {
	for _, wrong := range composeFaults(deployed(t, "docker-compose.yml")) {
		t.Error(wrong)
	}
}

// Each safeguard is taken out once, and has to be missed.
func TestComposeFaultsAreFound(t *testing.T) {
	whole := deployed(t, "docker-compose.yml")
	for _, change := range [][2]string{
		{"synchronous_commit=on", "synchronous_commit=off"},
		{"fsync=on", "fsync=off"},
		{"noeviction", "allkeys-lru"},
		{"[keys:/keys:ro]", "[keys:/keys]"},
		{"[postgres:/var/lib/postgresql/data]", "[/srv/pg:/var/lib/postgresql/data]"},
		{"[postgres:/var/lib/postgresql/data]", "[]"},
		{"${POSTGRES_PASSWORD:?put POSTGRES_PASSWORD into .env}", "secret"},
		{"${SITE_HOST:-localhost}", "${SITE_HOST}"},
		{"postgres:15.18-bookworm", "postgres:latest"},
		{"caddy:2.10.2-alpine", "caddy:2"},
		{"--trust-proxy=172.31.242.10/32", "--trust-proxy=0.0.0.0/0"},
		{"ip_range: 172.31.242.128/25", "ip_range: 172.31.242.0/25"},
		{"--store=redis://redis:6379/0", "--store=memory"},
		{"--addr=:8080", "--address=:8080"},
		{"/terang, doctor, --ready", "/terang, health, --ready"},
		{"node-b: { <<: *node, hostname: node-b }", "node-b: { <<: *node, hostname: node-a }"},
		{"postgres: { condition: service_healthy }\n    redis", "postgres: { condition: service_started }\n    redis"},
		{"back: { internal: true }", "back: {}"},
		{`"127.0.0.1:3000:3000"`, `"3000:3000"`},
		{"restart: unless-stopped", "restarts: unless-stopped"},
		{"deploy/Caddyfile:", "deploy/Caddyfil:"},
	} {
		changed := strings.Replace(whole, change[0], change[1], 1)
		if changed == whole {
			t.Errorf("%q is not in the file", change[0])
		} else if len(composeFaults(changed)) == 0 {
			t.Errorf("%q instead of %q was not found", change[1], change[0])
		}
	}
}

// Caddy has no parser for the few modules that we would take for it; its file is a
// directive a line, and these are the ones on which something rests.
func TestProxyServesEveryNodeUnbuffered(t *testing.T) {
	var lines []string
	for line := range strings.Lines(deployed(t, "cmd/terang/deploy/Caddyfile")) {
		if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	at := map[string]int{}
	for _, needed := range []string{
		"tls {$SITE_TLS:internal}", "@inside path /metrics /metrics/*", "respond @inside 404", "reverse_proxy node-a:8080 node-b:8080 {",
		"lb_policy least_conn", "lb_try_duration 5s", "health_uri /readyz", "health_status 200", "health_interval 1s", "dial_timeout 1s",
	} {
		if at[needed] = slices.Index(lines, needed); at[needed] < 0 {
			t.Errorf("the Caddyfile has no line %q", needed)
		}
	}
	if at["respond @inside 404"] > at["reverse_proxy node-a:8080 node-b:8080 {"] {
		t.Error("metrics are refused after they were served")
	}
	for _, line := range lines {
		word, _, _ := strings.Cut(line, " ")
		if slices.Contains([]string{"flush_interval", "request_buffers", "response_buffers", "encode", "stream_timeout", "http://"}, word) {
			t.Errorf("%q would hold event streams back, or open a way without TLS", line)
		}
	}
}

func TestPrometheusAsksEveryNode(t *testing.T) {
	var config struct {
		Global struct {
			Interval string `yaml:"scrape_interval"`
			Timeout  string `yaml:"scrape_timeout"`
		}
		Scrape []struct {
			Job    string                       `yaml:"job_name"`
			Static []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	if err := strictly(deployed(t, "cmd/terang/deploy/prometheus.yml"), &config); err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, job := range config.Scrape {
		for _, s := range job.Static {
			asked = append(asked, job.Job+"="+strings.Join(s.Targets, ","))
		}
	}
	if want := []string{"terang=node-a:9100,node-b:9100"}; !slices.Equal(asked, want) {
		t.Errorf("asked are %v, want %v", asked, want)
	}
}

// metricNames is what a node of this build offers, put together as node.Open does;
// a vector shows once it has a child.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	registry := prometheus.NewRegistry()
	process.Ours(registry).MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics := engine.NewMetrics(registry)
	metrics.Refused.WithLabelValues("late")
	if _, err := web.NewServer(web.ServerParts{Metrics: metrics, Registry: registry, Door: new(proctor.Door)}); err != nil {
		t.Fatal(err)
	}
	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	names := map[string]bool{"up": true} // Prometheus makes this one
	for line := range strings.Lines(page.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			names[strings.FieldsFunc(line, func(r rune) bool { return r == '{' || r == ' ' })[0]] = true
		}
	}
	return names
}

// notMetrics are labels, ranges, groupings, functions and numbers of an expression.
var (
	notMetrics = regexp.MustCompile(`\{[^}]*\}|\[[^\]]*\]|\bby ?\([^)]*\)|\bsum\b|\b[a-z_]+\(|\b\d+(\.\d+)?\b`)
	identifier = regexp.MustCompile(`[a-z_][a-z_0-9]*`)
)

func metricsIn(expr string) []string {
	return identifier.FindAllString(notMetrics.ReplaceAllString(expr, " "), -1)
}

func TestDashboardShowsWhatIsCounted(t *testing.T) {
	var board struct {
		UID        string
		Templating struct {
			List []struct {
				Name, Type, Query string
				Current           struct{ Value string }
			}
		}
		Panels []struct {
			ID                int
			Title             string
			Datasource        struct{ UID string }
			GridPos           struct{ X, Y, W, H int }
			Targets           []struct{ Expr string }
			Type, Description string
		}
	}
	if err := json.Unmarshal([]byte(deployed(t, "cmd/terang/deploy/grafana/dashboards/terang.json")), &board); err != nil {
		t.Fatal(err)
	}
	names, shown, ids := metricNames(t), map[string]bool{}, map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 || p.Datasource.UID != "${DS_PROMETHEUS}" || p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("panel %d %q: a second of that number, off the grid, of another source, unexplained or empty", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			used := metricsIn(target.Expr)
			if len(used) == 0 {
				t.Errorf("panel %q: %s names no metric", p.Title, target.Expr)
			}
			for _, name := range used {
				if shown[name] = true; !names[name] {
					t.Errorf("panel %q asks for %s, which no node counts", p.Title, name)
				}
			}
		}
	}
	if !shown["terang_operations_acknowledged_total"] || !shown["terang_board_watchers"] || metricsIn("sum(rate(a_b[1m]))")[0] != "a_b" {
		t.Errorf("the names were not read from the panels: %v", shown)
	}
	var source struct {
		Version int              `yaml:"apiVersion"`
		Sources []map[string]any `yaml:"datasources"`
	}
	if err := strictly(deployed(t, "cmd/terang/deploy/grafana/datasources/prometheus.yml"), &source); err != nil {
		t.Fatal(err)
	}
	if v := board.Templating.List; len(v) != 1 || v[0].Name != "DS_PROMETHEUS" || v[0].Current.Value != source.Sources[0]["uid"] {
		t.Errorf("the panels' source %+v is not the one that is provisioned, %v", v, source.Sources)
	}
	var provider struct {
		Version   int `yaml:"apiVersion"`
		Providers []map[string]any
	}
	if err := strictly(deployed(t, "cmd/terang/deploy/grafana/dashboards/provider.yml"), &provider); err != nil {
		t.Fatal(err)
	}
	folder := fmt.Sprint(provider.Providers[0]["options"].(map[string]any)["path"])
	if !strings.Contains(deployed(t, "docker-compose.yml"), "terang.json:"+folder+"/terang.json:ro") {
		t.Errorf("the dashboard is not mounted in %s, where Grafana looks", folder)
	}
}

func TestImageIsSmallAndCannotBecomeRoot(t *testing.T) {
	file := deployed(t, "Dockerfile")
	for _, needed := range []string{
		"CGO_ENABLED=0", "-trimpath", "\nFROM scratch\n", "\nUSER 65532:65532\n", "STOPSIGNAL SIGTERM", `ENTRYPOINT ["/terang"]`,
	} {
		if !strings.Contains(file, needed) {
			t.Errorf("the Dockerfile lacks %q", needed)
		}
	}
	goes := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(deployed(t, "go.mod"))
	if !regexp.MustCompile(`(?m)^FROM golang:` + regexp.QuoteMeta(goes[1]) + `\.\d+-\w+ AS build$`).MatchString(file) {
		t.Errorf("the Dockerfile does not build with a release of Go %s", goes[1])
	}
	lines := strings.Split(deployed(t, ".dockerignore"), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" || l[0] == '#' })
	if lines[0] != "*" || !slices.Contains(lines, "**/*.keys") {
		t.Error(".dockerignore lets through what it does not know, or keys")
	}
	for _, s := range sources(t) {
		top, _, _ := strings.Cut(s.file, "/")
		if !slices.Contains(lines, "!"+top) {
			t.Errorf(".dockerignore keeps %s out, and the program needs it", s.file)
			break
		}
	}
}

func TestReadyProbeTellsWhatIsMissing(t *testing.T) {
	answer := http.StatusOK
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(answer)
		_, _ = w.Write([]byte(`{"missing":["the journal"]}`))
	}))
	defer node.Close()
	probe := doctorCmd{Ready: node.URL + "/"}
	if err := probe.Run(context.Background()); err != nil {
		t.Errorf("a node that is ready: %v", err)
	}
	answer = http.StatusServiceUnavailable
	if err := probe.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "the journal") {
		t.Errorf("a node that is not ready: %v, want what it says is missing", err)
	}
	node.Close()
	if err := probe.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("no node: %v, want what to do", err)
	}
}
