package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/crowd"
	"terang/proctor"
)

// stage is what a rehearsal takes place on.
type stage struct {
	*rehearseCmd
	dir    string
	server child
	people []credential
}

// build starts a server with a sample exam, unless there is a target.
func (s *stage) build(ctx context.Context) (err error) {
	if s.Target != "" {
		s.Target = strings.TrimSuffix(s.Target, "/")
		s.people, err = readCredentials(s.Credentials)
		if err == nil && len(s.people) < s.Candidates {
			err = usage("--candidates %d: %s holds %d", s.Candidates, s.Credentials, len(s.people))
		}
		return err
	}
	if err := s.vacant(ctx); err != nil {
		return err
	}
	if s.Journal == "" {
		s.Journal = "sqlite:" + filepath.Join(s.dir, "terang.db")
	}
	flags := &storeFlags{Journal: s.Journal, Keys: s.Keys}
	s.Keys = flags.keyPath()
	file := filepath.Join(s.dir, "people.csv")
	err = runChild(ctx, s.binary, "exam", "create", "--sample", "--candidates", strconv.Itoa(s.Candidates), "--start", "now",
		"--credentials", file, "--journal", s.Journal, "--keys", s.Keys)
	if err != nil {
		return err
	}
	if s.people, err = readCredentials(file); err != nil {
		return err
	}
	s.server.binary = s.binary
	if s.server.addr, err = freeAddress(ctx); err != nil {
		return err
	}
	s.Target = s.server.base()
	return s.server.start(ctx, stderr(), "serve", "--journal", s.Journal, "--keys", s.Keys, "--store", s.Store)
}

// vacant refuses a journal that holds exams: simulated candidates have no place in it.
func (s *stage) vacant(ctx context.Context) error {
	if _, path, file := strings.Cut(s.Journal, "sqlite:"); file {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	if s.Journal == "" {
		return nil
	}
	st, err := openStores(s.Journal, false)
	if err != nil {
		return err
	}
	people := proctor.NewPeople(st.register)
	if err := errors.Join(people.LoadAll(ctx), st.close()); err != nil {
		return err
	}
	if len(people.Exams()) > 0 {
		return usage("--journal %s holds exams: rehearse on an empty one, or on a running server with --target", s.Journal)
	}
	return nil
}

// stderr shows what a server of the rehearsal complains of.
func stderr() *warnings {
	return &warnings{to: func(line string) { fmt.Fprintln(os.Stderr, line) }}
}

func (s *stage) strike() { s.server.kill() }

// perform seats the crowd and measures once everybody sits.
func (s *stage) perform(ctx context.Context) (*performance, []error, error) {
	crowdCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	log := crowd.NewLog()
	client, dialer := crowd.Connections(s.Candidates)
	failed := make(chan error, s.Candidates)
	var g errgroup.Group
	for _, p := range s.people[:s.Candidates] {
		one := &crowd.Candidate{
			Base: s.Target, Number: p.Number, PIN: p.PIN, Client: client, Dialer: dialer, Again: true, Closed: s.Profile == "max",
			Pace: func(*rand.Rand) time.Duration { return time.Duration(float64(time.Second) / s.Rate) },
		}
		log.Follow(one)
		g.Go(func() error {
			if err := one.Run(crowdCtx); err != nil && crowdCtx.Err() == nil {
				failed <- err
			}
			return nil
		})
	}
	err := s.seated(ctx, log, failed)
	if err == nil {
		log.Begin()
		err = rest(ctx, s.For)
	}
	p := &performance{Figures: log.Figures(), log: log}
	cancel()
	_ = g.Wait() // errors are in failed
	close(failed)
	var errs []error
	for e := range failed {
		errs = append(errs, e)
	}
	return p, errs, err
}

// seated waits until every candidate has been welcomed.
func (s *stage) seated(ctx context.Context, log *crowd.Log, failed <-chan error) error {
	within := 30*time.Second + time.Duration(s.Candidates)*10*time.Millisecond
	for until := time.Now().Add(within); log.Figures().Seated < s.Candidates; {
		if err := rest(ctx, 50*time.Millisecond); err != nil {
			return err
		}
		select {
		case err := <-failed:
			return fmt.Errorf("a candidate cannot sit down: %w", err)
		default:
		}
		if time.Now().After(until) {
			return fmt.Errorf("%d of %d candidates sit after %v: see the server's log", log.Figures().Seated, s.Candidates, within)
		}
	}
	return nil
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// judge holds the journal against what the crowd was told, when it can be read from here.
func (s *stage) judge(ctx context.Context, p *performance, o *outcome) error {
	if s.Journal == "" {
		return nil
	}
	flags := &storeFlags{Journal: s.Journal, Keys: s.Keys}
	t := &trial{journal: s.Journal, keys: flags.keyPath(), bases: []string{s.Target}, log: p.log}
	report, err := t.judge(ctx)
	if err != nil {
		return err
	}
	o.Lost = &report.Lost.N
	if report.Faults() > 0 {
		o.Reasons = append(o.Reasons, fmt.Sprintf("the journal is at fault:\n%s", report))
	}
	return nil
}
