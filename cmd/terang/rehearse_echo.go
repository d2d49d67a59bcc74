package main

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"terang/cmd/terang/crowd"
)

// echoCmd is the server of the baseline: the same process arrangement as ours, and
// nothing in it.
type echoCmd struct {
	Addr string `required:"" help:"Address to listen on."`
}

// Run echoes until it is interrupted.
func (c *echoCmd) Run(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	ours(registry).MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	tidier := newTidier(registry)
	var aside sync.WaitGroup
	defer aside.Wait()
	aside.Go(func() { _ = tidier.run(ctx) })
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
	addr, err := freeAddress(ctx)
	if err != nil {
		return crowd.Figures{}, err
	}
	server := child{binary: s.binary, addr: addr}
	if err := server.start(ctx, s.complaints(), "echo"); err != nil {
		return crowd.Figures{}, err
	}
	defer server.kill()
	every := time.Duration(0)
	if s.Profile == "steady" {
		every = time.Duration(float64(time.Second) / s.Rate)
	}
	bare := 0.
	if s.weighs() {
		if bare, err = server.held(ctx); err != nil {
			return crowd.Figures{}, err
		}
	}
	var before *reading
	gauges := newGauges(server.base())
	opened := func(ctx context.Context) (err error) {
		if s.weighs() {
			with, err := server.held(ctx)
			if err != nil {
				return err
			}
			s.memory.Echo = math.Round((with - bare) / float64(s.Candidates))
		}
		before, err = gauges.read(ctx)
		return err
	}
	f, err := crowd.Echo(ctx, "ws"+strings.TrimPrefix(server.base(), "http")+"/echo", s.Candidates, every, s.For/2, opened)
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
