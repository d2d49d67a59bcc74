package sqlitejournal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
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
	busyMS = "5000" // for how long a statement waits for others

	// secure_delete is off for the journal's own tables, see clean.
	writerQuery = "_pragma=busy_timeout(" + busyMS + ")&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=fullfsync(1)&_pragma=checkpoint_fullfsync(1)" +
		"&_pragma=wal_autocheckpoint(8000)&_pragma=cache_size(-65536)&_pragma=secure_delete(0)"
	readerQuery = "mode=ro&_pragma=busy_timeout(" + busyMS + ")&_pragma=query_only(1)&_pragma=cache_size(-16384)"
)

// writer is the one connection that writes. A second one of db only copies the log, see drain.
// Its statements are the driver's own: database/sql would copy and look at each argument of each row.
type writer struct {
	db   *sql.DB
	conn *sql.Conn
	stmt map[statement]driver.Stmt
	args []driver.NamedValue // room of the last call
	rows []any               // room for the packs of a batch
}

// statement is one that is prepared once: a text, or one that begins so and ends with as many rows.
type statement struct {
	text          string
	columns, rows int
	tail          string
}

func (s *statement) sql() string {
	if s.rows == 0 {
		return s.text
	}
	return s.text + values(s.rows, s.columns) + s.tail
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
	w := &writer{db: db, conn: conn, stmt: map[statement]driver.Stmt{}}
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

// exec runs a statement.
func (w *writer) exec(ctx context.Context, text string, args ...any) error {
	return w.run(ctx, statement{text: text}, args)
}

func (w *writer) run(ctx context.Context, of statement, args []any) error {
	return w.conn.Raw(func(conn any) error {
		s := w.stmt[of]
		if s == nil {
			var err error
			if s, err = conn.(driver.ConnPrepareContext).PrepareContext(ctx, of.sql()); err != nil {
				return err
			}
			w.stmt[of] = s
		}
		w.args = slices.Grow(w.args[:0], len(args))
		defer func() { clear(w.args) }()
		for i, a := range args {
			v, err := driver.DefaultParameterConverter.ConvertValue(a)
			if err != nil {
				return fmt.Errorf("argument %d of %.40s: %w", i+1, of.text, err)
			}
			w.args = append(w.args, driver.NamedValue{Ordinal: i + 1, Value: v})
		}
		_, err := s.(driver.StmtExecContext).ExecContext(ctx, w.args)
		return err
	})
}

// insert runs `insert into … values` for rows of so many columns each, many rows a statement.
func (w *writer) insert(ctx context.Context, head string, columns int, args []any, tail string) error {
	for len(args) > 0 {
		// Few sizes, so that few statements are prepared.
		rows := 1
		for n := min(len(args)/columns, 256); rows*2 <= n; {
			rows *= 2
		}
		if err := w.run(ctx, statement{head, columns, rows, tail}, args[:rows*columns]); err != nil {
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
// does what it can: that is not an error, and emptied is false.
func (w *writer) checkpoint(ctx context.Context) (emptied bool, err error) {
	var busy, pages, done int
	err = w.conn.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&busy, &pages, &done)
	return err == nil && busy == 0, err
}

func (w *writer) close() error {
	// Statements must go before their connection. If the driver gave that up by itself
	// they are gone, and must not be touched.
	_ = w.conn.Raw(func(any) error {
		for _, s := range w.stmt {
			_ = s.Close()
		}
		return nil
	})
	return errors.Join(w.conn.Close(), w.db.Close())
}
