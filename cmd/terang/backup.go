package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
)

type backupCmd struct {
	stores.Flags
	File string `arg:"" help:"File to write; must not exist."`
}

// Run copies a journal into one file; a server may go on writing to it meanwhile.
func (c *backupCmd) Run(ctx context.Context) error {
	if _, err := os.Stat(c.File); err == nil {
		return fmt.Errorf("%s exists already: choose another name", c.File)
	}
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	if s.Sqlite == nil {
		return errors.Join(usage.Errorf("a PostgreSQL journal is backed up by pg_dump: pg_dump -Fc -f %s DATABASE", c.File), s.Close())
	}
	if err := errors.Join(s.Sqlite.Backup(ctx, c.File), s.Close()); err != nil {
		return err
	}
	fmt.Printf("%s written. Back up %[2]s and %[2]s.log as well, apart from it: without the first nobody can open forms or check PINs, without the second the public log ends. Copy %[2]s.seen with each backup: without it an older copy is served unnoticed\n", c.File, c.KeyPath())
	return nil
}
