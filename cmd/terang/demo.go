package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
)

type demoCmd struct {
	Addr       string        `default:"127.0.0.1:8080" help:"Address to listen on."`
	Candidates int           `default:"60" help:"Simulated candidates."`
	Seats      int           `default:"2" help:"Free seats, for people."`
	For        time.Duration `default:"0" help:"End by itself after so long; 0: until interrupted."`
	Kind       string        `default:"skd" enum:"skd,pppk" help:"Which sample exam: skd, or pppk for the competences of one technical post."`
	Data       string        `help:"Folder for the data; default: a temporary one, removed at the end." type:"path"`
	Verbose    bool          `help:"Log to stderr."`
}

// Run holds a sitting with simulated candidates over the real websocket.
func (c *demoCmd) Run(ctx context.Context) error {
	if c.Candidates < 0 || c.Seats < 0 || c.Candidates+c.Seats < 1 || c.Candidates+c.Seats > 15000 {
		return usage.Errorf("--candidates and --seats: between 1 and 15000 together")
	}
	dir := c.Data
	if dir == "" {
		temp, err := os.MkdirTemp("", "terang-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the data: %w; name one that can be written with --data", err)
		}
		defer func() { _ = os.RemoveAll(temp) }()
		dir = temp
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("--data: %w; name a folder that this account may write", err)
	}
	listener, err := node.ListenOn(ctx, "--addr", c.Addr)
	if err != nil {
		return err
	}
	level := slog.LevelError
	if c.Verbose {
		level = slog.LevelInfo
	}
	base := &url.URL{Scheme: "http", Host: node.Reached(listener.Addr())}
	n, err := c.open(ctx, filepath.Join(dir, "terang.db"), process.NewLog(level))
	if err != nil {
		return err
	}
	return c.hold(ctx, n, listener, base)
}

// hold serves the sitting until ctx is done, its time is up, or it cannot be played.
func (c *demoCmd) hold(ctx context.Context, n *node.Node, listener net.Listener, base *url.URL) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	var g errgroup.Group
	g.Go(func() error { return n.ServeOn(ctx, listener, nil) })
	g.Go(func() error {
		err := c.play(ctx, n, base, end)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			end() // nobody would know what is served, nor end it
		}
		return err
	})
	return g.Wait()
}

// open makes the sample exam in a new journal, or opens the one that is there.
func (c *demoCmd) open(ctx context.Context, path string, log *slog.Logger) (*node.Node, error) {
	s, err := stores.Open("sqlite:"+path, true)
	if err != nil {
		return nil, err
	}
	keys, err := s.OpenKeys(ctx, path+".keys")
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	d, err := stores.SampleOf(c.Kind).Definition(c.Candidates+c.Seats, time.Now(), true)
	if err == nil {
		err = create.SampleOf(ctx, s, keys, proctor.Setup, d, c.Candidates+c.Seats)
	}
	if err != nil && !errors.Is(err, create.ErrExists) {
		return nil, errors.Join(err, s.Close())
	}
	logKeys, err := new(node.LogFlags).Open(ctx, s, path+".keys", nil)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	n, err := node.Open(ctx, node.Parts{Stores: s, Keys: keys, LogKeys: logKeys, Evaluate: evaluations(s, keys), Log: log})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return n, nil
}

// play checks everybody in, prints what people need, and lets the crowd answer. The time of
// --for counts from there: a slow machine does not take it away.
func (c *demoCmd) play(ctx context.Context, n *node.Node, base *url.URL, end func()) error {
	code := stores.SampleOf(c.Kind).Code
	people, staff, err := n.OpenSampleOf(ctx, code)
	if err != nil {
		return err
	}
	free := people[len(people)-min(c.Seats, len(people)):]
	announce(os.Stdout, base, code, free, staff)
	if c.For > 0 {
		time.AfterFunc(c.For, end)
	}
	return c.watch(ctx, n, base, code, people[:len(people)-len(free)])
}

// announce writes what people and programs can use, a line each, in an order that programs may
// count on: free seats, station, administrator, board, and then who else works in an office.
func announce(w io.Writer, base *url.URL, code string, free []create.Credential, staff []create.StaffCredential) {
	for _, p := range free {
		fmt.Fprintf(w, "candidate: %s/ujian number=%s pin=%s\n", base, p.Number, p.PIN)
	}
	signIn := func(name string, role proctor.Role) {
		for _, s := range staff {
			if s.Role == role {
				fmt.Fprintf(w, "%s: %s/meja user=%s password=%s\n", name, base, s.User, s.Password)
			}
		}
	}
	signIn("station", proctor.Supervisor)
	signIn("admin", proctor.Admin)
	fmt.Fprintf(w, "board: %s/papan/%s\n", base, code)
	signIn("committee", proctor.Committee)
	signIn("auditor", proctor.Auditor)
}

// watch runs the crowd and tells in the terminal how it goes.
func (c *demoCmd) watch(ctx context.Context, n *node.Node, base *url.URL, code string, people []create.Credential) error {
	var acked, refused, over atomic.Int64
	exam := n.Exams.Find(code).Exam
	client, dialer := crowd.Connections(len(people))
	g, ctx := errgroup.WithContext(ctx)
	for i, p := range people {
		sits := newExtra(i, p.Number, func(q int) []int { return exam.Worth(p.Number, q) })
		g.Go(func() error {
			person := crowd.Candidate{
				Base: base.String(), Number: p.Number, PIN: p.PIN, Exam: code, Client: client, Dialer: dialer, Finish: true,
				Choose: sits.choose, Acked: func(crowd.Acked) { acked.Add(1) }, Refused: func(string, string, string) { refused.Add(1) },
				Pace: sits.pace,
			}
			// People do not sit down in the same second.
			select {
			case <-time.After(time.Duration(i%50) * 60 * time.Millisecond):
			case <-ctx.Done():
				return nil
			}
			err := person.Run(ctx)
			over.Add(1)
			if err != nil && ctx.Err() == nil {
				n.Logger.Warn("a simulated candidate gave up", "number", p.Number, "error", err)
			}
			return nil
		})
	}
	g.Go(func() error {
		began := time.Now()
		report := func() {
			fmt.Fprintf(os.Stderr, "\r%6s  %d answers stored, %d refused, %d of %d finished ",
				time.Since(began).Round(time.Second), acked.Load(), refused.Load(), over.Load(), len(people))
		}
		err := engine.Ticking(ctx, time.Second, report)
		report()
		fmt.Fprintln(os.Stderr)
		return err
	})
	err := g.Wait()
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}
