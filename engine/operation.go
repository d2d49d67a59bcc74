package engine

import (
	"fmt"

	"github.com/google/uuid"
)

// opKey is an operation id in sixteen bytes: an attempt remembers some hundreds.
type opKey = uuid.UUID

// accepted is how an operation was answered the first time.
type accepted struct {
	n    int
	at   Instant
	kind Kind
}

func keyOf(op string) opKey {
	k, err := uuid.Parse(op)
	if err != nil {
		return opKey{}
	}
	return k
}

// ValidOp says whether op is a UUID, as every operation id must be.
func ValidOp(op string) bool { return keyOf(op) != opKey{} }

// accept notes the operation that an event carries. Some events of one decision share
// an operation; the first of them is its answer.
func accept(ops map[opKey]accepted, e *Event, n int) map[opKey]accepted {
	if e.Op == "" || e.Kind == Proposed {
		return ops
	}
	if ops == nil {
		ops = make(map[opKey]accepted)
	}
	k := keyOf(e.Op)
	if _, ok := ops[k]; !ok {
		ops[k] = accepted{n: n, at: e.At, kind: e.Kind}
	}
	return ops
}

// unfold checks that a record follows version n whose link is h, and decodes it.
func unfold(stream string, n int, h Hash, r Record) (Event, Hash, error) {
	if r.N != n+1 {
		return Event{}, h, fmt.Errorf("%s: version %d does not follow %d", stream, r.N, n)
	}
	next := h.Chain(r.Body)
	if next != r.Hash {
		return Event{}, h, fmt.Errorf("%s: version %d is not what was hashed", stream, r.N)
	}
	e, err := Decode(r.Body)
	if err != nil {
		return Event{}, h, fmt.Errorf("%s: version %d: %w", stream, r.N, err)
	}
	return e, next, nil
}

// Link encodes events as the records that follow version n with link h.
func Link(stream string, n int, h Hash, events []Event) []Record {
	records := make([]Record, len(events))
	for i := range events {
		body := events[i].AppendTo(make([]byte, 0, 192))
		h = h.Chain(body)
		n++
		records[i] = Record{Stream: stream, N: n, Body: body, Hash: h}
	}
	return records
}
