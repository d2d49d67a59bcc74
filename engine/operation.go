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
	slots []uint32         // open addressing, at most half full: the place in first plus one, with the tag of slot; 0 when free
	n     int              // in first
	last  *acceptedPiece   // of first
	first []*acceptedPiece // in the order of their versions; one piece would be copied as it grows
	asked struct {         // the newest that ask was given: as a rule it is accepted next
		op  string
		key uuid.UUID
	}
}

// acceptedPiece is what is allocated at a time.
type acceptedPiece [16]accepted

// at is the operation at a place of first.
func (o *operations) at(place uint32) *accepted {
	return &o.first[place/uint32(len(acceptedPiece{}))][place%uint32(len(acceptedPiece{}))]
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
func (o *operations) find(op string) *accepted { return o.known(parsed(op)) }

func (o *operations) known(k uuid.UUID) *accepted {
	if o.n == 0 {
		return nil
	}
	a, _, _ := o.slot(k)
	return a
}

// ask is find for who decides, and accepts next what was not known.
func (o *operations) ask(op string) *accepted {
	o.asked.op, o.asked.key = op, parsed(op)
	return o.known(o.asked.key)
}

// version is that at which op was accepted, 0 if it never was.
func (o *operations) version(op string) int {
	if a := o.find(op); a != nil {
		return int(a.n)
	}
	return 0
}

// slot is where k stands, or the free slot where it would, with its tag: bits of the operation's hash
// above those that a place in a table of this size needs, by which another operation is told apart
// without looking at it.
func (o *operations) slot(k uuid.UUID) (a *accepted, i int, tag uint32) {
	mask := uint32(len(o.slots) - 1)
	hash := maphash.Bytes(operationSeed, k[:])
	tag = uint32(hash>>32) &^ mask
	for at := uint32(hash) & mask; ; at = (at + 1) & mask {
		s := o.slots[at]
		if s == 0 {
			return nil, int(at), tag
		}
		if s&^mask != tag {
			continue
		}
		if a := o.at(s&mask - 1); a.op == k {
			return a, int(at), tag
		}
	}
}

// accept notes the operation that an event of version n carries. Some events of one
// decision share an operation; the first of them is its answer.
func (o *operations) accept(e *Event, n int) {
	if e.Op == "" || e.Kind == Proposed {
		return
	}
	if 2*o.n >= len(o.slots) {
		o.slots = make([]uint32, max(8, 2*len(o.slots)))
		for i := range o.n {
			_, free, tag := o.slot(o.at(uint32(i)).op)
			o.slots[free] = tag | uint32(i+1)
		}
	}
	k := o.asked.key
	if o.asked.op != e.Op {
		k = parsed(e.Op)
	}
	o.asked.op = ""
	known, free, tag := o.slot(k)
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
	if o.n == len(o.first)*len(acceptedPiece{}) {
		o.last = new(acceptedPiece)
		o.first = append(o.first, o.last)
	}
	o.last[o.n%len(acceptedPiece{})] = a
	o.n++
	o.slots[free] = tag | uint32(o.n)
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
	return link(nil, stream, n, h, events)
}

// link is Link with room for the records, which is used if it is enough.
func link(room []Record, stream string, n int, h Hash, events []Event) []Record {
	records := slices.Grow(room[:0], len(events))
	var bytes [256]byte
	for i := range events {
		body := slices.Clone(events[i].AppendTo(bytes[:0])) // it is kept, and no longer than need be
		h = h.Chain(body)
		n++
		records = append(records, Record{Stream: stream, N: n, Body: body, Hash: h})
	}
	return records
}
