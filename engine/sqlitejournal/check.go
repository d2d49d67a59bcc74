package sqlitejournal

import (
	"context"
	"errors"
	"fmt"
)

// ErrDamaged: what the file holds cannot have been written by this program.
var ErrDamaged = errors.New("the file is damaged, restore a backup")

// Check looks through all pages of the file, and names the first fault that it finds
// (ErrDamaged). It reads beside a process that writes; until it ends that process's log only
// grows. It takes as long as the disk takes to read the file: the error of ctx says that it
// came to no end.
func (d *DB) Check(ctx context.Context) error {
	pool, err := d.reading()
	if err != nil {
		return fmt.Errorf("check %s: %w", d.path, err)
	}
	var found string
	err = pool.QueryRowContext(ctx, "pragma quick_check(1)").Scan(&found)
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case err == nil && found != "ok":
		err = fmt.Errorf("%w (%s)", ErrDamaged, found)
	}
	if err != nil {
		return fmt.Errorf("check %s: %w", d.path, named(err))
	}
	return nil
}
