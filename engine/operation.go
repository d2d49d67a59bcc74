package engine

import (
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/google/uuid"
)

// accepted is how an operation was answered the first time.
type accepted struct {
	op   uuid.UUID
	at   Instant
	n    int32
	code int8 // place in repeatedAs
}

// repeatedAs is what a page is told that sends an operation once more.
var repeatedAs = [...]Code{"", Late, HeldNow}

// operations holds the operations that a stream has accepted. An attempt has some hundreds,
// and is asked before each decision about one that is new as a rule: that costs one read
// of a slot, and no garbage collection walks through them.
type operations struct {
	first []accepted // in the order of their versions
	slots []uint32   // open addressing, at most half full: the place in first plus one, 0 when free
}

var operationSeed = maphash.MakeSeed()

// parsed is an operation id, 0 if it is none.
func parsed(op string) uuid.UUID {
	k, err := uuid.Parse(op)
	if err != nil {
		return uuid.UUID{}
	}
	return k
}

// ValidOp says whether op is a UUID, as every operation id must be.
func ValidOp(op string) bool { return parsed(op) != uuid.UUID{} }

// find returns how op was answered, nil if it never was.
func (o *operations) find(op string) *accepted {
	if len(o.first) == 0 {
		return nil
	}
	a, _ := o.slot(parsed(op))
	return a
}

// version is that at which op was accepted, 0 if it never was.
func (o *operations) version(op string) int {
	if a := o.find(op); a != nil {
		return int(a.n)
	}
	return 0
}

// slot is where k stands, or the free slot where it would.
func (o *operations) slot(k uuid.UUID) (*accepted, int) {
	mask := len(o.slots) - 1
	for i := int(maphash.Bytes(operationSeed, k[:])) & mask; ; i = (i + 1) & mask {
		place := o.slots[i]
		if place == 0 {
			return nil, i
		}
		if a := &o.first[place-1]; a.op == k {
			return a, i
		}
	}
}

// accept notes the operation that an event of version n carries. Some events of one
// decision share an operation; the first of them is its answer.
func (o *operations) accept(e *Event, n int) {
	if e.Op == "" || e.Kind == Proposed {
		return
	}
	if 2*len(o.first) >= len(o.slots) {
		o.slots = make([]uint32, max(8, 2*len(o.slots)))
		for i := range o.first {
			_, free := o.slot(o.first[i].op)
			o.slots[free] = uint32(i) + 1
		}
	}
	k := parsed(e.Op)
	known, free := o.slot(k)
	if known != nil {
		return
	}
	a := accepted{op: k, at: e.At, n: int32(n)}
	switch e.Kind {
	case LateRefused:
		a.code = 1
	case Held:
		a.code = 2
	}
	o.first = append(o.first, a)
	o.slots[free] = uint32(len(o.first))
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
	var room [256]byte
	for i := range events {
		body := slices.Clone(events[i].AppendTo(room[:0])) // it is kept, and no longer than need be
		h = h.Chain(body)
		n++
		records[i] = Record{Stream: stream, N: n, Body: body, Hash: h}
	}
	return records
}
