package sqlitejournal

import (
	"context"
	"encoding/json"
	"fmt"

	"terang/engine"
	"terang/engine/packed"
)

const (
	// packBytes is what a pack holds, as rows of table pack: two of them fill a page.
	packBytes = 2000

	insertPack  = "insert into pack(first, last, body) values "
	insertEvent = "insert into event(pos, stream, n, body, hash) values "

	// packsAt is for a list of positions, parameter 1: the first position of each pack that
	// begins before one and ends behind it.
	packsAt = `(select distinct first as at from json_each(?1)
		cross join pack on first = (select first from pack where first <= value order by first desc limit 1) where last >= value)`
	selectPacks = `select first, body from ` + packsAt + ` cross join pack on first = at order by first`
	dropPacks   = `delete from pack where first in (select value from json_each(?))`
)

// packs are the rows of what was packed, in room if that is enough.
func packs(p *packed.Packer, room []any) []any {
	for pack := range p.All() {
		room = append(room, int64(pack.First), int64(pack.Last), pack.Body)
	}
	return room
}

func unpack(first engine.Pos, body []byte, visit func(packed.Record)) error {
	if !packed.Unpack(first, body, visit) {
		return fmt.Errorf("records packed from position %d on: %w", first, ErrDamaged)
	}
	return nil
}

// takeApart moves what stands in packs with records at these positions to table event, row by
// row, but for the streams that are gone.
func (w *writer) takeApart(ctx context.Context, positions []engine.Pos, gone map[int64]bool) error {
	list, err := json.Marshal(positions)
	if err != nil {
		return err
	}
	firsts, records, err := w.readPacks(ctx, string(list), gone)
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
// event, but for the streams that are gone.
func (w *writer) readPacks(ctx context.Context, list string, gone map[int64]bool) (firsts []engine.Pos, records []any, err error) {
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
		err := unpack(first, body, func(p packed.Record) {
			if !gone[p.Stream] {
				records = append(records, int64(p.Pos), p.Stream, int64(p.N), p.Body, p.Hash[:])
			}
		})
		if err != nil {
			return nil, nil, err
		}
		firsts = append(firsts, first)
	}
	return firsts, records, rows.Err()
}
