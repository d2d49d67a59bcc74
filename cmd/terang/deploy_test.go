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
	"terang/engine/redisstore"
	"terang/proctor"
	"terang/web"
)

// composeFile is what we use of the compose format, so that a misspelt key is a fault.
// compose-go would know all of it, for fifteen modules; what it cannot know is below.
type composeFile struct {
	Name     string
	Log      any `yaml:"x-log"`
	Node     any `yaml:"x-node"`
	Tool     any `yaml:"x-tool"`
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
	Shares                   int                                   `yaml:"cpu_shares"`
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

// composeNetworks are written as a list of names, or as names with an address and other names.
type composeNetworks map[string]composeAt

type composeAt struct {
	Address string `yaml:"ipv4_address"`
	Aliases []string
}

func (n *composeNetworks) UnmarshalYAML(y *yaml.Node) error {
	*n = composeNetworks{}
	if y.Kind == yaml.SequenceNode {
		for _, name := range y.Content {
			(*n)[name.Value] = composeAt{}
		}
		return nil
	}
	return y.Decode((*map[string]composeAt)(n))
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
	for _, name := range append([]string{"postgres", "redis", "proxy", "prometheus", "grafana", "tool", "keys", "board"}, nodes...) {
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
			if _, named := c.Volumes[from]; named || name == "tool" && v == "./berkas:/data" {
				continue
			}
			_, err := os.Stat(filepath.Join(root, from))
			need(strings.HasPrefix(from, "./cmd/terang/deploy/") && !strings.Contains(from, "..") && err == nil && strings.HasSuffix(v, ":ro"),
				"%s: volume %s is neither declared nor a file of this repository, read only", name, v)
		}
		for on, d := range s.DependsOn {
			other := c.Services[on]
			need(other != nil && (d.Condition == "service_started" || d.Condition == "service_healthy" && len(other.Health.Test) > 1 || d.Condition == "service_completed_successfully" && other.Restart == "no"),
				"%s: waits for %s, which is not there or cannot tell how it is", name, on)
		}
		switch name {
		case "tool":
			need(slices.Contains(s.Volumes, "keys:/keys") && len(s.Profiles) == 1, "tool: works with the key files, and only when asked")
			continue
		case "keys":
			need(slices.Equal(s.Command, []string{"keys"}) && slices.Equal(s.Volumes, []string{"keys:/keys"}) && s.Environment["TERANG_KEYS"] == "/keys/terang.keys" && strings.HasPrefix(s.Environment["TERANG_URL"], "https://"),
				"keys: does not make the files that the nodes read")
			continue
		}
		need(len(s.Health.Test) > 1 && s.Health.Test[0] == "CMD", "%s: no health check, or one that needs a shell", name)
		need(s.Restart == "unless-stopped", "%s: stays away when it falls", name)
		need(len(s.Ports) == 0 || name == "proxy" || strings.HasPrefix(s.Ports[0], "127.0.0.1:"), "%s: open to the world at %v", name, s.Ports)
	}
	db, redis, proxy := c.Services["postgres"], c.Services["redis"], c.Services["proxy"]
	trusted := "--trust-proxy=" + proxy.Networks["front"].Address + "/32"
	for _, name := range append([]string{"keys", "board"}, nodes...) {
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
		if name == "keys" {
			continue
		}
		need(slices.Contains(s.Command, trusted), "%s: trusts another address than the proxy's", name)
		need(s.ReadOnly && slices.Equal(s.Drop, []string{"ALL"}), "%s: may do more than it needs", name)
		need(s.Ulimits["nofile"] > 20000, "%s: too few descriptors", name)
		if b := flags.Board.Serve; name == "board" {
			need(b.From == "http://nodes:8080", "board: --from %s", b.From)
			need(b.Addr == ":8081" && b.MetricsAddr == ":9100", "board: not where proxy and Prometheus ask")
			need(strings.HasPrefix(b.Data, "/data/") && slices.Equal(s.Volumes, []string{"board:/data"}), "board: its state dies with the container")
			need(s.Shares > 0 && s.Shares < 1024, "board: readers take the processors from who writes")
			need(s.Networks["back"].Address == "" && len(s.Networks) == 2, "board: reaches what is not public")
			continue
		}
		f := flags.Serve
		need(f.Journal == "postgres://terang@postgres:5432/terang?sslmode=disable", "%s: --journal %s", name, f.Journal)
		need(f.Store == "redis://redis:6379/0", "%s: --store %s", name, f.Store)
		need(f.URL == "https://localhost", "%s: --url %s", name, f.URL)
		need(f.Addr == ":8080", "%s: --addr %s is not where the proxy asks", name, f.Addr)
		need(f.MetricsAddr == ":9100", "%s: --metrics-addr %s is not where Prometheus asks", name, f.MetricsAddr)
		need(f.Keys == "/keys/terang.keys" && slices.Contains(s.Volumes, "keys:/keys:ro"), "%s: keys must be those of every node, not its own", name)
		need(f.Seen == "/seen/terang.seen" && slices.Contains(s.Volumes, "seen:/seen"), "%s: an older backup could take the database's place unseen", name)
		need(strings.Contains(text, "PGPASSWORD: ${POSTGRES_PASSWORD:?"), "%s: the password is not from the environment", name)
		need(slices.Equal(s.Health.Test, []string{"CMD", "/terang", "doctor", "--ready", "http://127.0.0.1:8080"}), "%s: health check %v", name, s.Health.Test)
		need(s.Hostname == name, "%s: not itself", name)
		need(slices.Contains(s.Networks["front"].Aliases, "nodes"), "%s: the board does not find it", name)
		need(len(s.Tmpfs) == 1 && strings.HasPrefix(s.Tmpfs[0], "/tmp:size="), "%s: no place for what people send in", name)
		need(s.DependsOn["keys"].Condition == "service_completed_successfully", "%s: starts before its keys", name)
		need(s.DependsOn["postgres"].Condition == "service_healthy" && s.DependsOn["redis"].Condition == "service_healthy", "%s: starts before its stores", name)
	}
	for _, setting := range []string{"fsync=on", "synchronous_commit=on", "full_page_writes=on"} {
		need(slices.Contains(db.Command, setting), "postgres: %s is not said", setting)
	}
	need(slices.Contains(db.Volumes, "postgres:/var/lib/postgresql/data"), "postgres: its data die with the container")
	need(strings.Contains(text, "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?"), "postgres: the password is not from the environment")
	need(strings.Contains(db.Environment["POSTGRES_INITDB_ARGS"], "--data-checksums"), "postgres: a bad disk would go unnoticed")
	need(strings.Contains(strings.Join(redis.Command, " "), "--maxmemory-policy noeviction"), "redis: evicts what stands")
	need(c.Networks["back"].Internal && len(db.Networks) == 1 && len(redis.Networks) == 1, "the stores can be reached from outside")
	address, err := netip.ParseAddr(proxy.Networks["front"].Address)
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
		{"keys:/keys:ro", "keys:/keys"},
		{", seen:/seen]", "]"},
		{"    - --seen=/seen/terang.seen\n", ""},
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
		{"command: [keys]", "command: [log, show]"},
		{"keys: { condition: service_completed_successfully }", "keys: { condition: service_started }"},
		{`restart: "no"`, "restart: unless-stopped"},
		{"aliases: [nodes]", "aliases: [node]"},
		{"--from=http://nodes:8080", "--from=http://node-a:8080"},
		{"cpu_shares: 100", "cpu_shares: 1024"},
		{"[board:/data]", "[]"},
		{"    networks: [front, watch]\n    healthcheck", "    networks: [front, back, watch]\n    healthcheck"},
		{`tmpfs: ["/tmp:size=1g"] # what`, `tmpfs: [] # what`},
		{`"./berkas:/data"`, `"/:/data"`},
		{"    ulimits: { nofile: 65536 }", "    ulimits: { nofile: 1024 }"},
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
		"reverse_proxy board:8081 {", "{$SITE_HOST:localhost} {", "{$BOARD_HOST:papan.localhost} {",
		"lb_policy header Cookie {", "fallback least_conn", "lb_try_duration 5s", "health_uri /readyz", "health_status 200", "health_interval 1s", "dial_timeout 1s",
	} {
		if at[needed] = slices.Index(lines, needed); at[needed] < 0 {
			t.Errorf("the Caddyfile has no line %q", needed)
		}
	}
	for _, site := range []string{"{$SITE_HOST:localhost} {", "{$BOARD_HOST:papan.localhost} {"} {
		rest := lines[at[site]:]
		refused, passed := slices.Index(rest, "respond @inside 404"), slices.IndexFunc(rest, func(l string) bool { return strings.HasPrefix(l, "reverse_proxy ") })
		if refused < 0 || passed < refused || !slices.Contains(rest[:passed], "tls {$SITE_TLS:internal}") {
			t.Errorf("%s: metrics are served, or there is no TLS: %v", site, rest)
		}
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
		Rules  []string `yaml:"rule_files"`
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
	if want := []string{"terang=node-a:9100,node-b:9100", "terang-board=board:9100"}; !slices.Equal(asked, want) {
		t.Errorf("asked are %v, want %v", asked, want)
	}
	for _, name := range config.Rules {
		if !strings.Contains(deployed(t, "docker-compose.yml"), "deploy/"+name+":/etc/prometheus/"+name+":ro") {
			t.Errorf("%s is not mounted where Prometheus looks", name)
		}
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
	store, err := redisstore.Open(redisstore.Options{URL: "redis://127.0.0.1:1", Registry: registry}) // it does not connect
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
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

// What the unit's head tells to write is what serve reads, and nothing gives it up.
func TestServiceUnitStartsAServer(t *testing.T) {
	unit := deployed(t, "cmd/terang/deploy/terang.service")
	parser, err := kong.New(new(cli), kong.DefaultEnvars("TERANG"))
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, group := range subcommand(parser.Model.Node, "serve").AllFlags(true) {
		for _, f := range group {
			known = append(known, f.Envs...)
		}
	}
	told := regexp.MustCompile(`(?m)^#   ([A-Z_]+)=`).FindAllStringSubmatch(unit, -1)
	for _, m := range told {
		if !slices.Contains(known, m[1]) {
			t.Errorf("%s is nothing that serve reads; it reads %v", m[1], known)
		}
	}
	if len(told) < 8 {
		t.Errorf("the head tells of %d settings", len(told))
	}
	for _, needed := range []string{
		"\nExecStart=/usr/local/bin/terang serve\n", "\nRestart=always\n", "\nStartLimitIntervalSec=0\n", "\nLimitNOFILE=65536\n",
		"\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n", "\nStateDirectory=terang\nStateDirectoryMode=0700\nWorkingDirectory=/var/lib/terang\n",
	} {
		if !strings.Contains(unit, needed) {
			t.Errorf("the unit lacks %q", needed)
		}
	}
}

// An alert about what nobody counts is silent for ever.
func TestAlertsAskForWhatIsCounted(t *testing.T) {
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For string
				Annotations      struct{ Summary string }
			}
		}
	}
	if err := strictly(deployed(t, "cmd/terang/deploy/alerts.yml"), &file); err != nil {
		t.Fatal(err)
	}
	names, about := metricNames(t), map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			used := metricsIn(r.Expr)
			if r.Alert == "" || r.Annotations.Summary == "" || len(used) == 0 {
				t.Errorf("%q: no name, no words or no metric in %q", r.Alert, r.Expr)
			}
			for _, name := range used {
				if about[name] = true; !names[name] {
					t.Errorf("%s asks for %s, which no node counts", r.Alert, name)
				}
			}
		}
	}
	for _, name := range []string{"up", "terang_ready", "terang_journal_failures_total", "terang_store_away"} {
		if !about[name] {
			t.Errorf("nobody is told of %s", name)
		}
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
