package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/process"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/web"
)

// DrainWithin is how long candidates are given to be moved when the server stops.
const DrainWithin = 5 * time.Second

// ServeOn serves the node on the listener until ctx is done or the node has to stop, and
// then moves everybody away before the hall ends. A node whose journal was set back moves
// them away too, and stands until ctx is done. cert may be nil: plain http.
func (n *Node) ServeOn(ctx context.Context, l net.Listener, cert *Certificate) error {
	server := HttpServer(n.Server.Handler())
	hallCtx, endHall := context.WithCancel(context.WithoutCancel(ctx))
	defer endHall()
	server.RegisterOnShutdown(n.Server.CloseStreams)
	var hall errgroup.Group
	ended := make(chan error, 1) // by itself
	hall.Go(func() error {
		err := n.Run(hallCtx)
		ended <- err
		return err
	})
	served := make(chan error, 1)
	go func() { served <- ServeBy(server, l, cert) }()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		n.leave(ctx, server)
		err = <-served
	case why := <-ended: // it is returned below
		if errors.Is(why, engine.ErrSetBack) {
			n.stand(ctx, why)
		}
		n.leave(ctx, server)
		err = <-served
	}
	endHall()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("serve on %s: %w", l.Addr(), err)
	}
	return errors.Join(err, hall.Wait(), n.Stores.Close())
}

// ListenOn opens the address that a flag names, or says what keeps it.
func ListenOn(ctx context.Context, flag, addr string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, usage.Errorf("%s %q: write an address of this machine as HOST:PORT", flag, addr)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen on %s: %w: another program uses it; choose another with %s", addr, err, flag)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w; write an address of this machine as HOST:PORT with %s", addr, err, flag)
	}
	return l, nil
}

// Reached is an address under which this machine reaches what listens there: every address
// of it, 0.0.0.0, is none that can be opened everywhere.
func Reached(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return addr.String()
}

// HttpServer is a server with the limits that every one of this program has: 10 s for the head
// of a request, 16 KiB for its size, two minutes for a connection that asks nothing.
func HttpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ErrorLog: process.HTTPErrors(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ConnContext: web.WithConn,
		ConnState: newPorch(int(process.FilesAllowed() / porchShare)).note, //nolint:gosec // a limit of descriptors
	}
}

// ServeBy serves until the server is shut down, under TLS if there is a certificate; cert may be
// nil. The error is never nil: http.ErrServerClosed is the good end.
func ServeBy(server *http.Server, l net.Listener, cert *Certificate) error {
	if cert != nil {
		server.TLSConfig = cert.config
		return server.ServeTLS(l, "", "")
	}
	return server.Serve(l)
}

// leave moves everybody away and ends the server.
func (n *Node) leave(ctx context.Context, server *http.Server) {
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), DrainWithin)
	defer cancel()
	n.Server.Drain(drain)
	if err := server.Shutdown(drain); err != nil {
		_ = server.Close()
	}
}
