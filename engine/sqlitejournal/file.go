package sqlitejournal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// create makes an empty file that only its owner reads: it will hold names. SQLite gives
// the log beside it the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), syncFile(filepath.Dir(path)))
}

// syncFile puts a file on the disk if it is there. It must not be called on the database
// itself while that is open: closing any descriptor of it would drop SQLite's locks.
func syncFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// dsn names the file for the driver. Pragmas hold for one connection each, so they
// stand in the name, from which every connection is made.
func dsn(path string, query string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/… on Windows
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: query}
	return u.String()
}

const (
	// secure_delete is off for the journal's own tables, see clean.
	writerQuery = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=fullfsync(1)&_pragma=checkpoint_fullfsync(1)" +
		"&_pragma=wal_autocheckpoint(8000)&_pragma=cache_size(-65536)&_pragma=secure_delete(0)"
	readerQuery = "mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=cache_size(-16384)"
)

// writer is the one connection that writes. A second one of db only copies the log, see drain.
type writer struct {
	db   *sql.DB
	conn *sql.Conn
	stmt map[string]*sql.Stmt
}

func openWriter(ctx context.Context, path string, opts Options) (*writer, error) {
	db, err := sql.Open("sqlite", dsn(path, writerQuery))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(2)
	db.SetMaxIdleConns(2)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w := &writer{db: db, conn: conn, stmt: map[string]*sql.Stmt{}}
	if err := w.prepare(ctx, opts); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *writer) prepare(ctx context.Context, opts Options) error {
	if err := w.durable(ctx); err != nil {
		return err
	}
	if opts.MaxPages > 0 {
		if _, err := w.conn.ExecContext(ctx, fmt.Sprintf("pragma max_page_count = %d", opts.MaxPages)); err != nil {
			return err
		}
	}
	return migrate(ctx, w.conn)
}

// durable reads back what the acknowledgements rest on.
func (w *writer) durable(ctx context.Context) error {
	var mode string
	var sync int
	if err := w.conn.QueryRowContext(ctx, "pragma journal_mode").Scan(&mode); err != nil {
		return err
	}
	if err := w.conn.QueryRowContext(ctx, "pragma synchronous").Scan(&sync); err != nil {
		return err
	}
	if mode != "wal" || sync != 2 {
		return fmt.Errorf("journal_mode is %q and synchronous %d, but must be wal and 2 (full): put the file on a local disk", mode, sync)
	}
	return nil
}

// openPool opens connections that can only read.
func openPool(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, readerQuery))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db, db.PingContext(context.Background())
}

// exec runs a statement that is prepared once.
func (w *writer) exec(ctx context.Context, query string, args ...any) error {
	s := w.stmt[query]
	if s == nil {
		var err error
		if s, err = w.conn.PrepareContext(ctx, query); err != nil {
			return err
		}
		w.stmt[query] = s
	}
	_, err := s.ExecContext(ctx, args...)
	return err
}

// insert runs `insert into … values` for rows of so many columns each, many rows a statement.
func (w *writer) insert(ctx context.Context, head string, columns int, args []any, tail string) error {
	for len(args) > 0 {
		// Few sizes, so that few statements are prepared.
		rows := 1
		for n := min(len(args)/columns, 256); rows*4 <= n; {
			rows *= 4
		}
		if err := w.exec(ctx, head+values(rows, columns)+tail, args[:rows*columns]...); err != nil {
			return err
		}
		args = args[rows*columns:]
	}
	return nil
}

func values(rows, columns int) string {
	row := "(?" + strings.Repeat(",?", columns-1) + ")"
	return row + strings.Repeat(","+row, rows-1)
}

// checkpoint writes the log into the file and empties it. With readers on older pages it
// does what it can: that is not an error.
func (w *writer) checkpoint(ctx context.Context) error {
	var busy, pages, done int
	return w.conn.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&busy, &pages, &done)
}

func (w *writer) close() error {
	// Statements must go before their connection. If the driver gave that up by itself
	// they are gone, and must not be touched.
	if w.conn.Raw(func(any) error { return nil }) == nil {
		for _, s := range w.stmt {
			_ = s.Close()
		}
	}
	return errors.Join(w.conn.Close(), w.db.Close())
}
