package pgjournal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"terang/engine"
)

const upsertEntries = `
	insert into register(kind, id, body)
	select * from unnest($1::text[], $2::text[], $3::bytea[])
	on conflict (kind, id) do update set body = excluded.body`

// Put implements engine.Register.
func (d *DB) Put(ctx context.Context, entries ...engine.Entry) error {
	kinds, ids, bodies := columns(entries)
	if len(ids) == 0 {
		return nil
	}
	err := d.changing(ctx, func(ctx context.Context) error {
		_, err := d.pool.Exec(ctx, upsertEntries, kinds, ids, bodies)
		return err
	})
	if err != nil {
		return fmt.Errorf("put %d register entries: %w", len(entries), err)
	}
	return nil
}

// columns are entries in one order, so that two calls cannot wait for each other; of one id
// the later stands.
func columns(entries []engine.Entry) (kinds, ids []string, bodies [][]byte) {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b engine.Entry) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.ID, b.ID))
	})
	for i, e := range sorted {
		if i+1 < len(sorted) && sorted[i+1].Kind == e.Kind && sorted[i+1].ID == e.ID {
			continue
		}
		if e.Body == nil {
			e.Body = []byte{} // nil would be stored as NULL
		}
		kinds, ids, bodies = append(kinds, e.Kind), append(ids, e.ID), append(bodies, e.Body)
	}
	return kinds, ids, bodies
}

// addEntries stores all or nothing in one statement: of two that add the same entry, the
// later waits for the earlier's commit and then finds it.
const addEntries = `
	with first as (
		insert into register(kind, id, body) values ($1, $2, $3)
		on conflict (kind, id) do nothing returning 1),
	more as (
		insert into register(kind, id, body)
		select * from unnest($4::text[], $5::text[], $6::bytea[]) where exists (select from first)
		on conflict (kind, id) do update set body = excluded.body)
	select exists (select from first)`

// Add implements engine.Register.
func (d *DB) Add(ctx context.Context, first engine.Entry, more ...engine.Entry) error {
	kinds, ids, bodies := columns(more)
	if first.Body == nil {
		first.Body = []byte{} // nil would be stored as NULL
	}
	err := d.changing(ctx, func(ctx context.Context) error {
		var added bool
		err := d.pool.QueryRow(ctx, addEntries, first.Kind, first.ID, first.Body, kinds, ids, bodies).Scan(&added)
		if err == nil && !added {
			return engine.ErrTaken
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("add %s %s: %w", first.Kind, first.ID, err)
	}
	return nil
}

// Erase implements engine.Register. What was erased is gone from every query at once, from
// the table's pages with the next vacuum, and from the server's log and from backups when
// those are thrown away. Erasing what is absent is no error.
func (d *DB) Erase(ctx context.Context, kind, id string) error {
	err := d.changing(ctx, func(ctx context.Context) error {
		_, err := d.pool.Exec(ctx, `delete from register where kind = $1 and id = $2`, kind, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("erase %s %s: %w", kind, id, err)
	}
	return nil
}

// Get implements engine.Register.
func (d *DB) Get(ctx context.Context, kind, id string) ([]byte, error) {
	body, err := d.bytes(ctx, `select body from register where kind = $1 and id = $2`, kind, id)
	if err != nil {
		return nil, fmt.Errorf("get %s %s: %w", kind, id, err)
	}
	return body, nil
}

// bytes returns the one value that a query finds, or engine.ErrAbsent.
func (d *DB) bytes(ctx context.Context, query string, args ...any) (body []byte, err error) {
	err = d.reading(ctx, func(ctx context.Context) error {
		return d.pool.QueryRow(ctx, query, args...).Scan(&body)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = engine.ErrAbsent
	}
	return body, err
}

// List implements engine.Register. It reads in pages, each as of its own moment; visit may
// use the register.
func (d *DB) List(ctx context.Context, kind, prefix string, visit func(engine.Entry) error) error {
	from, first := prefix, true
	for {
		entries, err := d.listPage(ctx, kind, from, first)
		if err != nil {
			return fmt.Errorf("list %s %s: %w", kind, prefix, err)
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.ID, prefix) {
				return nil // ids with one prefix stand together
			}
			if err := visit(e); err != nil {
				return err
			}
		}
		if len(entries) < page {
			return nil
		}
		from, first = entries[len(entries)-1].ID, false
	}
}

// listPage returns entries from an id on, with or without that id itself.
func (d *DB) listPage(ctx context.Context, kind, from string, with bool) (entries []engine.Entry, err error) {
	err = d.reading(ctx, func(ctx context.Context) error {
		rows, err := d.pool.Query(ctx, `select id, body from register
			where kind = $1 and id >= $2 and ($3 or id > $2) order by id limit $4`, kind, from, with, page)
		if err != nil {
			return err
		}
		entries = nil
		e := engine.Entry{Kind: kind}
		_, err = pgx.ForEachRow(rows, []any{&e.ID, &e.Body}, func() error {
			entries = append(entries, e)
			return nil
		})
		return err
	})
	return entries, err
}
