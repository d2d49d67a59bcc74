package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Report is what a doctor wants to know of Redis.
type Report struct {
	Version    string
	MaxMemory  int64  // bytes, 0: no bound
	Eviction   string // maxmemory_policy
	MaxClients int    // 0 if it does not say
	Loading    bool
	Cluster    bool
	Faults     []string // what to change, in words
}

// Inspect asks Redis about itself; of a cluster one server answers.
func (s *Store) Inspect(ctx context.Context) (Report, error) {
	var info string
	err := s.call(ctx, "inspect", waitRead, func(ctx context.Context) (err error) {
		info, err = s.client.Info(ctx).Result()
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("ask redis about itself: %w", err)
	}
	return report(info), nil
}

func report(info string) Report {
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[key] = value
		}
	}
	number := func(key string) int64 {
		n, _ := strconv.ParseInt(fields[key], 10, 64) // absent is 0
		return n
	}
	r := Report{
		Version: fields["redis_version"], MaxMemory: number("maxmemory"), Eviction: fields["maxmemory_policy"],
		MaxClients: int(number("maxclients")), Loading: fields["loading"] == "1", Cluster: fields["cluster_enabled"] == "1",
	}
	if major, _, _ := strings.Cut(r.Version, "."); len(major) == 1 && major < "7" {
		r.Faults = append(r.Faults, "redis is version "+r.Version+": use 7.0 or later")
	}
	if r.MaxMemory > 0 && r.Eviction != "noeviction" {
		r.Faults = append(r.Faults, "maxmemory_policy is "+r.Eviction+": set it to noeviction, or tries and presences vanish one by one, which nobody notices")
	}
	if least := 10 * (connections + pipelines); r.MaxClients > 0 && r.MaxClients < least {
		r.Faults = append(r.Faults, fmt.Sprintf("maxclients is %d: each node takes up to %d connections, allow %d", r.MaxClients, connections+pipelines, least))
	}
	return r
}
