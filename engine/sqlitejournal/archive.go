package sqlitejournal

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"terang/engine"
)

// pieceBytes is how much of a body one transaction writes, so that appends pass between.
const pieceBytes = 256 << 10

// Keep implements engine.Archive. Pieces that an interrupted Keep has left are used.
func (d *DB) Keep(ctx context.Context, body []byte) (engine.Hash, error) {
	h := engine.Hash(sha256.Sum256(body))
	kept, err := d.kept(ctx, h)
	if err != nil || kept {
		return h, err
	}
	pieces := max((len(body)+pieceBytes-1)/pieceBytes, 1)
	for i := range pieces {
		part := body[i*pieceBytes : min((i+1)*pieceBytes, len(body))]
		if err := d.keepPiece(ctx, h, i, part, pieces); err != nil {
			return h, fmt.Errorf("keep %s, piece %d of %d: %w", h, i+1, pieces, err)
		}
	}
	return h, nil
}

func (d *DB) keepPiece(ctx context.Context, h engine.Hash, i int, part []byte, pieces int) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if len(part) == 0 {
		part = []byte{} // nil would be stored as NULL
	}
	return d.commit(ctx, func(ctx context.Context, w *writer) error {
		err := w.exec(ctx, `insert or ignore into piece(hash, i, body) values (?, ?, ?)`, h[:], i, part)
		if err != nil || i < pieces-1 {
			return err
		}
		return w.exec(ctx, `insert or ignore into archive(hash, pieces) values (?, ?)`, h[:], pieces)
	})
}

func (d *DB) kept(ctx context.Context, h engine.Hash) (bool, error) {
	pool, err := d.reading()
	if err != nil {
		return false, fmt.Errorf("keep %s: %w", h, err)
	}
	var kept bool
	if err := pool.QueryRowContext(ctx, `select exists (select 1 from archive where hash = ?)`, h[:]).Scan(&kept); err != nil {
		return false, fmt.Errorf("keep %s: %w", h, err)
	}
	return kept, nil
}

// errDamaged: the bytes do not have the hash under which they were kept.
var errDamaged = errors.New("the bytes are not those that were kept: restore a backup")

// Fetch implements engine.Archive, and computes the hash of what it returns.
func (d *DB) Fetch(ctx context.Context, h engine.Hash) ([]byte, error) {
	body, err := d.fetch(ctx, h)
	if err == nil && engine.Hash(sha256.Sum256(body)) != h {
		err = errDamaged
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", h, named(err))
	}
	return body, nil
}

func (d *DB) fetch(ctx context.Context, h engine.Hash) ([]byte, error) {
	pool, err := d.reading()
	if err != nil {
		return nil, err
	}
	rows, err := pool.QueryContext(ctx, `select p.body from archive a join piece p on p.hash = a.hash
		where a.hash = ? order by p.i`, h[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	body, found := []byte{}, false
	for rows.Next() {
		var part []byte
		if err := rows.Scan(&part); err != nil {
			return nil, err
		}
		body, found = append(body, part...), true
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if !found {
		return nil, engine.ErrAbsent
	}
	return body, nil
}
