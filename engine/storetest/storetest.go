// Package storetest says what package engine expects of its stores, as tests that run
// against any implementation: Journal, Register, Archive and Store. An implementation's
// own test opens a fresh one and calls the suite.
//
// NewFlaky wraps a journal that fails on purpose; the suite of journals also runs
// through it, and tests of what stands above a journal can use it. Form is a form for these.
//
// The suites never sleep and never judge speed.
package storetest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"terang/engine"
)

// record makes the one record that may ever stand at (stream, n) when mark wrote it.
func record(stream string, n int, mark string) engine.Record {
	body := fmt.Appendf(nil, `{"stream":%q,"n":%d,"mark":%q}`, stream, n, mark)
	return engine.Record{Stream: stream, N: n, Body: body, Hash: hashOf(body)}
}

// hashOf is a stand-in for a chain's link: the journal stores hashes and never computes them.
func hashOf(body []byte) engine.Hash { return engine.FirstHash("").Chain(body) }

// run makes consecutive records from version n on.
func run(stream string, n, count int, mark string) engine.Run {
	r := engine.Run{Stream: stream}
	for i := range count {
		r.Records = append(r.Records, record(stream, n+i, mark))
	}
	return r
}

// append1 appends one run and returns its outcome.
func append1(t *testing.T, j engine.Journal, r engine.Run) engine.Outcome {
	t.Helper()
	outcomes, err := j.Append(context.Background(), []engine.Run{r})
	if err != nil {
		t.Fatalf("append %s from %d: %v", r.Stream, r.Records[0].N, err)
	}
	return outcomes[0]
}

// stored fails the test unless the run is stored.
func stored(t *testing.T, j engine.Journal, r engine.Run) engine.Pos {
	t.Helper()
	out := append1(t, j, r)
	if out.Conflict || out.First < 1 {
		t.Fatalf("append %s from %d: got %+v, want it stored", r.Stream, r.Records[0].N, out)
	}
	return out.First
}

// refused fails the test unless the run is a conflict.
func refused(t *testing.T, j engine.Journal, r engine.Run) {
	t.Helper()
	if out := append1(t, j, r); !out.Conflict {
		t.Fatalf("append %s from %d: stored at %d, want a conflict", r.Stream, r.Records[0].N, out.First)
	}
}

// readAll returns a stream's records after a version.
func readAll(t *testing.T, j engine.Journal, stream string, after int) []engine.Record {
	t.Helper()
	var all []engine.Record
	err := j.Read(context.Background(), stream, after, func(r engine.Record) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		t.Fatalf("read %s after %d: %v", stream, after, err)
	}
	return all
}

// tailAll follows the tail to its end in pages of limit.
func tailAll(t *testing.T, j engine.Journal, after engine.Pos, limit int) []engine.Record {
	t.Helper()
	var all []engine.Record
	for {
		records, err := j.Tail(context.Background(), after, limit)
		if err != nil {
			t.Fatalf("tail after %d: %v", after, err)
		}
		if len(records) > limit {
			t.Fatalf("tail after %d: %d records, limit %d", after, len(records), limit)
		}
		if f, ok := j.(engine.Follower); ok {
			room := make([]engine.Record, 0, limit)
			again, err := f.TailInto(context.Background(), after, room)
			if err != nil || len(again) > limit || len(again) < len(records) || len(records) > 0 && !reflect.DeepEqual(again[:len(records)], records) {
				t.Fatalf("tail after %d into room for %d: %v (%v), and %v without", after, limit, again, err, records)
			}
		}
		if len(records) == 0 {
			return all
		}
		all = append(all, records...)
		after = records[len(records)-1].Pos
	}
}

// randomBytes are the same for the same seed.
func randomBytes(seed uint64, size int) []byte {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	body := make([]byte, size)
	if _, err := rand.NewChaCha8(key).Read(body); err != nil {
		panic(err) // ChaCha8 never fails
	}
	return body
}
