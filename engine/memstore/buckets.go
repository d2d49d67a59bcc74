package memstore

import (
	"time"

	"terang/engine"
)

// nanos is an instant in nanoseconds since the epoch, so that intervals that are no whole
// milliseconds stay exact.
type nanos int64

// sweepFrom is how many buckets there must be before it pays to look for idle ones.
const sweepFrom = 1024

// buckets hold for each key when it will be full again: a bucket that is full needs no
// memory. (This is the generic cell rate algorithm; it counts as a token bucket does.)
type buckets struct {
	full    map[string]nanos
	sweepAt int
}

func (b *buckets) take(key string, limit engine.Limit, now engine.Instant) (ok bool, retry time.Duration) {
	if limit.Burst < 1 {
		return false, limit.Every
	}
	if limit.Every <= 0 {
		return true, 0
	}
	at := nanos(now) * nanos(time.Millisecond)
	full := max(b.full[key], at) + nanos(limit.Every)
	if over := full - at - nanos(limit.Burst)*nanos(limit.Every); over > 0 {
		return false, wholeMilliseconds(time.Duration(over))
	}
	b.full[key] = full
	b.sweep(at)
	return true, 0
}

// wholeMilliseconds rounds up, so that who waits as long as told is not refused again:
// instants are milliseconds.
func wholeMilliseconds(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}

// sweep forgets full buckets whenever their number has doubled since the last time, which
// costs each take a constant on average.
func (b *buckets) sweep(now nanos) {
	if len(b.full) < b.sweepAt {
		return
	}
	for key, full := range b.full {
		if full <= now {
			delete(b.full, key)
		}
	}
	b.sweepAt = max(sweepFrom, 2*len(b.full))
}
