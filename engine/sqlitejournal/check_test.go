package sqlitejournal

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

// A page that nobody has asked for yet is found to be damaged, and a look that comes to no end
// says nothing of the file.
func TestDamagedPagesAreFound(t *testing.T) {
	ctx := context.Background()
	d, reopen := file(t, Options{})
	fill(t, d, names(10), 1, 200)
	r, err := OpenReader(d.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []*DB{d, r} {
		if err := at.Check(ctx); err != nil {
			t.Error(err)
		}
	}
	ended, end := context.WithCancel(ctx)
	end()
	if err := r.Check(ended); !errors.Is(err, context.Canceled) || errors.Is(err, ErrDamaged) {
		t.Errorf("a look that was ended at once: %v", err)
	}
	if err := errors.Join(r.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}

	var page int64
	w, err := openWriter(ctx, d.path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = w.conn.QueryRowContext(ctx, "select rootpage from sqlite_schema where name = 'archive'").Scan(&page)
	if err = errors.Join(err, w.close()); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(d.path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("not a page of a table"), (page-1)*4096)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	d = reopen() // nothing needs the page
	if err := d.Check(ctx); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), d.path) {
		t.Errorf("with a damaged page: %v", err)
	}
}
