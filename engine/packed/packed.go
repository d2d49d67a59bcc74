// Package packed is the form in which journals hold records that were committed together:
// by the dozen in a row of their database, because a row costs more than a record.
//
// A pack says of each record the distance of its position from the pack's first, the stream's
// id and the version as unsigned varints, then the hash, the length of the body as a varint,
// and the body. What was written once in this form is read for as long as its database is.
package packed

import (
	"encoding/binary"
	"iter"

	"terang/engine"
)

// Least is how many bytes a record takes at least.
const Least = 4 + len(engine.Hash{})

// most is what a record takes at most beside its body.
const most = 4*binary.MaxVarintLen64 + len(engine.Hash{})

// Record is one in a pack: its stream is the number that its journal has for it.
type Record struct {
	Pos    engine.Pos
	Stream int64
	N      int
	Hash   engine.Hash
	Body   []byte
}

// Of returns it as the record of the stream with this name.
func (r *Record) Of(stream string) engine.Record {
	return engine.Record{Pos: r.Pos, Stream: stream, N: r.N, Body: r.Body, Hash: r.Hash}
}

// Pack is a row: all that it holds stands at positions from First to Last.
type Pack struct {
	First, Last engine.Pos
	Body        []byte
}

// Packer fills packs with the records of a batch.
type Packer struct {
	Room int // bytes that a pack has, unless it holds one record alone

	packs []span
	bytes []byte
}

// span is a pack whose body is from..to of its packer's bytes.
type span struct {
	first, last engine.Pos
	from, to    int
}

// Add packs a record; positions ascend. It returns the first position of the pack.
func (p *Packer) Add(pos engine.Pos, stream int64, r *engine.Record) (first engine.Pos) {
	n := len(p.packs)
	if n == 0 || len(p.bytes)-p.packs[n-1].from+most+len(r.Body) > p.Room {
		p.packs = append(p.packs, span{first: pos, from: len(p.bytes)})
		n++
	}
	s := &p.packs[n-1]
	to := binary.AppendUvarint(p.bytes, uint64(pos-s.first))
	to = binary.AppendUvarint(to, uint64(stream))
	to = binary.AppendUvarint(to, uint64(r.N))
	to = append(to, r.Hash[:]...)
	to = binary.AppendUvarint(to, uint64(len(r.Body)))
	p.bytes = append(to, r.Body...)
	s.last, s.to = pos, len(p.bytes)
	return s.first
}

// All are the packs since the last Reset; their bodies stand until the next.
func (p *Packer) All() iter.Seq[Pack] {
	return func(yield func(Pack) bool) {
		for _, s := range p.packs {
			if !yield(Pack{First: s.first, Last: s.last, Body: p.bytes[s.from:s.to:s.to]}) {
				return
			}
		}
	}
}

// Reset empties it, and keeps its room.
func (p *Packer) Reset() { p.packs, p.bytes = p.packs[:0], p.bytes[:0] }

// Unpack visits the records of a pack, in the order of their positions; their bodies are parts of
// the pack's. It is false where the pack is damaged.
func Unpack(first engine.Pos, body []byte, visit func(Record)) bool {
	for len(body) > 0 {
		var numbers [3]uint64
		for i := range numbers {
			size := 0
			if numbers[i], size = binary.Uvarint(body); size <= 0 {
				return false
			}
			body = body[size:]
		}
		r := Record{Pos: first + engine.Pos(numbers[0]), Stream: int64(numbers[1]), N: int(numbers[2])}
		if len(body) < len(r.Hash) {
			return false
		}
		body = body[copy(r.Hash[:], body):]
		long, size := binary.Uvarint(body)
		if size <= 0 || long > uint64(len(body)-size) {
			return false
		}
		end := size + int(long)
		r.Body, body = body[size:end:end], body[end:]
		visit(r)
	}
	return true
}
