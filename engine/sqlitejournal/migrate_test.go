package sqlitejournal

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"terang/engine"
)

// oldFile is a file of an earlier schema.
func oldFile(t *testing.T, schema int) (path string, old *sql.DB) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "old.db")
	old, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range scripts[:schema] {
		script, err := migrations.ReadFile("migrations/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := old.ExecContext(t.Context(), fmt.Sprintf("%s\npragma user_version = %d;", script, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	return path, old
}

// A file that an earlier program wrote keeps its register, and is searched by key as before.
func TestAFileOfTheFirstSchemaKeepsItsRegister(t *testing.T) {
	path, old := oldFile(t, 1)
	large := bytes.Repeat([]byte("roster"), 100_000)
	_, err := old.ExecContext(t.Context(), `insert into register values ('payload', 'x', ?), ('person', 'skd/2', cast('Budi' as blob)), ('person', 'skd/1', cast('Sari' as blob))`, large)
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	ctx := context.Background()
	if body, err := db.Get(ctx, "payload", "x"); err != nil || !bytes.Equal(body, large) {
		t.Fatal(len(body), err)
	}
	var people string
	err = db.List(ctx, "person", "skd/", func(e engine.Entry) error {
		people += string(e.Body) + " "
		return nil
	})
	if err != nil || people != "Sari Budi " {
		t.Fatal(people, err)
	}
	if err := db.Put(ctx, engine.Entry{Kind: "person", ID: "skd/1", Body: []byte("Sari W.")}); err != nil {
		t.Fatal(err)
	}
	if body, err := db.Get(ctx, "person", "skd/1"); err != nil || string(body) != "Sari W." {
		t.Fatal(string(body), err)
	}
}
