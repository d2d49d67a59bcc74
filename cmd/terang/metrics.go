package main

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/node"
	"terang/cmd/terang/usage"
	"terang/web"
)

// metricsFlags say who reads /metrics. Without any it is this machine alone.
type metricsFlags struct {
	MetricsAddr  string   `help:"Serve /metrics at this address of its own, to whoever reaches it, and nowhere else." placeholder:"HOST:PORT" name:"metrics-addr"`
	MetricsAllow []string `help:"Networks that may read /metrics, beside this machine." placeholder:"CIDR" name:"metrics-allow"`
	MetricsToken string   `help:"Who sends this, of 16 characters or more, as Authorization: Bearer may read /metrics; better in TERANG_METRICS_TOKEN, for a command line is seen by others." placeholder:"TOKEN" name:"metrics-token"`
}

// tokenLeast is the length, in bytes, of a token that nobody guesses.
const tokenLeast = 16

func (f *metricsFlags) readers() (web.MetricsReaders, error) {
	m := web.MetricsReaders{Token: f.MetricsToken, Apart: f.MetricsAddr != ""}
	if f.MetricsToken != "" && len(f.MetricsToken) < tokenLeast {
		return m, usage.Errorf("--metrics-token: take %d characters or more, as from: openssl rand -hex 16", tokenLeast)
	}
	if m.Apart && (f.MetricsToken != "" || len(f.MetricsAllow) > 0) {
		return m, usage.Errorf("--metrics-addr serves whoever reaches that address: leave --metrics-allow and --metrics-token away, or serve /metrics beside the rest")
	}
	var err error
	m.Networks, err = networks("--metrics-allow", f.MetricsAllow)
	return m, err
}

// listen opens the address of its own, nil if there is none: an address that is taken is
// told before anybody is served.
func (f *metricsFlags) listen(ctx context.Context) (net.Listener, error) {
	if f.MetricsAddr == "" {
		return nil, nil
	}
	return node.ListenOn(ctx, "--metrics-addr", f.MetricsAddr)
}

// serveMetrics serves a registry at l, nil for nowhere, while do runs.
func serveMetrics(l net.Listener, registry *prometheus.Registry, do func() error) error {
	if l == nil {
		return do()
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", web.MetricsHandler(registry))
	server := node.HttpServer(mux)
	var g errgroup.Group
	g.Go(func() error {
		if err := server.Serve(l); err != http.ErrServerClosed { //nolint:errorlint // it is returned as it is
			return fmt.Errorf("serve metrics on %s: %w", l.Addr(), err)
		}
		return nil
	})
	err := do()
	_ = server.Close()
	if e := g.Wait(); err == nil {
		err = e
	}
	return err
}
