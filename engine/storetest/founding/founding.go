// Package founding makes the journals that tests begin with, each once: making one takes longer
// than most of the tests that begin with it, and most of them begin with the same.
package founding

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"terang/engine/sqlitejournal"
)

// Files are SQLite journals as they were written, by what was written. The zero value has none.
type Files struct{ made sync.Map }

// Of is the file of a journal that nobody has used since it was written. key names all that write
// depends on: of one key only the first write is called, and its error is everybody's.
func (f *Files) Of(key string, write func(context.Context, *sqlitejournal.DB) error) ([]byte, error) {
	once, _ := f.made.LoadOrStore(key, sync.OnceValues(func() ([]byte, error) { return file(write) }))
	return once.(func() ([]byte, error))()
}

func file(write func(context.Context, *sqlitejournal.DB) error) (body []byte, err error) {
	dir, err := os.MkdirTemp("", "terang-founded-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "terang.db")
	db, err := sqlitejournal.Open(path, sqlitejournal.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(write(context.Background(), db), db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
