package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"runtime"
	"time"

	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
)

type serveCmd struct {
	stores.Flags
	Store        string   `default:"memory" help:"Where sessions and timers are: memory, or redis://HOST:PORT." placeholder:"memory|redis://…"`
	Addr         string   `default:"127.0.0.1:8080" help:"Address to listen on."`
	URL          string   `help:"What people type: decides cookies, the allowed origin and links." placeholder:"https://HOST"`
	TLSCert      string   `help:"Certificate file (PEM)." name:"tls-cert" type:"path"`
	TLSKey       string   `help:"Key file of the certificate (PEM)." name:"tls-key" type:"path"`
	TLS          string   `help:"self: make a certificate for --url, once, beside the key file (.tls.crt, which every computer has to be told to trust, and .tls.key)." name:"tls" placeholder:"self"`
	TrustProxy   []string `help:"Addresses of our own proxies, whose X-Forwarded-For counts, as 10.0.0.7/32; a network only if no candidate's computer stands in it." placeholder:"CIDR"`
	SecondFactor string   `default:"optional" enum:"optional,required" help:"required: administrators, committee and key-holders set up a second factor before anything else. Who has one always needs it." name:"second-factor"`
	InsecureLAN  bool     `help:"Serve plain http on a network that is closed; said in the minutes." name:"insecure-lan"`
	WebhookAllow []string `help:"Private networks that webhooks may go to; else they go to public addresses only." placeholder:"CIDR" name:"webhook-allow"`
	Pack         string   `help:"Sealed pack of an exam: checked now, opened at its hour, and served from then on." placeholder:"FILE" type:"existingfile"`
	packFlags
	node.LogFlags
	node.SeenFlag
	metricsFlags
}

// Run serves until it is interrupted, and then moves everybody away.
func (c *serveCmd) Run(ctx context.Context) error {
	defer runtime.KeepAlive(make([]byte, process.SpareHeap)) // never touched: no memory but in name
	processors := runtime.GOMAXPROCS(0)
	if os.Getenv("GOMAXPROCS") == "" {
		// The writer waits for the disk in system calls. With one processor more than there
		// are it goes on when the disk has answered, and not behind all that is ready: a tenth
		// more answers a second.
		runtime.GOMAXPROCS(processors + 1)
	}
	log := process.NewLog(slog.LevelInfo)
	address, cert, err := c.address(log)
	if err != nil {
		return err
	}
	if cert != nil {
		if doubt := cert.Doubt(address, time.Now()); doubt != "" {
			log.Warn("browsers will not trust this server: renew the certificate's files, which are read again while it serves", "why", doubt)
		}
	}
	s, err := stores.Open(c.Journal, true)
	if err != nil {
		return err
	}
	n, err := c.openOn(ctx, s, address, processors, log)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	if c.Pack != "" {
		if n.Sealed, err = c.find(ctx, s, c.Pack, ""); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	served := len(n.Exams.All())
	switch {
	case served > 0:
	case n.Sealed != nil:
		log.Info("an exam is sealed, and is served from its hour on", "exam", n.Sealed.Exam, "opens", n.Sealed.Opens.String())
	case s.Postgres != nil:
		log.Warn("the journal holds no exam yet: run terang exam create beside this server, and it is served at once")
	default:
		log.Warn("the journal holds no exam yet, and this server holds its file: stop it, run terang exam create, and start it again")
	}
	l, err := node.ListenOn(ctx, "--addr", c.Addr)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	log.Info("serving", "addr", l.Addr().String(), "exams", served, "node", n.Hall.Node())
	apart, err := c.listen(ctx)
	if err != nil {
		return errors.Join(err, l.Close(), s.Close())
	}
	return serveMetrics(apart, n.Registry, func() error { return n.ServeOn(ctx, l, cert) })
}

func (c *serveCmd) openOn(ctx context.Context, s *stores.DB, address *url.URL, processors int, log *slog.Logger) (*node.Node, error) {
	keys, err := keysFor(ctx, s, c.KeyPath())
	if err != nil {
		return nil, err
	}
	var logKeys *node.LogSigners
	if s.Site == nil { // a site keeps no public log
		if logKeys, err = c.LogFlags.Open(ctx, s, c.KeyPath(), address); err != nil {
			return nil, err
		}
	}
	parts := node.Parts{Stores: s, Keys: keys, LogKeys: logKeys, Seen: c.SeenPath(c.KeyPath()), Evaluate: evaluations(s, keys), Session: c.Store, Address: address, Processors: processors, Factor: c.SecondFactor == engine.FactorRequired, Insecure: c.InsecureLAN && (address == nil || address.Scheme != "https"), Log: log}
	if parts.Proxies, err = networks("--trust-proxy", c.TrustProxy); err != nil {
		return nil, err
	}
	if parts.Metrics, err = c.readers(); err != nil {
		return nil, err
	}
	if parts.Private, err = networks("--webhook-allow", c.WebhookAllow); err != nil {
		return nil, err
	}
	n, err := node.Open(ctx, parts)
	if err != nil {
		return nil, err
	}
	return n, errors.Join(n.KnowsItself(address), n.KnowsProxies(parts.Proxies))
}

// address decides how people come. Plain http on anything but this machine has to be
// asked for: on an open network it shows answers to everybody.
func (c *serveCmd) address(log *slog.Logger) (*url.URL, *node.Certificate, error) {
	u, err := baseURL(c.URL)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case c.TLSCert != "" || c.TLSKey != "":
		if u, err = c.typed(u, "--tls-cert: say what people type, with --url https://HOST: pages connect to that address only, and links are made of it"); err != nil {
			return nil, nil, err
		}
		cert, err := node.LoadCertificate(c.TLSCert, c.TLSKey)
		return u, cert, err
	case c.TLS == "self":
		if u, err = c.typed(u, "--tls self: say what people type, with --url https://HOST: the certificate is made for it"); err != nil {
			return nil, nil, err
		}
		cert, made, err := node.OwnCertificate(c.KeyPath()+".tls", u, time.Now())
		if made {
			log.Info("a certificate was made: let every computer trust it", "file", c.KeyPath()+".tls.crt", "sha256", cert.Fingerprint(time.Now()))
		}
		return u, cert, err
	case c.TLS != "":
		return nil, nil, usage.Errorf("--tls %q: write self, or give --tls-cert and --tls-key", c.TLS)
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, nil, usage.Errorf("--addr %q: write HOST:PORT", c.Addr)
	}
	ip := net.ParseIP(host)
	local := host == "localhost" || ip != nil && ip.IsLoopback()
	if !local && !c.InsecureLAN && (u == nil || u.Scheme != "https") {
		return nil, nil, usage.Errorf("plain http on %s: give --tls self or a certificate, --url https://… behind a proxy, or --insecure-lan on a closed network", c.Addr)
	}
	return u, nil, nil
}

// typed is what people type: --url, or else the address that is listened on, where that names one
// at all. If it names every address of the machine, nobody can know, and is asked.
func (c *serveCmd) typed(u *url.URL, ask string) (*url.URL, error) {
	if u != nil {
		return u, nil
	}
	u = &url.URL{Scheme: "https", Host: c.Addr}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "" || ip != nil && ip.IsUnspecified() {
		return nil, usage.Errorf("%s", ask)
	}
	return u, nil
}
