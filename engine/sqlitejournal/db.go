// Package sqlitejournal keeps a journal, a register and an archive in one SQLite file:
// the embedded default, for one process that writes.
//
// What Append has returned as stored has been through fsync: the file is in WAL mode with
// synchronous=FULL, and Open refuses if it is not. The heads of all attempts and sittings stand
// in memory, so that an append is one transaction that only inserts. When the outcome of a
// commit is unknown, nothing in memory is believed: the file is opened again. A crash leaves
// whole batches or nothing of them.
//
// Records of attempts and sittings stand in packs, and stay there when the sitting is closed: a
// start reads all of them, in order of position. The few streams that belong to no sitting stand
// under (stream, n).
//
// It never works on a network file system (WAL needs shared memory), never lets a second
// process write, and never changes an event that was stored.
//
// Begin reading at Append; the tables are in migrations/.
package sqlitejournal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"terang/engine"
	"terang/engine/packed"
)

// Errors beside those of package engine.
var (
	// ErrReadOnly: the file was opened by OpenReader.
	ErrReadOnly = errors.New("this journal is open for reading only: the process that serves it writes")
	// ErrClosed: Close was called.
	ErrClosed = errors.New("the journal is closed")
	// ErrForeign: the file is not ours, or a newer program's.
	ErrForeign = errors.New("not a journal that this program can open")
)

// Options tune a file. The zero value is right for serving.
type Options struct {
	MaxPages int64        // the file never grows beyond so many pages of 4096 bytes; 0: the disk is the limit
	Tail     int          // records kept in memory for those who follow the tail; 0: 65536
	Log      *slog.Logger // where Run says what an operator should know; nil: slog.Default()
}

// DB is a Journal, a Register and an Archive over one file, safe for concurrent use.
type DB struct {
	path string
	opts Options
	lock *os.File // nil for a reader

	// writing is held for every transaction that writes, and to change what mem guards.
	writing sync.Mutex
	w       *writer // nil: a reader, or to be opened again before the next write
	closed  bool
	writes  uint64   // transactions so far; the idle checkpoint watches it
	batch   uint64   // of Append, marks the heads that a batch has touched
	nextID  int64    // of the next new stream
	runs    []placed // room of the last batch, and of its rows
	packs   packed.Packer
	after   func() error // set by tests: what happens between a commit and its answer

	mem   sync.RWMutex
	pool  *sql.DB // for reading
	heads map[string]*head
	tail  ring

	gathered gathered // a reader's, in place of heads; guarded by mem
}

var (
	_ engine.Journal  = (*DB)(nil)
	_ engine.Follower = (*DB)(nil)
	_ engine.Register = (*DB)(nil)
	_ engine.Archive  = (*DB)(nil)
	_ engine.Remover  = (*DB)(nil)
)

// Open opens the file for writing, creates it if need be, and brings its schema up to
// date. While it is open FILE.lock names this process; a second Open fails with
// engine.ErrLocked.
func Open(path string, opts Options) (*DB, error) {
	if opts.Tail <= 0 {
		opts.Tail = 1 << 16
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("open journal %s: %w", path, err)
	}
	d := &DB{path: path, opts: opts, lock: lock, packs: packed.Packer{Room: packBytes}}
	if err = create(path); err == nil {
		err = d.connect(context.Background())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", path, named(err)), lock.Close())
	}
	return d, nil
}

// OpenReader opens an existing file for reading, beside the process that writes it or
// without one. Everything that writes returns ErrReadOnly. The first attempt or sitting that
// is read costs a look at the records of all, and a few bytes of memory for each; the others do not.
func OpenReader(path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open journal for reading: %w", err)
	}
	d := &DB{path: path}
	if d.pool, err = openPool(path); err != nil {
		return nil, fmt.Errorf("open journal %s for reading: %w", path, named(err))
	}
	switch have, err := version(context.Background(), d.pool); {
	case err != nil:
		return nil, errors.Join(fmt.Errorf("open journal %s for reading: %w", path, named(err)), d.pool.Close())
	case have < newest:
		return nil, errors.Join(fmt.Errorf("%w: %s has schema %d, this program reads %d: start it once with serve, which brings the file up to date",
			ErrForeign, path, have, newest), d.pool.Close())
	}
	return d, nil
}

// connect opens the file and builds everything in memory from it.
func (d *DB) connect(ctx context.Context) error {
	// A process that was killed may have left a commit that the kernel holds but the disk
	// does not: it is about to be believed, so it must be on the disk.
	if err := syncFile(d.path + "-wal"); err != nil {
		return err
	}
	w, err := openWriter(ctx, d.path, d.opts)
	if err != nil {
		return err
	}
	// After a failed fsync the kernel may call lost pages clean. Copying the log into the
	// file writes them again. A new process has not seen such a failure, and can serve
	// readers from a full disk.
	if _, err := w.checkpoint(ctx); err != nil && (d.heads != nil || !isFull(err)) {
		return errors.Join(err, w.close())
	}
	heads, last, err := w.scan(ctx)
	if err != nil {
		return errors.Join(err, w.close())
	}
	var nextID int64
	if err := w.conn.QueryRowContext(ctx, `select coalesce(max(id), 0) + 1 from stream`).Scan(&nextID); err != nil {
		return errors.Join(err, w.close())
	}
	pool, err := openPool(d.path)
	if err != nil {
		return errors.Join(err, w.close())
	}
	d.w, d.nextID = w, nextID
	d.mem.Lock()
	d.pool, d.heads = pool, heads
	d.tail.reset(d.opts.Tail, last)
	d.mem.Unlock()
	return nil
}

// disconnect forgets the connections; errors do not matter, because what they could
// tell is found out by connect.
func (d *DB) disconnect() {
	if d.w != nil {
		_ = d.w.close()
		d.w = nil
	}
	d.mem.Lock()
	defer d.mem.Unlock()
	if d.pool != nil {
		_ = d.pool.Close()
		d.pool = nil
	}
}

// ready returns whether writing is possible, and tries to open the file again when it
// was given up. The caller holds writing.
func (d *DB) ready(ctx context.Context) error {
	switch {
	case d.closed:
		return ErrClosed
	case d.lock == nil:
		return ErrReadOnly
	case d.w == nil:
		return d.connect(ctx)
	}
	return nil
}

// reading returns the connections to read with.
func (d *DB) reading() (*sql.DB, error) {
	d.mem.RLock()
	defer d.mem.RUnlock()
	if d.pool == nil {
		return nil, fmt.Errorf("%w, or is being opened again after an error", ErrClosed)
	}
	return d.pool, nil
}

// Close writes the log into the file and frees the lock.
func (d *DB) Close() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	var err error
	if d.w != nil {
		// A reader or a full disk may keep the log from being emptied: no loss, the next
		// Open does it.
		if _, err = d.w.checkpoint(context.Background()); isFull(err) {
			err = nil
		}
	}
	d.disconnect()
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}
