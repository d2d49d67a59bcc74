package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
	"terang/cmd/terang/usage"
	"terang/web"
)

type boardCmd struct {
	Serve  boardServe  `cmd:"" default:"withargs" help:"Serve them: a process of its own, which only reads the source's public addresses."`
	Export boardExport `cmd:"" help:"Write them as files for any web host, with a manifest of hashes."`
}

// examURL is where candidates are sent for their own results.
type examURL struct {
	ExamURL string `help:"Address of the exam's server as people type it: candidates are sent there for their own results. Default: as the source says (its serve --url)." name:"exam-url" placeholder:"URL"`
}

// parse is nil where no address was given.
func (f *examURL) parse() (*url.URL, error) {
	if f.ExamURL == "" {
		return nil, nil
	}
	u, err := url.Parse(f.ExamURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil, usage.Errorf("--exam-url %q: write the address of a server, as https://ujian.example.go.id", f.ExamURL)
	}
	return u, nil
}

// sourceFlags name the server whose boards are read.
type sourceFlags struct {
	From string `help:"Exam server, or another board server, whose public boards are read." placeholder:"URL"`
	CA   string `help:"Certificate (PEM) that the source is trusted by, if no authority of this machine knows it." name:"from-ca" type:"path"`
}

func (f *sourceFlags) source() (*url.URL, *http.Client, error) {
	u, err := url.Parse(f.From)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, nil, usage.Errorf("--from %q: write the address of a server, as https://ujian.example.go.id", f.From)
	}
	u.Path = ""
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // the standard library's
	t.MaxIdleConnsPerHost = 16
	if f.CA != "" {
		body, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, nil, fmt.Errorf("--from-ca: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(body) {
			return nil, nil, usage.Errorf("--from-ca %s: no certificate in PEM form is in it", f.CA)
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return u, &http.Client{Transport: t, CheckRedirect: stay}, nil
}

type boardServe struct {
	sourceFlags
	examURL
	Addr       string   `default:"127.0.0.1:8081" help:"Address to listen on. All that it serves is public: plain http is allowed anywhere."`
	Data       string   `default:"terang-board" help:"Folder in which the last state is kept, so that watchers go on after a restart." type:"path" placeholder:"DIR"`
	TLSCert    string   `help:"Certificate file (PEM)." name:"tls-cert" type:"path"`
	TLSKey     string   `help:"Key file of the certificate (PEM)." name:"tls-key" type:"path"`
	Refuse     []string `help:"Networks of candidates' computers: while an exam's scores follow its answers they see no board. For sites that share this server's network." placeholder:"CIDR"`
	TrustProxy []string `help:"Addresses of our own proxies, whose X-Forwarded-For counts, as 10.0.0.7/32; a network only if no candidate's computer stands in it." placeholder:"CIDR"`
	Nice       int      `default:"10" help:"Priority that it lowers itself to, 1 to 19, so that an exam on the same machine goes first; it then leaves one processor free as well. 0: neither, for a machine of its own. A service or container needs a small weight too: CPUWeight=, --cpu-shares."`
	metricsFlags
}

// Run serves boards until it is interrupted.
func (c *boardServe) Run(ctx context.Context) error {
	defer runtime.KeepAlive(make([]byte, process.SpareHeap)) // the stacks of ten thousand streams are not to be looked through every second
	if c.From == "" {
		return usage.Errorf("--from: name the exam server whose boards are shown")
	}
	if c.Nice < 0 || c.Nice > 19 {
		return usage.Errorf("--nice %d: between 0 and 19", c.Nice)
	}
	parts, err := c.parts()
	if err != nil {
		return err
	}
	var cert *node.Certificate
	if c.TLSCert != "" || c.TLSKey != "" {
		if cert, err = node.LoadCertificate(c.TLSCert, c.TLSKey); err != nil {
			return err
		}
	}
	c.giveWay(parts.Log)
	house, err := web.NewBoardHouse(parts)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	apart, err := c.listen(ctx)
	if err != nil {
		return err
	}
	l, err := node.ListenOn(ctx, "--addr", c.Addr)
	if err != nil {
		return err
	}
	parts.Log.Info("serving boards", "addr", l.Addr().String(), "source", parts.Source.String())
	return serveMetrics(apart, parts.Registry, func() error { return serveBoards(ctx, house, node.HttpServer(house.Handler(parts.Registry)), l, cert) })
}

// parts are what the flags say of a house of boards.
func (c *boardServe) parts() (p web.HouseParts, err error) {
	if p.Source, p.Client, err = c.source(); err != nil {
		return p, err
	}
	if p.Exam, err = c.parse(); err != nil {
		return p, err
	}
	if p.Refuse, err = networks("--refuse", c.Refuse); err != nil {
		return p, err
	}
	if p.Proxies, err = networks("--trust-proxy", c.TrustProxy); err != nil {
		return p, err
	}
	if proxy, computers, found := web.CommonTo(p.Proxies, p.Refuse); found {
		return p, usage.Errorf("--trust-proxy %s has computers of candidates in it, of --refuse %s, and each would be believed where it stands: name the proxies alone, as 10.0.0.7/32", proxy, computers)
	}
	if p.Metrics, err = c.readers(); err != nil {
		return p, err
	}
	p.Dir, p.Files, p.Log, p.Registry = c.Data, process.FilesAllowed(), process.NewLog(slog.LevelInfo), prometheus.NewRegistry()
	process.Ours(p.Registry).MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return p, nil
}

// giveWay leaves the processors to an exam on this machine.
func (c *boardServe) giveWay(log *slog.Logger) {
	if err := process.GiveWay(c.Nice); err != nil { // it serves all the same
		log.Warn("the board server shares the processors with an exam on this machine as an equal", "error", err)
	}
	if c.Nice > 0 && os.Getenv("GOMAXPROCS") == "" {
		// Who waits for a processor gets it from a nice thread at the end of its slice. An
		// answer that finds a processor free does not wait at all.
		runtime.GOMAXPROCS(max(1, runtime.GOMAXPROCS(0)-1))
	}
}

// serveBoards serves until ctx is done. cert may be nil: plain http.
func serveBoards(ctx context.Context, house *web.BoardHouse, server *http.Server, l net.Listener, cert *node.Certificate) error {
	server.RegisterOnShutdown(house.Close)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return house.Run(ctx) })
	g.Go(func() error {
		if err := node.ServeBy(server, l, cert); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve on %s: %w", l.Addr(), err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), node.DrainWithin)
		defer cancel()
		if err := server.Shutdown(end); err != nil {
			return server.Close()
		}
		return nil
	})
	return g.Wait()
}

// networks reads networks of a flag.
func networks(flag string, texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, usage.Errorf("%s %q: write a network as 10.0.0.0/8", flag, text)
		}
		out = append(out, prefix)
	}
	return out, nil
}
