package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/judge"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
)

// A server that acknowledges before it commits looks perfect until it falls. The checker
// of the crash test must see it: one batch is enough. An honest server in the same place
// is found sound.
func TestAnAcknowledgementBeforeTheCommitIsFound(t *testing.T) {
	t.Parallel()
	for name, lies := range map[string]bool{"honest": false, "lying": true} {
		t.Run(name, func(t *testing.T) {
			s := newPlace(t, "")
			hasty := s.serveHere(t, 20)
			log := crowd.NewLog()
			run := s.crowd(t, log, s.direct, func(_ int, c *crowd.Candidate) {
				c.Pace = func(r *rand.Rand) time.Duration { return time.Duration(20+r.IntN(60)) * time.Millisecond }
				c.Again = true
			})
			waitFor(t, patience, "answers", func() bool { return log.Figures().Acked > 300 })
			hasty.fall(lies)
			if lies {
				waitFor(t, patience, "an acknowledgement of what is not stored", func() bool { return hasty.acknowledged(log.Acked()) })
			} else {
				work(t, 300*time.Millisecond)
			}
			run.stop(t)
			hasty.end(t)
			report, err := (&judge.Trial{Journal: s.journal, Keys: s.keys, Log: log}).Judge(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if found := report.Lost.N > 0; found != lies {
				t.Errorf("the server is %s:\n%s", name, report)
			}
			if !lies && report.Faults() != 0 {
				t.Errorf("an honest server was found at fault:\n%s", report)
			}
		})
	}
}

// hasty is a journal that falls at a given word: from then on nothing reaches the disk.
// A lying one answers the last batch as stored all the same.
type hasty struct {
	engine.Journal
	end func(testing.TB)

	mu     sync.Mutex
	falls  bool
	lies   bool
	fallen bool
	ops    map[string]bool // of the batch that was acknowledged and never stored
}

var errFallen = errors.New("the machine has fallen")

func (h *hasty) fall(lies bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.falls, h.lies = true, lies
}

// Append implements engine.Journal.
func (h *hasty) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fallen {
		return nil, errFallen
	}
	if h.falls {
		ops := make(map[string]bool)
		for _, run := range runs {
			for _, r := range run.Records {
				if e, err := engine.Decode(r.Body); err == nil && e.Kind == engine.Answered {
					ops[e.Op] = true
				}
			}
		}
		if len(ops) > 0 {
			h.fallen, h.ops = true, ops
			if h.lies {
				return make([]engine.Outcome, len(runs)), nil
			}
			return nil, errFallen
		}
	}
	return h.Journal.Append(ctx, runs)
}

func (h *hasty) acknowledged(acked []crowd.Acked) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range acked {
		if h.ops[a.Op.String()] {
			return true
		}
	}
	return false
}

// serveHere serves a sample exam in this process, over a journal that can fall.
func (s *served) serveHere(t *testing.T, candidates int) *hasty {
	t.Helper()
	st, err := stores.Open(s.journal, true)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := stores.OpenKeys(s.keys)
	if err != nil {
		t.Fatal(err)
	}
	if err := create.Sample(t.Context(), st, keys, candidates, time.Now(), true); err != nil {
		t.Fatal(err)
	}
	h := &hasty{Journal: st.Journal}
	st.Journal = h
	n, err := node.Open(t.Context(), node.Parts{Stores: st, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	hall := make(chan error, 1)
	go func() { hall <- n.Run(ctx) }()
	if s.people, _, err = n.OpenSample(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: n.Server.Handler(), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }()
	h.end = func(tb testing.TB) {
		_ = server.Close()
		cancel()
		if err := errors.Join(<-hall, st.Close()); err != nil {
			tb.Error(err)
		}
	}
	return h
}
