package pgjournal

import (
	"context"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// newest is the schema this program writes: the number of the last file in migrations/.
const newest = 2

//go:embed migrations/*.sql
var migrations embed.FS

// migrating is the advisory lock that nodes take turns by when they start together.
const migrating = 0x7465726e // "tern"

// migrate applies the migrations that the database lacks, all or none. Who comes second
// waits, and finds nothing left to do.
func migrate(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// Another node may take as long as it needs.
		if _, err := tx.Exec(ctx, `set local statement_timeout = 0`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, migrating); err != nil {
			return err
		}
		have, err := version(ctx, tx)
		if err != nil {
			return err
		}
		names, err := migrations.ReadDir("migrations")
		if err != nil {
			return err
		}
		for i := have; i < newest; i++ {
			if err := apply(ctx, tx, i+1, names[i].Name()); err != nil {
				return fmt.Errorf("migration %s: %w", names[i].Name(), err)
			}
		}
		return nil
	})
}

// current refuses a schema that is not this program's, for whoever only reads.
func current(ctx context.Context, conn *pgx.Conn) error {
	switch have, err := version(ctx, conn); {
	case err != nil:
		return err
	case have == 0:
		return ErrEmpty
	case have < newest:
		return fmt.Errorf("%w: it has schema %d, this program reads %d: end the servers of the earlier program, "+
			"and start this one once with serve, which brings the tables up to date", ErrForeign, have, newest)
	}
	return nil
}

func apply(ctx context.Context, tx pgx.Tx, number int, name string) error {
	script, err := migrations.ReadFile("migrations/" + name)
	if err != nil {
		return err
	}
	whole := "set local search_path = " + inSchema + ";\n" + string(script)
	if number == 1 {
		whole = "create schema if not exists " + inSchema + ";\n" + whole
	}
	if _, err := tx.Conn().PgConn().Exec(ctx, whole).ReadAll(); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into schema_version(version, name) values ($1, $2)`, number, name)
	return err
}

// version returns the schema of the database, 0 if it has none of our tables, and refuses
// what is not ours or newer than this program.
func version(ctx context.Context, q querier) (have int, err error) {
	var versioned bool
	var tables int
	err = q.QueryRow(ctx, `select coalesce(bool_or(c.relname = 'schema_version'), false), count(*)
		from pg_class c join pg_namespace s on s.oid = c.relnamespace where s.nspname = $1 and c.relkind = 'r'`,
		inSchema).Scan(&versioned, &tables)
	if err == nil && versioned {
		err = q.QueryRow(ctx, `select coalesce(max(version), 0) from schema_version`).Scan(&have)
	}
	switch {
	case err != nil:
		return 0, err
	case tables > 0 && have == 0:
		return 0, fmt.Errorf("%w: its schema %s holds another program's tables: name another database", ErrForeign, inSchema)
	case have > newest:
		return 0, tooNew(have)
	}
	return have, nil
}

func tooNew(have int) error {
	return fmt.Errorf("%w: its schema is %d, this program knows %d: use the newer program that wrote it, or a backup made before", ErrForeign, have, newest)
}
