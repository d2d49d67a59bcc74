// Package pgjournal keeps a journal, a register and an archive in one PostgreSQL
// database, which any number of nodes share.
//
// What Append has returned as stored has been committed with synchronous_commit, and Open
// refuses a server whose settings make that promise empty. One statement appends a batch in
// one round trip, gives positions in commit order and stores whole runs only. What attempts
// have done is stored by the dozen in a row (package packed): which of it follows its
// predecessor this node decides by what it knows of the journal up to its end, and the
// statement does nothing if others have appended since; then the node looks at that, holds
// the end and decides again. All other streams are checked by the statement itself. When the outcome of a commit is unknown the error says so, and nothing that this
// package remembers depends on it.
//
// It never retries a commit whose outcome is unknown, never reads from a replica, never
// changes an event that was stored, and never goes on with a database that has lost what
// this node has seen (ErrSetBack). It needs connections of its own: a pooler that hands
// out one session to many clients is not supported.
//
// Where an attempt's records stand a node knows of what it has read and written: a stream that
// is read by a node that has just begun costs a look at the whole journal, once.
//
// Begin reading at Append; its statements are queries/append.sql and queries/pack.sql, the
// tables are in migrations/.
package pgjournal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"terang/engine"
	"terang/engine/packed"
)

// Errors beside those of package engine.
var (
	// ErrClosed: Close was called.
	ErrClosed = errors.New("the journal is closed")
	// ErrForeign: the database is not ours, or a newer program's.
	ErrForeign = errors.New("not a journal that this program can open")
	// ErrEmpty: there is nothing to be read yet.
	ErrEmpty = errors.New("the database has no tables yet: the first command that writes makes them, as terang keys does")
	// ErrUnsafe: the server's settings endanger what was acknowledged.
	ErrUnsafe = errors.New("the database would lose acknowledged answers in a crash")
	// ErrSetBack: the database lacks what this node has seen in it. It stays so until the
	// process starts anew.
	ErrSetBack = fmt.Errorf("%w: an old backup or a replica that lags has taken its place; "+
		"stop all nodes, bring back the newest database, and start them again", engine.ErrSetBack)
)

// holdMost is how long a node that says nothing may keep others from appending.
const holdMost = 3 * time.Second

// Options tune a connection to the database. The zero value is right for serving.
type Options struct {
	Name    string        // of this node, as pg_stat_activity shows it after "terang "
	Conns   int           // connections for reading, beside the one that appends; 0: 8
	Timeout time.Duration // of any one call; 0: 10 s. The server gives up somewhat earlier
}

func (o Options) withDefaults() Options {
	if o.Conns <= 0 {
		o.Conns = 8
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	return o
}

// DB is a Journal, a Register and an Archive over one database, safe for concurrent use.
type DB struct {
	opts   Options
	reader bool            // by OpenReader
	config *pgx.ConnConfig // of the connection that appends
	pool   *pgxpool.Pool   // for everything else
	known  known
	seen   seen

	writing sync.Mutex // held for every append
	w       *pgx.Conn  // nil: to be connected before the next append
	alone   bool       // nobody else appended when this node last looked
	packer  packed.Packer
	batch   batch  // the last
	batches uint64 // so far
	closed  bool
}

var (
	_ engine.Journal  = (*DB)(nil)
	_ engine.Follower = (*DB)(nil)
	_ engine.Register = (*DB)(nil)
	_ engine.Archive  = (*DB)(nil)
	_ engine.Remover  = (*DB)(nil)
)

// Open connects to the database that a postgres:// address names and brings its schema up
// to date. It fails with ErrUnsafe if the server's settings endanger durability.
func Open(ctx context.Context, dsn string, opts Options) (*DB, error) {
	return open(ctx, dsn, opts, false)
}

// OpenReader connects as Open does, to read only: the server refuses everything that writes,
// and an earlier program's schema is refused and stays as it is, for its nodes may be serving.
func OpenReader(ctx context.Context, dsn string, opts Options) (*DB, error) {
	return open(ctx, dsn, opts, true)
}

func open(ctx context.Context, dsn string, opts Options, reader bool) (*DB, error) {
	d := &DB{opts: opts.withDefaults(), reader: reader, alone: true, packer: packed.Packer{Room: packBytes}}
	d.known.following = make(chan struct{}, 1)
	if err := d.open(ctx, dsn); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return d, nil
}

func (d *DB) open(ctx context.Context, dsn string) error {
	pool, err := configure(dsn, d.opts)
	if err != nil {
		return err
	}
	if d.reader {
		pool.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	}
	d.config = pool.ConnConfig.Copy()
	// While it holds the journal's end everybody waits: a node that is gone lets go of it.
	d.config.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(holdMost.Milliseconds(), 10)
	if err := d.prepare(ctx); err != nil {
		return err
	}
	pool.AfterConnect = d.greet
	if d.pool, err = pgxpool.NewWithConfig(ctx, pool); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.Timeout)
	defer cancel()
	if err := d.connect(ctx); err != nil {
		d.pool.Close()
		return err
	}
	return nil
}

// prepare judges the server and sees to the schema, on a connection of its own.
func (d *DB) prepare(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, d.config.Copy())
	if err != nil {
		return fmt.Errorf("no way to the database; see that PostgreSQL runs, and that the address names its host, port, user and database: %w", err)
	}
	schema := migrate
	if d.reader {
		schema = current
	}
	if err = refuse(ctx, conn); err == nil {
		err = schema(ctx, conn)
	}
	return errors.Join(err, conn.Close(ctx))
}

// Close ends all connections, after the append that is under way.
func (d *DB) Close() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	d.seen.stop(ErrClosed)
	d.pool.Close()
	d.disconnect()
	return nil
}
