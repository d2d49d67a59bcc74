package sqlitejournal

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"terang/engine"
)

// A pack holds records that were committed together, in a row of table pack. It says of each:
// the distance of its position from the pack's first, the stream's id, the version and the
// length of the body as unsigned varints, with the hash before the length, and then the body.

const (
	// packBytes is what a pack holds at most, unless it holds one record alone: two of them
	// fill a page.
	packBytes = 2000
	// packedLeast and packedMost are what a record takes beside its body.
	packedLeast = 4 + len(engine.Hash{})
	packedMost  = 4*binary.MaxVarintLen64 + len(engine.Hash{})

	insertPack  = "insert into pack(first, last, body) values "
	insertEvent = "insert into event(pos, stream, n, body, hash) values "

	// packsAt is for a list of positions, parameter 1: the first position of each pack that
	// begins before one and ends behind it.
	packsAt = `(select distinct first as at from json_each(?1)
		cross join pack on first = (select first from pack where first <= value order by first desc limit 1) where last >= value)`
	selectPacks = `select first, body from ` + packsAt + ` cross join pack on first = at order by first`
	dropPacks   = `delete from pack where first in (select value from json_each(?))`
)

// packed is a record in a pack.
type packed struct {
	pos    engine.Pos
	stream int64
	n      int
	hash   engine.Hash
	body   []byte // of the pack's bytes
}

// pack is one that is being filled: what stands from..to in its batch's bytes.
type pack struct {
	first, last engine.Pos
	from, to    int
}

// pack adds a record that waits for its sitting to be closed.
func (b *batch) pack(pos engine.Pos, stream int64, r *engine.Record) {
	n := len(b.packs)
	if n == 0 || len(b.bytes)-b.packs[n-1].from+packedMost+len(r.Body) > packBytes {
		b.packs = append(b.packs, pack{first: pos, from: len(b.bytes)})
		n++
	}
	p := &b.packs[n-1]
	to := binary.AppendUvarint(b.bytes, uint64(pos-p.first))
	to = binary.AppendUvarint(to, uint64(stream))
	to = binary.AppendUvarint(to, uint64(r.N))
	to = append(to, r.Hash[:]...)
	to = binary.AppendUvarint(to, uint64(len(r.Body)))
	b.bytes = append(to, r.Body...)
	p.last, p.to = pos, len(b.bytes)
}

// rows are the packs' rows, in room if that is enough.
func (b *batch) rows(room []any) []any {
	for _, p := range b.packs {
		room = append(room, int64(p.first), int64(p.last), b.bytes[p.from:p.to:p.to])
	}
	return room
}

// unpack visits the records of a pack, in the order of their positions.
func unpack(first engine.Pos, from []byte, visit func(packed)) error {
	damaged := fmt.Errorf("records packed from position %d on: %w", first, ErrDamaged)
	for len(from) > 0 {
		var numbers [3]uint64
		for i := range numbers {
			size := 0
			if numbers[i], size = binary.Uvarint(from); size <= 0 {
				return damaged
			}
			from = from[size:]
		}
		p := packed{pos: first + engine.Pos(numbers[0]), stream: int64(numbers[1]), n: int(numbers[2])}
		if len(from) < len(p.hash) {
			return damaged
		}
		from = from[copy(p.hash[:], from):]
		long, size := binary.Uvarint(from)
		if size <= 0 || long > uint64(len(from)-size) {
			return damaged
		}
		end := size + int(long)
		p.body, from = from[size:end:end], from[end:]
		visit(p)
	}
	return nil
}

// takeApart moves what stands in packs with records at these positions to table event, row by
// row: there it can be moved on.
func (w *writer) takeApart(ctx context.Context, positions []engine.Pos) error {
	return w.unpackOnly(ctx, positions, func(int64) bool { return true })
}

// unpackOnly is takeApart for the streams that are kept; the others' records are gone.
func (w *writer) unpackOnly(ctx context.Context, positions []engine.Pos, keep func(stream int64) bool) error {
	list, err := json.Marshal(positions)
	if err != nil {
		return err
	}
	firsts, records, err := w.readPacks(ctx, string(list), keep)
	if err != nil || len(firsts) == 0 {
		return err
	}
	if list, err = json.Marshal(firsts); err != nil {
		return err
	}
	if err := w.insert(ctx, insertEvent, 5, records, ""); err != nil {
		return err
	}
	return w.exec(ctx, dropPacks, string(list))
}

// readPacks returns packs that may hold records at positions, and what they hold as rows of table
// event, of the streams that are kept.
func (w *writer) readPacks(ctx context.Context, list string, keep func(stream int64) bool) (firsts []engine.Pos, records []any, err error) {
	rows, err := w.conn.QueryContext(ctx, selectPacks, list)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var first engine.Pos
		var body []byte
		if err := rows.Scan(&first, &body); err != nil {
			return nil, nil, err
		}
		err := unpack(first, body, func(p packed) {
			if keep(p.stream) {
				records = append(records, int64(p.pos), p.stream, int64(p.n), p.body, p.hash[:])
			}
		})
		if err != nil {
			return nil, nil, err
		}
		firsts = append(firsts, first)
	}
	return firsts, records, rows.Err()
}
