package sqlitejournal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// idleAfter is for how long nothing was written when the log is emptied.
const idleAfter = time.Second

// Run keeps the log short, so that the checkpoint that SQLite makes by itself, in the middle
// of somebody's commit, is rare: every second it copies the log into the file beside the
// writer, and when nothing was written for a second it empties it. It returns when ctx ends.
// It only logs what goes wrong: the log keeps everything until it succeeds.
func (d *DB) Run(ctx context.Context) error {
	ticks := time.NewTicker(idleAfter)
	defer ticks.Stop()
	var idle idleness
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
			if err := d.tidy(ctx, &idle); err != nil && ctx.Err() == nil {
				d.opts.Log.Warn("the journal's log could not be copied into its file and grows: look at the disk", "file", d.path, "error", err)
			}
		}
	}
}

// idleness remembers how many transactions there were, and at how many the log was emptied.
type idleness struct{ seen, emptied uint64 }

func (d *DB) tidy(ctx context.Context, idle *idleness) error {
	d.writing.Lock()
	quiet := d.writes == idle.seen
	idle.seen = d.writes
	if d.w == nil || d.writes == idle.emptied {
		d.writing.Unlock()
		return nil
	}
	if !quiet {
		d.writing.Unlock()
		return d.drain(ctx)
	}
	defer d.writing.Unlock()
	emptied, err := d.w.empty(ctx)
	if emptied {
		idle.emptied = d.writes
	}
	return err
}

// empty is checkpoint for a file in use: what would be written waits meanwhile, so it waits for
// no reader.
func (w *writer) empty(ctx context.Context) (emptied bool, err error) {
	if err := w.pragma(ctx, "busy_timeout = 0"); err != nil {
		return false, err
	}
	emptied, err = w.checkpoint(ctx)
	return emptied, errors.Join(err, w.pragma(context.WithoutCancel(ctx), "busy_timeout = "+busyMS))
}

// drain copies the log into the file while the writer goes on, so that the writer finds
// nothing left to copy.
func (d *DB) drain(ctx context.Context) error {
	d.writing.Lock()
	w := d.w
	d.writing.Unlock()
	if w == nil {
		return nil
	}
	_, err := w.db.ExecContext(ctx, "pragma wal_checkpoint(passive)")
	return err
}

// Backup writes a whole copy, as of one moment, to a path where nothing is yet. Appends go
// on meanwhile, also those of another process.
func (d *DB) Backup(ctx context.Context, path string) error {
	if err := d.backup(ctx, path); err != nil {
		return fmt.Errorf("back up %s to %s: %w", d.path, path, err)
	}
	return nil
}

func (d *DB) backup(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, errors.New("something is there already: name a new file"))
	}
	if _, err := d.reading(); err != nil {
		return err // closed
	}
	// Whoever sees the name sees a whole backup.
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := create(part); err != nil {
		return err
	}
	if err := copyInto(ctx, d.path, part); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := syncFile(part); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

// copyInto needs a connection of its own: those of the pool refuse to write anywhere.
func copyInto(ctx context.Context, from, to string) error {
	db, err := sql.Open("sqlite", dsn(from, "mode=ro&_pragma=busy_timeout(5000)"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "vacuum into ?", to)
	return errors.Join(err, db.Close())
}
