package sqlitejournal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"terang/engine"
)

// Put implements engine.Register. It is one transaction, which appends wait for: whoever
// has many thousand entries that need not stand together puts them a thousand at a time.
func (d *DB) Put(ctx context.Context, entries ...engine.Entry) error {
	if err := d.clean(ctx, upsert(entries)); err != nil {
		return fmt.Errorf("put %d register entries: %w", len(entries), err)
	}
	return nil
}

func upsert(entries []engine.Entry) func(context.Context, *writer) error {
	rows := make([]any, 0, 3*len(entries))
	for _, e := range entries {
		body := e.Body
		if body == nil {
			body = []byte{} // nil would be stored as NULL
		}
		rows = append(rows, e.Kind, e.ID, body)
	}
	return func(ctx context.Context, w *writer) error {
		return w.insert(ctx, "insert into register(kind, id, body) values ", 3, rows,
			" on conflict(kind, id) do update set body = excluded.body")
	}
}

// Add implements engine.Register. Nobody else writes to the file while it looks.
func (d *DB) Add(ctx context.Context, first engine.Entry, more ...engine.Entry) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	err := d.prepare(ctx)
	if err == nil {
		err = d.w.isNew(ctx, first.Kind, first.ID)
	}
	if err == nil {
		err = d.cleaned(ctx, upsert(append([]engine.Entry{first}, more...)))
	}
	if err != nil {
		return fmt.Errorf("add %s %s: %w", first.Kind, first.ID, err)
	}
	return nil
}

func (w *writer) isNew(ctx context.Context, kind, id string) error {
	var taken bool
	err := w.conn.QueryRowContext(ctx, `select exists (select 1 from register where kind = ? and id = ?)`, kind, id).Scan(&taken)
	if err == nil && taken {
		return engine.ErrTaken
	}
	return err
}

const eraseEntry = `delete from register where kind = ? and id = ?`

// Erase implements engine.Register. What was erased is overwritten in the file, and gone
// from the log beside it with the next checkpoint. Erasing what is absent is no error.
func (d *DB) Erase(ctx context.Context, kind, id string) error {
	err := d.clean(ctx, func(ctx context.Context, w *writer) error {
		return w.exec(ctx, eraseEntry, kind, id)
	})
	if err != nil {
		return fmt.Errorf("erase %s %s: %w", kind, id, err)
	}
	return nil
}

// clean commits with what is replaced or deleted overwritten by zeros. Only people's data
// are worth the writes.
func (d *DB) clean(ctx context.Context, f func(context.Context, *writer) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.prepare(ctx); err != nil {
		return err
	}
	return d.cleaned(ctx, f)
}

// cleaned is clean for who holds writing and is prepared.
func (d *DB) cleaned(ctx context.Context, f func(context.Context, *writer) error) error {
	if err := d.w.pragma(ctx, "secure_delete = 1"); err != nil {
		return err
	}
	err := d.commit(ctx, f)
	if d.w == nil { // the file was given up; a new connection begins without
		return err
	}
	return errors.Join(err, d.w.pragma(context.WithoutCancel(ctx), "secure_delete = 0"))
}

func (w *writer) pragma(ctx context.Context, setting string) error {
	_, err := w.conn.ExecContext(ctx, "pragma "+setting)
	return err
}

// Get implements engine.Register.
func (d *DB) Get(ctx context.Context, kind, id string) ([]byte, error) {
	pool, err := d.reading()
	if err != nil {
		return nil, fmt.Errorf("get %s %s: %w", kind, id, named(err))
	}
	var body []byte
	err = pool.QueryRowContext(ctx, `select body from register where kind = ? and id = ?`, kind, id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		err = engine.ErrAbsent
	}
	if err != nil {
		return nil, fmt.Errorf("get %s %s: %w", kind, id, named(err))
	}
	return body, nil
}

// List implements engine.Register. It reads in pages, each as of its own moment; visit may
// use the register.
func (d *DB) List(ctx context.Context, kind, prefix string, visit func(engine.Entry) error) error {
	from, first := prefix, true
	for {
		entries, err := d.listPage(ctx, kind, prefix, from, first)
		if err != nil {
			return fmt.Errorf("list %s %s: %w", kind, prefix, named(err))
		}
		for _, e := range entries {
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
func (d *DB) listPage(ctx context.Context, kind, prefix, from string, with bool) ([]engine.Entry, error) {
	pool, err := d.reading()
	if err != nil {
		return nil, err
	}
	rows, err := pool.QueryContext(ctx, `select id, body from register
		where kind = ?1 and id >= ?2 and (?3 or id > ?2) order by id limit ?4`, kind, from, with, page)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []engine.Entry
	for rows.Next() {
		e := engine.Entry{Kind: kind}
		if err := rows.Scan(&e.ID, &e.Body); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(e.ID, prefix) {
			break // ids with one prefix stand together
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}
