package sqlitejournal

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"terang/engine"
)

// commit runs one transaction; the caller holds writing and ready has agreed. Either it
// is on the disk, or the error is engine.ErrFull and nothing of it is, or the outcome is
// unknown and the file has been opened again.
func (d *DB) commit(ctx context.Context, f func(context.Context, *writer) error) error {
	// A call that is cancelled half way through a commit would leave its outcome unknown.
	ctx = context.WithoutCancel(ctx)
	d.writes++
	err := d.transact(ctx, f)
	if err == nil {
		return nil
	}
	if isFull(err) && d.w.rollback(ctx) {
		return fmt.Errorf("%w (%w)", engine.ErrFull, err)
	}
	d.disconnect()
	if again := d.connect(ctx); again != nil {
		return fmt.Errorf("outcome unknown: %w; opening the file again: %w", err, again)
	}
	return fmt.Errorf("outcome unknown, the file was opened again: %w", err)
}

func (d *DB) transact(ctx context.Context, f func(context.Context, *writer) error) error {
	if err := d.w.exec(ctx, "begin immediate"); err != nil {
		return err
	}
	if err := f(ctx, d.w); err != nil {
		return err
	}
	if err := d.w.exec(ctx, "commit"); err != nil {
		return err
	}
	if d.after != nil {
		return d.after()
	}
	return nil
}

// rollback returns whether no transaction is open afterwards.
func (w *writer) rollback(ctx context.Context) bool {
	err := w.exec(ctx, "rollback")
	// The plain error code says that SQLite has already rolled back by itself.
	return err == nil || code(err) == sqlite3.SQLITE_ERROR
}

// isFull: no room in the file. SQLite makes it of ENOSPC only when writing pages, before
// a commit can have reached the log as a whole, so nothing was stored.
func isFull(err error) bool { return code(err)&0xff == sqlite3.SQLITE_FULL }

// named says of a file that SQLite cannot read what to do about it.
func named(err error) error {
	switch code(err) & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w: name another file, or restore this one from a backup", ErrForeign, err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %w", err, ErrDamaged)
	}
	return err
}

func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
