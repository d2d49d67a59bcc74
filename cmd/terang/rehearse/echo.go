package rehearse

import (
	"context"
	"errors"
	"math"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
)

// EchoCmd is the server of the baseline: the same process arrangement as ours, and
// nothing in it.
type EchoCmd struct {
	Addr string `required:"" help:"Address to listen on."`
}

// Run echoes until it is interrupted.
func (c *EchoCmd) Run(ctx context.Context) error {
	defer runtime.KeepAlive(make([]byte, process.SpareHeap)) // as serve does
	l, err := node.ListenOn(ctx, "--addr", c.Addr)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	process.Ours(registry).MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	tidier := process.NewTidier(registry)
	var aside sync.WaitGroup
	defer aside.Wait()
	aside.Go(func() { _ = tidier.Run(ctx) })
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("/echo", crowd.EchoHandler())
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// echo measures the baseline for half of the time; it is asked before and after.
func (s *stage) echo(ctx context.Context) (crowd.Figures, error) {
	if !s.Baseline {
		return crowd.Figures{}, nil
	}
	addr, err := process.FreeAddress(ctx)
	if err != nil {
		return crowd.Figures{}, err
	}
	server := process.Child{Binary: s.Binary, Addr: addr}
	if err := server.Start(ctx, s.complaints(), "echo"); err != nil {
		return crowd.Figures{}, err
	}
	defer server.Kill()
	every := time.Duration(0)
	if s.Profile == "steady" {
		every = time.Duration(float64(time.Second) / s.Rate)
	}
	bare := 0.
	if s.weighs() {
		if bare, err = held(ctx, &server); err != nil {
			return crowd.Figures{}, err
		}
	}
	var before *reading
	gauges := newGauges(server.Base())
	opened := func(ctx context.Context) (err error) {
		if s.weighs() {
			with, err := held(ctx, &server)
			if err != nil {
				return err
			}
			s.memory.Echo = math.Round((with - bare) / float64(s.Candidates))
		}
		before, err = gauges.read(ctx)
		return err
	}
	f, err := crowd.Echo(ctx, "ws"+strings.TrimPrefix(server.Base(), "http")+"/echo", s.Candidates, every, s.For/2, opened)
	if err != nil {
		return f, err
	}
	after, err := gauges.read(ctx)
	if err != nil {
		return f, err
	}
	s.bare = append(s.bare, newWindow(before, before, after).effort(float64(f.Acked)))
	return f, nil
}
