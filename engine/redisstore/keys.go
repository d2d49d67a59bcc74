package redisstore

import "time"

// How long Redis keeps what nobody touches any more.
const (
	// keepSitting outlives the longest day of sittings, its credits and a night; the
	// journal has everything for ever.
	keepSitting = 72 * time.Hour
	// keepHint is how far a deadline may lie behind the newest that is set beside it.
	keepHint = 72 * time.Hour
	// keepBucket is added to the time until a bucket is full, when it can be forgotten:
	// room for clocks that differ, and for a node that stood still.
	keepBucket = 10 * time.Minute
	// keepMark must be longer than a node may pause between two looks.
	keepMark = time.Hour
)

// keys is the prefix of all keys. What stands in braces decides the slot in a cluster;
// no command and no script touches two keys, so each may have a slot of its own.
type keys string

// seen is a hash: for each attempt of a sitting what a station shows of it.
func (k keys) seen(sitting string) string { return string(k) + "seen:{" + sitting + "}" }

// at is a string: the sitting in whose hash the attempt stands.
func (k keys) at(attempt string) string { return string(k) + "at:{" + attempt + "}" }

// bucket is a string: when it will be full again, "MILLISECONDS NANOSECONDS".
func (k keys) bucket(key string) string { return string(k) + "limit:" + key }

// due is a sorted set: attempts by the instant at which they want to be looked at.
func (k keys) due() string { return string(k) + "due" }

// mark is a string: how often this life of a store has looked whether it is still there.
func (k keys) mark(life string) string { return string(k) + "mark:" + life }
