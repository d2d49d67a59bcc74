package pgjournal

import (
	"context"
	"crypto/sha256"
	"fmt"

	"terang/engine"
)

// Keep implements engine.Archive.
func (d *DB) Keep(ctx context.Context, body []byte) (engine.Hash, error) {
	h := engine.Hash(sha256.Sum256(body))
	if err := d.keep(ctx, h, body); err != nil {
		return h, fmt.Errorf("keep %s: %w", h, err)
	}
	return h, nil
}

// keep asks first: most of what is kept again is large.
func (d *DB) keep(ctx context.Context, h engine.Hash, body []byte) error {
	var kept bool
	err := d.reading(ctx, func(ctx context.Context) error {
		return d.pool.QueryRow(ctx, `select exists (select from archive where hash = $1)`, h[:]).Scan(&kept)
	})
	if err != nil || kept {
		return err
	}
	if body == nil {
		body = []byte{} // nil would be stored as NULL
	}
	return d.changing(ctx, func(ctx context.Context) error {
		_, err := d.pool.Exec(ctx, `insert into archive(hash, body) values ($1, $2) on conflict (hash) do nothing`, h[:], body)
		return err
	})
}

// Fetch implements engine.Archive, and computes the hash of what it returns.
func (d *DB) Fetch(ctx context.Context, h engine.Hash) ([]byte, error) {
	body, err := d.bytes(ctx, `select body from archive where hash = $1`, h[:])
	if err == nil && engine.Hash(sha256.Sum256(body)) != h {
		err = errDamaged
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", h, err)
	}
	return body, nil
}
