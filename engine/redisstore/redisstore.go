// Package redisstore is the session store of many nodes: presence, limits and deadlines
// in Redis, 7.0 or later, also as a cluster.
//
// Nothing is decided from it, and it may be emptied, restarted or gone at any moment: a
// call then fails at once instead of waiting, limits count in this process meanwhile, and
// Kept tells the hall when to note everything again. Instants come from callers only, no
// clock of Redis' is asked; keys carry a time to live, so that old sittings go by
// themselves. Start reading at call in this file.
package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"terang/engine"
)

// ErrAway is what a call returns while Redis does not answer.
var ErrAway = errors.New("redis does not answer; it is tried again every half second, and the exam goes on without it")

// How long a call may take, whatever its caller would allow. Redis answers in less than a
// millisecond; what is slower than this is ill, and nobody at a door shall wait for it.
const (
	waitLimit = 250 * time.Millisecond // somebody signs in
	waitRead  = 500 * time.Millisecond // somebody looks at a station
	waitBatch = time.Second            // nobody waits: the hall writes behind the journal
)

// Limiter counts tries in this process. memstore.Store is one.
type Limiter interface {
	Allow(ctx context.Context, key string, limit engine.Limit, now engine.Instant) (ok bool, retry time.Duration, err error)
}

// Options of Open.
type Options struct {
	// URL is redis://, rediss:// (TLS) or unix://, with user, password and /DB as usual;
	// redis+cluster:// or rediss+cluster:// with ?addr=HOST:PORT for further nodes.
	URL string
	// Here counts the tries of this node beside Redis: what Redis forgets it remembers,
	// and while Redis is away it decides alone. Without it Allow fails then.
	Here Limiter
	// Prefix of all keys, "terang:" if empty. Installations that share a Redis need two.
	Prefix string

	Clock    *engine.Clock         // of the pauses between tries; a new one if nil
	Log      *slog.Logger          // slog.Default if nil
	Registry prometheus.Registerer // no metrics are kept if nil
}

// Store implements engine.Store and engine.Volatile. It is safe for concurrent use.
type Store struct {
	client  redis.UniversalClient
	here    Limiter
	keys    keys
	circuit *circuit
	metrics *metrics

	mark struct {
		sync.Mutex
		key  string
		last int64 // what was written last
		sure bool  // that nothing has failed since
	}
}

var (
	_ engine.Store    = (*Store)(nil)
	_ engine.Volatile = (*Store)(nil)
)

// Open readies a store. It does not connect: an exam starts without Redis, too.
func Open(o Options) (*Store, error) {
	client, err := connect(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Prefix == "" {
		o.Prefix = "terang:"
	}
	if o.Clock == nil {
		o.Clock = engine.NewClock()
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	var life [8]byte
	if _, err := rand.Read(life[:]); err != nil {
		return nil, errors.Join(fmt.Errorf("name this life of the session store: %w", err), client.Close())
	}
	s := &Store{client: client, here: o.Here, keys: keys(o.Prefix), metrics: newMetrics(o.Registry)}
	s.circuit = &circuit{now: o.Clock.Now, changed: func(err error) {
		if err != nil {
			s.metrics.Away.Set(1)
			o.Log.Warn("redis does not answer; the exam goes on without it, and it is tried again every half second", "error", err)
			return
		}
		s.metrics.Away.Set(0)
		o.Log.Info("redis answers again; it fills by itself")
	}}
	s.mark.key = s.keys.mark(hex.EncodeToString(life[:]))
	return s, nil
}

// Close ends all connections.
func (s *Store) Close() error { return s.client.Close() }

// Ping asks whether Redis answers, for a node's readiness. A node without Redis can hold
// an exam all the same.
func (s *Store) Ping(ctx context.Context) error {
	return s.call(ctx, "ping", waitLimit, func(ctx context.Context) error { return s.client.Ping(ctx).Err() })
}

// call does what one call asks of Redis, once: nothing here is tried again by itself,
// because a try that Redis has counted would count twice. It ends within the given time,
// or at once while Redis is known to be away.
func (s *Store) call(ctx context.Context, name string, within time.Duration, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("redis %s: %w", name, err)
	}
	if err := s.circuit.enter(); err != nil {
		s.metrics.Calls.WithLabelValues(name, "skipped").Inc()
		return fmt.Errorf("%s: %w", name, err)
	}
	inner, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	timer := prometheus.NewTimer(s.metrics.Seconds.WithLabelValues(name))
	err := do(inner)
	timer.ObserveDuration()
	s.circuit.leave(judge(err, ctx.Err() != nil), err)
	if err != nil {
		s.metrics.Calls.WithLabelValues(name, "failed").Inc()
		return fmt.Errorf("redis %s: %w", name, err)
	}
	s.metrics.Calls.WithLabelValues(name, "done").Inc()
	return nil
}
