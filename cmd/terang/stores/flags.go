package stores

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
)

// Flags name the database; they go with every command that needs one.
type Flags struct {
	Journal string `default:"sqlite:terang.db" help:"Where the journal is: sqlite:FILE or postgres://USER@HOST/DATABASE." placeholder:"sqlite:FILE|postgres://…"`
	Keys    string `help:"Key file; made once. Default: FILE.keys beside SQLite." type:"path"`
}

// KeyPath is the key file: the one that is named, or else FILE.keys beside an SQLite journal and
// terang.keys here for another.
func (f *Flags) KeyPath() string {
	if f.Keys != "" {
		return f.Keys
	}
	if _, path, ok := strings.Cut(f.Journal, "sqlite:"); ok {
		return path + ".keys"
	}
	return filepath.Join(".", "terang.keys")
}

// Reading opens a journal that a server may hold meanwhile, and hands it to use.
func (f *Flags) Reading(use func(*DB, *KeyFile) error) error {
	keys, err := ReadKeys(f.KeyPath())
	if err != nil {
		return err
	}
	s, err := Open(f.Journal, false)
	if err != nil {
		return err
	}
	if err := s.Fits(context.Background(), keys); err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(use(s, keys), s.Close())
}
