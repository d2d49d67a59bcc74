package redisstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// The connections of one node, to each server of a cluster. go-redis keeps a second pool
// for pipelines, so a node takes at most the sum of both from Redis' maxclients (10,000).
const (
	// Only sign-ins run beside one another: at 0.1 ms each, 16 are 160,000 a second.
	connections = 16
	// The hall writes one batch at a time; a station may read meanwhile.
	pipelines = 4
	// A pool that is used up means that Redis hangs: no queue is worth keeping.
	poolWait = 100 * time.Millisecond
	// For reading and writing it is the bound of last resort: each call brings its own.
	socketWait = waitBatch
	dialWait   = 500 * time.Millisecond
)

// connect makes a client; it connects when it is first used.
func connect(url string) (redis.UniversalClient, error) {
	quiet()
	scheme, rest, _ := strings.Cut(url, "://")
	if rest == "" {
		return nil, badURL(errors.New("it names no server"))
	}
	if plain, ok := strings.CutSuffix(scheme, "+cluster"); ok {
		o, err := redis.ParseClusterURL(plain + "://" + rest)
		if err != nil {
			return nil, badURL(err)
		}
		tuneCluster(o)
		return redis.NewClusterClient(o), nil
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, badURL(err)
	}
	tune(o)
	return redis.NewClient(o), nil
}

// badURL leaves the URL out: it may hold a password.
func badURL(err error) error {
	return fmt.Errorf("the session store's address: %w: write redis://HOST:PORT/DB, rediss:// for TLS, unix:///PATH, or redis+cluster://HOST:PORT", err)
}

func tune(o *redis.Options) {
	o.Protocol = 2                        // nothing here needs the pushes of 3
	o.MaxRetries = -1                     // a try that was counted must not be sent again
	o.ContextTimeoutEnabled = true        // or a context's deadline does not reach the socket
	o.DisableIdentity = true              // Redis 7.0 has no CLIENT SETINFO, GHSA-92cp-5422-2mw7
	o.MaintNotificationsConfig = noTalk() // nor CLIENT MAINT_NOTIFICATIONS
	o.DialTimeout, o.DialerRetries = dialWait, 1
	o.ReadTimeout, o.WriteTimeout = socketWait, socketWait
	o.PoolSize, o.MaxActiveConns, o.PipelinePoolSize, o.PoolTimeout = connections, connections, pipelines, poolWait
}

// tuneCluster does the same. A cluster's client follows redirections by sending again, and
// after a lost connection too: a try may then count twice, which errs on the strict side.
func tuneCluster(o *redis.ClusterOptions) {
	o.Protocol = 2
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.DisableIdentity = true
	o.MaintNotificationsConfig = noTalk()
	o.DialTimeout, o.DialerRetries = dialWait, 1
	o.ReadTimeout, o.WriteTimeout = socketWait, socketWait
	o.PoolSize, o.MaxActiveConns, o.PipelinePoolSize, o.PoolTimeout = connections, connections, pipelines, poolWait
}

func noTalk() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// quiet sends what the library prints about its pools to the debug log: its one logger is
// global, and every failure reaches us as an error as well.
func quiet() { redis.SetLogger(debugLog{}) }

type debugLog struct{}

// Printf is what the library wants of a logger.
func (debugLog) Printf(ctx context.Context, format string, args ...any) {
	slog.DebugContext(ctx, "redis client", "says", fmt.Sprintf(format, args...))
}
