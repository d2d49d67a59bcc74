package sqlitejournal

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
)

// newest is the schema this program writes: the number of the last file in migrations/.
const newest = 3

//go:embed migrations/*.sql
var migrations embed.FS

// queryer is what *sql.DB and *sql.Conn have in common.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

const applicationID = 0x7465726e

// version returns the schema of the file, 0 if it is empty, and refuses files that are
// not ours or newer than this program.
func version(ctx context.Context, q queryer) (have int, err error) {
	var id, tables int
	err = q.QueryRowContext(ctx, `select (select user_version from pragma_user_version),
		(select application_id from pragma_application_id), (select count(*) from sqlite_schema)`).Scan(&have, &id, &tables)
	switch {
	case err != nil:
		return 0, err
	case tables > 0 && id != applicationID:
		return 0, fmt.Errorf("%w: it is another program's database: name another file", ErrForeign)
	case have > newest:
		return 0, fmt.Errorf("%w: its schema is %d, this program knows %d: use the newer program that wrote it, or a backup made before", ErrForeign, have, newest)
	}
	return have, nil
}

// migrate applies the migrations that the file lacks, each whole or not at all.
func migrate(ctx context.Context, conn *sql.Conn) error {
	have, err := version(ctx, conn)
	if err != nil {
		return err
	}
	names, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	for i := have; i < newest; i++ {
		script, err := migrations.ReadFile("migrations/" + names[i].Name())
		if err != nil {
			return err
		}
		whole := fmt.Sprintf("begin immediate;\n%s\npragma user_version = %d;\ncommit;", script, i+1)
		if _, err := conn.ExecContext(ctx, whole); err != nil {
			// A failed script may have left its transaction open; the connection is closed next.
			return fmt.Errorf("migration %s: %w", names[i].Name(), err)
		}
	}
	return nil
}
