package pgjournal

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"terang/engine"
	"terang/engine/packed"
)

// inSchema is where our tables stand, so that a database may hold others beside them.
const inSchema = "terang"

//go:embed queries/greet.sql
var greeting string

// configure makes of an address what all connections have in common.
func configure(dsn string, opts Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(opts.Conns)
	config.PingTimeout = opts.Timeout
	settle(config.ConnConfig, opts)
	return config, nil
}

func settle(config *pgx.ConnConfig, opts Options) {
	if config.ConnectTimeout <= 0 || config.ConnectTimeout > opts.Timeout {
		config.ConnectTimeout = opts.Timeout
	}
	// The server gives up first: then the outcome is known.
	patience := opts.Timeout * 4 / 5
	for name, value := range map[string]string{
		"application_name":                    "terang " + opts.Name,
		"search_path":                         inSchema,
		"statement_timeout":                   strconv.FormatInt(max(patience.Milliseconds(), 1), 10),
		"idle_in_transaction_session_timeout": strconv.FormatInt(time.Minute.Milliseconds(), 10),
		// The append is correct in this level: another one would only make it fail.
		"default_transaction_isolation": "read committed",
		// What the planner guesses of an unnest passes JIT's threshold, and compiling then
		// costs fifty times the statement.
		"jit": "off",
		// By the indexes, however small a table seems to be: while these grow from empty, a plan
		// that was right a minute ago may look through all of them.
		"enable_seqscan":    "off",
		"enable_bitmapscan": "off",
	} {
		config.RuntimeParams[name] = value
	}
}

// connect makes the connection that appends. The caller holds writing, or is Open.
func (d *DB) connect(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, d.config.Copy())
	if err != nil {
		return err
	}
	if err := d.greet(ctx, conn); err != nil {
		_ = conn.Close(ctx) // nothing was done on it
		return err
	}
	d.w = conn
	return nil
}

// disconnect forgets the connection that appends. Its outcome, if it is unknown, stays so.
func (d *DB) disconnect() {
	if d.w == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = d.w.Close(ctx)
	d.w = nil
}

// querier is what connections, transactions and pools have in common.
type querier interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

// greet asks what is at the other end of a new connection: a server that was restarted
// with other settings or restored from a backup can only come by a new one.
func (d *DB) greet(ctx context.Context, conn *pgx.Conn) error {
	if err := d.seen.why(); err != nil {
		return err
	}
	if err := refuse(ctx, conn); err != nil {
		return err
	}
	head, last, hash := d.seen.now()
	var have *int
	var there, first *engine.Pos
	var stands, pack []byte
	var removed bool
	if err := conn.QueryRow(ctx, greeting, int64(last), engine.RemovalStream).Scan(&have, &there, &stands, &first, &pack, &removed); err != nil {
		return err
	}
	if first != nil {
		if err := (&row{pos: *first, body: pack}).visit(func(p packed.Record) {
			if p.Pos == last {
				stands = p.Hash[:]
			}
		}); err != nil {
			return err
		}
	}
	switch {
	case there == nil || have == nil:
		return d.seen.setBack("its tables are empty")
	case *there < head:
		return d.seen.setBack("it ends at position %d, this node has seen %d", *there, head)
	case last > 0 && !bytes.Equal(stands, hash[:]) && (stands != nil || !removed):
		return d.seen.setBack("at position %d it has another record than this node has seen", last)
	case *have > newest:
		return tooNew(*have)
	}
	return nil
}

// reading runs a query that changes nothing. It asks once more if the connection was lost
// under it: after a server's restart every connection of the pool is dead at first.
func (d *DB) reading(ctx context.Context, ask func(context.Context) error) error {
	if err := d.seen.why(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.Timeout)
	defer cancel()
	err := ask(ctx)
	if lost(err) && ctx.Err() == nil {
		d.pool.Reset()
		err = ask(ctx)
	}
	return d.orStopped(err)
}

// changing runs a statement that may be repeated by whoever does not know its outcome.
func (d *DB) changing(ctx context.Context, do func(context.Context) error) error {
	if err := d.seen.why(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.Timeout)
	defer cancel()
	err := do(ctx)
	for range attempts - 1 {
		if !racy(err) {
			break
		}
		err = do(ctx)
	}
	return d.orStopped(judge(err))
}

// orStopped prefers the reason for which this node stops to what followed from it.
func (d *DB) orStopped(err error) error {
	if why := d.seen.why(); err != nil && why != nil && !errors.Is(err, why) {
		return fmt.Errorf("%w: %w", why, err)
	}
	return err
}
